package training

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Apply lets rows in: new ones in few statements, changed ones as revisions. What is over is verified in the same run if
// somebody verifies; the rest waits.
func (t Intake) Apply(ctx context.Context, tx *db.Tx, b intake.Batch, rows []intake.Accepted) ([]intake.Applied, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	done := make([]intake.Applied, len(rows))
	var created []int
	var classes []Class
	for i, row := range rows {
		var c Class
		if err := json.Unmarshal(row.Body, &c); err != nil {
			return nil, fmt.Errorf("read %s: %w", row, err)
		}
		if row.New() {
			created, classes = append(created, i), append(classes, c)
			continue
		}
		if done[i], err = t.change(ctx, tx, b, row, c, today); err != nil {
			return nil, err
		}
	}
	if len(created) == 0 {
		return done, nil
	}
	heads, err := t.create(ctx, tx, b, classes, today)
	if err != nil {
		return nil, err
	}
	for j, i := range created {
		done[i] = applied(heads[j], classes[j], rows[i], 0)
	}
	return done, nil
}

func applied(h flow.Head, c Class, row intake.Accepted, before int) intake.Applied {
	return intake.Applied{Ref: h.Ref(), Sheet: row.Sheet, Line: row.Line, Before: before, Version: h.Version, Verified: h.Verified == h.Version,
		Subkind: c.Kind, Day: c.countingDay()}
}

// create makes the records of new classes with all that belongs to them.
func (t Intake) create(ctx context.Context, tx *db.Tx, b intake.Batch, classes []Class, today day.Day) ([]flow.Head, error) {
	trees, err := loadTrees(ctx, tx)
	if err != nil {
		return nil, err
	}
	subjects, err := org.Terms(ctx, tx, SubjectVocabulary)
	if err != nil {
		return nil, err
	}
	heads := make([]flow.Head, len(classes))
	items := make([]flow.Item, len(classes))
	added := map[string]bool{}
	for i := range classes {
		c := &classes[i]
		if c.Subject != "" && !subjects.Known(c.Subject) && !added[c.Subject] {
			added[c.Subject] = true
			if _, err := org.AddTerm(ctx, tx, SubjectVocabulary, c.Subject); err != nil {
				return nil, err
			}
		}
		w := Words{Tree: trees.on(c.countingDay()), Subjects: subjects}
		heads[i] = flow.Head{Kind: Kind, Prefix: Prefix, Title: c.Name, Unit: c.Unit, Place: c.Place, Day: c.countingDay(), State: flow.Submitted,
			Batch: b.ID, Search: c.search(w)}
		if b.Verifier != nil && c.countingDay() <= today {
			heads[i].State = flow.Verified
		}
		items[i] = flow.Item{Head: &heads[i], Body: *c}
	}
	if err := flow.BulkCreateVerified(ctx, b.Verifier, tx, items, b.Reason); err != nil {
		return nil, err
	}
	rows := make([][]any, len(classes))
	for i, c := range classes {
		rows[i] = c.row(ctx, heads[i].ID, heads[i].Version)
	}
	if _, err := tx.Insert(ctx, insert, "", rows...); err != nil {
		return nil, err
	}
	return heads, t.post(ctx, tx, b, heads, classes)
}

// post tells the ledger what the new classes say: those that are verified in statements of the batch, the others as expected.
func (t Intake) post(ctx context.Context, tx *db.Tx, b intake.Batch, heads []flow.Head, classes []Class) error {
	var statements []ledger.Statement
	for i, h := range heads {
		facts := t.Service.Facts(classes[i])
		if h.State != flow.Verified {
			if err := ledger.Expect(ctx, tx, h.Ref(), string(h.State), facts...); err != nil {
				return err
			}
			continue
		}
		statements = append(statements, ledger.Statement{Ref: h.Ref(), Version: h.Version, FactsVersion: FactsVersion, RecordHash: h.Hash,
			Papers: b.Papers, Batch: b.ID, Account: access.From(b.Verifier).Account, Facts: facts})
	}
	if len(statements) == 0 {
		return nil
	}
	return ledger.SetMany(ctx, tx, statements)
}

// change makes a new version of a class: of a verified class as a revision that is submitted. A draft or returned class, or
// revision, stays one: who fills it in submits it.
func (t Intake) change(ctx context.Context, tx *db.Tx, b intake.Batch, row intake.Accepted, c Class, today day.Day) (intake.Applied, error) {
	h, err := flow.Get(ctx, tx, Ref(row.Record))
	if err != nil {
		return intake.Applied{}, err
	}
	before, unsent := current(h), unsent(h)
	reason := fmt.Sprintf("导入「%s」%s第 %d 行", b.File, row.Sheet, row.Line)
	if h, err = t.rewrite(ctx, tx, h, row.Version, c, reason); err != nil {
		return intake.Applied{}, err
	}
	if unsent {
		return applied(h, c, row, before), t.Service.settle(ctx, tx, h)
	}
	if h, err = flow.Submit(ctx, tx, h.Ref(), h.Version); err != nil {
		return intake.Applied{}, err
	}
	err = t.stand(ctx, tx, b, &h, c, reason, today)
	return applied(h, c, row, before), err
}

// current is the version that somebody who opens the record works on: the latest, but for one that does not stand any more.
func current(h flow.Head) int {
	if h.State == flow.Verified && h.Revision == flow.None {
		return h.Verified
	}
	return h.Version
}

// unsent reports whether what is being worked on is still with who fills it in.
func unsent(h flow.Head) bool { return h.Waiting() == flow.Draft || h.Waiting() == flow.Returned }

// rewrite writes c as a new version over h.
func (t Intake) rewrite(ctx context.Context, tx *db.Tx, h flow.Head, version int, c Class, reason string) (flow.Head, error) {
	var old Class
	if err := flow.Body(ctx, tx, h.Ref(), current(h), &old); err != nil {
		return h, err
	}
	w, err := t.Service.check(ctx, tx, &c, !unsent(h))
	if err != nil {
		return h, err
	}
	opens := h.State == flow.Verified && h.Revision == flow.None
	h = filled(h, c, w)
	h.Version = version
	if opens {
		err = flow.Revise(ctx, tx, &h, c, changes(old, c, w), reason)
	} else {
		err = flow.Save(ctx, tx, &h, c, changes(old, c, w), reason)
	}
	return h, err
}

// filled is h with all that c puts into the head of its record.
func filled(h flow.Head, c Class, w Words) flow.Head {
	h.Prefix, h.Title, h.Unit, h.Place, h.Day, h.Search = Prefix, c.Name, c.Unit, c.Place, c.countingDay(), c.search(w)
	return h
}

// stand verifies the version if somebody does, and lets row and ledger follow, together with the rest of the batch.
func (t Intake) stand(ctx context.Context, tx *db.Tx, b intake.Batch, h *flow.Head, c Class, reason string, today day.Day) error {
	if b.Verifier == nil || c.countingDay() > today {
		return t.Service.settle(ctx, tx, *h)
	}
	var err error
	if *h, err = flow.Verify(b.Verifier, tx, h.Ref(), h.Version); err != nil {
		return err
	}
	if err := put(ctx, tx, c, h.ID, h.Version); err != nil {
		return err
	}
	s, err := t.Service.statement(ctx, tx, *h, t.Service.Facts(c))
	if err != nil {
		return err
	}
	s.Batch, s.Reason, s.Account = b.ID, reason, access.From(b.Verifier).Account
	return ledger.Set(ctx, tx, s)
}
