package org

import (
	"context"
	"maps"
	"slices"
	"sync"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Every page reads the trees and hardly any changes them, so a copy of the program keeps those that it has read. An edition is a
// random id that every change writes anew in its own transaction: who reads the same edition may use the trees that were read
// at it, and what is rolled back leaves no edition behind.

// touch begins a new edition of both trees.
func touch(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, "INSERT INTO org_edition (association, edition) VALUES (?, ?) ON CONFLICT (association) DO UPDATE SET edition = excluded.edition",
		Of(ctx), id.New())
	return err
}

const treesLock = "trees"

// Hold begins a change of a tree: it waits until all is in that is being written by the trees as they are, and what is written later
// goes by the changed ones. Whoever checks something before a change holds the trees first.
func Hold(ctx context.Context, tx *db.Tx) error { return tx.Lock(ctx, treesLock, Of(ctx)) }

// Rely lets the trees stay as they are until the end of the transaction, which writes something by them.
func Rely(ctx context.Context, tx *db.Tx) error { return tx.LockShared(ctx, treesLock, Of(ctx)) }

// edition is what has been read of one edition: the days on which a tree changes, and the trees from each of them.
type edition struct {
	boundaries []day.Day
	trees      map[day.Day]*Tree
}

// mostEditions bounds the memory; beyond it all is forgotten and read anew.
const mostEditions = 64

var editions = struct {
	sync.Mutex
	by    map[string]*edition
	pasts map[string]map[int64]past // what was known at sizes of the log
}{by: make(map[string]*edition), pasts: make(map[string]map[int64]past)}

// Load reads both trees as of the day.
func Load(ctx context.Context, tx *db.Tx, on day.Day) (*Tree, error) {
	trees, err := Trees(ctx, tx)
	if err != nil {
		return nil, err
	}
	return trees(on)
}

// Trees gives the trees of any day as Load does, for what needs those of many days: it asks only once whether they have changed.
func Trees(ctx context.Context, tx *db.Tx) (func(on day.Day) (*Tree, error), error) {
	now, err := db.One(ctx, tx, db.Value[string], "SELECT edition FROM org_edition WHERE association = ?", Of(ctx))
	if errs.Is(err, errs.NotFound) {
		return func(on day.Day) (*Tree, error) { return read(ctx, tx, on) }, nil
	}
	if err != nil {
		return nil, err
	}
	key := Of(ctx) + " " + now
	return func(on day.Day) (*Tree, error) {
		boundaries, tree := recall(key, on)
		if tree != nil {
			return tree, nil
		}
		if boundaries == nil {
			var err error
			if boundaries, err = Boundaries(ctx, tx); err != nil {
				return nil, err
			}
		}
		tree, err := read(ctx, tx, on)
		if err != nil {
			return nil, err
		}
		return remember(key, boundaries, tree), nil
	}, nil
}

// recall gives the tree of the day at the edition, nil when it was not read yet, and the edition's boundaries.
func recall(key string, on day.Day) ([]day.Day, *Tree) {
	editions.Lock()
	defer editions.Unlock()
	e := editions.by[key]
	if e == nil {
		return nil, nil
	}
	return e.boundaries, e.trees[since(e.boundaries, on)].at(on)
}

// remember keeps a tree and gives it back as one that is shared.
func remember(key string, boundaries []day.Day, t *Tree) *Tree {
	editions.Lock()
	defer editions.Unlock()
	if len(editions.by) >= mostEditions {
		clear(editions.by)
	}
	e := editions.by[key]
	if e == nil {
		e = &edition{boundaries: boundaries, trees: make(map[day.Day]*Tree)}
		editions.by[key] = e
	}
	t.shared = true
	e.trees[since(boundaries, t.On)] = t
	return t.at(t.On)
}

// since is the last boundary up to the day: until the next one the trees stay as they are.
func since(boundaries []day.Day, on day.Day) day.Day {
	i, found := slices.BinarySearch(boundaries, on)
	switch {
	case found:
		return on
	case i == 0:
		return ""
	}
	return boundaries[i-1]
}

// at is the tree on another day on which it is the same.
func (t *Tree) at(on day.Day) *Tree {
	if t == nil {
		return nil
	}
	same := *t
	same.On = on
	return &same
}

// own makes a tree that others read too into one that may be added to.
func (t *Tree) own() {
	if !t.shared {
		return
	}
	t.units, t.places = maps.Clone(t.units), maps.Clone(t.places)
	t.unitChildren, t.placeChildren = cloned(t.unitChildren), cloned(t.placeChildren)
	t.unitRoots, t.placeRoots = slices.Clone(t.unitRoots), slices.Clone(t.placeRoots)
	t.shared = false
}

func cloned(all map[string][]string) map[string][]string {
	own := make(map[string][]string, len(all))
	for parent, children := range all {
		own[parent] = slices.Clone(children)
	}
	return own
}
