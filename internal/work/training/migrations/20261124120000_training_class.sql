-- +goose Up
-- The standing version of a class, as lists, matches and exports need it; the whole of it is in record_version.
CREATE TABLE training_class (
    association           TEXT NOT NULL,
    id                    TEXT NOT NULL,
    class_kind            TEXT NOT NULL,
    subject               TEXT NOT NULL,
    start_day             TEXT NOT NULL,
    end_day               TEXT NOT NULL,
    venue                 TEXT NOT NULL,
    method                TEXT NOT NULL,
    teachers              TEXT NOT NULL,
    minutes               BIGINT,
    sessions              BIGINT NOT NULL,
    enrolled              BIGINT,
    enrolled_exactness    TEXT NOT NULL,
    attendances           BIGINT,
    attendances_exactness TEXT NOT NULL,
    examined              BIGINT,
    passed                BIGINT,
    version               BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX training_class_subject ON training_class (association, subject);
CREATE INDEX training_class_match ON training_class (association, start_day, class_kind);
