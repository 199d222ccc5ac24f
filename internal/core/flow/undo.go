package flow

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// ToUndo gives the record as Get does, and one whose import is not complete yet, too: an import that was stopped is undone as well.
func ToUndo(ctx context.Context, tx *db.Tx, ref id.Ref) (Head, error) { return read(ctx, tx, ref) }

// Undo strikes a record out that an import made, as Void does; the history says «撤销导入». Beside who may verify, whoever imported it may
// do so, as long as nobody else wrote at it or verified it since. The reason is required. It is for undoing an import.
func Undo(ctx context.Context, tx *db.Tx, ref id.Ref, version int, reason string) (Head, error) {
	if reason == "" {
		return Head{}, fieldError("reason", "请写撤销的原因")
	}
	return move(ctx, tx, ref, version, ActUndo, reason)
}

// Restore lets the version that was verified before the present one stand again; nothing new is written, so nothing is to be
// verified (ADR 0011). h is the record at the version that the caller read, with what the version to says filled in as for Save;
// the reason is required. It is for undoing an import, and taken by who may verify, as voiding is. Conflict when to is not the
// version that stood before, or a revision is open. The module then writes its standing row and its facts in the same transaction.
func Restore(ctx context.Context, tx *db.Tx, h *Head, to int, changes []access.Change, reason string) error {
	if reason == "" {
		return fieldError("reason", "请写恢复的原因")
	}
	old, step, err := ready(ctx, tx, h.Ref(), h.Version, ActRestore, "")
	if err != nil {
		return err
	}
	events, err := eventsOf(ctx, tx, db.List{old.ID})
	if err != nil {
		return err
	}
	r, err := replay(events)
	if err != nil {
		return err
	}
	if before, ok := r.before(); !ok || before != to {
		return errs.E(errs.Conflict, "%s 的第 %d 版不是上一次核实的内容，不能恢复成它", old.Number, to)
	}
	reach, err := reachOf(ctx, access.Check, h.Kind)
	if err != nil {
		return err
	}
	seats, err := loadSeats(ctx, tx, reach, *h)
	if err != nil {
		return err
	}
	if err := seats.mine(ctx, *h); err != nil { // the right is needed where the record goes back to, too
		return err
	}
	next := old.with(*h)
	next.State, next.Revision = step.to.state, step.to.revision
	next.Verified, next.Remark = to, ""
	next.Updated, next.Editor = tx.Millis(), access.From(ctx).Name
	if err := next.replace(ctx, tx, old, ActRestore); err != nil {
		return err
	}
	if err := next.index(ctx, tx, seats.sees(next)); err != nil {
		return err
	}
	*h = next
	event := next.event(ActRestore)
	event.Changes, event.Reason = changes, reason
	return access.Log(ctx, tx, event)
}
