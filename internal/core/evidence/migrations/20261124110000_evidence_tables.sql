-- +goose Up
-- A file once, however often it is attached. hash is the hex sha256 of its content; width and height are 0 where it is no picture.
CREATE TABLE file (
    association TEXT NOT NULL,
    hash        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    type        TEXT NOT NULL,
    width       BIGINT NOT NULL,
    height      BIGINT NOT NULL,
    added       BIGINT NOT NULL,
    PRIMARY KEY (association, hash)
);
-- A paper bound to a record. hash is '' for a link, whose address is in link. sheet and line say which row of a workbook the
-- record was imported from (0: the whole file). Rows are never deleted: removed is the instant of taking the paper off, 0 while it holds.
CREATE TABLE evidence (
    association  TEXT NOT NULL,
    id           TEXT NOT NULL,
    record       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    hash         TEXT NOT NULL,
    link         TEXT NOT NULL,
    name         TEXT NOT NULL,
    note         TEXT NOT NULL,
    sheet        TEXT NOT NULL,
    line         BIGINT NOT NULL,
    added        BIGINT NOT NULL,
    added_by     TEXT NOT NULL,
    added_name   TEXT NOT NULL,
    removed      BIGINT NOT NULL,
    removed_name TEXT NOT NULL,
    removed_why  TEXT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX evidence_record ON evidence (association, record);
CREATE INDEX evidence_hash ON evidence (association, hash);

-- What a record still lacks: kinds of papers, sorted, with spaces between; '' when it is proved.
CREATE TABLE proof (
    association TEXT NOT NULL,
    record      TEXT NOT NULL,
    missing     TEXT NOT NULL,
    PRIMARY KEY (association, record)
);
