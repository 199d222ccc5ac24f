-- +goose Up
-- Records that stand by an older version of their module's facts function: few, and found without reading the others.
CREATE INDEX statement_facts_version ON statement (association, kind, facts_version, record);

-- With which version of a kind's facts function a program has gone through all its records last.
CREATE TABLE restated (
    association   TEXT NOT NULL,
    kind          TEXT NOT NULL,
    facts_version BIGINT NOT NULL,
    PRIMARY KEY (association, kind)
);
