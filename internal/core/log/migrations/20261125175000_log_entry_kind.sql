-- +goose Up
-- What the log says of one kind (trees, settings, definitions) is read beside many entries of others.
CREATE INDEX log_entry_kind ON log_entry (association, log, kind);
