package org

import (
	"context"
	"fmt"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// tree says which of the two trees a statement is about; both have tables of the same shape.
type tree string

const (
	units  tree = "unit"
	places tree = "place"
)

// AddUnit adds a unit under u.Parent ("" = a root). Opened and Closed default to always and for ever.
// Invalid without name or code, Conflict when the code is taken.
func AddUnit(ctx context.Context, tx *db.Tx, u Unit) (Unit, error) {
	if u.Name == "" || u.Code == "" {
		return u, errs.E(errs.Invalid, "单位要有名称和代码")
	}
	if err := Hold(ctx, tx); err != nil {
		return u, err
	}
	fillIn(&u.ID, &u.Opened, &u.Closed)
	if u.Kind == "" {
		u.Kind = KindMember
	}
	added, err := tx.Exec(ctx, "INSERT INTO unit (association, id, code, kind, place, opened, closed) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (association, code) DO NOTHING",
		Of(ctx), u.ID, u.Code, u.Kind, u.Place, u.Opened, u.Closed)
	if err == nil && added == 0 { // no failed statement: an import goes on with its next row
		return u, errs.E(errs.Conflict, "单位代码「%s」已经用过", u.Code)
	}
	if err != nil {
		return u, err
	}
	return u, join(ctx, tx, units, u.ID, u.Name, u.Parent)
}

// AddPlace adds a place under p.Parent. It is there from Opened on (Always while that is not known), which decides from when it counts
// among the places of its level. Invalid without name or code, or from an impossible day (CheckFrom; after its end; before its parent);
// Conflict when the code is taken.
func AddPlace(ctx context.Context, tx *db.Tx, p Place) (Place, error) {
	if p.Name == "" || p.Code == "" {
		return p, errs.E(errs.Invalid, "地点要有名称和代码")
	}
	if err := Hold(ctx, tx); err != nil {
		return p, err
	}
	fillIn(&p.ID, &p.Opened, &p.Closed)
	if err := checkFrom(ctx, tx, p.Opened); err != nil {
		return p, err
	}
	if p.Opened >= p.Closed {
		return p, errs.E(errs.Invalid, "%s到%s为止，不能从%s起才有", p.Name, p.Closed.Add(-1).Long(), p.Opened.Long())
	}
	if p.Parent != "" {
		if err := during(ctx, tx, places, p.Parent, p.Opened); err != nil {
			return p, err
		}
	}
	added, err := tx.Exec(ctx, "INSERT INTO place (association, id, code, level, sort, tile_row, tile_col, opened, closed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (association, code) DO NOTHING",
		Of(ctx), p.ID, p.Code, p.Level, p.Sort, p.Row, p.Col, p.Opened, p.Closed)
	if err == nil && added == 0 {
		return p, errs.E(errs.Conflict, "地点代码「%s」已经用过", p.Code)
	}
	if err != nil {
		return p, err
	}
	return p, join(ctx, tx, places, p.ID, p.Name, p.Parent)
}

func fillIn(nodeID *string, opened, closed *day.Day) {
	if *nodeID == "" {
		*nodeID = id.New()
	}
	if *opened == "" {
		*opened = Always
	}
	if *closed == "" {
		*closed = day.Forever
	}
}

// join names a new node and hangs it under its parent; its reach is that of the parent and itself.
func join(ctx context.Context, tx *db.Tx, t tree, child, name, parent string) error {
	if _, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %[1]s_name (association, %[1]s, from_day, to_day, name) VALUES (?, ?, ?, ?, ?)", t),
		Of(ctx), child, Always, day.Forever, name); err != nil {
		return err
	}
	if parent != "" {
		if _, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s_link (association, child, parent, from_day, to_day) VALUES (?, ?, ?, ?, ?)", t),
			Of(ctx), child, parent, Always, day.Forever); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s_reach (association, ancestor, descendant, from_day, to_day)
		SELECT association, ancestor, CAST(? AS TEXT), from_day, to_day FROM %[1]s_reach WHERE association = ? AND descendant = ?
		UNION ALL SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)`, t),
		child, Of(ctx), parent, Of(ctx), child, child, string(Always), string(day.Forever))
	if err != nil {
		return err
	}
	return record(ctx, tx, t, child)
}

// RenameUnit gives a unit another name from a day on; until then it keeps the old one.
func RenameUnit(ctx context.Context, tx *db.Tx, unit, name string, from day.Day) error {
	return rename(ctx, tx, units, unit, name, from)
}

// RenamePlace gives a place another name from a day on.
func RenamePlace(ctx context.Context, tx *db.Tx, place, name string, from day.Day) error {
	return rename(ctx, tx, places, place, name, from)
}

func rename(ctx context.Context, tx *db.Tx, t tree, child, name string, from day.Day) error {
	if name == "" {
		return errs.E(errs.Invalid, "请写新的名称")
	}
	if err := changeable(ctx, tx, t, from, child); err != nil {
		return err
	}
	if err := cut(ctx, tx, fmt.Sprintf("%s_name", t), string(t), child, from); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %[1]s_name (association, %[1]s, from_day, to_day, name) VALUES (?, ?, ?, ?, ?)", t),
		Of(ctx), child, from, day.Forever, name); err != nil {
		return err
	}
	return record(ctx, tx, t, child)
}

// MergeUnit closes a unit from a day on and makes it a child of its successor, which from then on counts what it did before
// («含原××乡»). No fact is touched. UnmergeUnit takes it back.
func MergeUnit(ctx context.Context, tx *db.Tx, closed, successor string, from day.Day) error {
	if err := changeable(ctx, tx, units, from, closed, successor); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE unit SET closed = ? WHERE association = ? AND id = ?", from, Of(ctx), closed); err != nil {
		return err
	}
	return move(ctx, tx, units, closed, successor, from)
}

// MergePlace closes a place from a day on under its successor. UnmergePlace takes it back.
func MergePlace(ctx context.Context, tx *db.Tx, closed, successor string, from day.Day) error {
	if err := changeable(ctx, tx, places, from, closed, successor); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE place SET closed = ? WHERE association = ? AND id = ?", from, Of(ctx), closed); err != nil {
		return err
	}
	return move(ctx, tx, places, closed, successor, from)
}

// MoveUnit hangs a unit under another parent from a day on.
func MoveUnit(ctx context.Context, tx *db.Tx, unit, parent string, from day.Day) error {
	if err := changeable(ctx, tx, units, from, unit, parent); err != nil {
		return err
	}
	return move(ctx, tx, units, unit, parent, from)
}

// MovePlace hangs a place under another parent from a day on.
func MovePlace(ctx context.Context, tx *db.Tx, place, parent string, from day.Day) error {
	if err := changeable(ctx, tx, places, from, place, parent); err != nil {
		return err
	}
	return move(ctx, tx, places, place, parent, from)
}

// mostTiles is how many rows and columns the tile grid may have.
const mostTiles = 20

// SetTile puts a township at a row and column of the tile grid, both from 1; 0 and 0 take it out. Invalid beyond the grid, Conflict
// when another township that is open stands there.
func SetTile(ctx context.Context, tx *db.Tx, place string, row, col int) error {
	var wrong errs.Fields
	if row < 0 || row > mostTiles || (row == 0) != (col == 0) {
		wrong.Add("row", "行 %d 不行，请填 1 到 %d；行、列都填 0 是不放", row, mostTiles)
	}
	if col < 0 || col > mostTiles {
		wrong.Add("col", "列 %d 不行，请填 1 到 %d", col, mostTiles)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if err := Hold(ctx, tx); err != nil {
		return err
	}
	if row > 0 {
		names, err := db.All(ctx, tx, db.Value[string], `SELECT n.name FROM place p JOIN place_name n ON n.association = p.association AND n.place = p.id AND n.to_day = ?
			WHERE p.association = ? AND p.tile_row = ? AND p.tile_col = ? AND p.closed = ? AND p.id <> ?`, day.Forever, Of(ctx), row, col, day.Forever, place)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return errs.E(errs.Conflict, "第 %d 行第 %d 列已经是%s，请换一格", row, col, names[0])
		}
	}
	if _, err := tx.Exec(ctx, "UPDATE place SET tile_row = ?, tile_col = ? WHERE association = ? AND id = ?", row, col, Of(ctx), place); err != nil {
		return err
	}
	return record(ctx, tx, places, place)
}

func move(ctx context.Context, tx *db.Tx, t tree, child, parent string, from day.Day) error {
	loop, err := isBelow(ctx, tx, t, child, parent)
	if err != nil {
		return err
	}
	if loop {
		return errs.E(errs.Invalid, "不能移到自己的下级下面")
	}
	if err := cut(ctx, tx, fmt.Sprintf("%s_link", t), "child", child, from); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s_link (association, child, parent, from_day, to_day) VALUES (?, ?, ?, ?, ?)", t),
		Of(ctx), child, parent, from, day.Forever); err != nil {
		return err
	}
	if err := rebuild(ctx, tx, t); err != nil {
		return err
	}
	return record(ctx, tx, t, child)
}

// isBelow reports whether a node is, or on some day lies under, another one.
func isBelow(ctx context.Context, tx *db.Tx, t tree, top, id string) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64], fmt.Sprintf("SELECT COUNT(*) FROM %s_reach WHERE association = ? AND ancestor = ? AND descendant = ?", t), Of(ctx), top, id)
	return n > 0, err
}

// cut ends at from whatever a dated row of the child says from then on.
func cut(ctx context.Context, tx *db.Tx, table, column, child string, from day.Day) error {
	if _, err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE association = ? AND %s = ? AND from_day >= ?", table, column), Of(ctx), child, from); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s SET to_day = ? WHERE association = ? AND %s = ? AND to_day > ?", table, column), from, Of(ctx), child, from)
	return err
}

// span is a stretch of days, the last not included.
type span struct{ from, to day.Day }

type link struct {
	child, parent string
	span
}

// rebuild computes the reach of a whole tree from its links.
func rebuild(ctx context.Context, tx *db.Tx, t tree) error {
	want, err := closure(ctx, tx, t)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s_reach WHERE association = ?", t), Of(ctx)); err != nil {
		return err
	}
	var rows [][]any
	for _, r := range want {
		rows = append(rows, []any{Of(ctx), r.parent, r.child, r.from, r.to})
	}
	_, err = tx.Insert(ctx, fmt.Sprintf("INSERT INTO %s_reach (association, ancestor, descendant, from_day, to_day)", t), "", rows...)
	return err
}

// closure lists for every node its ancestors (as parent), itself included, with the days on which they are so.
func closure(ctx context.Context, tx *db.Tx, t tree) ([]link, error) {
	nodes, err := db.All(ctx, tx, db.Value[string], fmt.Sprintf("SELECT id FROM %s WHERE association = ? ORDER BY id", t), Of(ctx))
	if err != nil {
		return nil, err
	}
	links, err := db.All(ctx, tx, func(s db.Scanner) (l link, err error) {
		err = s.Scan(&l.child, &l.parent, &l.from, &l.to)
		return l, err
	}, fmt.Sprintf("SELECT child, parent, from_day, to_day FROM %s_link WHERE association = ? ORDER BY child, from_day", t), Of(ctx))
	if err != nil {
		return nil, err
	}
	up := map[string][]link{}
	for _, l := range links {
		up[l.child] = append(up[l.child], l)
	}
	var all []link
	var climb func(start, at string, s span, depth int)
	climb = func(start, at string, s span, depth int) {
		if depth > 32 { // a tree is never so deep: a loop in damaged data
			return
		}
		for _, l := range up[at] {
			from, to := max(s.from, l.from), min(s.to, l.to)
			if from < to {
				all = append(all, link{start, l.parent, span{from, to}})
				climb(start, l.parent, span{from, to}, depth+1)
			}
		}
	}
	for _, n := range nodes {
		all = append(all, link{n, n, span{Always, day.Forever}})
		climb(n, n, span{Always, day.Forever}, 0)
	}
	return all, nil
}
