package org

import (
	"context"
	"fmt"
	"slices"

	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// Verify compares the association, both trees, the settings and the words with the log, and the reach of the trees with their
// links. Every row that differs is reported.
func Verify(ctx context.Context, tx *db.Tx, report log.Report) error {
	for _, t := range []tree{units, places} {
		if err := verifyNodes(ctx, tx, t, report); err != nil {
			return err
		}
		if err := verifyReach(ctx, tx, t, report); err != nil {
			return err
		}
	}
	for _, check := range []func(context.Context, *db.Tx, log.Report) error{verifyAssociation, verifySettings, verifyTerms, verifyAliases} {
		if err := check(ctx, tx, report); err != nil {
			return err
		}
	}
	return nil
}

// compare reports the rows that only one side has, or that say different things there.
func compare[V comparable](table string, have, logged map[string]V, report log.Report) {
	for _, row := range sortedKeys(have) {
		want, ok := logged[row]
		switch {
		case !ok:
			report(log.Difference{Table: table, Row: row, Text: "这一行不在日志里：%v", Args: []any{have[row]}})
		case want != have[row]:
			report(log.Difference{Table: table, Row: row, Text: "是 %v，日志里是 %v", Args: []any{have[row], want}})
		}
	}
	for _, row := range sortedKeys(logged) {
		if _, ok := have[row]; !ok {
			report(log.Difference{Table: table, Row: row, Text: "日志里有 %v，表里没有", Args: []any{logged[row]}})
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// verifyNodes compares nodes, names and links with the latest entry of each node.
func verifyNodes(ctx context.Context, tx *db.Tx, t tree, report log.Report) error {
	nodes, err := readNodes(ctx, tx, t, "")
	if err != nil {
		return err
	}
	entries, err := logged[node](ctx, tx, string(t))
	if err != nil {
		return err
	}
	latest := map[string]node{}
	for _, e := range entries {
		latest[e.what.ID] = e.what
	}
	have, want := newRows(), newRows()
	for _, n := range nodes {
		have.add(n)
	}
	for _, n := range latest {
		want.add(n)
	}
	// names and links of nodes that are not there
	for _, part := range []struct {
		table, column, says string
		into                map[string]dated
	}{{"_name", string(t), "name", have.names}, {"_link", "child", "parent", have.links}} {
		strays, err := db.All(ctx, tx, func(s db.Scanner) (d [4]string, err error) {
			err = s.Scan(&d[0], &d[1], &d[2], &d[3])
			return d, err
		}, fmt.Sprintf(`SELECT x.%[2]s, x.from_day, x.to_day, x.%[3]s FROM %[1]s%[4]s x WHERE x.association = ?
			AND NOT EXISTS (SELECT 1 FROM %[1]s n WHERE n.association = x.association AND n.id = x.%[2]s)`, t, part.column, part.says, part.table), Of(ctx))
		if err != nil {
			return err
		}
		for _, d := range strays {
			part.into[d[0]+" "+d[1]] = dated{Says: d[3]}
		}
	}
	compare(string(t), have.nodes, want.nodes, report)
	compare(string(t)+"_name", have.names, want.names, report)
	compare(string(t)+"_link", have.links, want.links, report)
	return nil
}

// rows are nodes, taken apart into the rows of their three tables.
type rows struct {
	nodes        map[string]string
	names, links map[string]dated
}

func newRows() rows {
	return rows{map[string]string{}, map[string]dated{}, map[string]dated{}}
}

func (r rows) add(n node) {
	r.nodes[n.ID] = fmt.Sprintf("%s %s %s %d %d %d %s—%s", n.Code, n.Kind, n.Place, n.Sort, n.Row, n.Col, n.Opened, n.Closed)
	for _, d := range n.Names {
		r.names[n.ID+" "+string(d.From)] = d
	}
	for _, d := range n.Links {
		r.links[n.ID+" "+string(d.From)] = d
	}
}

// verifyReach recomputes the reach of a tree from its links.
func verifyReach(ctx context.Context, tx *db.Tx, t tree, report log.Report) error {
	all, err := closure(ctx, tx, t)
	if err != nil {
		return err
	}
	row := func(l link) string { return l.parent + " " + l.child + " " + string(l.from) }
	want, have := map[string]link{}, map[string]link{}
	for _, l := range all {
		want[row(l)] = l
	}
	kept, err := db.All(ctx, tx, func(s db.Scanner) (l link, err error) {
		err = s.Scan(&l.parent, &l.child, &l.from, &l.to)
		return l, err
	}, fmt.Sprintf("SELECT ancestor, descendant, from_day, to_day FROM %s_reach WHERE association = ?", t), Of(ctx))
	if err != nil {
		return err
	}
	for _, l := range kept {
		have[row(l)] = l
	}
	for _, r := range sortedKeys(have) {
		if l, ok := want[r]; !ok || l != have[r] {
			report(log.Difference{Table: string(t) + "_reach", Row: r, Text: "到 %s，从上下级关系算不出这一行", Args: []any{have[r].to}})
		}
	}
	for _, r := range sortedKeys(want) {
		if _, ok := have[r]; !ok {
			report(log.Difference{Table: string(t) + "_reach", Row: r, Text: "少了这一行"})
		}
	}
	return nil
}

func verifyAssociation(ctx context.Context, tx *db.Tx, report log.Report) error {
	a, err := Get(ctx, tx)
	if err != nil {
		return err
	}
	created, err := db.One(ctx, tx, db.Value[int64], "SELECT created FROM association WHERE id = ?", a.ID)
	if err != nil {
		return err
	}
	entries, err := logged[Association](ctx, tx, associationEntry)
	if err != nil {
		return err
	}
	want := map[string]string{}
	for i, e := range entries {
		if i == 0 && e.at != created {
			report(log.Difference{Table: "association", Row: a.ID, Text: "建立的时刻是 %d，日志里是 %d", Args: []any{created, e.at}})
		}
		want[e.what.ID] = e.what.words()
	}
	compare("association", map[string]string{a.ID: a.words()}, want, report)
	return nil
}

func (a Association) words() string {
	return fmt.Sprintf("%s %s %s %s %s", a.Code, a.Name, a.Short, a.Parent, a.Zone)
}

func verifySettings(ctx context.Context, tx *db.Tx, report log.Report) error {
	row := func(s setting, at int64) string { return fmt.Sprintf("%s %s %d", s.Name, s.From, at) }
	have, want := map[string]setting{}, map[string]setting{}
	kept, err := db.All(ctx, tx, func(s db.Scanner) (r said[setting], err error) {
		err = s.Scan(&r.what.Name, &r.what.From, &r.at, &r.what.Value, &r.what.By)
		return r, err
	}, "SELECT name, from_day, set_at, value, set_by FROM setting WHERE association = ?", Of(ctx))
	if err != nil {
		return err
	}
	for _, s := range kept {
		have[row(s.what, s.at)] = s.what
	}
	entries, err := logged[setting](ctx, tx, settingEntry)
	for _, e := range entries {
		want[row(e.what, e.at)] = e.what
	}
	compare("setting", have, want, report)
	return err
}

func verifyTerms(ctx context.Context, tx *db.Tx, report log.Report) error {
	have, want := map[string]said[word]{}, map[string]said[word]{}
	kept, err := db.All(ctx, tx, func(s db.Scanner) (r said[word], err error) {
		err = s.Scan(&r.what.Vocabulary, &r.what.Code, &r.what.Name, &r.at)
		return r, err
	}, "SELECT vocabulary, code, name, added FROM term WHERE association = ?", Of(ctx))
	if err != nil {
		return err
	}
	for _, w := range kept {
		have[w.what.Vocabulary+" "+w.what.Code] = w
	}
	entries, err := logged[word](ctx, tx, termEntry)
	for _, e := range entries {
		want[e.what.Vocabulary+" "+e.what.Code] = e
	}
	compare("term", have, want, report)
	return err
}

func verifyAliases(ctx context.Context, tx *db.Tx, report log.Report) error {
	have, want := map[string]other{}, map[string]other{}
	kept, err := db.All(ctx, tx, func(s db.Scanner) (r other, err error) {
		err = s.Scan(&r.Vocabulary, &r.Alias, &r.Code)
		return r, err
	}, "SELECT vocabulary, alias, code FROM term_alias WHERE association = ?", Of(ctx))
	if err != nil {
		return err
	}
	for _, a := range kept {
		have[a.Vocabulary+" "+a.Alias] = a
	}
	entries, err := logged[other](ctx, tx, aliasEntry)
	for _, e := range entries {
		want[e.what.Vocabulary+" "+e.what.Alias] = e.what
	}
	compare("term_alias", have, want, report)
	return err
}
