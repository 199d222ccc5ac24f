-- +goose Up
-- A unit whose record was settled into a share of an activity sees that, as partners do.
INSERT INTO sees (association, record, unit, why)
SELECT DISTINCT c.association, c.activity, c.unit, 'partner' FROM activity_share c
JOIN record r ON r.association = c.association AND r.id = c.id
WHERE r.state <> 'voided'
ON CONFLICT (association, record, unit) DO NOTHING;
