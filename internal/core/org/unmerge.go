package org

import (
	"context"
	"fmt"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Undone says what taking back a merger did.
type Undone struct {
	From      day.Day // the first day of the merger: figures of days from then on may be others
	Successor string  // id of the node that it had been merged into
	Row, Col  int     // of its tile that another township has by now, TakenBy; it has none then
	TakenBy   string
}

// UnmergeUnit takes back the merger of a unit: it is there as if it had not been merged, under the parents that it would have had. No
// fact is touched, and what was recorded for its successor stays there. Conflict when it is not merged, or another one has its name under
// its parent by now.
func UnmergeUnit(ctx context.Context, tx *db.Tx, unit string) (Undone, error) {
	return unmerge(ctx, tx, units, unit)
}

// UnmergePlace is UnmergeUnit of a place. A township whose tile another one has taken comes back without tile.
func UnmergePlace(ctx context.Context, tx *db.Tx, place string) (Undone, error) {
	return unmerge(ctx, tx, places, place)
}

func unmerge(ctx context.Context, tx *db.Tx, t tree, id string) (u Undone, err error) {
	if err := Hold(ctx, tx); err != nil {
		return u, err
	}
	all, err := readNodes(ctx, tx, t, "")
	if err != nil {
		return u, err
	}
	now := nodeOf(all, id)
	switch {
	case now.ID == "":
		return u, errs.E(errs.NotFound, "没有找到，可能已经删掉，或者没有权限看")
	case now.Closed == day.Forever:
		return u, errs.E(errs.Conflict, "%s没有并入别处，不用撤销", now.name())
	}
	was, err := unclosed(ctx, tx, t, id)
	if err != nil {
		return u, err
	}
	if was.ID == "" {
		return u, errs.E(errs.Conflict, "%s建立时就写了到哪天为止，没有并入可以撤销", now.name())
	}
	was.Names = now.Names
	u = Undone{From: now.Closed, Successor: now.hungUnder().Says}
	if err := was.fits(ctx, tx, t, all, u.From); err != nil {
		return u, err
	}
	if t == places {
		if err := keepTile(ctx, tx, now, all, &u); err != nil {
			return u, err
		}
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s SET closed = ? WHERE association = ? AND id = ?", t), day.Forever, Of(ctx), id); err != nil {
		return u, err
	}
	if err := relink(ctx, tx, t, id, was.Links); err != nil {
		return u, err
	}
	if err := rebuild(ctx, tx, t); err != nil {
		return u, err
	}
	return u, record(ctx, tx, t, id)
}

func nodeOf(all []node, id string) node {
	for _, n := range all {
		if n.ID == id {
			return n
		}
	}
	return node{}
}

// name is what a node is called at last.
func (n node) name() string {
	if len(n.Names) == 0 {
		return ""
	}
	return n.Names[len(n.Names)-1].Says
}

// unclosed is a node as its last entry has it in which it had no end; the zero node when it always had one. The merger cut off the links
// from its day on, so that only the log knows them all: one that began on that very day, one that was planned.
func unclosed(ctx context.Context, tx *db.Tx, t tree, id string) (was node, err error) {
	entries, err := logged[node](ctx, tx, string(t))
	for _, e := range entries {
		if e.what.ID == id && e.what.Closed == day.Forever {
			was = e.what
		}
	}
	return was, err
}

// fits refuses a node that cannot be again what it would have been from a day on: another one has its name under the same parent, its
// parent lies under it by now, or is not there yet. A parent that was merged itself is no hindrance: the node counts where that one went, as its siblings do.
func (n node) fits(ctx context.Context, tx *db.Tx, t tree, all []node, from day.Day) error {
	for _, l := range n.Links {
		if l.To <= from {
			continue
		}
		loop, err := isBelow(ctx, tx, t, n.ID, l.Says)
		if err != nil {
			return err
		}
		above := nodeOf(all, l.Says)
		parent := above.name()
		if since := max(l.From, n.Opened); since < above.Opened {
			return errs.E(errs.Conflict, "撤销以后%s从%s起在%s下面，%s却从%s起才有；请先把它改成从那天或以前起有", n.name(), since.Long(), parent, parent, above.Opened.Long())
		}
		if loop {
			return errs.E(errs.Conflict, "撤销以后%s要回到%s下面，%s现在却在它下面；请先给%s改上级", n.name(), parent, parent, parent)
		}
		for _, o := range all {
			if name, since := n.alike(o, l, from); o.ID != n.ID && name != "" {
				return errs.E(errs.Conflict, "%s下面从%s起另有「%s」，代码 %s；请先从那天起给它改名，再撤销并入", parent, since.Long(), name, o.Code)
			}
		}
	}
	return nil
}

// alike is the name that n and another node have at once under the parent of the link on some day from a day on, and the first such day;
// "" when there is none.
func (n node) alike(o node, l dated, from day.Day) (name string, since day.Day) {
	for _, other := range o.Links {
		for _, mine := range n.Names {
			for _, theirs := range o.Names {
				since = max(from, l.From, other.From, mine.From, theirs.From, o.Opened)
				if other.Says == l.Says && theirs.Says == mine.Says && since < min(l.To, other.To, mine.To, theirs.To, o.Closed) {
					return mine.Says, since
				}
			}
		}
	}
	return "", ""
}

// keepTile gives back the tile of a township that stands on the grid no more, unless another one has it.
func keepTile(ctx context.Context, tx *db.Tx, n node, all []node, u *Undone) error {
	for _, o := range all {
		if n.Row == 0 || o.ID == n.ID || o.Row != n.Row || o.Col != n.Col || o.Closed != day.Forever {
			continue
		}
		u.Row, u.Col, u.TakenBy = n.Row, n.Col, o.name()
		_, err := tx.Exec(ctx, "UPDATE place SET tile_row = 0, tile_col = 0 WHERE association = ? AND id = ?", Of(ctx), n.ID)
		return err
	}
	return nil
}

// relink makes the links of a node those.
func relink(ctx context.Context, tx *db.Tx, t tree, id string, links []dated) error {
	if _, err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s_link WHERE association = ? AND child = ?", t), Of(ctx), id); err != nil {
		return err
	}
	var rows [][]any
	for _, l := range links {
		rows = append(rows, []any{Of(ctx), id, l.Says, l.From, l.To})
	}
	_, err := tx.Insert(ctx, fmt.Sprintf("INSERT INTO %s_link (association, child, parent, from_day, to_day)", t), "", rows...)
	return err
}
