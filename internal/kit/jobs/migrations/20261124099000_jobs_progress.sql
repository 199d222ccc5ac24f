-- +goose Up
-- What pages show of a job: the row is made with the job and outlives it. job is the number that River gave it.
CREATE TABLE job_progress (
    association TEXT NOT NULL,
    job         BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    done        BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    note        TEXT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (association, job)
);
