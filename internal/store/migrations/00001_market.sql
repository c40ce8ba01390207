-- +goose Up

-- Every feed file that was taken in. A row is written with what the file changed, or not
-- at all.
CREATE TABLE imports (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('providers', 'listings', 'orders')),
    name       text NOT NULL,            -- of the file
    sha256     text NOT NULL,            -- of its bytes
    encoding   text NOT NULL,
    lines      bigint NOT NULL,          -- = header + rows_new + … + continuation
    header     bigint NOT NULL,
    rows_new   bigint NOT NULL,
    changed    bigint NOT NULL,
    unchanged  bigint NOT NULL,
    blank      bigint NOT NULL,
    repeated   bigint NOT NULL,          -- headers
    duplicate  bigint NOT NULL,
    bad        bigint NOT NULL,
    continuation bigint NOT NULL,
    closed     bigint NOT NULL,          -- listings that a snapshot closed
    at         timestamptz NOT NULL,
    CHECK (lines = header + rows_new + changed + unchanged + blank + repeated + duplicate + bad + continuation)
);
CREATE INDEX imports_kind ON imports (kind);

-- Which days a feed covers, as whoever imported it said. Days are of Shanghai; both
-- ends belong to it.
CREATE TABLE feed_coverage (
    kind      text NOT NULL CHECK (kind IN ('providers', 'listings', 'orders')),
    first_day date NOT NULL,
    last_day  date NOT NULL,
    import_id bigint NOT NULL REFERENCES imports (id), -- the last that said so
    PRIMARY KEY (kind, first_day, last_day),
    CHECK (first_day <= last_day)
);

-- The catalogue. References between the three are not enforced: feeds arrive in any
-- order and each alone may be incomplete. import_id is the import that last changed the
-- row.
CREATE TABLE providers (
    provider_id   text PRIMARY KEY,
    name          text NOT NULL,
    kind          text NOT NULL,
    site_url      text NOT NULL,
    contact_email text NOT NULL,
    markets       text[] NOT NULL,
    status        text NOT NULL,
    joined_on     date,
    import_id     bigint NOT NULL
);

CREATE TABLE listings (
    listing_id       text PRIMARY KEY,
    provider_id      text NOT NULL,
    title            text NOT NULL,
    market           text NOT NULL,
    delivery         text NOT NULL,      -- '' = not said
    detail_url       text NOT NULL,
    product_page_url text NOT NULL,
    price            text NOT NULL,
    listed_at        timestamptz,        -- start of the current spell on sale
    delisted_at      timestamptz,
    status           text NOT NULL,
    import_id        bigint NOT NULL
);
CREATE INDEX listings_provider ON listings (provider_id);

CREATE TABLE orders (
    order_id      text NOT NULL,
    line_no       int NOT NULL,
    listing_id    text NOT NULL,
    buyer_account text NOT NULL,
    paid_at       timestamptz,
    completed_at  timestamptz,
    refunded_at   timestamptz,
    quantity      bigint NOT NULL,
    amount_fen    bigint NOT NULL,
    status        text NOT NULL,
    deployed_on   text NOT NULL,
    import_id     bigint NOT NULL,
    PRIMARY KEY (order_id, line_no)
);
-- What counts as sold, so that counting a listing's orders in a window and adding up a
-- year's items read nothing but this index.
CREATE INDEX orders_sold ON orders (listing_id, paid_at) INCLUDE (quantity, deployed_on)
    WHERE status IN ('paid', 'completed') AND refunded_at IS NULL;

-- +goose Down
DROP TABLE orders, listings, providers, feed_coverage, imports;
