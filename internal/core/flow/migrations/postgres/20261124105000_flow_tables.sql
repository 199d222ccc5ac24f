-- +goose Up
-- What every record shares, whatever its kind. version is the latest saved one, verified the one whose facts stand (0: none),
-- base the last one that is not part of what waits to be verified: who wrote a later one cannot verify; of a voided record the one struck out.
-- revision is the state of the open revision of a verified record, '' when there is none. editor is who last changed anything.
CREATE TABLE record (
    association TEXT NOT NULL,
    id          TEXT NOT NULL COLLATE "C",
    kind        TEXT NOT NULL,
    number      TEXT NOT NULL COLLATE "C",
    year        BIGINT NOT NULL,
    serial      BIGINT NOT NULL,
    state       TEXT NOT NULL,
    revision    TEXT NOT NULL,
    life        TEXT NOT NULL,
    version     BIGINT NOT NULL,
    verified    BIGINT NOT NULL,
    base        BIGINT NOT NULL,
    hash        TEXT NOT NULL,
    title       TEXT NOT NULL,
    unit        TEXT NOT NULL,
    place       TEXT NOT NULL,
    day         TEXT NOT NULL COLLATE "C",
    author      TEXT NOT NULL,
    author_name TEXT NOT NULL,
    sender      TEXT NOT NULL,
    editor      TEXT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    submitted   BIGINT NOT NULL,
    remark      TEXT NOT NULL,
    batch       TEXT NOT NULL,
    PRIMARY KEY (association, id),
    UNIQUE (association, kind, number)
);
CREATE INDEX record_day ON record (association, kind, day, id);
CREATE INDEX record_waiting ON record (association, kind, state, revision) WHERE state IN ('draft', 'submitted', 'returned') OR revision <> '';
CREATE INDEX record_batch ON record (association, batch) WHERE batch <> '';

-- Every saved version in full: body is the JSON of the module's record, hash the hex sha256 of it. head is what the version
-- would change in record once it is verified, '' where record has it already.
CREATE TABLE record_version (
    association TEXT NOT NULL,
    record      TEXT NOT NULL COLLATE "C",
    version     BIGINT NOT NULL,
    body        TEXT NOT NULL,
    hash        TEXT NOT NULL,
    author      TEXT NOT NULL,
    author_name TEXT NOT NULL,
    head        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (association, record, version)
);

-- The last serial number given out, by kind and year.
CREATE TABLE record_serial (
    association TEXT NOT NULL,
    kind        TEXT NOT NULL,
    year        BIGINT NOT NULL,
    last        BIGINT NOT NULL,
    PRIMARY KEY (association, kind, year)
);

-- What search finds; words is the index of text, which holds the words already cut.
CREATE TABLE record_search (
    association TEXT NOT NULL,
    record      TEXT NOT NULL COLLATE "C",
    text        TEXT NOT NULL,
    words       TSVECTOR NOT NULL GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(text, ' '), ''))) STORED,
    PRIMARY KEY (association, record)
);
CREATE INDEX record_search_words ON record_search USING GIN (words) WITH (fastupdate = on);
