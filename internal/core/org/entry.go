package org

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// The kinds of this package's entries in the ledger's log, besides those of the two trees, which are named like them: who changes
// a tree, a setting or a word changes figures, so each change stands in the same log as the facts (design.md, 4.6).
const (
	associationEntry = "association"
	settingEntry     = "setting"
	termEntry        = "term"
	aliasEntry       = "term_alias"
)

// node is a unit or a place with all its names and parents: what its entry says, whole after every change.
type node struct {
	ID     string  `json:"id"`
	Code   string  `json:"code"`
	Kind   string  `json:"kind"`            // of a unit; the level of a place
	Place  string  `json:"place,omitempty"` // that a unit serves
	Sort   int     `json:"sort,omitempty"`
	Row    int     `json:"tile_row,omitempty"`
	Col    int     `json:"tile_col,omitempty"`
	Opened day.Day `json:"opened"`
	Closed day.Day `json:"closed"`
	Names  []dated `json:"names"`
	Links  []dated `json:"parents,omitempty"`
}

// dated is what holds from a day to a day: a name, or the id of a parent.
type dated struct {
	From day.Day `json:"from"`
	To   day.Day `json:"to"`
	Says string  `json:"says"`
}

// record adds the node as it is now to the log.
func record(ctx context.Context, tx *db.Tx, t tree, id string) error {
	if err := touch(ctx, tx); err != nil {
		return err
	}
	nodes, err := readNodes(ctx, tx, t, id)
	if err != nil {
		return err
	}
	if len(nodes) != 1 {
		return fmt.Errorf("%s %s is not there", t, id)
	}
	_, err = log.Append(ctx, tx, log.Ledger, string(t), nodes[0])
	return err
}

// readNodes reads one node of a tree, or all with "", in the order of their ids.
func readNodes(ctx context.Context, tx *db.Tx, t tree, id string) ([]node, error) {
	columns := "id, code, kind, place, 0, 0, 0, opened, closed"
	if t == places {
		columns = "id, code, level, '', sort, tile_row, tile_col, opened, closed"
	}
	only := func(column string) (string, []any) {
		if id == "" {
			return "", []any{Of(ctx)}
		}
		return " AND " + column + " = ?", []any{Of(ctx), id}
	}
	and, args := only("id")
	nodes, err := db.All(ctx, tx, func(s db.Scanner) (n node, err error) {
		err = s.Scan(&n.ID, &n.Code, &n.Kind, &n.Place, &n.Sort, &n.Row, &n.Col, &n.Opened, &n.Closed)
		return n, err
	}, fmt.Sprintf("SELECT %s FROM %s WHERE association = ?%s ORDER BY id", columns, t, and), args...)
	if err != nil {
		return nil, err
	}
	at := make(map[string]*node, len(nodes))
	for i := range nodes {
		at[nodes[i].ID] = &nodes[i]
	}
	type row struct {
		node string
		dated
	}
	scan := func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.node, &r.From, &r.To, &r.Says)
		return r, err
	}
	and, args = only(string(t))
	names, err := db.All(ctx, tx, scan, fmt.Sprintf("SELECT %[1]s, from_day, to_day, name FROM %[1]s_name WHERE association = ?%[2]s ORDER BY from_day", t, and), args...)
	if err != nil {
		return nil, err
	}
	and, args = only("child")
	links, err := db.All(ctx, tx, scan, fmt.Sprintf("SELECT child, from_day, to_day, parent FROM %s_link WHERE association = ?%s ORDER BY from_day", t, and), args...)
	if err != nil {
		return nil, err
	}
	for _, r := range names {
		if n := at[r.node]; n != nil {
			n.Names = append(n.Names, r.dated)
		}
	}
	for _, r := range links {
		if n := at[r.node]; n != nil {
			n.Links = append(n.Links, r.dated)
		}
	}
	return nodes, nil
}

// said is what an entry of the log says, with the instant at which it was made.
type said[T any] struct {
	what T
	at   int64
}

// logged reads the entries of a kind, oldest first. One that cannot be read says nothing: the log reports it.
func logged[T any](ctx context.Context, tx *db.Tx, kind string) ([]said[T], error) {
	return db.All(ctx, tx, func(s db.Scanner) (e said[T], err error) {
		var body string
		if err = s.Scan(&body, &e.at); err == nil {
			_ = json.Unmarshal([]byte(body), &e.what)
		}
		return e, err
	}, "SELECT body, at FROM log_entry WHERE association = ? AND log = ? AND kind = ? ORDER BY id", Of(ctx), log.Ledger, kind)
}

// setting is a row of setting, word one of term, other one of term_alias, as their entries say them.
type (
	setting struct {
		Name  string  `json:"name"`
		From  day.Day `json:"from"`
		Value string  `json:"value"`
		By    string  `json:"by"`
	}
	word struct {
		Vocabulary string `json:"vocabulary"`
		Code       string `json:"code"`
		Name       string `json:"name"`
	}
	other struct {
		Vocabulary string `json:"vocabulary"`
		Alias      string `json:"alias"`
		Code       string `json:"code"`
	}
)
