-- +goose Up
-- Definitions that an association made itself or that supersede a shipped one: id is the entry of the log that has the text. In
-- force on a day is the row of the latest from_day, and of two the one made last; rows are never changed.
CREATE TABLE indicator_local (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    code        TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX indicator_local_code ON indicator_local (association, code, from_day);
