-- +goose Up
-- Forms that somebody has begun and not sent: the fields as they were typed, until the record is saved or the form is given up.
-- id is that of the record, also of one that is not there yet; fresh says that it was not when the form was begun.
CREATE TABLE unsent_form (
    association TEXT NOT NULL,
    account     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    fresh       BOOLEAN NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (association, account, kind, id)
);
