-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION report_frozen_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'frozen reports never change'; END $$;
-- +goose StatementEnd
CREATE TRIGGER report_frozen_no_change BEFORE UPDATE OR DELETE ON report_frozen FOR EACH ROW EXECUTE FUNCTION report_frozen_never_changes();
CREATE TRIGGER report_frozen_no_truncate BEFORE TRUNCATE ON report_frozen FOR EACH STATEMENT EXECUTE FUNCTION report_frozen_never_changes();
