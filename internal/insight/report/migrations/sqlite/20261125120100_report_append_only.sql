-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER report_frozen_no_update BEFORE UPDATE ON report_frozen BEGIN SELECT RAISE(ABORT, 'frozen reports never change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER report_frozen_no_delete BEFORE DELETE ON report_frozen BEGIN SELECT RAISE(ABORT, 'frozen reports never change'); END;
-- +goose StatementEnd
