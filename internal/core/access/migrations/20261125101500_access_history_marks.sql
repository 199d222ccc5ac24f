-- +goose Up
-- Which number and what content (hex sha256 of the version's body) the record had when the event happened: so the log vouches for
-- every version that was ever saved, also of records that are not verified.
ALTER TABLE history ADD COLUMN number TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN hash TEXT NOT NULL DEFAULT '';
