-- +goose Up
-- The hex sha256 of what the record's papers were when its proof was settled last; '' where it has none. The entry of the log
-- has the digest of each.
ALTER TABLE proof ADD COLUMN papers TEXT NOT NULL DEFAULT '';
