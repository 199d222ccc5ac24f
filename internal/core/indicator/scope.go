package indicator

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Scope is 口径: whose or where, when, under which tags, as known when. Unit and Place are ids, at most one is set; neither
// means the whole association. AsOf is a size of the log; 0 means now. Held says that nobody asked for AsOf: it only keeps pages of
// now together, and the seals are those of now.
type Scope struct {
	Unit, Place string
	Period      day.Period
	Tags        []ledger.TagIs
	AsOf        int64
	Held        bool
}

// ParseScope reads a scope from an address or the command line: unit=CODE or place=CODE, period=2026-Q3, tag=name:value (may
// repeat), asof=N. Without period it is the year of today up to today. Invalid names what is not understood, or that the log is not so long yet.
func ParseScope(ctx context.Context, tx *db.Tx, v url.Values) (Scope, *org.Tree, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return Scope{}, nil, err
	}
	s := Scope{Period: day.Period{From: day.Year(today.Year()).From, To: today}}
	if p := v.Get("period"); p != "" {
		if s.Period, err = day.ParsePeriod(p); err != nil {
			return s, nil, err
		}
	}
	if asOf := v.Get("asof"); asOf != "" {
		if s.AsOf, err = strconv.ParseInt(asOf, 10, 64); err != nil || s.AsOf < 0 {
			return s, nil, errs.E(errs.Invalid, "存证序号「%s」不是数字", asOf)
		}
		size, err := log.Size(ctx, tx, log.Ledger)
		if err != nil {
			return s, nil, err
		}
		if s.AsOf > size {
			return s, nil, errs.E(errs.Invalid, "还没有存证点 № %d，账目现在编到 № %d", s.AsOf, size)
		}
	}
	tree, err := org.LoadAsOf(ctx, tx, s.Period.To, s.AsOf)
	if err != nil {
		return s, nil, err
	}
	unit, place := v.Get("unit"), v.Get("place")
	if unit != "" && place != "" {
		return s, tree, errs.E(errs.Invalid, "单位和地点只能选一个")
	}
	if unit != "" {
		u, ok := tree.UnitByCode(unit)
		if !ok {
			return s, tree, errs.E(errs.Invalid, "没有代码为「%s」的单位", unit)
		}
		s.Unit = u.ID
	}
	if place != "" && place != tree.Root().Code {
		p, ok := tree.PlaceByCode(place)
		if !ok {
			return s, tree, errs.E(errs.Invalid, "没有代码为「%s」的地点", place)
		}
		s.Place = p.ID
	}
	for _, t := range v["tag"] {
		name, value, ok := strings.Cut(strings.Replace(t, "=", ":", 1), ":")
		if !ok || name == "" || value == "" {
			return s, tree, errs.E(errs.Invalid, "标签「%s」看不懂，请写成「名称=值」", t)
		}
		s.Tags = append(s.Tags, ledger.TagIs{Name: name, Values: strings.Split(value, "|")})
	}
	return s, tree, nil
}

// Query writes the scope as ParseScope reads it.
func (s Scope) Query(tree *org.Tree) url.Values {
	v := url.Values{"period": {s.Period.String()}}
	if s.Unit != "" {
		v.Set("unit", tree.Unit(s.Unit).Code)
	}
	if s.Place != "" {
		v.Set("place", tree.Place(s.Place).Code)
	}
	for _, t := range s.Tags {
		v.Add("tag", t.Name+":"+strings.Join(t.Values, "|"))
	}
	if s.AsOf > 0 {
		v.Set("asof", strconv.FormatInt(s.AsOf, 10))
	}
	return v
}

// Words names a scope for people: 青溪乡 · 2026年第三季度 · 短期培训.
func (c *Catalogue) Words(ctx context.Context, s Scope, tree *org.Tree) string {
	words := []string{s.Who(ctx, tree), lang.T(ctx, s.Period.Words())}
	for _, t := range s.Tags {
		names := make([]string, len(t.Values))
		for i, v := range t.Values {
			names[i] = c.ValueName(t.Name, v)
		}
		words = append(words, strings.Join(names, lang.T(ctx, "或")))
	}
	if s.AsOf > 0 {
		words = append(words, lang.T(ctx, "存证点 № %d 时", s.AsOf))
	}
	return strings.Join(words, " · ")
}

// Who names whose or where the scope is: 全县, 青溪乡科协, 青溪乡.
func (s Scope) Who(ctx context.Context, tree *org.Tree) string {
	switch {
	case s.Unit != "":
		return tree.Unit(s.Unit).Name
	case s.Place != "":
		return tree.Place(s.Place).Name
	}
	return lang.T(ctx, "全县")
}

// filter is what the definition asks of the ledger in the scope.
func (s Scope) filter(d Def) ledger.Filter {
	f := ledger.Filter{From: s.Period.From, To: s.Period.To, Unit: s.Unit, Place: s.Place, AsOf: s.AsOf}
	f.Tags = append(append(f.Tags, d.Where...), s.Tags...)
	if d.Kind.atEnd() {
		f.From = ""
	}
	return f
}
