package org

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// past is what was known of both trees at a size of the log.
type past struct {
	changed bool // a tree changed afterwards
	nodes   map[tree][]node
}

// mostPasts bounds how many sizes of the log are kept of one edition.
const mostPasts = 64

// ChangedSince reports whether a tree changed after the size of the log: when not, the tables are what was known then.
func ChangedSince(ctx context.Context, tx *db.Tx, size int64) (bool, error) {
	p, err := pastAt(ctx, tx, size)
	return p.changed, err
}

// LoadAsOf reads both trees as of the day as they were known at a size of the log; 0 is now. Invalid for a size at which neither
// unit nor place was recorded yet.
func LoadAsOf(ctx context.Context, tx *db.Tx, on day.Day, size int64) (*Tree, error) {
	if size > 0 {
		p, err := pastAt(ctx, tx, size)
		if err != nil {
			return nil, err
		}
		if p.changed {
			if len(p.nodes[units]) == 0 || len(p.nodes[places]) == 0 {
				return nil, nothingYet(ctx, tx, size)
			}
			return p.on(on), nil
		}
	}
	return Load(ctx, tx, on)
}

// nothingYet is the error of a size of the log at which there were no trees, with the first one that has both.
func nothingYet(ctx context.Context, tx *db.Tx, size int64) error {
	first, err := db.One(ctx, tx, db.Value[int64], `SELECT COALESCE(MAX(t.first), 0) + 1 FROM (SELECT MIN(l.seq) AS first FROM log_entry e
		JOIN log_leaf l ON l.association = e.association AND l.log = e.log AND l.entry = e.id
		WHERE e.association = ? AND e.log = ? AND e.kind IN (?) GROUP BY e.kind) t`, Of(ctx), log.Ledger, db.List{string(units), string(places)})
	if err != nil {
		return err
	}
	return errs.E(errs.Invalid, "存证序号是 %d 时，单位和地点还没有记账，请从 %d 起", size, first)
}

// pastAt reads what was known at a size of the log. An edition has one answer, which is kept: its entries are all there, and
// those that have no number yet get a later one.
func pastAt(ctx context.Context, tx *db.Tx, size int64) (p past, err error) {
	now, err := db.One(ctx, tx, db.Value[string], "SELECT edition FROM org_edition WHERE association = ?", Of(ctx))
	if err != nil && !errs.Is(err, errs.NotFound) {
		return p, err
	}
	key := Of(ctx) + " " + now
	if now != "" {
		editions.Lock()
		p, known := editions.pasts[key][size]
		editions.Unlock()
		if known {
			return p, nil
		}
	}
	if p, err = readPast(ctx, tx, size); err != nil || now == "" {
		return p, err
	}
	editions.Lock()
	defer editions.Unlock()
	if len(editions.pasts) >= mostEditions {
		clear(editions.pasts)
	}
	if editions.pasts[key] == nil || len(editions.pasts[key]) >= mostPasts {
		editions.pasts[key] = make(map[int64]past)
	}
	editions.pasts[key][size] = p
	return p, nil
}

func readPast(ctx context.Context, tx *db.Tx, size int64) (p past, err error) {
	if p.changed, err = db.One(ctx, tx, db.Value[bool], `SELECT EXISTS (SELECT 1 FROM log_entry e
		LEFT JOIN log_leaf l ON l.association = e.association AND l.log = e.log AND l.entry = e.id
		WHERE e.association = ? AND e.log = ? AND e.kind IN (?) AND (l.seq IS NULL OR l.seq >= ?))`,
		Of(ctx), log.Ledger, db.List{string(units), string(places)}, size); err != nil || !p.changed {
		return p, err
	}
	p.nodes = make(map[tree][]node)
	for _, t := range []tree{units, places} {
		entries, err := loggedBefore[node](ctx, tx, string(t), size)
		if err != nil {
			return p, err
		}
		latest := map[string]node{}
		for _, e := range entries {
			latest[e.what.ID] = e.what
		}
		for _, n := range latest {
			p.nodes[t] = append(p.nodes[t], n)
		}
		slices.SortFunc(p.nodes[t], func(a, b node) int { return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.Code, b.Code)) })
	}
	return p, nil
}

// loggedBefore reads the entries of a kind that had a number below size, oldest first. One that cannot be read says nothing: the
// log reports it.
func loggedBefore[T any](ctx context.Context, tx *db.Tx, kind string, size int64) ([]said[T], error) {
	return db.All(ctx, tx, func(s db.Scanner) (e said[T], err error) {
		var body string
		if err = s.Scan(&body, &e.at); err == nil {
			_ = json.Unmarshal([]byte(body), &e.what)
		}
		return e, err
	}, `SELECT e.body, e.at FROM log_entry e JOIN log_leaf l ON l.association = e.association AND l.log = e.log AND l.entry = e.id
		WHERE e.association = ? AND e.log = ? AND e.kind = ? AND l.seq < ? ORDER BY e.id`, Of(ctx), log.Ledger, kind, size)
}

// on makes the trees of a day.
func (p past) on(on day.Day) *Tree {
	t := &Tree{On: on, units: map[string]*Unit{}, places: map[string]*Place{}, unitChildren: map[string][]string{}, placeChildren: map[string][]string{}}
	for _, n := range p.nodes[units] {
		if name, ok := says(n.Names, on); ok {
			parent, _ := says(n.Links, on)
			t.addUnit(&Unit{ID: n.ID, Code: n.Code, Name: name, Kind: n.Kind, Place: n.Place, Parent: parent, Opened: n.Opened, Closed: n.Closed})
		}
	}
	for _, n := range p.nodes[places] {
		if name, ok := says(n.Names, on); ok {
			parent, _ := says(n.Links, on)
			t.addPlace(&Place{ID: n.ID, Code: n.Code, Name: name, Level: n.Kind, Parent: parent, Sort: n.Sort, Row: n.Row, Col: n.Col, Opened: n.Opened, Closed: n.Closed})
		}
	}
	return t
}

// says is what dated rows say on a day.
func says(all []dated, on day.Day) (string, bool) {
	for _, d := range all {
		if d.From <= on && on < d.To {
			return d.Says, true
		}
	}
	return "", false
}

// SettingAsOf is Setting as it was known at a size of the log; 0 is now.
func SettingAsOf(ctx context.Context, tx *db.Tx, name string, on day.Day, size int64, out any) error {
	if size == 0 {
		return Setting(ctx, tx, name, on, out)
	}
	entries, err := loggedBefore[setting](ctx, tx, settingEntry, size)
	if err != nil {
		return err
	}
	var last said[setting]
	for _, e := range entries {
		if e.what.Name == name && e.what.From <= on && (e.what.From > last.what.From || e.what.From == last.what.From && e.at >= last.at) {
			last = e
		}
	}
	if last.what.Name == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(last.what.Value), out); err != nil {
		return fmt.Errorf("read the setting %s: %w", name, err)
	}
	return nil
}
