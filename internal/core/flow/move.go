package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Submit hands a draft, a returned record or an open revision over to be verified. version is the one the caller saw;
// Conflict when there is a later one. The unit must still have worked on the record's day.
func Submit(ctx context.Context, tx *db.Tx, ref id.Ref, version int) (Head, error) {
	return move(ctx, tx, ref, version, ActSubmit, "")
}

// Withdraw takes back what the actor wrote or submitted, before it is verified: a submitted record becomes a draft again.
// On a revision that is not submitted it gives the revision up; the verified version stands as before.
func Withdraw(ctx context.Context, tx *db.Tx, ref id.Ref, version int) (Head, error) {
	return move(ctx, tx, ref, version, ActWithdraw, "")
}

// TakeBack is Withdraw by whoever may write records of the unit, for what a unit writes together: a colleague goes on with what waits.
// The history says who took it back.
func TakeBack(ctx context.Context, tx *db.Tx, ref id.Ref, version int) (Head, error) {
	return moveAs(ctx, tx, ref, version, ActWithdraw, filler, "")
}

// Return sends a submitted record or revision back to who filled it in, with a remark that says what is wrong.
func Return(ctx context.Context, tx *db.Tx, ref id.Ref, version int, remark string) (Head, error) {
	if remark == "" {
		return Head{}, fieldError("remark", "请写退回的原因，填报人才知道改哪里")
	}
	return move(ctx, tx, ref, version, ActReturn, remark)
}

// Verify makes the submitted version the one whose facts stand. Forbidden for whoever wrote any part of it: the error names
// who can. The module then writes its standing row and its facts in the same transaction.
func Verify(ctx context.Context, tx *db.Tx, ref id.Ref, version int) (Head, error) {
	return move(ctx, tx, ref, version, ActVerify, "")
}

// VerifyLate is Verify with the reason why the record counts only now, after its day was closed; the history keeps it.
func VerifyLate(ctx context.Context, tx *db.Tx, ref id.Ref, version int, why string) (Head, error) {
	return move(ctx, tx, ref, version, ActVerify, why)
}

// Void strikes a record out for good: it stays visible and its facts are taken back (by the module, in the same transaction).
// A verified or submitted record is voided by who may verify, others by who may write. The reason is required.
func Void(ctx context.Context, tx *db.Tx, ref id.Ref, version int, reason string) (Head, error) {
	if reason == "" {
		return Head{}, fieldError("reason", "请写作废的原因")
	}
	return move(ctx, tx, ref, version, ActVoid, reason)
}

// Delete removes a draft that was never submitted. Its history stays; its number is not used again.
func Delete(ctx context.Context, tx *db.Tx, ref id.Ref, version int) error {
	h, _, err := ready(ctx, tx, ref, version, ActDelete, "")
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "DELETE FROM record WHERE association = ? AND id = ? AND version = ? AND state = ? AND submitted = 0",
		org.Of(ctx), h.ID, h.Version, h.State)
	if err != nil {
		return err
	}
	if n == 0 {
		return h.conflict(ctx, tx)
	}
	for _, table := range []string{"record_version", "record_search"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE association = ? AND record = ?", org.Of(ctx), h.ID); err != nil {
			return err
		}
	}
	if err := access.SetSees(ctx, tx, h.Ref(), nil); err != nil {
		return err
	}
	event := h.event(ActDelete)
	event.Changes = []access.Change{{Field: "number", Label: "编号", Before: h.Number}, {Field: "title", Label: "名称", Before: h.Title}}
	return access.Log(ctx, tx, event)
}

// ready reads the record and checks that the action is possible and that the actor may take it: by is who may, "" as the table of steps
// has it.
func ready(ctx context.Context, tx *db.Tx, ref id.Ref, version int, action Action, by who) (Head, step, error) {
	h, err := read(ctx, tx, ref)
	if err != nil {
		return h, step{}, err
	}
	if h.Version != version {
		return h, step{}, h.conflict(ctx, tx)
	}
	step, err := h.step(action)
	if err != nil {
		return h, step, h.signed(ctx, tx, err)
	}
	if by != "" {
		step.who = by
	}
	return h, step, h.permit(ctx, tx, step)
}

// permit checks that the actor is who may take the step.
func (h Head) permit(ctx context.Context, tx *db.Tx, s step) error {
	right := access.Write
	if s.action == ActUndo && h.Batch == "" {
		return errs.E(errs.Conflict, "记录不是导入的，不随导入撤销")
	}
	if s.who == maker {
		mine, err := h.made(ctx, tx)
		if err != nil {
			return err
		}
		if !mine {
			s.who = officer
		}
	}
	if s.who == checker || s.who == officer {
		right = access.Check
	}
	r, err := reachOf(ctx, right, h.Kind)
	if right == access.Check && errs.Is(err, errs.Forbidden) {
		switch {
		case s.action == ActVoid:
			return errs.E(errs.Forbidden, "交过的记录由能核实的人作废；主席、干事可以")
		case s.action == ActUndo && h.State == Verified:
			return errs.E(errs.Forbidden, "已经核实，由能核实的人作废；主席、干事可以")
		case s.action == ActRestore:
			return errs.E(errs.Forbidden, "改动已经核实，由能核实的人恢复；主席、干事可以")
		}
	}
	if err != nil {
		return err
	}
	if err := h.permitUnits(ctx, tx, r, s.action); err != nil {
		return err
	}
	if s.who != checker && s.who != sender {
		return nil
	}
	writers, err := h.writers(ctx, tx)
	if err != nil {
		return err
	}
	me := access.From(ctx)
	wrote := slices.Contains(writers, me.Account)
	if s.who == sender && !wrote && h.Sender != me.Account {
		if s.action == ActDelete {
			return errs.E(errs.Forbidden, "只有填报人能删除草稿，这条是%s写的", h.AuthorName)
		}
		return errs.E(errs.Forbidden, "只有填报人能撤回；内容不对，可以退回")
	}
	if s.who == checker && wrote {
		return h.ownWork(ctx, tx, writers)
	}
	return nil
}

// made reports whether the actor made the record and nobody else wrote at it since.
func (h Head) made(ctx context.Context, tx *db.Tx) (bool, error) {
	me := access.From(ctx).Account
	if h.Version == 1 || h.Author != me {
		return h.Author == me, nil
	}
	writers, err := h.writers(ctx, tx)
	return len(writers) == 1 && writers[0] == me, err
}

// permitUnits checks the actor's right over the unit of the record and, of a revision that is handed over or verified, over that
// of the waiting version, which may be another. The unit that will stand must have worked on the day that will stand.
func (h Head) permitUnits(ctx context.Context, tx *db.Tx, r reach, action Action) error {
	settles := action == ActSubmit || action == ActVerify && h.Revision != None
	if r.all && !settles {
		return nil
	}
	waiting := h
	if settles && h.Revision != None {
		var err error
		if waiting, err = h.adopt(ctx, tx); err != nil {
			return err
		}
	}
	seats, err := loadSeats(ctx, tx, r, h, waiting)
	if err != nil {
		return err
	}
	if err := seats.mine(ctx, h); err != nil || !settles {
		return err
	}
	return seats.check(ctx, waiting)
}

// writers are the accounts that wrote any version of what is waiting to be verified.
func (h Head) writers(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, db.Value[string], "SELECT DISTINCT author FROM record_version WHERE association = ? AND record = ? AND version > ?",
		org.Of(ctx), h.ID, h.base)
}

func move(ctx context.Context, tx *db.Tx, ref id.Ref, version int, action Action, remark string) (Head, error) {
	return moveAs(ctx, tx, ref, version, action, "", remark)
}

// moveAs is move by others than the table of steps says.
func moveAs(ctx context.Context, tx *db.Tx, ref id.Ref, version int, action Action, by who, remark string) (Head, error) {
	old, step, err := ready(ctx, tx, ref, version, action, by)
	if err != nil {
		return old, err
	}
	actor := access.From(ctx)
	next := old
	next.State, next.Revision = step.to.state, step.to.revision
	next.Updated, next.Editor = tx.Millis(), actor.Name
	switch action {
	case ActSubmit:
		next.Submitted, next.Sender, next.Remark = next.Updated, actor.Account, ""
	case ActReturn:
		next.Remark = remark
	case ActVoid, ActUndo:
		next.Remark, next.Verified, next.base = remark, 0, old.Standing()
	case ActVerify:
		next.Verified, next.base, next.Remark = next.Version, next.Version, ""
		if old.Verified > 0 {
			if next, err = next.adopt(ctx, tx); err != nil {
				return old, err
			}
		}
	case ActWithdraw:
		next.Remark = ""
		if next.Revision == None && next.State == Verified { // the revision is given up
			next.base = next.Version
		}
	}
	if err := next.replace(ctx, tx, old, action); err != nil {
		return old, err
	}
	if action == ActVerify && old.Verified > 0 {
		seats, err := loadSeats(ctx, tx, reach{all: true}, next)
		if err != nil {
			return old, err
		}
		if err := next.index(ctx, tx, seats.sees(next)); err != nil {
			return old, err
		}
	}
	event := next.event(action)
	event.Reason = remark
	return next, access.Log(ctx, tx, event)
}

// adopt gives the head what the revision, now verified, says.
func (h Head) adopt(ctx context.Context, tx *db.Tx) (Head, error) {
	text, err := db.One(ctx, tx, db.Value[string], "SELECT head FROM record_version WHERE association = ? AND record = ? AND version = ?",
		org.Of(ctx), h.ID, h.Version)
	if err != nil {
		return h, err
	}
	var l later
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return h, fmt.Errorf("read the head of version %d of %s: %w", h.Version, h.Ref(), err)
	}
	l.Head.Search, l.Head.Also = l.Search, l.Also
	return h.with(l.Head), nil
}
