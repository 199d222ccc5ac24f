package log_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
)

var sources = []db.Source{log.Migrations}

type body struct {
	N    int    `json:"n"`
	Name string `json:"name"`
}

func tenant(t testing.TB) context.Context { return association.With(t.Context(), id.New()) }

func update(t testing.TB, ctx context.Context, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, ctx context.Context, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.View(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// add appends n entries and gives their ids.
func add(t testing.TB, ctx context.Context, d *db.DB, n int) []string {
	t.Helper()
	var ids []string
	update(t, ctx, d, func(tx *db.Tx) error {
		for i := range n {
			entry, err := log.Append(ctx, tx, log.Ledger, "tree-link", body{i, "青溪乡"})
			if err != nil {
				return err
			}
			ids = append(ids, entry)
		}
		return nil
	})
	return ids
}

func seal(t testing.TB, ctx context.Context, k *log.Keeper) log.Checkpoint {
	t.Helper()
	c, err := k.Seal(ctx, log.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func differences(t testing.TB, ctx context.Context, d *db.DB, k *log.Keeper) []string {
	t.Helper()
	var found []string
	view(t, ctx, d, func(tx *db.Tx) error {
		return k.Verify(ctx, tx, log.Ledger, func(diff log.Difference) { found = append(found, diff.String()) })
	})
	return found
}

func TestSealNumbersHashesAndSigns(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		k := log.NewKeeper(d, keys.New())
		if c := seal(t, ctx, k); c.Size != 0 || c.Note == "" {
			t.Errorf("the empty log: %+v", c)
		}
		ids := add(t, ctx, d, 3)
		first := seal(t, ctx, k)
		if again := seal(t, ctx, k); again != first {
			t.Errorf("sealing again gave %+v, want %+v", again, first)
		}
		ids = append(ids, add(t, ctx, d, 2500)...)
		last := seal(t, ctx, k)
		if first.Size != 3 || last.Size != 2503 {
			t.Fatalf("sizes %d and %d", first.Size, last.Size)
		}
		if found := differences(t, ctx, d, k); len(found) > 0 {
			t.Errorf("a sound log differs: %v", found)
		}
		view(t, ctx, d, func(tx *db.Tx) error {
			public, err := log.PublicKeys(ctx, tx)
			if err != nil || len(public) != 1 {
				t.Fatalf("keys %v, %v", public, err)
			}
			for _, i := range []int{0, 2, 3, 255, 256, 511, 512, 2047, 2048, 2502} {
				p, err := k.Prove(ctx, tx, last, ids[i])
				if err != nil {
					return err
				}
				if err := p.Check(ctx, public[0]); err != nil || p.Seq != int64(i) {
					t.Errorf("entry %d has number %d: %v", i, p.Seq, err)
				}
				p.Leaf[len(p.Leaf)/2] ^= 1
				if p.Check(ctx, public[0]) == nil {
					t.Errorf("the proof of entry %d holds for another leaf", i)
				}
			}
			if _, err := k.Prove(ctx, tx, first, ids[3]); !errs.Is(err, errs.NotFound) {
				t.Errorf("an entry was proved in a checkpoint before it: %v", err)
			}
			// a stranger's tool: x/mod's note and the three lines of C2SP tlog-checkpoint
			v, err := note.NewVerifier(public[0])
			if err != nil {
				return err
			}
			n, err := note.Open([]byte(last.Note), note.VerifierList(v))
			if err != nil {
				t.Fatalf("the checkpoint is no signed note: %v", err)
			}
			if want := fmt.Sprintf("shilu/%s/ledger\n2503\n%s\n", association.Of(ctx), last.Root); !strings.HasPrefix(n.Text, want) {
				t.Errorf("the note says %q", n.Text)
			}
			return nil
		})
	})
}

// The tree that Seal keeps must be the one that tlog computes from all leaves.
func TestTreeIsThatOfTlog(t *testing.T) {
	d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
	ctx := tenant(t)
	k := log.NewKeeper(d, keys.New())
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	var size int64
	for _, n := range []int{1, 1, 5, 248, 1, 1, 300, 700} {
		add(t, ctx, d, n)
		c := seal(t, ctx, k)
		view(t, ctx, d, func(tx *db.Tx) error {
			leaves, err := db.All(ctx, tx, db.Value[string], "SELECT hash FROM log_leaf WHERE seq >= ? ORDER BY seq", size)
			for _, text := range leaves {
				h, _ := tlog.ParseHash(text)
				more, err := tlog.StoredHashesForRecordHash(size, h, reader)
				if err != nil {
					return err
				}
				stored = append(stored, more...)
				size++
			}
			return err
		})
		root, err := tlog.TreeHash(size, reader)
		if err != nil || root.String() != c.Root || size != c.Size {
			t.Errorf("size %d root %s, tlog says %d %s (%v)", c.Size, c.Root, size, root, err)
		}
	}
}

func TestBatchWaitsForItsEnd(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		k := log.NewKeeper(d, keys.New(), log.Source{Kind: "row", Log: log.Ledger, Table: "row", Bodies: anything})
		update(t, ctx, d, func(tx *db.Tx) error {
			if err := log.OpenBatch(ctx, tx, "b1"); err != nil {
				return err
			}
			if err := log.Enqueue(ctx, tx, log.Ledger, "row", "b1", "e1", "e2"); err != nil {
				return err
			}
			return log.Enqueue(ctx, tx, log.Ledger, "row", "", "e3")
		})
		if c := seal(t, ctx, k); c.Size != 1 {
			t.Errorf("with the batch open %d entries have a number, want 1", c.Size)
		}
		update(t, ctx, d, func(tx *db.Tx) error {
			if err := log.OpenBatch(ctx, tx, "b1"); err != nil {
				t.Errorf("opening twice: %v", err)
			}
			return log.CloseBatch(ctx, tx, "b1")
		})
		if c := seal(t, ctx, k); c.Size != 3 {
			t.Errorf("with the batch closed %d entries have a number, want 3", c.Size)
		}
		if err := d.Update(ctx, func(tx *db.Tx) error { return log.OpenBatch(ctx, tx, "b1") }); !errs.Is(err, errs.Conflict) {
			t.Errorf("a closed batch was opened again: %v", err)
		}
	})
}

func anything(_ context.Context, _ *db.Tx, entries []string) (map[string][]byte, error) {
	found := make(map[string][]byte)
	for _, e := range entries {
		found[e] = []byte(`"` + e + `"`)
	}
	return found, nil
}

func TestManyCopiesSealAtOnce(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		master := keys.New()
		var wg sync.WaitGroup
		const writers, each = 4, 300
		for range writers {
			wg.Go(func() {
				for range each / 10 {
					if err := d.Update(ctx, func(tx *db.Tx) error {
						for i := range 10 {
							if _, err := log.Append(ctx, tx, log.Ledger, "alias", body{i, "x"}); err != nil {
								return err
							}
						}
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 4 {
			wg.Go(func() {
				k := log.NewKeeper(d, master)
				for range 15 {
					if _, err := k.Seal(ctx, log.Ledger); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		k := log.NewKeeper(d, master)
		if c := seal(t, ctx, k); c.Size != writers*each {
			t.Errorf("%d entries have a number, want %d", c.Size, writers*each)
		}
		if found := differences(t, ctx, d, k); len(found) > 0 {
			t.Errorf("differences: %v", found)
		}
	})
}

func TestSealDoesNotSignAChangedTree(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		k := log.NewKeeper(d, keys.New())
		add(t, ctx, d, 600)
		kept := seal(t, ctx, k)
		update(t, ctx, d, func(tx *db.Tx) error {
			for _, s := range unlock(d, "log_leaf") {
				if _, err := tx.Exec(ctx, s); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, "UPDATE log_leaf SET hash = ? WHERE seq = 599", tlog.RecordHash([]byte("forged")).String())
			return err
		})
		add(t, ctx, d, 1)
		if _, err := k.Seal(ctx, log.Ledger); !errs.Is(err, errs.Conflict) {
			t.Errorf("the changed tree was signed: %v", err)
		}
		var found []string
		view(t, ctx, d, func(tx *db.Tx) error {
			c, err := k.Check(ctx, tx, kept.Note, func(diff log.Difference) { found = append(found, diff.String()) })
			if c != kept {
				t.Errorf("read %+v, want %+v", c, kept)
			}
			return err
		})
		if len(found) != 1 {
			t.Errorf("the kept checkpoint says %v", found)
		}
	})
}

func TestForeignCheckpointIsRefused(t *testing.T) {
	d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
	ctx, other := tenant(t), tenant(t)
	k := log.NewKeeper(d, keys.New())
	ours, theirs := seal(t, ctx, k), seal(t, other, k)
	unsigned, _, _ := strings.Cut(ours.Note, "—")
	view(t, ctx, d, func(tx *db.Tx) error {
		for name, text := range map[string]string{
			"another association's": theirs.Note, "a changed": strings.Replace(ours.Note, "\n0\n", "\n1\n", 1), "an empty": "", "an unsigned": unsigned,
		} {
			if _, err := k.Check(ctx, tx, text, func(log.Difference) {}); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s checkpoint: %v", name, err)
			}
		}
		return nil
	})
	if _, err := log.NewKeeper(d, keys.New()).Seal(tenant(t), log.Ledger); err != nil {
		t.Errorf("a first key under another master key: %v", err)
	}
	add(t, ctx, d, 1)
	if _, err := log.NewKeeper(d, keys.New()).Seal(ctx, log.Ledger); !errs.Is(err, errs.Forbidden) {
		t.Errorf("signed with a wrong master key: %v", err)
	}
}

// unlock drops the triggers that keep a table append-only, as an intruder with the database's password would.
func unlock(d *db.DB, table string) []string {
	if d.Dialect == db.Postgres {
		return []string{"ALTER TABLE " + table + " DISABLE TRIGGER ALL"}
	}
	return []string{"DROP TRIGGER IF EXISTS " + table + "_no_update", "DROP TRIGGER IF EXISTS " + table + "_no_delete", "DROP TRIGGER IF EXISTS " + table + "_grows"}
}

func TestCanonicalIsRFC8785(t *testing.T) {
	// the example of RFC 8785, section 3.2.3, without its fractions
	in := map[string]any{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
		"\U0001F600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis",
		"list": []any{56, nil, true, "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/<>&\u2028"}}
	want := `{"\r":"Carriage Return","1":"One","list":[56,null,true,"€$\u000f\nA'B\"\\\\\"/<>&` + "\u2028" + `"],"` + "\u0080" +
		`":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" + `":"Hebrew Letter Dalet With Dagesh"}`
	got, err := log.Canonical(in)
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\n%s", err, got, want)
	}
	for _, bad := range []any{1.5, 1 << 53, -1 << 53, map[string]any{"x": 1e300}} {
		if got, err := log.Canonical(bad); err == nil {
			t.Errorf("%v was written as %s", bad, got)
		}
	}
}

func TestHeadOnlyGrows(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		k := log.NewKeeper(d, keys.New())
		add(t, ctx, d, 300)
		seal(t, ctx, k)
		refused := []string{"UPDATE log_head SET size = 299", "UPDATE log_head SET root = 'x'", "DELETE FROM log_head"}
		for _, table := range []string{"log_entry", "log_leaf", "log_node", "log_checkpoint"} {
			refused = append(refused, "DELETE FROM "+table, "UPDATE "+table+" SET association = 'x'")
		}
		for _, statement := range refused {
			if err := d.Update(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			}); err == nil {
				t.Errorf("%s went through", statement)
			}
		}
	})
}

func TestCheckpointsAreListedNewestFirst(t *testing.T) {
	d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
	ctx := tenant(t)
	k := log.NewKeeper(d, keys.New())
	var made []log.Checkpoint
	for range 3 {
		add(t, ctx, d, 2)
		made = append(made, seal(t, ctx, k))
	}
	slices.Reverse(made)
	view(t, ctx, d, func(tx *db.Tx) error {
		all, err := log.Checkpoints(ctx, tx, log.Ledger, 0, 10)
		if !slices.Equal(all, made) {
			t.Errorf("listed %+v", all)
		}
		if err != nil {
			return err
		}
		two, err := log.Checkpoints(ctx, tx, log.Ledger, 6, 1)
		if len(two) != 1 || two[0].Size != 4 {
			t.Errorf("before size 6: %+v", two)
		}
		return err
	})
}
