-- +goose Up
-- What may be the same record is found by its name, its place read from the index: on one day a county enters hundreds of one kind.
CREATE INDEX record_title ON record (association, kind, title, place);
