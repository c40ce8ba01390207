-- +goose Up

-- Where buyers of a listing log in or download.
ALTER TABLE listings ADD COLUMN deliverable_url text NOT NULL DEFAULT '';

-- The unbroken row of visits of one address that ended the same way: rules that need two
-- observations, or three nights, judge by it. An address that answers has no row.
CREATE TABLE observations (
    kind       text NOT NULL CHECK (kind IN ('listing', 'site', 'deliverable')),
    key        text NOT NULL,      -- listing id; canonical address of the home page or deliverable
    state      text NOT NULL CHECK (state IN ('down', 'forbidden')),
    since      timestamptz NOT NULL, -- the first visit of the row
    last       timestamptz NOT NULL, -- the last one that counted
    nights     int NOT NULL CHECK (nights > 0), -- visits that lie far enough apart to count
    sweep      bigint NOT NULL,    -- that wrote it last
    PRIMARY KEY (kind, key)
);
