-- +goose Up
-- The sheet of the row that makes the record of which a row is a part: parts may stand on several sheets. And how many new rows of the file must be
-- in before it: what a row is under goes in first.
ALTER TABLE import_row ADD COLUMN joins_sheet BIGINT NOT NULL DEFAULT 0;
ALTER TABLE import_row ADD COLUMN depth BIGINT NOT NULL DEFAULT 0;
UPDATE import_row SET joins_sheet = sheet WHERE joins > 0;
DROP INDEX import_row_joins;
CREATE INDEX import_row_joins ON import_row (association, import, joins_sheet, joins) WHERE joins > 0;
