-- +goose Up
-- The standing version of an award, as lists and exports need it; the whole of it is in record_version.
CREATE TABLE award (
    association      TEXT NOT NULL,
    id               TEXT NOT NULL,
    giver            TEXT NOT NULL,
    day              TEXT NOT NULL,
    people           BIGINT,
    people_exactness TEXT NOT NULL,
    version          BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX award_day ON award (association, day);
