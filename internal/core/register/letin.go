package register

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Apply lets rows of a workbook in (intake.Target): new ones in few statements, changed ones as revisions. What has happened is
// verified in the same run if somebody verifies; the rest waits, and so does what is new and counts on closed days: that needs a
// reason of its own. A draft or returned record is changed but not submitted.
func (b *Book[T, W]) Apply(ctx context.Context, tx *db.Tx, batch intake.Batch, rows []intake.Accepted) ([]intake.Applied, error) {
	ctx = flow.InImport(ctx, batch.ID)
	if err := org.Rely(ctx, tx); err != nil {
		return nil, err
	}
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	closed, err := ledger.ClosedUpTo(ctx, tx)
	if err != nil {
		return nil, err
	}
	done := make([]intake.Applied, len(rows))
	var created []int
	var bodies []T
	var ids []string
	for i, row := range rows {
		var body T
		if err := json.Unmarshal(row.Body, &body); err != nil {
			return nil, fmt.Errorf("read %s: %w", row, err)
		}
		if row.New() {
			created, bodies, ids = append(created, i), append(bodies, body), append(ids, row.Record)
			continue
		}
		if done[i], err = b.letChange(ctx, tx, batch, row, body, today, closed); err != nil {
			return nil, err
		}
	}
	if len(created) == 0 {
		return done, nil
	}
	waits := make([]error, len(bodies))
	for j := range bodies {
		if waits[j] = b.waits(batch, bodies[j], today); waits[j] == nil && batch.Verifier != nil && b.countsBy(bodies[j], closed) {
			waits[j] = lateNeedsReason(closed)
		}
	}
	heads, err := b.letNew(ctx, tx, batch, bodies, ids, waits)
	if err != nil {
		return nil, err
	}
	for j, i := range created {
		done[i] = b.applied(heads[j], bodies[j], rows[i], 0)
		done[i].Waits = waits[j]
	}
	return done, nil
}

func (b *Book[T, W]) applied(h flow.Head, body T, row intake.Accepted, before int) intake.Applied {
	s := b.SubjectOf(h.ID, body)
	return intake.Applied{Ref: h.Ref(), Sheet: row.Sheet, Line: row.Line, Before: before, Version: h.Version, Verified: h.Verified == h.Version,
		Subkind: s.Subkind, Day: s.Day}
}

// waits says why the record is not verified in the run that lets it in though somebody verifies there; nil where nobody does.
func (b *Book[T, W]) waits(batch intake.Batch, body T, today day.Day) error {
	if batch.Verifier == nil || b.NotYet == nil {
		return nil
	}
	return b.NotYet(body, today)
}

// lateNeedsReason is why what counts on closed days is not verified in the run that lets it in.
func lateNeedsReason(closed day.Day) error {
	return errs.E(errs.Conflict, "计入的日子已经结账（结到%s），核实要写原因", closed.Long())
}

// corrects reports whether a body over a standing version changes what counts on closed days.
func (b *Book[T, W]) corrects(ctx context.Context, tx *db.Tx, h flow.Head, body T, closed day.Day) (bool, error) {
	if h.Verified == 0 {
		return b.countsBy(body, closed), nil
	}
	var old T
	if err := flow.Body(ctx, tx, h.Ref(), h.Verified, &old); err != nil {
		return false, err
	}
	on := func(body T) (facts []ledger.Fact) {
		for _, f := range b.Facts(body) {
			if f.Day <= closed {
				facts = append(facts, f)
			}
		}
		return facts
	}
	return !reflect.DeepEqual(on(old), on(body)), nil
}

// countsBy reports whether the body counts on any day up to the given one.
func (b *Book[T, W]) countsBy(body T, d day.Day) bool {
	return d != "" && slices.ContainsFunc(b.Facts(body), func(f ledger.Fact) bool { return f.Day <= d })
}

// letNew makes the records of new bodies with all that belongs to them; what waits for a reason is not verified. An id may be "": then it is a
// new one.
func (b *Book[T, W]) letNew(ctx context.Context, tx *db.Tx, batch intake.Batch, bodies []T, ids []string, waits []error) ([]flow.Head, error) {
	heads := make([]flow.Head, len(bodies))
	items := make([]flow.Item, len(bodies))
	words, err := b.Words(ctx, tx)
	if err != nil {
		return nil, err
	}
	tree, err := treeToday(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i := range bodies {
		w, err := words(b.Head(bodies[i]).Day)
		if err != nil {
			return nil, err
		}
		if err := b.notYet(tree, nil, bodies[i]); err != nil { // its beginning may have changed since the row was read
			return nil, err
		}
		if b.Code != nil {
			if err := b.Code(ctx, tx, &bodies[i], w, true); err != nil {
				return nil, err
			}
		}
		if err := b.keep(ctx, tx, "", nil, &bodies[i], w); err != nil {
			return nil, err
		}
		heads[i] = b.filled(flow.Head{ID: ids[i], Kind: b.Kind, State: flow.Submitted, Batch: batch.ID}, bodies[i], w)
		if batch.Verifier != nil && waits[i] == nil {
			heads[i].State = flow.Verified
		}
		items[i] = flow.Item{Head: &heads[i], Body: bodies[i]}
	}
	if err := flow.BulkCreateVerified(ctx, batch.Verifier, tx, items, batch.Reason); err != nil {
		return nil, err
	}
	if err := b.putNew(ctx, tx, heads, bodies); err != nil {
		return nil, err
	}
	if err := b.postNew(ctx, tx, batch, heads, bodies); err != nil || !b.Refuses {
		return heads, err
	}
	for _, h := range heads {
		if err := b.then(ctx, tx, h, ""); err != nil {
			return nil, err
		}
	}
	return heads, nil
}

// postNew tells the ledger what new records say: those that are verified in statements of the batch, the others as expected.
func (b *Book[T, W]) postNew(ctx context.Context, tx *db.Tx, batch intake.Batch, heads []flow.Head, bodies []T) error {
	var statements []ledger.Statement
	if err := b.beside(ctx, tx, bodies); err != nil {
		return err
	}
	for i, h := range heads {
		facts := b.Facts(bodies[i])
		if h.State != flow.Verified {
			if err := ledger.Expect(ctx, tx, h.Ref(), string(h.State), facts...); err != nil {
				return err
			}
			continue
		}
		statements = append(statements, ledger.Statement{Ref: h.Ref(), Version: h.Version, FactsVersion: b.FactsVersion, RecordHash: h.Hash,
			Papers: batch.Papers, Batch: batch.ID, Account: access.From(batch.Verifier).Account, Facts: facts})
	}
	if len(statements) == 0 {
		return nil
	}
	return ledger.SetMany(ctx, tx, statements)
}

// letChange makes a new version of a record: of a verified one as a revision that is submitted. A draft or returned record, or
// revision, stays one: who fills it in submits it.
func (b *Book[T, W]) letChange(ctx context.Context, tx *db.Tx, batch intake.Batch, row intake.Accepted, body T, today, closed day.Day) (intake.Applied, error) {
	h, err := flow.Get(ctx, tx, b.Ref(row.Record))
	if err != nil {
		return intake.Applied{}, err
	}
	before, unsent := Current(h), Unsent(h)
	corrects, err := b.corrects(ctx, tx, h, body, closed)
	if err != nil {
		return intake.Applied{}, err
	}
	reason := fmt.Sprintf(access.ImportedRow, batch.File, row.Sheet, row.Line)
	if h, _, err = b.rewrite(ctx, tx, h, row.Version, &body, reason, !unsent); err != nil {
		return intake.Applied{}, err
	}
	if unsent {
		return b.applied(h, body, row, before), b.Settle(ctx, tx, h)
	}
	if h, err = flow.Submit(ctx, tx, h.Ref(), h.Version); err != nil {
		return intake.Applied{}, err
	}
	waits := b.waits(batch, body, today)
	if waits == nil && batch.Verifier != nil && corrects {
		waits = lateNeedsReason(closed)
	}
	if batch.Verifier == nil || waits != nil {
		err = b.Settle(ctx, tx, h)
	} else {
		err = b.letStand(ctx, tx, batch, &h, body)
	}
	done := b.applied(h, body, row, before)
	done.Waits = waits
	return done, err
}

// letStand verifies the version, and lets row and ledger follow, together with the rest of the batch.
func (b *Book[T, W]) letStand(ctx context.Context, tx *db.Tx, batch intake.Batch, h *flow.Head, body T) error {
	var err error
	if *h, err = flow.Verify(batch.Verifier, tx, h.Ref(), h.Version); err != nil {
		return err
	}
	if err := b.put(ctx, tx, body, h.ID, h.Version); err != nil {
		return err
	}
	facts, err := b.FactsOf(ctx, tx, body)
	if err != nil {
		return err
	}
	s, err := b.statement(ctx, tx, *h, facts)
	if err != nil {
		return err
	}
	s.Batch, s.Account = batch.ID, access.From(batch.Verifier).Account
	if err := ledger.Set(ctx, tx, s); err != nil {
		return err
	}
	return b.then(ctx, tx, *h, s.Reason)
}
