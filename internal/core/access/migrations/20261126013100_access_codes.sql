-- +goose Up
-- The second step of signing in. sealed is what the codes follow from, wrapped by the master key: a copy of the database alone
-- opens nothing. step is the 30 seconds of the code given last, which is not taken twice.
CREATE TABLE account_code (
    association TEXT NOT NULL,
    account     TEXT NOT NULL,
    sealed      TEXT NOT NULL,
    step        BIGINT NOT NULL,
    PRIMARY KEY (association, account)
);
-- Until when a session waits for the code; 0 when it waits for none. One that waits opens nothing.
ALTER TABLE session ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;
