-- +goose Up
-- One hand-in of a workbook. state: received, checking, checked, applying, stopped, done, undoing, undone, failed. found is what was
-- understood (JSON), undo the batch of the reversals, failure why the last step did not come to its end.
CREATE TABLE import (
    association   TEXT NOT NULL,
    id            TEXT NOT NULL,
    target        TEXT NOT NULL,
    hash          TEXT NOT NULL,
    size          BIGINT NOT NULL,
    file          TEXT NOT NULL,
    state         TEXT NOT NULL,
    options       TEXT NOT NULL,
    found         TEXT NOT NULL,
    account       TEXT NOT NULL,
    login         TEXT NOT NULL,
    account_name  TEXT NOT NULL,
    verifier      TEXT NOT NULL,
    verifier_name TEXT NOT NULL,
    undo          TEXT NOT NULL,
    created       BIGINT NOT NULL,
    updated       BIGINT NOT NULL,
    total         BIGINT NOT NULL,
    done          BIGINT NOT NULL,
    stop          BOOLEAN NOT NULL,
    failure       TEXT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX import_hash ON import (association, target, hash);

-- The shapes of the sheets of an import, by which later ones are compared with it.
CREATE TABLE import_sheet (
    association TEXT NOT NULL,
    import      TEXT NOT NULL,
    sheet       BIGINT NOT NULL,
    name        TEXT NOT NULL,
    shape       TEXT NOT NULL,
    PRIMARY KEY (association, import, sheet)
);
CREATE INDEX import_sheet_shape ON import_sheet (association, shape);

-- A row of data as it was read. applied: 0 not in, 1 in, 2 taken back. version is that of the record before (0: none), after
-- that which the row made. Together with the record it is written in one transaction: a row goes in once.
CREATE TABLE import_row (
    association TEXT NOT NULL,
    import      TEXT NOT NULL,
    sheet       BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    day         TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    cells       TEXT NOT NULL,
    body        TEXT NOT NULL,
    notes       TEXT NOT NULL,
    changes     TEXT NOT NULL,
    record      TEXT NOT NULL,
    version     BIGINT NOT NULL,
    after       BIGINT NOT NULL,
    applied     BIGINT NOT NULL,
    PRIMARY KEY (association, import, sheet, line)
);

-- What was chosen for sheets of a shape: columns, kind.
CREATE TABLE intake_mapping (
    association TEXT NOT NULL,
    target      TEXT NOT NULL,
    shape       TEXT NOT NULL,
    choice      TEXT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (association, target, shape)
);
