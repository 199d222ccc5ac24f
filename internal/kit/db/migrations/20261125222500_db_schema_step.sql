-- +goose Up
-- Which program brought which migration, so that an older one can say what it does not know.
CREATE TABLE schema_step (
    version BIGINT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    program TEXT NOT NULL,
    at      BIGINT NOT NULL
);
