-- +goose Up
-- Which units may see a record, and why. One predicate over this table serves every list, page, trace and export.
CREATE TABLE sees (
    association TEXT NOT NULL,
    record      TEXT NOT NULL,
    unit        TEXT NOT NULL,
    why         TEXT NOT NULL,
    PRIMARY KEY (association, record, unit)
);

-- What was done, by whom. Append-only; numbered and hashed by core/log under the name "trail".
CREATE TABLE history (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    at          BIGINT NOT NULL,
    account     TEXT NOT NULL,
    name        TEXT NOT NULL,
    action      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    record      TEXT NOT NULL,
    version     BIGINT NOT NULL,
    changes     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    address     TEXT NOT NULL,
    request     TEXT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX history_record ON history (association, record, at);
CREATE INDEX history_at ON history (association, at);

CREATE TABLE account (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    login       TEXT NOT NULL,
    phone       TEXT NOT NULL,
    name        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    password    TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed     BIGINT NOT NULL,
    used        BIGINT NOT NULL,
    closed      BOOLEAN NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (association, id),
    UNIQUE (association, login)
);
CREATE INDEX account_phone ON account (association, phone);
-- A role holds on the days [from_day, to_day): somebody stands in for August.
CREATE TABLE account_grant (
    association TEXT NOT NULL,
    account     TEXT NOT NULL,
    role        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    modules     TEXT NOT NULL,
    from_day    TEXT NOT NULL DEFAULT '0001-01-01',
    to_day      TEXT NOT NULL DEFAULT '9999-12-31',
    PRIMARY KEY (association, account, role, unit, from_day)
);
CREATE TABLE account_password (
    association TEXT NOT NULL,
    account     TEXT NOT NULL,
    changed     BIGINT NOT NULL,
    password    TEXT NOT NULL,
    PRIMARY KEY (association, account, changed)
);
-- Wrong passwords in a row by login name (hex sha256 of it), whether or not such an account exists: the count must not tell.
-- What is a day old is forgotten.
CREATE TABLE sign_in (
    association TEXT NOT NULL,
    login       TEXT NOT NULL,
    failures    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    locked      BIGINT NOT NULL,
    PRIMARY KEY (association, login)
);
CREATE INDEX sign_in_at ON sign_in (association, at);
-- token is the hex sha256 of the cookie. used is written at most once a minute.
CREATE TABLE session (
    association TEXT NOT NULL,
    token       TEXT NOT NULL,
    account     TEXT NOT NULL,
    created     BIGINT NOT NULL,
    used        BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    idle        BIGINT NOT NULL,
    PRIMARY KEY (association, token)
);
CREATE INDEX session_account ON session (association, account);
