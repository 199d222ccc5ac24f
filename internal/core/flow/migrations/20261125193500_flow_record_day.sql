-- +goose Up
-- A list of a township, newest first, is read from the index alone until its rows are found.
DROP INDEX record_day;
CREATE INDEX record_day ON record (association, kind, day, id, place, unit);
