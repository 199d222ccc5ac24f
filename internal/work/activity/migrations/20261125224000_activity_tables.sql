-- +goose Up
-- The standing version of an activity, as lists, matches and exports need it; the whole of it is in record_version.
CREATE TABLE activity (
    association      TEXT NOT NULL,
    id               TEXT NOT NULL,
    category         TEXT NOT NULL,
    start_day        TEXT NOT NULL,
    end_day          TEXT NOT NULL,
    venue            TEXT NOT NULL,
    site             TEXT NOT NULL,
    host             TEXT NOT NULL,
    parent           TEXT NOT NULL,
    shares_open      BOOLEAN NOT NULL,
    onsite           BIGINT,
    onsite_exactness TEXT NOT NULL,
    online           BIGINT,
    panels           BIGINT,
    materials        BIGINT NOT NULL,
    stops            BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX activity_match ON activity (association, start_day);
CREATE INDEX activity_category ON activity (association, category);
CREATE INDEX activity_parent ON activity (association, parent);

-- The campaigns that it belongs to.
CREATE TABLE activity_campaign (
    association TEXT NOT NULL,
    record      TEXT NOT NULL,
    line        BIGINT NOT NULL,
    campaign    TEXT NOT NULL,
    PRIMARY KEY (association, record, line)
);
CREATE INDEX activity_campaign_of ON activity_campaign (association, campaign, record);

-- Who held it together.
CREATE TABLE activity_partner (
    association TEXT NOT NULL,
    record      TEXT NOT NULL,
    line        BIGINT NOT NULL,
    role        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (association, record, line)
);
CREATE INDEX activity_partner_unit ON activity_partner (association, unit, record);

-- The share of one unit of a joint activity: the standing version of a record of its own.
CREATE TABLE activity_share (
    association TEXT NOT NULL,
    id          TEXT NOT NULL,
    activity    TEXT NOT NULL,
    unit        TEXT NOT NULL,
    client      TEXT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (association, id)
);
CREATE INDEX activity_share_of ON activity_share (association, activity, unit);
