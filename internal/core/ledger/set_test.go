package ledger_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"shilu/internal/core/association"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

var sources = []db.Source{log.Migrations, ledger.Migrations}

func TestMain(m *testing.M) {
	ledger.Measures(
		ledger.Measure{Code: "training.classes"}, ledger.Measure{Code: "training.attendances"}, ledger.Measure{Code: "training.people"},
		ledger.Measure{Code: "society.members", Stock: true},
	)
	m.Run()
}

// tenant is a context with an association of its own.
func tenant(t testing.TB) context.Context { return association.With(t.Context(), id.New()) }

func update(t testing.TB, ctx context.Context, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func set(t testing.TB, ctx context.Context, d *db.DB, s ledger.Statement) {
	t.Helper()
	update(t, ctx, d, func(tx *db.Tx) error { return ledger.Set(ctx, tx, s) })
}

func standing(t testing.TB, ctx context.Context, d *db.DB, ref id.Ref) []ledger.Fact {
	t.Helper()
	var facts []ledger.Fact
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		facts, err = ledger.Standing(ctx, tx, ref)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return facts
}

func number(t testing.TB, ctx context.Context, d *db.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// sorted puts facts in an order of their own, so that two lists can be compared.
func sorted(facts []ledger.Fact) []ledger.Fact {
	key := func(f ledger.Fact) string {
		return strings.Join([]string{f.Measure, f.Unit, f.Place, string(f.Day), f.Tags.Text(), string(f.Exactness), f.Key, string(f.Movement)}, "|")
	}
	out := slices.Clone(facts)
	slices.SortFunc(out, func(a, b ledger.Fact) int { return strings.Compare(key(a), key(b)) })
	return out
}

func class() (id.Ref, []ledger.Fact) {
	tags := ledger.Tags{{Name: "kind", Value: "short"}, {Name: "subject", Value: "核桃嫁接"}}
	return id.Ref{Kind: "training", ID: id.New()}, []ledger.Fact{
		{Measure: "training.classes", Amount: 1, Unit: "u1", Place: "p1", Day: "2026-09-18", Tags: tags, Exactness: ledger.Exact},
		{Measure: "training.attendances", Amount: 120, Unit: "u1", Place: "p1", Day: "2026-09-18", Tags: tags, Exactness: ledger.About},
	}
}

func TestSetSaysExactlyWhatIsStated(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		s := ledger.Statement{Ref: ref, Version: 1, FactsVersion: 1, RecordHash: "aa", Facts: facts}
		set(t, ctx, d, s)
		if got := standing(t, ctx, d, ref); !reflect.DeepEqual(sorted(got), sorted(facts)) {
			t.Fatalf("standing %+v\nwant %+v", got, facts)
		}
		rows := func() int64 { return number(t, ctx, d, "SELECT COUNT(*) FROM fact") }
		postings := func() int64 { return number(t, ctx, d, "SELECT COUNT(*) FROM posting") }

		set(t, ctx, d, s) // the same again
		s.Version = 2     // and a version that changed only its title
		set(t, ctx, d, s)
		if rows() != 2 || postings() != 1 {
			t.Errorf("saying the same again left %d rows in %d postings, want 2 in 1", rows(), postings())
		}

		s.Version, s.Reason = 3, "签到册少算了 3 人"
		s.Facts = slices.Clone(facts)
		s.Facts[1].Amount = 123
		set(t, ctx, d, s)
		if rows() != 4 || postings() != 2 {
			t.Errorf("a correction left %d rows in %d postings, want 4 in 2", rows(), postings())
		}
		if n := number(t, ctx, d, `SELECT COUNT(*) FROM fact r JOIN fact f ON f.association = r.association AND f.id = r.reverses
			WHERE f.amount = 120 AND r.amount = -120 AND r.day = f.day AND r.tags = f.tags AND r.exactness = f.exactness`); n != 1 {
			t.Errorf("%d whole reversals of the 120, want 1", n)
		}

		s.Version, s.Facts = 4, nil // void
		set(t, ctx, d, s)
		if got := standing(t, ctx, d, ref); len(got) != 0 {
			t.Errorf("a void record still says %+v", got)
		}
		if n := number(t, ctx, d, "SELECT CAST(SUM(amount) AS BIGINT) FROM fact"); n != 0 {
			t.Errorf("the sum after the void is %d", n)
		}
		if n, q := rows(), number(t, ctx, d, "SELECT COUNT(*) FROM log_pending"); n != 6 || q != 6 {
			t.Errorf("%d facts, %d of them queued for the log, want 6", n, q)
		}
	})
}

func TestEqualFactsAreAddedAndZerosAreNotPosted(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		again := facts[1]
		again.Amount = 5
		again.Tags = ledger.Tags{facts[1].Tags[1], facts[1].Tags[0], facts[1].Tags[0]} // the same set in other words
		zero := facts[0]
		zero.Place = "p2"
		zero.Amount = 0
		cancels := facts[0]
		cancels.Amount = -1
		set(t, ctx, d, ledger.Statement{Ref: ref, Version: 1, Facts: append(facts, again, zero, cancels)})
		want := facts[1]
		want.Amount = 125
		if got := standing(t, ctx, d, ref); !reflect.DeepEqual(got, []ledger.Fact{want}) {
			t.Errorf("standing %+v, want only %+v", got, want)
		}
	})
}

func TestTagTextComesBack(t *testing.T) {
	tags := ledger.Tags{{Name: "a;b", Value: "50%=x;y"}, {Name: "audience", Value: "农民"}, {Name: "audience", Value: "学生"}}
	got, err := ledger.ParseTags(tags.Text())
	if err != nil || !reflect.DeepEqual(got, tags) {
		t.Errorf("%q reads as %v, %v", tags.Text(), got, err)
	}
	if got, want := tags.Text(), "a%3Bb=50%25%3Dx%3By;audience=农民;audience=学生"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestSetRefusesWhatCannotBeAFact(t *testing.T) {
	d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
	ctx := tenant(t)
	ref, facts := class()
	for name, spoil := range map[string]func(f *ledger.Fact){
		"an unknown measure":       func(f *ledger.Fact) { f.Measure = "training.fantasy" },
		"no unit":                  func(f *ledger.Fact) { f.Unit = "" },
		"no place":                 func(f *ledger.Fact) { f.Place = "" },
		"no day":                   func(f *ledger.Fact) { f.Day = "" },
		"a day that is not there":  func(f *ledger.Fact) { f.Day = "2026-02-30" },
		"a day in another form":    func(f *ledger.Fact) { f.Day = "2026-9-18" },
		"an amount out of bounds":  func(f *ledger.Fact) { f.Amount = -1 << 63 },
		"an unknown exactness":     func(f *ledger.Fact) { f.Exactness = "maybe" },
		"a movement of a flow":     func(f *ledger.Fact) { f.Movement = ledger.In },
		"a stock without movement": func(f *ledger.Fact) { f.Measure = "society.members" },
		"an unknown movement":      func(f *ledger.Fact) { f.Measure, f.Movement = "society.members", "sideways" },
		"a tag without a name":     func(f *ledger.Fact) { f.Tags = ledger.Tags{{Value: "x"}} },
		"a key that is no id":      func(f *ledger.Fact) { f.Key = strings.Repeat("k", 200) },
	} {
		f := facts[0]
		spoil(&f)
		err := d.Update(ctx, func(tx *db.Tx) error {
			return ledger.Set(ctx, tx, ledger.Statement{Ref: ref, Version: 1, Facts: []ledger.Fact{facts[1], f}})
		})
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if n := number(t, ctx, d, "SELECT COUNT(*) FROM fact"); n != 0 {
		t.Errorf("%d rows were written all the same", n)
	}
	stock := ledger.Fact{Measure: "society.members", Amount: 30, Unit: "u1", Place: "p1", Day: "2026-01-01", Movement: ledger.Opening}
	set(t, ctx, d, ledger.Statement{Ref: ref, Version: 1, Facts: []ledger.Fact{stock}})
	if got := standing(t, ctx, d, ref); len(got) != 1 || got[0].Movement != ledger.Opening || got[0].Exactness != ledger.Exact {
		t.Errorf("the stock stands as %+v", got)
	}
}

func TestExpectIsReplacedAndClearedBySet(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		expected := func() int64 {
			return number(t, ctx, d, "SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM expected WHERE record = ?", ref.ID)
		}
		noDay := facts[0]
		noDay.Day = ""
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.Expect(ctx, tx, ref, "draft", append(facts, noDay)...) })
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.Expect(ctx, tx, ref, "submitted", facts...) })
		if n := expected(); n != 121 {
			t.Errorf("expected %d, want 121", n)
		}
		if n := number(t, ctx, d, "SELECT COUNT(*) FROM fact"); n != 0 {
			t.Errorf("expecting posted %d rows", n)
		}
		set(t, ctx, d, ledger.Statement{Ref: ref, Version: 1, Facts: facts})
		if n := expected(); n != 0 {
			t.Errorf("a verified record still has %d expected", n)
		}
	})
}

func TestTwoSetsAtOnceDoNotDouble(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				changed := slices.Clone(facts)
				changed[1].Amount = int64(100 + i%3)
				if err := d.Update(ctx, func(tx *db.Tx) error {
					return ledger.Set(ctx, tx, ledger.Statement{Ref: ref, Version: i, Facts: changed})
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := standing(t, ctx, d, ref); len(got) != 2 {
			t.Errorf("after 40 sets at once %d rows stand, want 2: %+v", len(got), got)
		}
		sum := number(t, ctx, d, "SELECT CAST(SUM(amount) AS BIGINT) FROM fact WHERE measure = 'training.attendances'")
		if sum < 100 || sum > 102 {
			t.Errorf("the sum of all rows is %d", sum)
		}
	})
}

func TestLedgerIsAppendOnly(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		set(t, ctx, d, ledger.Statement{Ref: ref, Version: 1, Facts: facts})
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.Close(ctx, tx, "2026-01-01", "a1", "") })
		for _, statement := range []string{
			"UPDATE fact SET amount = amount + 1", "DELETE FROM fact", "UPDATE posting SET reason = 'x'", "DELETE FROM posting",
			"UPDATE tag_set SET text = 'x=y'", "DELETE FROM tag_set", "UPDATE tag_member SET value = 'z'", "DELETE FROM tag_member",
			"UPDATE closing SET up_to = ''", "DELETE FROM closing", "UPDATE log_entry SET body = '{}'", "DELETE FROM log_entry",
		} {
			err := d.Update(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v, want a refusal", statement, err)
			}
		}
	})
}

func TestClosedDaysNeedAReason(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		ref, facts := class()
		set(t, ctx, d, ledger.Statement{Ref: ref, Version: 1, Facts: facts})
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.Close(ctx, tx, "2026-09-30", "a1", "") })
		s := ledger.Statement{Ref: ref, Version: 2, Facts: facts[:1]}
		err := d.Update(ctx, func(tx *db.Tx) error { return ledger.Set(ctx, tx, s) })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("a posting on a closed day without a reason: %v", err)
		}
		s.Facts = facts // nothing changes: no reason needed
		set(t, ctx, d, s)
		s.Facts, s.Reason = facts[:1], "复核后更正"
		set(t, ctx, d, s)
		if n := number(t, ctx, d, "SELECT COUNT(*) FROM posting WHERE correction"); n != 1 {
			t.Errorf("%d postings are marked as corrections, want 1", n)
		}
		later, facts := class()
		facts[0].Day = "2026-10-01"
		set(t, ctx, d, ledger.Statement{Ref: later, Version: 1, Facts: facts[:1]})
		err = d.Update(ctx, func(tx *db.Tx) error { return ledger.Close(ctx, tx, "2026-06-30", "a1", "") })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("opening closed days without a reason: %v", err)
		}
	})
}

// A transaction that finds its row taken back already must run again, not fail: the belt to the head row's braces.
func TestLostRaceRunsAgain(t *testing.T) {
	d := dbtest.Open(t, db.Options{URL: dbtest.PostgresURL(t)}, sources)
	runs := 0
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		if runs++; runs == 1 {
			return errors.Join(db.ErrRetry, errors.New("unique violation"))
		}
		return nil
	}); err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
}
