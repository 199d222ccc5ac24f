-- +goose Up
-- The copies of the program that do jobs on this database: name and when each was last seen, by the database's clock, milliseconds UTC.
CREATE TABLE job_copy (
    id   TEXT NOT NULL PRIMARY KEY,
    seen BIGINT NOT NULL
);
