-- +goose Up
-- The standing version of a facility as it is after all its changes, as lists and matches need it; the whole of it, with its
-- timeline, is in record_version. Lengths are centimetres, money is 分, as facts have it.
CREATE TABLE facility (
    association   TEXT NOT NULL,
    id            TEXT NOT NULL,
    fact_key      TEXT NOT NULL,
    facility_kind TEXT NOT NULL,
    life          TEXT NOT NULL,
    start_day     TEXT NOT NULL,
    end_day       TEXT NOT NULL,
    existing      BOOLEAN NOT NULL,
    village       TEXT NOT NULL,
    spot          TEXT NOT NULL,
    pieces        BIGINT NOT NULL,
    length        BIGINT,
    staff         BIGINT,
    books         BIGINT,
    cost          BIGINT,
    condition     TEXT NOT NULL,
    keeper        TEXT NOT NULL,
    version       BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX facility_by_kind ON facility (association, facility_kind, life);

-- What happened at facilities on a day.
CREATE TABLE facility_log (
    association   TEXT NOT NULL,
    id            TEXT NOT NULL,
    log_kind      TEXT NOT NULL,
    facility      TEXT NOT NULL,
    facility_kind TEXT NOT NULL,
    day           TEXT NOT NULL,
    topic         TEXT NOT NULL,
    result        TEXT NOT NULL,
    amount        BIGINT,
    version       BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX facility_log_of ON facility_log (association, facility, log_kind, day);
