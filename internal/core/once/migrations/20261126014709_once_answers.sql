-- +goose Up
-- What a request with an Idempotency-Key was answered, for a day: the same request again gets it again. request is the hex sha256 of
-- what was asked, at an instant in UTC milliseconds.
CREATE TABLE request_answer (
    association TEXT NOT NULL,
    account     TEXT NOT NULL,
    idem_key    TEXT NOT NULL,
    request     TEXT NOT NULL,
    status      BIGINT NOT NULL,
    headers     TEXT NOT NULL,
    body        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (association, account, idem_key)
);
CREATE INDEX request_answer_at ON request_answer (association, at);
