-- +goose Up
-- Rows of an unfinished import: neither summed nor numbered while open (design.md, 4.6).
CREATE TABLE batch (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    open        BOOLEAN NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX batch_open ON batch (association) WHERE open;

-- Entries that have no table of their own: tree links, definitions, aliases, proof states. body is canonical JSON.
CREATE TABLE log_entry (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    log         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    body        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);

-- Entries that are committed and have no number yet.
CREATE TABLE log_pending (
    association TEXT NOT NULL,
    log         TEXT NOT NULL,
    batch       TEXT NOT NULL,
    entry       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    PRIMARY KEY (association, log, batch, entry)
);

-- The numbered log. hash is base64 of the RFC 6962 leaf hash. A query «as known at size n» asks for seq < n.
CREATE TABLE log_leaf (
    association TEXT NOT NULL,
    log         TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    entry       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    hash        TEXT NOT NULL,
    PRIMARY KEY (association, log, seq),
    UNIQUE (association, log, entry)
);

-- Hashes of the complete subtrees of 256 leaves and more; smaller ones are computed from the leaves.
CREATE TABLE log_node (
    association TEXT NOT NULL,
    log         TEXT NOT NULL,
    level       BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    hash        TEXT NOT NULL,
    PRIMARY KEY (association, log, level, n)
);

-- One row a log; frontier is the hashes of its maximal complete subtrees, the largest first.
CREATE TABLE log_head (
    association TEXT NOT NULL,
    log         TEXT NOT NULL,
    size        BIGINT NOT NULL,
    root        TEXT NOT NULL,
    frontier    TEXT NOT NULL,
    PRIMARY KEY (association, log)
);

-- Signed states of a log. note is the whole signed text, as it is printed and mailed.
CREATE TABLE log_checkpoint (
    association TEXT NOT NULL,
    log         TEXT NOT NULL,
    size        BIGINT NOT NULL,
    root        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (association, log, size)
);

-- The association's signing keys, the private half wrapped by the master key. The newest one signs.
CREATE TABLE signing_key (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    public      TEXT NOT NULL,
    wrapped     TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
