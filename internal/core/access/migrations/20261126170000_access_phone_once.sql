-- +goose Up
-- A telephone is one open account's, also when two get it at the same moment. Of open accounts that had the same one already all but
-- the oldest are marked: their telephones stay as they were written, and the mark goes when one of them is given a telephone again.
ALTER TABLE account ADD COLUMN phone_shared BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE account SET phone_shared = TRUE WHERE phone <> '' AND NOT closed AND EXISTS (SELECT 1 FROM account o
    WHERE o.association = account.association AND o.phone = account.phone AND NOT o.closed
    AND (o.created < account.created OR o.created = account.created AND o.id < account.id));
CREATE UNIQUE INDEX account_phone_once ON account (association, phone) WHERE phone <> '' AND NOT closed AND NOT phone_shared;
