package indicator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// What a figure can be broken down by, besides "tag:NAME".
const (
	PerTownship = "township" // the places directly below that of the scope: townships, in a township its villages
	PerUnit     = "unit"     // the units directly below that of the scope
	PerMonth    = "month"
)

// Row is one part of a breakdown with the figures of the codes, in their order. They carry no seal: that stands at the whole.
type Row struct {
	Key, Name string
	Note      string // 含原××乡
	Own       bool   // what stands at the scope itself and in none of its parts: 县直
	Scope     *Scope // for its own trace; nil where a scope cannot say it
	Figures   []Figure
}

// Breakdown computes the figures of the codes for each part of the scope, in few queries for all parts, with a row for every
// part, also one without facts. The own row is there only when something stands in it. Invalid for an unknown breakdown. Whether
// the actor may see the scope is asked by the caller (Sight).
func (c *Catalogue) Breakdown(ctx context.Context, tx *db.Tx, scope Scope, by string, codes ...string) ([]Row, error) {
	if by == PerMonth {
		return c.monthRows(ctx, tx, scope, codes)
	}
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	c, err = c.inForce(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	defs, err := c.defsOf(codes)
	if err != nil {
		return nil, err
	}
	rows, group, err := parts(ctx, scope, by, tree)
	if err != nil {
		return nil, err
	}
	all := c.asks(defs)
	inOne := slices.DeleteFunc(slices.Clone(all), func(a asked) bool { return a.Kind.allOf() })
	r, err := c.read(ctx, tx, scope, inOne, group, valuesOnly)
	if err != nil {
		return nil, err
	}
	if tag, ok := strings.CutPrefix(by, "tag:"); ok {
		if rows, err = c.tagRows(ctx, tx, scope, tag, r); err != nil {
			return nil, err
		}
	}
	if len(inOne) < len(all) {
		single := slices.DeleteFunc(slices.Clone(all), func(a asked) bool { return !a.Kind.allOf() })
		if err := c.readRows(ctx, tx, rows, single, r); err != nil {
			return nil, err
		}
	}
	s, err := settingOf(ctx, tx, scope)
	if err != nil {
		return nil, err
	}
	s.tree = tree
	rows = slices.DeleteFunc(rows, func(row Row) bool { return row.Own && !r.has("") })
	for i := range rows {
		of := scope
		if rows[i].Scope != nil {
			of = *rows[i].Scope
		}
		rows[i].Figures = make([]Figure, len(defs))
		for j, d := range defs {
			f := c.figure(ctx, d, of, r, rows[i].Key, s)
			f.Seal = NoSeal
			rows[i].Figures[j] = f
		}
	}
	return rows, nil
}

// has reports whether anything but zeros was read in a group.
func (r *reading) has(group string) bool {
	for _, groups := range r.raws {
		if x := groups[group]; x != nil && (x.amount != 0 || x.keys != 0 || x.missing != 0) {
			return true
		}
	}
	return false
}

// readRows reads what no grouped query answers, a query a row.
func (c *Catalogue) readRows(ctx context.Context, tx *db.Tx, rows []Row, single []asked, into *reading) error {
	for _, row := range rows {
		if row.Scope == nil {
			continue
		}
		r, err := c.read(ctx, tx, *row.Scope, single, ledger.By{}, valuesOnly)
		if err != nil {
			return err
		}
		for _, a := range single {
			*into.at(a.key, row.Key) = *r.at(a.key, "")
		}
	}
	return nil
}

// parts lists the rows of a breakdown by the trees, the own row last, and how the ledger groups by them.
func parts(ctx context.Context, scope Scope, by string, tree *org.Tree) ([]Row, ledger.By, error) {
	var rows []Row
	var ids []string
	add := func(key, name, note string, of *Scope) {
		rows, ids = append(rows, Row{Key: key, Name: name, Note: note, Scope: of}), append(ids, key)
	}
	tag, isTag := strings.CutPrefix(by, "tag:")
	switch {
	case isTag && tag != "":
		return nil, ledger.ByTag(tag), nil
	case by == PerTownship:
		parent := scope.Place
		if parent == "" {
			parent = tree.Root().ID
		}
		for _, p := range tree.Places() {
			if p.Parent == parent && p.Opened <= scope.Period.To { // nothing counts in a place before it is there
				s := scope
				s.Place = p.ID
				add(p.ID, p.Name, merged(ctx, p, tree), sayable(s))
			}
		}
		own := Row{Name: lang.T(ctx, "县直"), Own: true}
		if scope.Place != "" {
			own.Name = lang.T(ctx, "%s本级", tree.Place(parent).Name)
		}
		return append(rows, own), ledger.ByPlaces(ids...), nil
	case by == PerUnit:
		office := tree.Office()
		parent := scope.Unit
		if parent == "" {
			parent = office.ID
		}
		for _, u := range tree.Units() {
			if u.Parent == parent || scope.Unit == "" && u.Parent == "" && u.ID != office.ID {
				s := scope
				s.Unit = u.ID
				add(u.ID, u.Name, "", sayable(s))
			}
		}
		return append(rows, Row{Name: lang.T(ctx, "%s本级", tree.Unit(parent).Name), Own: true}), ledger.ByUnits(ids...), nil
	}
	return nil, ledger.By{}, errs.E(errs.Invalid, "不能按「%s」分，可以按乡镇、单位、月份或标签", by)
}

// sayable is the scope, or nil where it would need a unit and a place at once.
func sayable(s Scope) *Scope {
	if s.Unit != "" && s.Place != "" {
		return nil
	}
	return &s
}

// merged names the places that a place took over: 含原××乡.
func merged(ctx context.Context, p org.Place, tree *org.Tree) string {
	var names []string
	for _, id := range tree.PlaceSubtree(p.ID) {
		if q := tree.Place(id); q.ID != p.ID && q.Level == p.Level && q.Closed != day.Forever {
			names = append(names, q.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return lang.T(ctx, "含原%s", strings.Join(names, "、"))
}

// tagRows lists the values of a tag that were read, by their names.
func (c *Catalogue) tagRows(ctx context.Context, tx *db.Tx, scope Scope, tag string, r *reading) ([]Row, error) {
	terms, err := org.Terms(ctx, tx, tag)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var rows []Row
	for _, groups := range r.raws {
		for value := range groups {
			if value == "" || seen[value] || !r.has(value) {
				continue
			}
			seen[value] = true
			s := scope
			s.Tags = append(slices.Clone(scope.Tags), ledger.TagIs{Name: tag, Values: []string{value}})
			name := c.ValueName(tag, value)
			if terms.Known(value) {
				name = terms.Title(value)
			}
			rows = append(rows, Row{Key: value, Name: name, Scope: &s})
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Name, b.Name) })
	return append(rows, Row{Name: lang.T(ctx, "没有标%s", lang.T(ctx, c.TagName(tag))), Own: true}), nil
}

func (c *Catalogue) monthRows(ctx context.Context, tx *db.Tx, scope Scope, codes []string) ([]Row, error) {
	months, err := c.Months(ctx, tx, scope, codes...)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(months))
	for i, m := range months {
		s := scope
		s.Period = m.Period
		name := lang.T(ctx, fmt.Sprintf("%d月", m.Period.From.Month()))
		if scope.Period.From.Year() != scope.Period.To.Year() {
			name = lang.T(ctx, m.Period.Words())
		}
		rows[i] = Row{Key: m.Period.From.YearMonth(), Name: name, Scope: &s, Figures: m.Figures}
	}
	return rows, nil
}

// addsUp reports whether the rows of a breakdown make the whole, and if not, why.
func (c *Catalogue) addsUp(ctx context.Context, d Def, by string) (bool, string) {
	tag, isTag := strings.CutPrefix(by, "tag:")
	switch {
	case d.Kind == Ratio:
		return false, lang.T(ctx, "比率不能相加，各项按自己的分子、分母算")
	case d.Kind == External && by == PerMonth:
		return false, lang.T(ctx, "是各月末时点上的数，不能相加")
	case d.Kind == External && by == PerUnit:
		return false, lang.T(ctx, "按单位看的是它服务的地方的数，不能相加")
	case d.Kind == External && d.percent():
		return false, lang.T(ctx, "比例不能相加")
	case d.Kind.distinct():
		return false, lang.T(ctx, "按不同的项计数，同一项可能在几处出现，各项不能相加")
	case d.Kind == Closing && by == PerMonth:
		return false, lang.T(ctx, "是各月末的累计数，不能相加")
	case isTag && (c.several[tag] || c.tags[tag] == ""):
		return false, lang.T(ctx, "一条记录可以有几个%s，各项不能相加", lang.T(ctx, c.TagName(tag)))
	}
	return true, ""
}
