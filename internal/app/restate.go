package app

import (
	"context"
	"fmt"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Restated says what a new version of a kind's facts function did to its records (design.md, 4.13), in all associations.
type Restated struct {
	ledger.Restated
	Title   string // of the kind
	Version int    // of its facts function
}

// outdatedKind is a kind of an association whose records were not gone through with the present version of its facts function.
type outdatedKind struct {
	association string
	module      desk.Module
}

// outdated are the kinds to be restated, and how many records of theirs stand by an older version.
type outdated struct {
	kinds   []outdatedKind
	records int64
}

// outdated finds what is to be restated: a row for each kind says that there is nothing.
func (a *App) outdated(ctx context.Context) (old outdated, err error) {
	all, err := a.associations(ctx)
	if err != nil {
		return old, err
	}
	for _, one := range all {
		ctx := org.With(ctx, one.ID)
		if err := a.DB.View(ctx, func(tx *db.Tx) error {
			for _, m := range a.Modules {
				by, err := ledger.RestatedBy(ctx, tx, m.Kind)
				if err != nil {
					return err
				}
				if by >= m.Restater.Version {
					continue
				}
				n, err := ledger.CountOutdated(ctx, tx, m.Restater)
				if err != nil {
					return err
				}
				old.kinds, old.records = append(old.kinds, outdatedKind{one.ID, m}), old.records+n
			}
			return nil
		}); err != nil {
			return old, err
		}
	}
	return old, nil
}

// restate lets the records of the kinds stand by the present versions of their facts functions: what changes on open days is posted
// by the program itself, with a reason; what changes on closed ones waits until somebody accepts it. Stopped half-way it goes on at
// the next start. It gives the kinds of which there were records to restate.
func (a *App) restate(ctx context.Context, old outdated) (all []Restated, err error) {
	for _, k := range old.kinds {
		r := k.module.Restater
		ctx := org.With(ctx, k.association)
		why := fmt.Sprintf(access.NewRules, r.Version)
		done, err := ledger.Restate(ctx, a.DB, r, ledger.Restating{Reason: why})
		if err != nil {
			return all, err
		}
		if err := ledger.RestateExpected(ctx, a.DB, r); err != nil {
			return all, err
		}
		if err := a.DB.Update(ctx, func(tx *db.Tx) error {
			if err := ledger.NoteRestated(ctx, tx, r); err != nil || done.All() == 0 {
				return err
			}
			return access.Log(ctx, tx, access.Event{Action: "ledger.restate", Ref: id.Ref{Kind: "ledger", ID: k.association}, Reason: why,
				Changes: []access.Change{{Field: r.Kind, Label: k.module.Title, After: fmt.Sprintf(access.StatedAnew, done.Posted, done.Same, done.Waiting+done.Odd)}}})
		}); err != nil {
			return all, err
		}
		if done.All() > 0 {
			all = added(all, Restated{done, k.module.Title, r.Version})
		}
	}
	return all, nil
}

// RestatePlan lists what an upgrade would state anew, where the schema is that of this program: else only the migrations are known.
func RestatePlan(ctx context.Context, c Config) (all []Restated, err error) {
	a, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	old, err := a.outdated(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range old.kinds {
		ctx := org.With(ctx, k.association)
		plan := Restated{ledger.Restated{Kind: k.module.Kind}, k.module.Title, k.module.Restater.Version}
		if err := a.DB.View(ctx, func(tx *db.Tx) error {
			closed, err := ledger.ClosedUpTo(ctx, tx)
			if err != nil {
				return err
			}
			return ledger.EachOutdated(ctx, tx, k.module.Restater, func(o ledger.Outdated) error {
				plan.Count(o, closed)
				return nil
			})
		}); err != nil {
			return nil, err
		}
		if plan.All() > 0 {
			all = added(all, plan)
		}
	}
	return all, nil
}

// added adds what was done in one association to what was done in others.
func added(all []Restated, one Restated) []Restated {
	i := slices.IndexFunc(all, func(r Restated) bool { return r.Kind == one.Kind })
	if i < 0 {
		return append(all, one)
	}
	all[i].Posted, all[i].Same = all[i].Posted+one.Posted, all[i].Same+one.Same
	all[i].Waiting, all[i].Odd = all[i].Waiting+one.Waiting, all[i].Odd+one.Odd
	return all
}

// Outdated counts the records of a kind that stand by an older version of its facts function.
type Outdated struct {
	Title   string // of the kind
	Records int64
	Waiting bool // the kind was gone through: their change touches closed days, until somebody accepts it
}

// Outdated lists the kinds of the association of ctx that have records which stand by an older version of the facts function.
func (a *App) Outdated(ctx context.Context) (all []Outdated, err error) {
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		for _, m := range a.Modules {
			n, err := ledger.CountOutdated(ctx, tx, m.Restater)
			if err != nil {
				return err
			}
			by, err := ledger.RestatedBy(ctx, tx, m.Kind)
			if err != nil {
				return err
			}
			if n > 0 {
				all = append(all, Outdated{m.Title, n, by >= m.Restater.Version})
			}
		}
		return nil
	})
	return all, err
}
