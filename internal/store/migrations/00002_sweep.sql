-- +goose Up

-- What a sweep was judged by: rulebook, market profile and parameters, by content hash.
CREATE TABLE bundles (
    hash     text PRIMARY KEY,
    content  jsonb NOT NULL,
    made_at  timestamptz NOT NULL
);

CREATE TABLE sweeps (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state      text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'closed', 'abandoned')),
    as_of      timestamptz NOT NULL,      -- the moment judged
    started_at timestamptz NOT NULL,
    closed_at  timestamptz,
    scope      jsonb NOT NULL,            -- the flags that narrowed it
    market     text NOT NULL,             -- id of the market profile
    bundle     text NOT NULL REFERENCES bundles (hash),
    engine     text NOT NULL,             -- version of the code that judges
    records    boolean NOT NULL,          -- false: a look back that touches no records
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
-- One sweep at a time: records are folded by the order of sweeps.
CREATE UNIQUE INDEX sweeps_one_running ON sweeps (state) WHERE state = 'running';

CREATE SEQUENCE sweep_batches;

-- The sweep's truth: what was planned and what became of it. River only wakes workers.
CREATE TABLE sweep_units (
    sweep      bigint NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('listing', 'site', 'account')),
    key        text NOT NULL,             -- listing id; address of the product page; range of provider ids
    batch      bigint NOT NULL,           -- the units that one job works on
    host       text NOT NULL DEFAULT '',  -- for sites: the host that the page is on
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'not_checked')),
    reason     text NOT NULL DEFAULT '',  -- for not_checked and for open units that failed before
    attempts   int NOT NULL DEFAULT 0,    -- failed visits so far
    recoveries int NOT NULL DEFAULT 0,    -- how often a job had to be put back
    next_try   timestamptz,               -- a failed page waits until then
    job        bigint,                    -- river_job that works or will work on it
    snapshot   jsonb NOT NULL,            -- the catalogue as planned
    input_hash text NOT NULL DEFAULT '',  -- of everything the result was judged from
    done_at    timestamptz,
    PRIMARY KEY (sweep, kind, key)
);
CREATE INDEX sweep_units_batch ON sweep_units (sweep, batch);
CREATE INDEX sweep_units_open ON sweep_units (sweep) WHERE state = 'open';

-- Answers other than pass. Passes are counted in sweep_counts.
CREATE TABLE results (
    sweep        bigint NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
    rule         text NOT NULL,
    subject_kind text NOT NULL,
    subject_id   text NOT NULL,
    variant      text NOT NULL DEFAULT '', -- tells apart several answers about one subject (a year)
    provider_id  text NOT NULL,
    listing_id   text NOT NULL DEFAULT '',
    outcome      text NOT NULL CHECK (outcome IN ('violation', 'suspected', 'not_applicable', 'not_checked')),
    reason_code  text NOT NULL DEFAULT '',
    reason       jsonb,
    PRIMARY KEY (sweep, rule, subject_kind, subject_id, variant)
);

-- Each unit's count of outcomes: coverage is the sum. Kept per unit so that no two
-- commits wait for one row.
CREATE TABLE sweep_counts (
    sweep   bigint NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
    batch   bigint NOT NULL,
    job     bigint NOT NULL,
    rule    text NOT NULL,
    outcome text NOT NULL,
    n       int NOT NULL
);
CREATE INDEX sweep_counts_sweep ON sweep_counts (sweep);

-- The figures that accounts were judged by, whatever the outcome: reports show them pass
-- or fail, and a later import must not change what a past night says.
CREATE TABLE account_facts (
    sweep       bigint NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('orders', 'deployment')),
    subject_id  text NOT NULL,
    variant     text NOT NULL DEFAULT '',
    provider_id text NOT NULL,
    name        text NOT NULL,            -- of the listing or provider, at the time
    outcome     text NOT NULL,
    reason      jsonb,
    facts       jsonb NOT NULL,
    PRIMARY KEY (sweep, kind, subject_id, variant)
);

-- What was found in which sweep, as it was seen then.
CREATE TABLE sweep_findings (
    sweep       bigint NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
    fingerprint text NOT NULL,
    finding     jsonb NOT NULL,
    PRIMARY KEY (sweep, fingerprint)
);

CREATE INDEX sweep_findings_fingerprint ON sweep_findings (fingerprint, sweep);

-- Violation records: findings kept from sweep to sweep.
CREATE TABLE records (
    fingerprint    text PRIMARY KEY,
    rule           text NOT NULL,
    subject_kind   text NOT NULL,
    subject_id     text NOT NULL,
    provider_id    text NOT NULL,
    listing_id     text NOT NULL DEFAULT '',
    outcome        text NOT NULL CHECK (outcome IN ('violation', 'suspected')),
    part           text NOT NULL,
    finding        jsonb NOT NULL,
    content_hash   text NOT NULL,
    status         text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
    resolved_why   text NOT NULL DEFAULT '',
    first_seen     timestamptz NOT NULL,
    last_seen      timestamptz NOT NULL,
    resolved_at    timestamptz,
    first_sweep    bigint NOT NULL,
    last_sweep     bigint NOT NULL,
    resolved_sweep bigint,
    reopened_sweep bigint,
    CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CHECK ((status = 'resolved') = (resolved_why <> ''))
);
CREATE INDEX records_open_subject ON records (subject_kind, subject_id, rule) WHERE status = 'open';
CREATE INDEX records_provider ON records (provider_id);
CREATE INDEX records_resolved_sweep ON records (resolved_sweep);

-- What became of records, and in which sweep: the row in records only tells the latest.
CREATE TABLE record_events (
    fingerprint text NOT NULL REFERENCES records (fingerprint),
    sweep       bigint NOT NULL,
    event       text NOT NULL CHECK (event IN ('resolved', 'reopened')),
    why         text NOT NULL DEFAULT '',
    PRIMARY KEY (fingerprint, sweep)
);

-- Living workers. Each also holds a session lock on its key, so that a dead one on any
-- machine is noticed as soon as the server sees its connection end.
CREATE TABLE workers (
    id       text PRIMARY KEY,   -- River client id
    lock_key bigint NOT NULL,
    host     text NOT NULL,
    pid      int NOT NULL,
    started  timestamptz NOT NULL DEFAULT now(),
    beat     timestamptz NOT NULL DEFAULT now()
);

-- Mutual exclusion on a provider's host across jobs and sweeps.
CREATE TABLE host_leases (
    host   text PRIMARY KEY,
    holder bigint NOT NULL,      -- river_job id
    until  timestamptz NOT NULL
);

-- When the next request to a host of the marketplace may start, for the whole fleet.
CREATE TABLE host_pace (
    host text PRIMARY KEY,
    next timestamptz NOT NULL
);

-- +goose Down
DROP TABLE host_pace, host_leases, workers, record_events, records, sweep_findings, account_facts, sweep_counts, results, sweep_units;
DROP SEQUENCE sweep_batches;
DROP TABLE sweeps, bundles;
