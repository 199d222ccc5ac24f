package indicator

import (
	"context"
	"maps"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// ChangesAsked says which changes of the ledger a reader asks for, and which page of them.
type ChangesAsked struct {
	Since         int64  // only what came after this size of the log; 0 does not restrict
	Code          string // of the figure whose facts changed; "" for all facts of the scope
	Text          string // words of the records
	Corrections   bool   // only what changed something that stood, or came after its day was closed
	Limit, Offset int    // of postings; Limit 0 reads all
}

// Posting is a posting that changed something, with its record, who verified it, and what it did to each measure. The first change
// says what is the same in all: why, when, on whose account.
type Posting struct {
	Number, Title, Who string
	Changes            []ledger.Change
}

// Correction reports whether the posting changed what stood, or came after its day was closed.
func (p Posting) Correction() bool { return slices.ContainsFunc(p.Changes, ledger.Change.Correction) }

// Changes lists who changed what in a scope, the latest first, and how many there are in all. What changed a figure of the scope is
// listed though its own day lies before the period: a facility that stood at the end of it was opened earlier. Records that the
// actor may not see are not among them; Forbidden when he may not see the figures of the scope.
func (c *Catalogue) Changes(ctx context.Context, tx *db.Tx, scope Scope, ask ChangesAsked) (all []Posting, total int64, err error) {
	filters, err := c.changed(ctx, tx, scope, ask)
	if err != nil {
		return nil, 0, err
	}
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, 0, err
	}
	how := ledger.Asked{Began: scope.Period.From, Parts: ledger.ByPlaces(partsOf(tree, scope)...), Corrections: ask.Corrections}
	left, skip := ask.Limit, int64(ask.Offset)
	for _, f := range filters {
		n, err := ledger.CountChanges(ctx, tx, f, how)
		if err != nil {
			return nil, 0, err
		}
		total += n
		if ask.Limit > 0 && (left == 0 || skip >= n) {
			skip = max(0, skip-n)
			continue
		}
		some, err := ledger.Changes(ctx, tx, f, how, left, int(skip))
		if err != nil {
			return nil, 0, err
		}
		before := len(all)
		for i, one := range some {
			if i == 0 || some[i-1].Posting != one.Posting {
				all = append(all, Posting{})
			}
			last := &all[len(all)-1]
			last.Changes = append(last.Changes, one)
		}
		left, skip = max(0, left-len(all)+before), 0
	}
	return all, total, nameChanges(ctx, tx, all)
}

// partsOf are the places directly below that of a scope: townships, in a township its villages.
func partsOf(tree *org.Tree, scope Scope) (ids []string) {
	top := scope.Place
	if top == "" {
		top = tree.Root().ID
	}
	for _, p := range tree.Places() {
		if p.Parent == top {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// changed are the facts asked for: one filter, or two where the parts of a ratio differ in days or tags.
func (c *Catalogue) changed(ctx context.Context, tx *db.Tx, scope Scope, ask ChangesAsked) ([]ledger.Filter, error) {
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	if c, err = c.inForce(ctx, tx, scope.Period.To, scope.AsOf); err != nil {
		return nil, err
	}
	module := ""
	filters := []ledger.Filter{c.anyFact(scope)}
	if ask.Code != "" {
		defs, err := c.defsOf([]string{ask.Code})
		if err != nil {
			return nil, err
		}
		if !c.computable(defs[0]) {
			return nil, nil
		}
		module, filters = c.Module(defs[0]), c.filters(tree, scope, defs[0])
	}
	if _, err := Sight(ctx, tx, tree, scope, module); err != nil {
		return nil, err
	}
	where, args, err := flow.Filter{Text: ask.Text}.Where(ctx, tx, "r")
	if err != nil {
		return nil, err
	}
	for i := range filters {
		filters[i].Since = ask.Since
		filters[i].Only = append(slices.Clone(filters[i].Only), ledger.Condition{SQL: "EXISTS (SELECT 1 FROM record r WHERE r.id = f.record AND " + where + ")", Args: args})
	}
	return filters, nil
}

// anyFact is every fact that a figure of the scope may count: of measures that some figure reads up to the end of the period, those
// of earlier days too.
func (c *Catalogue) anyFact(scope Scope) ledger.Filter {
	atEnd := map[string]bool{}
	for _, a := range c.asks(c.defs) {
		if a.Kind.atEnd() {
			for _, m := range a.Measures {
				atEnd[m] = true
			}
		}
	}
	f := scope.filter(Def{})
	f.From = ""
	f.Only = append(f.Only, ledger.Condition{SQL: "f.day >= ? OR f.measure IN (?)", Args: []any{scope.Period.From, db.List(slices.Sorted(maps.Keys(atEnd)))}})
	return f
}

// nameChanges puts the records' numbers and titles and the verifiers' names to changes.
func nameChanges(ctx context.Context, tx *db.Tx, all []Posting) error {
	var records, accounts []string
	for _, one := range all {
		records, accounts = append(records, one.Changes[0].Ref.ID), append(accounts, one.Changes[0].Account)
	}
	names, err := access.Names(ctx, tx, accounts)
	if err != nil {
		return err
	}
	heads := map[string]flow.Head{}
	slices.Sort(records)
	for chunk := range slices.Chunk(slices.Compact(records), 400) {
		if _, err := db.All(ctx, tx, func(s db.Scanner) (h flow.Head, err error) {
			h, err = flow.Scan(s)
			heads[h.ID] = h
			return h, err
		}, "SELECT "+flow.Columns("r")+" FROM record r WHERE r.association = ? AND r.id IN (?)", org.Of(ctx), db.List(chunk)); err != nil {
			return err
		}
	}
	for i, one := range all {
		h := heads[one.Changes[0].Ref.ID]
		all[i].Number, all[i].Title, all[i].Who = h.Number, h.Title, names[one.Changes[0].Account]
	}
	return nil
}
