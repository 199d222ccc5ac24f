-- +goose Up
-- A word is looked up by its name for each row of an import.
CREATE INDEX term_name ON term (association, vocabulary, name);
