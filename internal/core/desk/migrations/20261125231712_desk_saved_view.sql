-- +goose Up
-- Views of lists that somebody has saved under a name of his own: filters, search, order and scope as they stood in the address.
CREATE TABLE saved_view (
    association TEXT NOT NULL,
    account     TEXT NOT NULL,
    path        TEXT NOT NULL,
    name        TEXT NOT NULL,
    query       TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (association, account, path, name)
);
