-- +goose Up
-- The line of the row that makes the record: of rows that are parts of one record (a tour's stops) that of the first of them, which is
-- its own of that one; 0 for a row that is a record by itself.
ALTER TABLE import_row ADD COLUMN joins BIGINT NOT NULL DEFAULT 0;
CREATE INDEX import_row_joins ON import_row (association, import, sheet, joins) WHERE joins > 0;
