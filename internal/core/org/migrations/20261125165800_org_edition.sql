-- +goose Up
-- A random id that every change of a tree writes anew: who has read the trees at it need not read them again.
CREATE TABLE org_edition (
    association TEXT NOT NULL,
    edition     TEXT NOT NULL,
    PRIMARY KEY (association)
);
