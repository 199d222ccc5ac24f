-- +goose Up
-- A report: its own copy of the outline's text and the scope that it is computed for, as an address writes it (scope) and by ids.
-- state: draft, frozen.
CREATE TABLE report (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    outline     TEXT NOT NULL,
    body        TEXT NOT NULL,
    title       TEXT NOT NULL,
    scope       TEXT NOT NULL,
    unit        TEXT NOT NULL,
    place       TEXT NOT NULL,
    period_from TEXT NOT NULL,
    period_to   TEXT NOT NULL,
    state       TEXT NOT NULL,
    version     BIGINT NOT NULL,
    author      TEXT NOT NULL,
    author_name TEXT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX report_updated ON report (association, updated);

-- What a frozen report prints for ever: document is the whole text with every figure (JSON), docx the name of the Word file among
-- the files, entry the entry of the ledger's log that has the hashes of both.
CREATE TABLE report_frozen (
    association  TEXT NOT NULL,
    report       TEXT NOT NULL,
    checkpoint   BIGINT NOT NULL,
    root         TEXT NOT NULL,
    program      TEXT NOT NULL,
    document     TEXT NOT NULL,
    docx         TEXT NOT NULL,
    size         BIGINT NOT NULL,
    entry        TEXT NOT NULL,
    account      TEXT NOT NULL,
    account_name TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (association, report)
);
