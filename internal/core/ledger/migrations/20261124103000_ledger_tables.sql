-- +goose Up
-- Interned tag sets: id is the first 16 hex digits of the sha256 of text ('' for the empty set).
CREATE TABLE tag_set (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE TABLE tag_member (
    association TEXT NOT NULL,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    tags        TEXT NOT NULL,
    PRIMARY KEY (association, name, value, tags)
);

-- One call of Set that changed something: which version of which record, why, and the hashes that its leaves carry.
CREATE TABLE posting (
    association   TEXT NOT NULL,
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    record        TEXT NOT NULL,
    version       BIGINT NOT NULL,
    facts_version BIGINT NOT NULL,
    record_hash   TEXT NOT NULL,
    papers_hash   TEXT NOT NULL,
    reason        TEXT NOT NULL,
    batch         TEXT NOT NULL,
    account       TEXT NOT NULL,
    correction    BOOLEAN NOT NULL,
    posted        BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX posting_record ON posting (association, record, posted);
CREATE INDEX posting_batch ON posting (association, batch) WHERE batch <> '';

CREATE TABLE fact (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    posting     TEXT NOT NULL,
    record      TEXT NOT NULL,
    measure     TEXT NOT NULL,
    unit        TEXT NOT NULL,
    place       TEXT NOT NULL,
    day         TEXT NOT NULL CHECK (length(day) = 10),
    tags        TEXT NOT NULL,
    exactness   TEXT NOT NULL,
    fact_key    TEXT NOT NULL,
    movement    TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    reverses    TEXT,
    PRIMARY KEY (association, id)
);
CREATE UNIQUE INDEX fact_reverses ON fact (association, reverses) WHERE reverses IS NOT NULL;
-- Covers every sum. record stands next to the day so that new rows of a day come side by side: an import touches few pages.
CREATE INDEX fact_sum ON fact (association, measure, day, record, place, unit, tags, exactness, movement, fact_key, amount);
CREATE INDEX fact_record ON fact (association, record);

-- The latest statement of each record, also of one that says nothing. Its row is what two Sets of one record wait at.
CREATE TABLE statement (
    association   TEXT NOT NULL,
    record        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    version       BIGINT NOT NULL,
    facts_version BIGINT NOT NULL,
    record_hash   TEXT NOT NULL,
    PRIMARY KEY (association, record)
);
CREATE INDEX statement_kind ON statement (association, kind, record);

-- Up to which day the ledger is closed: the row made last is in force (design.md, 4.12).
CREATE TABLE closing (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    up_to       TEXT NOT NULL,
    account     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);

-- What a record that is not verified would post. No sum reads it (design.md, 4.1).
CREATE TABLE expected (
    association TEXT NOT NULL,
    record      TEXT NOT NULL,
    line        BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    measure     TEXT NOT NULL,
    unit        TEXT NOT NULL,
    place       TEXT NOT NULL,
    day         TEXT NOT NULL,
    tags        TEXT NOT NULL,
    exactness   TEXT NOT NULL,
    fact_key    TEXT NOT NULL,
    movement    TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    PRIMARY KEY (association, record, line)
);
CREATE INDEX expected_sum ON expected (association, measure, day);

-- A merge of two persons (or subjects): what was counted under alias counts under target (design.md, 4.9). merged_into is
-- what was merged by hand; target follows the chain to its end, so that a query needs one look.
CREATE TABLE key_alias (
    association TEXT NOT NULL,
    alias       TEXT NOT NULL,
    merged_into TEXT NOT NULL,
    target      TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (association, alias)
);
