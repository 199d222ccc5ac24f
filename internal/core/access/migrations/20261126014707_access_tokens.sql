-- +goose Up
-- What programs sign in with, in the name of who made it. token is the hex sha256 of it; expires, used and ended are instants, 0 for
-- never. Rows stay: what was done by a token that is over can still be told.
CREATE TABLE api_token (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    account     TEXT NOT NULL,
    token       TEXT NOT NULL,
    name        TEXT NOT NULL,
    writes      BOOLEAN NOT NULL,
    created     BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    used        BIGINT NOT NULL,
    ended       BIGINT NOT NULL,
    PRIMARY KEY (association, id),
    UNIQUE (association, token)
);
CREATE INDEX api_token_account ON api_token (association, account);
