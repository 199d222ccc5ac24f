-- +goose Up
-- Who takes an import back: an undo that was interrupted goes on with the rights of that person, not with the importer's.
ALTER TABLE import ADD COLUMN undo_account TEXT NOT NULL DEFAULT '';
ALTER TABLE import ADD COLUMN undo_login TEXT NOT NULL DEFAULT '';
