-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER tag_set_no_update BEFORE UPDATE ON tag_set
BEGIN
    SELECT RAISE(ABORT, 'tag_set is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tag_set_no_delete BEFORE DELETE ON tag_set
BEGIN
    SELECT RAISE(ABORT, 'tag_set is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tag_member_no_update BEFORE UPDATE ON tag_member
BEGIN
    SELECT RAISE(ABORT, 'tag_member is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tag_member_no_delete BEFORE DELETE ON tag_member
BEGIN
    SELECT RAISE(ABORT, 'tag_member is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting
BEGIN
    SELECT RAISE(ABORT, 'posting is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting
BEGIN
    SELECT RAISE(ABORT, 'posting is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER fact_no_update BEFORE UPDATE ON fact
BEGIN
    SELECT RAISE(ABORT, 'fact is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER fact_no_delete BEFORE DELETE ON fact
BEGIN
    SELECT RAISE(ABORT, 'fact is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closing_no_update BEFORE UPDATE ON closing
BEGIN
    SELECT RAISE(ABORT, 'closing is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closing_no_delete BEFORE DELETE ON closing
BEGIN
    SELECT RAISE(ABORT, 'closing is append-only');
END;
-- +goose StatementEnd
