-- +goose Up
-- Classes that may be the same one are found by their name (record_title).
DROP INDEX training_class_match;
