-- +goose Up

-- What a worker can do, so that others know whether anybody is left to go on with a sweep.
ALTER TABLE workers
    ADD COLUMN machine text NOT NULL DEFAULT '',   -- in which pid means something; '' = not known
    ADD COLUMN bundle text NOT NULL DEFAULT '',    -- hash of what it judges by
    ADD COLUMN engine text NOT NULL DEFAULT '',
    ADD COLUMN queues text[] NOT NULL DEFAULT '{}';

-- Up to when the ticks of a schedule entry have been dealt with. The row is locked while
-- that goes on, so that several processes do it one after the other.
CREATE TABLE schedules (
    name text PRIMARY KEY,
    spec text NOT NULL,          -- as the process that registered it last has it
    zone text NOT NULL,
    last timestamptz NOT NULL
);

-- Every tick that came due, once. A night that runs has steps.
CREATE TABLE nights (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule   text NOT NULL,
    tick       timestamptz NOT NULL,
    state      text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'partial', 'failed', 'missed', 'skipped')),
    why        text NOT NULL DEFAULT '',  -- for partial, failed, missed and skipped
    steps      text[] NOT NULL,           -- as configured when it fired
    only_part  text NOT NULL DEFAULT '', -- what its sweep is narrowed to, as configured then
    sweep      bigint REFERENCES sweeps (id), -- that its sweep step planned
    fired_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    UNIQUE (schedule, tick),
    CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL))
);
CREATE INDEX nights_live ON nights (schedule, tick) WHERE ended_at IS NULL;

CREATE TABLE night_steps (
    night      bigint NOT NULL REFERENCES nights (id) ON DELETE CASCADE,
    n          int NOT NULL,              -- 0, 1, … in the order of nights.steps
    step       text NOT NULL,
    state      text NOT NULL CHECK (state IN ('running', 'done', 'partial', 'failed')),
    failures   int NOT NULL DEFAULT 0,    -- how often it failed and was tried again
    problems   text[] NOT NULL DEFAULT '{}', -- what was wrong, as it became known
    detail     text NOT NULL DEFAULT '',  -- what it did or what was wrong, when it has ended
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (night, n)
);

-- What people decided about records. Append-only: the last one stands.
CREATE TABLE decisions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint  text NOT NULL REFERENCES records (fingerprint),
    kind         text NOT NULL CHECK (kind IN ('confirm', 'dismiss', 'waive')),
    who          text NOT NULL CHECK (who <> ''),
    why          text NOT NULL CHECK (why <> ''),
    at           timestamptz NOT NULL,
    outcome      text NOT NULL,           -- of the record at that time
    content_hash text NOT NULL,           -- of what was decided about
    sweep        bigint NOT NULL,         -- in which the record had been seen last
    until        date,                    -- the last day (Shanghai) of a waiver
    owner        text NOT NULL DEFAULT '',-- of a waiver: who answers for it
    source       text NOT NULL DEFAULT '',-- the reviewed file it was read from
    CHECK ((kind = 'waive') = (until IS NOT NULL)),
    CHECK ((kind = 'waive') = (owner <> ''))
);
CREATE INDEX decisions_fingerprint ON decisions (fingerprint, id);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The outbox. A row is written in the transaction of what caused it, and a notice that
-- was once handed to a channel is never handed to it again.
CREATE TABLE notices (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text NOT NULL UNIQUE,     -- provider and sweep: one digest each
    reference   text NOT NULL UNIQUE,     -- by which the provider appeals
    provider_id text NOT NULL,
    sweep       bigint NOT NULL REFERENCES sweeps (id),
    supersedes  bigint REFERENCES notices (id), -- the one that failed and is made anew by this
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'dropped')),
    reason      text NOT NULL DEFAULT '', -- for failed, unknown, dropped, and queued ones that could not be sent yet
    lang        text NOT NULL,
    channel     text NOT NULL,            -- folder, smtp or webhook
    recipient   text NOT NULL,
    message_id  text NOT NULL DEFAULT '',
    subject     text NOT NULL DEFAULT '',
    message     bytea,                    -- as handed to the channel
    sha256      text NOT NULL DEFAULT '', -- of message
    sender      text NOT NULL DEFAULT '', -- the attempt that is sending or sent it
    attempts    int NOT NULL DEFAULT 0,
    next_try    timestamptz,
    queued_at   timestamptz NOT NULL,
    sending_at  timestamptz,
    ended_at    timestamptz,
    CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL)),
    CHECK (state NOT IN ('sending', 'sent', 'unknown') OR message IS NOT NULL)
);
CREATE INDEX notices_provider ON notices (provider_id, id);
CREATE INDEX notices_live ON notices (id) WHERE state IN ('queued', 'sending');

-- The decisions that a notice tells of.
CREATE TABLE notice_items (
    notice      bigint NOT NULL REFERENCES notices (id),
    decision    bigint NOT NULL REFERENCES decisions (id),
    fingerprint text NOT NULL REFERENCES records (fingerprint),
    dropped     text NOT NULL DEFAULT '', -- why it was left out: a reason code
    PRIMARY KEY (notice, decision)
);
-- A decision is told once.
CREATE UNIQUE INDEX notice_items_once ON notice_items (decision) WHERE dropped = '';
CREATE INDEX notice_items_fingerprint ON notice_items (fingerprint);

-- What became of notices, and what people settled. Append-only.
CREATE TABLE notice_events (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice bigint NOT NULL REFERENCES notices (id),
    at     timestamptz NOT NULL,
    state  text NOT NULL,
    who    text NOT NULL DEFAULT '',  -- '' = the program
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX notice_events_notice ON notice_events (notice, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE notice_events, notice_items, notices, decisions;
DROP FUNCTION refuse_change();
DROP TABLE night_steps, nights, schedules;
ALTER TABLE workers DROP COLUMN machine, DROP COLUMN bundle, DROP COLUMN engine, DROP COLUMN queues;
