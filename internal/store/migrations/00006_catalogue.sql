-- +goose Up

-- What some catalogues say of their listings besides.
ALTER TABLE listings
    ADD COLUMN version text NOT NULL DEFAULT '',      -- of the product as sold here; '' = not said
    ADD COLUMN version_at timestamptz,                -- since when
    ADD COLUMN open_source text NOT NULL DEFAULT '',  -- yes, no; '' = not said
    ADD COLUMN licence text NOT NULL DEFAULT '',      -- names of open-source licences
    ADD COLUMN delisting_plan_known boolean NOT NULL DEFAULT false, -- the catalogue speaks of such plans
    ADD COLUMN delisting_plan_on date;                -- of the plan on file; NULL = none

-- Complaints that the marketplace received. A row is what its feed said last.
CREATE TABLE complaints (
    complaint_id text PRIMARY KEY,
    listing_id   text NOT NULL,      -- '' = about the provider as a whole
    provider_id  text NOT NULL,      -- '' = the listing's
    kind         text NOT NULL,
    status       text NOT NULL,
    filed_at     timestamptz,
    decided_at   timestamptz,
    import_id    bigint NOT NULL
);
CREATE INDEX complaints_listing ON complaints (listing_id) WHERE listing_id <> '';

-- Kinds of feeds are the program's to know.
ALTER TABLE imports DROP CONSTRAINT imports_kind_check;
ALTER TABLE feed_coverage DROP CONSTRAINT feed_coverage_kind_check;

-- +goose Down
DELETE FROM feed_coverage WHERE kind NOT IN ('providers', 'listings', 'orders');
DELETE FROM imports WHERE kind NOT IN ('providers', 'listings', 'orders');
ALTER TABLE feed_coverage ADD CONSTRAINT feed_coverage_kind_check CHECK (kind IN ('providers', 'listings', 'orders'));
ALTER TABLE imports ADD CONSTRAINT imports_kind_check CHECK (kind IN ('providers', 'listings', 'orders'));
DROP TABLE complaints;
ALTER TABLE listings DROP COLUMN version, DROP COLUMN version_at, DROP COLUMN open_source, DROP COLUMN licence,
    DROP COLUMN delisting_plan_known, DROP COLUMN delisting_plan_on;
