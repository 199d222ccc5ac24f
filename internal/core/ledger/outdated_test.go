package ledger_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
)

var errStopped = errors.New("stopped")

// released lets the module state by a new version: two records otherwise, one of them on a closed day; all others as before.
func (b *books) released(t *testing.T) (open, closed id.Ref) {
	t.Helper()
	post := func(d day.Day, why string) id.Ref {
		ref, facts := class()
		for i := range facts {
			facts[i].Day = d
		}
		s := ledger.Statement{Ref: ref, Version: 1, FactsVersion: 1, RecordHash: "05", Papers: []string{"cc"}, Reason: why, Facts: facts}
		set(t, b.ctx, b.d, s)
		b.training.statements[ref.ID] = s
		return ref
	}
	open, closed = post("2026-07-03", ""), post("2026-05-03", "晚报")
	b.training.version = 2
	for key, s := range b.training.statements {
		s.FactsVersion = 2
		if key == open.ID || key == closed.ID {
			s.Facts = slices.Clone(s.Facts)
			s.Facts[1].Amount += 7
		}
		b.training.statements[key] = s
	}
	return open, closed
}

func (b *books) outdated(t *testing.T) (all []ledger.Outdated) {
	t.Helper()
	if err := b.d.View(b.ctx, func(tx *db.Tx) error {
		return ledger.EachOutdated(b.ctx, tx, b.training.restater(), func(o ledger.Outdated) error {
			all = append(all, o)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func (b *books) sound(t *testing.T, when string) {
	t.Helper()
	if found := verify(t, b.ctx, b.d, b.k, b.training); len(found) > 0 {
		t.Errorf("%s the books differ: %v", when, found)
	}
}

const attendances = "SELECT SUM(amount) FROM fact WHERE measure = 'training.attendances' AND record = ?"

// A release that changes the facts function is no forgery: what it changes on open days is posted with a reason, what it changes on
// closed ones is left until somebody accepts it, and a program that was stopped half-way goes on.
func TestARaisedFactsVersionIsPostedOnOpenDays(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d)
		open, closed := b.released(t)
		b.sound(t, "before anything is stated anew")
		all := b.outdated(t)
		if len(all) != 304 || number(t, b.ctx, d, "SELECT COUNT(*) FROM statement WHERE facts_version = 1") != 304 {
			t.Fatalf("%d records are outdated, want all 304", len(all))
		}
		changes := slices.DeleteFunc(slices.Clone(all), func(o ledger.Outdated) bool { return len(o.Back)+len(o.Added) == 0 })
		if len(changes) != 2 {
			t.Fatalf("%d records would change: %+v", len(changes), changes)
		}
		for _, o := range changes {
			was, now := o.Facts[1], o.Facts[1]
			was.Amount -= 7
			if o.By != 1 || !reflect.DeepEqual(o.Back, []ledger.Fact{was}) || !reflect.DeepEqual(o.Added, []ledger.Fact{now}) || o.Touches("2026-06-30") != (o.Ref == closed) {
				t.Errorf("%s: back %+v, added %+v", o.Ref, o.Back, o.Added)
			}
			if c := o.Changes(); len(c) != 1 || c[0].Measure != "training.attendances" || c[0].Before != was.Amount || c[0].After != now.Amount || c[0].Is != now.Exactness {
				t.Errorf("%s in words: %+v", o.Ref, c)
			}
		}
		before := number(t, b.ctx, d, "SELECT COUNT(*) FROM posting")

		b.training.fails = all[250].Ref.ID // in the second part
		how := ledger.Restating{Reason: "程序升级，口径第 2 版"}
		if _, err := ledger.Restate(b.ctx, d, b.training.restater(), how); !errors.Is(err, errStopped) {
			t.Fatalf("stopped half-way: %v", err)
		}
		b.training.fails = ""
		if left := len(b.outdated(t)); left != 104 {
			t.Errorf("%d records are left half-way", left)
		}
		b.sound(t, "half-way")
		done, err := ledger.Restate(b.ctx, d, b.training.restater(), how)
		if err != nil || done.Waiting != 1 || done.Odd != 0 || done.Posted != 1 {
			t.Errorf("the rest: %+v, %v", done, err)
		}
		b.sound(t, "with one record that waits")
		if left := b.outdated(t); len(left) != 1 || left[0].Ref != closed {
			t.Errorf("left: %+v", left)
		}
		if n := number(t, b.ctx, d, "SELECT COUNT(*) FROM posting"); n != before+1 {
			t.Errorf("%d postings for one record that changes", n-before)
		}
		if got := number(t, b.ctx, d, attendances, open.ID); got != 127 {
			t.Errorf("the open record counts %d", got)
		}
		if n := number(t, b.ctx, d, "SELECT COUNT(*) FROM posting WHERE record = ? AND reason = ? AND facts_version = 2 AND account = '' AND papers_hash <> ''", open.ID, how.Reason); n != 1 {
			t.Error("the posting does not say why, or lacks the papers")
		}
		if got := number(t, b.ctx, d, attendances, closed.ID); got != 120 {
			t.Errorf("the closed record counts %d before anybody accepts it", got)
		}
		again, err := ledger.Restate(b.ctx, d, b.training.restater(), how)
		if err != nil || again.Posted+again.Same != 0 || again.Waiting != 1 {
			t.Errorf("once more: %+v, %v", again, err)
		}

		accepted, err := ledger.Restate(b.ctx, d, b.training.restater(), ledger.Restating{Reason: "主席同意", Origin: how.Reason, Account: "a9", Closed: true})
		if err != nil || accepted.Posted != 1 || accepted.All() != 1 {
			t.Errorf("accepted: %+v, %v", accepted, err)
		}
		if got := number(t, b.ctx, d, attendances, closed.ID); got != 127 || len(b.outdated(t)) != 0 {
			t.Errorf("accepted, it counts %d", got)
		}
		if n := number(t, b.ctx, d, "SELECT COUNT(*) FROM posting WHERE record = ? AND reason = '主席同意（程序升级，口径第 2 版）' AND account = 'a9' AND correction", closed.ID); n != 1 {
			t.Error("what was accepted is no correction with its reason")
		}
		b.sound(t, "after all")
	})
}

// A record that contradicts its head in the ledger is not restated, and verification names it although it stands by an older version.
func TestAnOutdatedRecordThatDoesNotFitIsNamed(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d)
		open, _ := b.released(t)
		s := b.training.statements[open.ID]
		s.RecordHash = "66"
		b.training.statements[open.ID] = s
		if found := verify(t, b.ctx, d, b.k, b.training); len(found) != 1 || found[0].Ref != open || !strings.Contains(found[0].String(), "口径 1") {
			t.Errorf("found %v", found)
		}
		done, err := ledger.Restate(b.ctx, d, b.training.restater(), ledger.Restating{Reason: "程序升级，口径第 2 版", Closed: true})
		if err != nil || done.Odd != 1 || done.Posted != 1 || done.Same != 302 {
			t.Errorf("%+v, %v", done, err)
		}
		if got := number(t, b.ctx, d, attendances, open.ID); got != 120 {
			t.Errorf("it counts %d", got)
		}
	})
}

// What a change does is said by measure: parts that only move do not count, a measure of which all moves keeps its amount.
func TestTheChangeOfAnOutdatedRecordInWords(t *testing.T) {
	fact := func(measure, place string, amount int64, e ledger.Exactness) ledger.Fact {
		return ledger.Fact{Measure: measure, Place: place, Unit: "u", Day: "2026-03-01", Amount: amount, Exactness: e}
	}
	o := ledger.Outdated{
		Back:  []ledger.Fact{fact("a", "p", 5, ledger.Exact), fact("b", "p", 9, ledger.About), fact("c", "p", 4, ledger.Exact)},
		Added: []ledger.Fact{fact("a", "q", 5, ledger.Exact), fact("b", "p", 8, ledger.Exact), fact("d", "p", 2, ledger.Exact)},
	}
	var got []string
	for _, c := range o.Changes() {
		got = append(got, c.Measure, string(c.Was), string(c.Is))
		if c.Taken > 1 || c.Put > 1 {
			t.Errorf("%+v", c)
		}
		switch {
		case c.Measure == "a" && (c.Before != 5 || c.After != 5), c.Measure == "b" && (c.Before != 9 || c.After != 8), c.Measure == "c" && (c.Before != 4 || c.Put != 0), c.Measure == "d" && (c.Taken != 0 || c.More != 2):
			t.Errorf("%+v", c)
		}
	}
	if want := []string{"a", "exact", "exact", "b", "about", "exact", "c", "exact", "", "d", "", "exact"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What records that are not verified would post is asked anew.
func TestWhatIsExpectedIsAskedAnew(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.Expect(ctx, tx, ref, "submitted", facts...) })
		now := slices.Clone(facts)
		now[1].Amount += 7
		r := newModule("training").restater()
		r.Expected = func(_ context.Context, _ *db.Tx, after string, _ int) ([]ledger.Expectation, error) {
			if after != "" {
				return nil, nil
			}
			return []ledger.Expectation{{Ref: ref, State: "submitted", Facts: now}}, nil
		}
		if err := ledger.RestateExpected(ctx, d, r); err != nil {
			t.Fatal(err)
		}
		if n := number(t, ctx, d, "SELECT amount FROM expected WHERE record = ? AND measure = 'training.attendances'", ref.ID); n != now[1].Amount {
			t.Errorf("expected %d", n)
		}
		for _, version := range []int{1, 2} {
			r.Version = version
			update(t, ctx, d, func(tx *db.Tx) error { return ledger.NoteRestated(ctx, tx, r) })
			if n := number(t, ctx, d, "SELECT facts_version FROM restated WHERE kind = 'training'"); n != int64(version) {
				t.Errorf("noted %d", n)
			}
		}
	})
}
