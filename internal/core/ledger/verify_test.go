package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"shilu/internal/core/association"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
)

// module stands for a work module: it remembers what its verified records state.
type module struct {
	kind       string
	version    int // of its facts function
	statements map[string]ledger.Statement
	fails      string // a record that cannot be asked for
}

func newModule(kind string) *module {
	return &module{kind: kind, version: 1, statements: make(map[string]ledger.Statement)}
}

func (m *module) restater() ledger.Restater {
	return ledger.Restater{Kind: m.kind, Version: m.version, Some: func(_ context.Context, _ *db.Tx, records []string) (all []ledger.Statement, err error) {
		for _, record := range records {
			if s, ok := m.statements[record]; ok {
				all = append(all, s)
			}
			if record == m.fails {
				err = errStopped
			}
		}
		return all, err
	}, Each: func(_ context.Context, _ *db.Tx, after string, limit int) ([]ledger.Statement, error) {
		var page []ledger.Statement
		for _, s := range m.statements {
			if s.Ref.ID > after {
				page = append(page, s)
			}
		}
		slices.SortFunc(page, func(a, b ledger.Statement) int { return strings.Compare(a.Ref.ID, b.Ref.ID) })
		return page[:min(limit, len(page))], nil
	}}
}

func verify(t testing.TB, ctx context.Context, d *db.DB, k *log.Keeper, modules ...*module) []log.Difference {
	t.Helper()
	books := ledger.Books{Keeper: k}
	for _, m := range modules {
		books.Restaters = append(books.Restaters, m.restater())
	}
	var found []log.Difference
	if err := ledger.Verify(ctx, d, books, func(diff log.Difference) { found = append(found, diff) }); err != nil {
		t.Fatal(err)
	}
	return found
}

// books is a small ledger with all that can stand in one: corrections, a void, a merge, a closing, two checkpoints.
type books struct {
	ctx      context.Context
	d        *db.DB
	k        *log.Keeper
	training *module
	record   id.Ref // of the corrected record
	fact     string // its row of 123 attendances
	reversal string // the row that took the 120 back
	posting  string
	last     log.Checkpoint
}

func newBooks(t *testing.T, d *db.DB) *books {
	t.Helper()
	b := &books{ctx: tenant(t), d: d, training: newModule("training")}
	b.k = log.NewKeeper(d, keys.New(), ledger.Source)
	state := func(s ledger.Statement) {
		set(t, b.ctx, d, s)
		b.training.statements[s.Ref.ID] = s
	}
	var many []ledger.Statement
	for i := range 300 {
		ref, facts := class()
		facts[0].Place = fmt.Sprint("p", i%7)
		s := ledger.Statement{Ref: ref, Version: 1, FactsVersion: 1, RecordHash: fmt.Sprintf("%064d", i), Papers: []string{"bb", "aa"}, Facts: facts}
		b.training.statements[ref.ID] = s
		many = append(many, s)
	}
	update(t, b.ctx, d, func(tx *db.Tx) error { return ledger.SetMany(b.ctx, tx, many) })
	ref, facts := class()
	b.record = ref
	s := ledger.Statement{Ref: ref, Version: 1, FactsVersion: 1, RecordHash: "01", Facts: facts, Account: "a1"}
	state(s)
	if _, err := b.k.Seal(b.ctx, log.Ledger); err != nil {
		t.Fatal(err)
	}
	s.Version, s.RecordHash, s.Reason, s.Facts = 2, "02", "少算了", slices.Clone(facts)
	s.Facts[1].Amount = 123
	state(s)
	void, facts := class()
	v := ledger.Statement{Ref: void, Version: 1, FactsVersion: 1, Facts: facts}
	state(v)
	v.Version, v.Facts = 2, nil
	state(v)
	update(t, b.ctx, d, func(tx *db.Tx) error {
		for _, merge := range [][2]string{{"k1", "k2"}, {"k2", "k3"}, {"k4", "k2"}} {
			if err := ledger.Alias(b.ctx, tx, merge[0], merge[1]); err != nil {
				return err
			}
		}
		if err := ledger.Unalias(b.ctx, tx, "k4"); err != nil {
			return err
		}
		return ledger.Close(b.ctx, tx, "2026-06-30", "a1", "半年报已定")
	})
	var err error
	if b.last, err = b.k.Seal(b.ctx, log.Ledger); err != nil {
		t.Fatal(err)
	}
	text := func(query string, args ...any) (out string) {
		if err := d.View(b.ctx, func(tx *db.Tx) (err error) {
			out, err = db.One(b.ctx, tx, db.Value[string], query, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	b.fact = text("SELECT id FROM fact WHERE amount = 123")
	b.reversal = text("SELECT id FROM fact WHERE amount = -120 AND record = ?", ref.ID)
	b.posting = text("SELECT posting FROM fact WHERE id = ?", b.fact)
	return b
}

// unlock gives the statements that an intruder with the database's password needs before he changes an append-only table.
func unlock(dialect db.Dialect, table string) []string {
	switch {
	case table == "":
		return nil
	case dialect == db.Postgres:
		return []string{"ALTER TABLE " + table + " DISABLE TRIGGER ALL"}
	}
	return []string{"DROP TRIGGER IF EXISTS " + table + "_no_update", "DROP TRIGGER IF EXISTS " + table + "_no_delete", "DROP TRIGGER IF EXISTS " + table + "_grows"}
}

func TestVerifyNamesEveryForgedRow(t *testing.T) {
	type forgery struct {
		name  string
		table string
		sql   string // @fact, @reversal, @posting, @record, @assoc stand for ids
		named []string
	}
	forgeries := []forgery{
		{"an edited amount", "fact", "UPDATE fact SET amount = 124 WHERE id = '@fact'", []string{"fact @fact", "123 2026-09-18", "日志第"}},
		{"an edited day", "fact", "UPDATE fact SET day = '2026-09-19' WHERE id = '@fact'", []string{"fact @fact"}},
		{"an edited tag", "fact", "UPDATE fact SET tags = '' WHERE id = '@fact'", []string{"fact @fact"}},
		{"an edited unit", "fact", "UPDATE fact SET unit = 'u2' WHERE id = '@fact'", []string{"fact @fact"}},
		{"a fact of another record", "fact", "UPDATE fact SET record = 'r' WHERE id = '@fact'", []string{"fact @fact"}},
		{"a deleted fact", "fact", "DELETE FROM fact WHERE id = '@fact'", []string{"fact @fact", "fact —（training/@record）"}},
		{"a deleted reversal", "fact", "DELETE FROM fact WHERE id = '@reversal'", []string{"fact @reversal"}},
		{"a reversal that is not whole", "fact", "UPDATE fact SET amount = -119 WHERE id = '@reversal'", []string{"fact @reversal", "整笔"}},
		{"a reversal that reverses nothing", "fact", "UPDATE fact SET reverses = NULL WHERE id = '@reversal'", []string{"fact @reversal"}},
		{"an added fact", "", `INSERT INTO fact (association, id, posting, record, measure, unit, place, day, tags, exactness, fact_key, movement, amount, reverses)
			SELECT association, 'added', posting, record, measure, unit, place, day, tags, exactness, 'k', movement, 5, NULL FROM fact WHERE id = '@fact'`, []string{"fact added", "不在日志里", "记录没有写"}},
		{"an added posting", "", `INSERT INTO posting (association, id, kind, record, version, facts_version, record_hash, papers_hash, reason, batch, account, correction, posted)
			SELECT association, 'added', kind, record, version, facts_version, record_hash, papers_hash, reason, batch, account, correction, posted FROM posting WHERE id = '@posting'`, []string{"posting added"}},
		{"a swapped record hash", "posting", "UPDATE posting SET record_hash = '03' WHERE id = '@posting'", []string{"fact @fact", "fact @reversal"}},
		{"other papers", "posting", "UPDATE posting SET papers_hash = '03' WHERE id = '@posting'", []string{"fact @fact"}},
		{"another reason", "posting", "UPDATE posting SET reason = '' WHERE id = '@posting'", []string{"fact @fact"}},
		{"a hidden posting", "posting", "UPDATE posting SET batch = 'b' WHERE id = '@posting'", []string{"fact @fact"}},
		{"a deleted posting", "posting", "DELETE FROM posting WHERE id = '@posting'", []string{"fact @fact", "过账单不在"}},
		{"another head", "", "UPDATE statement SET record_hash = '09' WHERE record = '@record'", []string{"statement @record（training/@record）"}},
		{"an older head", "", "UPDATE statement SET facts_version = 0 WHERE record = '@record'", []string{"posting @posting"}},
		{"a lost head", "", "DELETE FROM statement WHERE record = '@record'", []string{"fact @fact", "户头"}},
		{"a head of another kind", "", "UPDATE statement SET kind = 'activity' WHERE record = '@record'", []string{"posting @posting", "fact @fact（activity/@record）"}},
		{"an edited tag set", "tag_set", "UPDATE tag_set SET text = 'kind=long' WHERE text <> ''", []string{"tag_set ", "fact @fact"}},
		{"a deleted tag set", "tag_set", "DELETE FROM tag_set", []string{"标签组不在", "tag_member"}},
		{"an added tag", "", "INSERT INTO tag_member (association, name, value, tags) SELECT association, 'campaign', 'x', id FROM tag_set", []string{"campaign=x"}},
		{"a lost tag", "tag_member", "DELETE FROM tag_member WHERE name = 'kind'", []string{"少了标签 kind=short"}},
		{"another merge", "", "UPDATE key_alias SET merged_into = 'k9', target = 'k9' WHERE alias = 'k1'", []string{"key_alias k1"}},
		{"a lost merge", "", "DELETE FROM key_alias WHERE alias = 'k1'", []string{"key_alias k1"}},
		{"a merge beside the log", "", "INSERT INTO key_alias (association, alias, merged_into, target, since) VALUES ('@assoc', 'k7', 'k8', 'k8', 0)", []string{"key_alias k7"}},
		{"another closing", "closing", "UPDATE closing SET up_to = '2026-03-31'", []string{"closing "}},
		{"a lost closing", "closing", "DELETE FROM closing", []string{"closing ", "表里没有"}},
		{"an edited log entry", "log_entry", `UPDATE log_entry SET body = '{"alias":"k1","into":"k9"}' WHERE kind = 'alias' AND body LIKE '%k1%'`, []string{"log_entry ", "key_alias k1"}},
		{"a deleted log entry", "log_entry", "DELETE FROM log_entry WHERE kind = 'closing'", []string{"log_entry "}},
		{"an added log entry", "", "INSERT INTO log_entry (association, id, log, kind, body, at) VALUES ('@assoc', 'e', 'ledger', 'tree-link', '{}', 0)", []string{"log_entry e"}},
		{"an edited leaf", "log_leaf", "UPDATE log_leaf SET hash = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' WHERE seq = 17", []string{"第 17 号", "log_node 8/0", "log_checkpoint", "log_head ledger"}},
		{"an unreadable leaf", "log_leaf", "UPDATE log_leaf SET hash = '' WHERE seq = 17", []string{"log_leaf 17"}},
		{"two leaves that change places", "log_leaf", "UPDATE log_leaf SET seq = CASE seq WHEN 4 THEN 100004 WHEN 5 THEN 4 END WHERE seq IN (4, 5); UPDATE log_leaf SET seq = 5 WHERE seq = 100004", []string{"log_node 8/0", "log_checkpoint"}},
		{"a missing number", "log_leaf", "DELETE FROM log_leaf WHERE seq = 200", []string{"log_leaf 200", "不在日志里"}},
		{"a truncated log", "log_leaf", "DELETE FROM log_leaf WHERE seq >= 602", []string{"log_checkpoint @last", "log_head ledger", "fact @fact"}},
		{"an edited checkpoint", "log_checkpoint", "UPDATE log_checkpoint SET root = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' WHERE size = @last", []string{"log_checkpoint @last"}},
		{"a forged signature", "log_checkpoint", "UPDATE log_checkpoint SET note = REPLACE(note, 'at 2026', 'at 2025') WHERE size = @last", []string{"log_checkpoint @last"}},
		{"another signing key", "", "UPDATE signing_key SET public = REPLACE(public, 'shilu/', 'shilu2/')", []string{"signing_key 1", "log_checkpoint @last"}},
		{"an edited node", "log_node", "UPDATE log_node SET hash = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' WHERE level = 8 AND n = 0", []string{"log_node 8/0"}},
		{"a deleted node", "log_node", "DELETE FROM log_node WHERE level = 8 AND n = 1", []string{"log_node 8/1"}},
		{"an edited head", "log_head", "UPDATE log_head SET size = size + 1", []string{"log_head ledger"}},
		{"a numbered entry that waits again", "", "INSERT INTO log_pending (association, log, batch, entry, kind) VALUES ('@assoc', 'ledger', '', '@fact', 'fact')", []string{"log_pending @fact"}},
		{"a waiting entry that is not there", "", "INSERT INTO log_pending (association, log, batch, entry, kind) VALUES ('@assoc', 'ledger', '', 'e', 'fact')", []string{"log_pending e"}},
	}
	undo := errors.New("the forgery is undone for the next one")
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d)
		ids := strings.NewReplacer("@fact", b.fact, "@reversal", b.reversal, "@posting", b.posting, "@record", b.record.ID,
			"@assoc", association.Of(b.ctx), "@last", fmt.Sprint(b.last.Size))
		for _, f := range forgeries {
			t.Run(f.name, func(t *testing.T) {
				if found := verify(t, b.ctx, b.d, b.k, b.training); len(found) > 0 {
					t.Fatalf("sound books differ: %v", found)
				}
				var all strings.Builder
				err := d.Update(b.ctx, func(tx *db.Tx) error {
					for _, s := range append(unlock(d.Dialect, f.table), strings.Split(ids.Replace(f.sql), "; ")...) {
						n, err := tx.Exec(b.ctx, s)
						if err != nil {
							return err
						}
						if n == 0 && !strings.Contains(s, "TRIGGER") {
							t.Errorf("%s changed no row", s)
						}
					}
					books := ledger.Books{Keeper: b.k, Restaters: []ledger.Restater{b.training.restater()}}
					if err := books.Verify(b.ctx, tx, func(diff log.Difference) { fmt.Fprintln(&all, diff) }); err != nil {
						return err
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Fatal(err)
				}
				for _, want := range f.named {
					if !strings.Contains(all.String(), ids.Replace(want)) {
						t.Errorf("%q is not named in:\n%s", ids.Replace(want), all.String())
					}
				}
			})
		}
	})
}

// A record that says something else now, or is no longer there, is named with the rows that it contradicts.
func TestVerifyNamesRecordsThatSayOtherwise(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d)
		s := b.training.statements[b.record.ID]
		changed := s
		changed.Facts = slices.Clone(s.Facts)
		changed.Facts[1].Amount = 500
		b.training.statements[b.record.ID] = changed
		found := verify(t, b.ctx, d, b.k, b.training)
		if len(found) != 1 || found[0].Row != b.fact || found[0].Ref != b.record || !strings.Contains(found[0].String(), "training.attendances 500") {
			t.Errorf("an edited record: %v", found)
		}
		delete(b.training.statements, b.record.ID)
		found = verify(t, b.ctx, d, b.k, b.training)
		if len(found) != 3 || found[0].Ref != b.record || !slices.ContainsFunc(found, func(diff log.Difference) bool { return diff.Row == b.fact }) {
			t.Errorf("a deleted record: %v", found)
		}
		unposted := s
		unposted.Ref.ID = "zzz"
		b.training.statements[b.record.ID] = s
		b.training.statements["zzz"] = unposted
		found = verify(t, b.ctx, d, b.k, b.training)
		if len(found) != 3 || found[0].Ref.ID != "zzz" || !strings.Contains(found[0].String(), "账上没有") {
			t.Errorf("a record that was never posted: %v", found)
		}
		if found := verify(t, b.ctx, d, b.k); len(found) != 602+302 {
			t.Errorf("without the module %d rows belong to nobody, want all 602 that stand and the heads of 302 records", len(found))
		}
	})
}

func TestAliasesFollowAndUndo(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := tenant(t)
		targets := func() string {
			var all []string
			if err := d.View(ctx, func(tx *db.Tx) (err error) {
				all, err = db.All(ctx, tx, db.Value[string], "SELECT alias || '→' || target FROM key_alias ORDER BY alias")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return strings.Join(all, " ")
		}
		alias := func(a, b string) error {
			return d.Update(ctx, func(tx *db.Tx) error { return ledger.Alias(ctx, tx, a, b) })
		}
		for _, step := range []struct{ a, b, want string }{
			{"a", "b", "a→b"}, {"a", "b", "a→b"}, {"b", "c", "a→c b→c"}, {"x", "a", "a→c b→c x→c"},
		} {
			if err := alias(step.a, step.b); err != nil || targets() != step.want {
				t.Errorf("%s into %s: %s, %v", step.a, step.b, targets(), err)
			}
		}
		for _, bad := range [][2]string{{"a", "d"}, {"c", "a"}, {"e", "e"}, {"", "a"}} {
			if alias(bad[0], bad[1]) == nil {
				t.Errorf("%s was merged into %s", bad[0], bad[1])
			}
		}
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.Unalias(ctx, tx, "b") })
		if got := targets(); got != "a→b x→b" {
			t.Errorf("after undoing b: %s", got)
		}
		if err := d.Update(ctx, func(tx *db.Tx) error { return ledger.Unalias(ctx, tx, "b") }); err == nil {
			t.Error("undone twice")
		}
		if n := number(t, ctx, d, "SELECT COUNT(*) FROM log_entry WHERE kind = 'alias'"); n != 4 {
			t.Errorf("%d entries in the log, want 3 merges and 1 undoing", n)
		}
	})
}

// Facts of an open batch are neither numbered nor lost.
func TestVerifyWithAnOpenBatch(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d)
		ref, facts := class()
		s := ledger.Statement{Ref: ref, Version: 1, FactsVersion: 1, Batch: "import", Facts: facts}
		b.training.statements[ref.ID] = s
		update(t, b.ctx, d, func(tx *db.Tx) error {
			if err := ledger.OpenBatch(b.ctx, tx, "import"); err != nil {
				return err
			}
			return ledger.SetMany(b.ctx, tx, []ledger.Statement{s})
		})
		c, err := b.k.Seal(b.ctx, log.Ledger)
		if err != nil || c.Size != b.last.Size {
			t.Errorf("size %d, %v", c.Size, err)
		}
		if found := verify(t, b.ctx, d, b.k, b.training); len(found) > 0 {
			t.Errorf("differences: %v", found)
		}
		update(t, b.ctx, d, func(tx *db.Tx) error { return ledger.CloseBatch(b.ctx, tx, "import") })
		if c, err = b.k.Seal(b.ctx, log.Ledger); err != nil || c.Size != b.last.Size+2 {
			t.Errorf("size %d, %v", c.Size, err)
		}
	})
}
