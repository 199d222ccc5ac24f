-- +goose Up
-- The codes of the figures that the body asks for, so that lists need not read bodies: with spaces between, last: before one of the same
-- period a year earlier, - for none. '' is a report of before, whose body is read until the next report is written.
ALTER TABLE report ADD COLUMN asks TEXT NOT NULL DEFAULT '';
