-- +goose Up
-- The standing version of an external figure, as lists and the search for its like need it; the whole of it is in record_version.
-- amount is in the figure's smallest unit, slot the year, school year or day of which there is one figure.
CREATE TABLE external_figure (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    figure      TEXT NOT NULL,
    stage       TEXT NOT NULL,
    slot        TEXT NOT NULL,
    amount      BIGINT,
    exactness   TEXT NOT NULL,
    source      TEXT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX external_figure_slot ON external_figure (association, figure, stage, slot);
