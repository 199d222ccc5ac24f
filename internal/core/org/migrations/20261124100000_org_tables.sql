-- +goose Up
CREATE TABLE association (
    id      TEXT NOT NULL PRIMARY KEY,
    code    TEXT NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    short   TEXT NOT NULL,
    parent  TEXT NOT NULL,
    zone    TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE TABLE host (
    host        TEXT NOT NULL PRIMARY KEY,
    association TEXT NOT NULL
);
-- Settings keep their history: the value in force on a day is that of the latest from_day, and of two that of the later set_at.
CREATE TABLE setting (
    association TEXT NOT NULL,
    name        TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    set_at      BIGINT NOT NULL,
    value       TEXT NOT NULL,
    set_by      TEXT NOT NULL,
    PRIMARY KEY (association, name, from_day, set_at)
);

-- Who does the work. Names and parents are dated; reach is the closure of the links, itself included, kept by this package.
CREATE TABLE unit (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    code        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    place       TEXT NOT NULL,
    opened      TEXT NOT NULL,
    closed      TEXT NOT NULL,
    PRIMARY KEY (association, id),
    UNIQUE (association, code)
);
CREATE TABLE unit_name (
    association TEXT NOT NULL,
    unit        TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (association, unit, from_day)
);
CREATE TABLE unit_link (
    association TEXT NOT NULL,
    child       TEXT NOT NULL,
    parent      TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    PRIMARY KEY (association, child, from_day)
);
CREATE TABLE unit_reach (
    association TEXT NOT NULL,
    ancestor    TEXT NOT NULL,
    descendant  TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    PRIMARY KEY (association, ancestor, descendant, from_day)
);
CREATE INDEX unit_reach_up ON unit_reach (association, descendant);

-- Where it happens. tile_row and tile_col are the township's position in the tile grid, 0 when it has none.
CREATE TABLE place (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    code        TEXT NOT NULL,
    level       TEXT NOT NULL,
    sort        BIGINT NOT NULL,
    tile_row    BIGINT NOT NULL,
    tile_col    BIGINT NOT NULL,
    opened      TEXT NOT NULL,
    closed      TEXT NOT NULL,
    PRIMARY KEY (association, id),
    UNIQUE (association, code)
);
CREATE TABLE place_name (
    association TEXT NOT NULL,
    place       TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (association, place, from_day)
);
CREATE TABLE place_link (
    association TEXT NOT NULL,
    child       TEXT NOT NULL,
    parent      TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    PRIMARY KEY (association, child, from_day)
);
CREATE TABLE place_reach (
    association TEXT NOT NULL,
    ancestor    TEXT NOT NULL,
    descendant  TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    PRIMARY KEY (association, ancestor, descendant, from_day)
);
CREATE INDEX place_reach_up ON place_reach (association, descendant);

-- Words of a vocabulary that a county adds to the shipped ones: a subject taught, an audience (domain.md, 7).
CREATE TABLE term (
    association TEXT NOT NULL,
    vocabulary  TEXT NOT NULL,
    code        TEXT NOT NULL,
    name        TEXT NOT NULL,
    added       BIGINT NOT NULL,
    PRIMARY KEY (association, vocabulary, code)
);
CREATE TABLE term_alias (
    association TEXT NOT NULL,
    vocabulary  TEXT NOT NULL,
    alias       TEXT NOT NULL,
    code        TEXT NOT NULL,
    PRIMARY KEY (association, vocabulary, alias)
);
