package facility

import (
	"context"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Words are what ids and codes of a facility or log are called: for pages, history, exports.
type Words struct {
	Tree  *org.Tree
	Rules Rules
	Today day.Day
	// Catalogue has the rules of other days.
	Catalogue Catalogue
}

// words reads them; the tree is that of the day.
func words(c Catalogue) func(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
	return func(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
		return register.ByDay(ctx, tx, func(tree *org.Tree, on, today day.Day) Words {
			return Words{Tree: tree, Rules: c.On(on), Today: today, Catalogue: c}
		})
	}
}

// kindName is what a kind of facility is called.
func (w Words) kindName(code string) string {
	if k, ok := w.Rules.Kind(code); ok {
		return k.Name
	}
	return code
}

// logName is what a kind of log is called.
func (w Words) logName(code string) string {
	if l, ok := w.Rules.Log(code); ok {
		return l.Name
	}
	return code
}

// logGist is what a log says: 借阅 120 册次. It stands below 内容, which is not said again.
func (w Words) logGist(l Log) string { return strings.TrimPrefix(w.values(l.Values), "内容 ") }

// site writes where a facility stands and whose it is.
func (w Words) site(s Site) string { return w.siteAt(w.Tree.PlaceName(s.Place), s) }

// siteAt is site with the place as the reader's language has it.
func (w Words) siteAt(place string, s Site) string {
	at := strings.TrimSpace(place + " " + s.Spot)
	if unit := w.Tree.Unit(s.Unit).Name; unit != "" {
		at += "（" + unit + "）"
	}
	return at
}

// values writes values in the order of the fields: 长度 10 米，现状 良好. A nil one became blank.
func (w Words) values(v Values) string {
	var parts []string
	for _, d := range w.Rules.fields {
		one, said := v[d.Code]
		switch {
		case !said:
		case one == nil:
			parts = append(parts, d.Name+" 清空")
		default:
			parts = append(parts, d.Name+" "+d.Words(one))
		}
	}
	return strings.Join(parts, "，")
}

// movementTitle is what happened to a facility as pages write it.
func movementTitle(m ledger.Movement) string {
	return map[ledger.Movement]string{ledger.Opening: "原有", ledger.In: "新建启用", ledger.MovedIn: "搬迁", ledger.Changed: "变化", ledger.Out: "停用拆除"}[m]
}

// change writes a change: 2026年6月1日 变化：长度 15 米. Where it is kept nobody knows when it is read: the year stands there.
func (w Words) change(c Change) string {
	text := c.Day.Long() + " " + movementTitle(c.What)
	what := ""
	switch {
	case c.What == ledger.MovedIn && c.Site != nil:
		what = "到" + w.site(*c.Site)
	case c.What == ledger.Changed:
		what = w.values(c.Values)
	}
	if what != "" {
		text += "：" + what
	}
	if c.Note != "" {
		text += "（" + c.Note + "）"
	}
	return text
}

// fieldsOf are all that a facility says, in the order of its form: what is the same for all kinds, the fields of the catalogue as
// they were at its start, and its changes.
func fieldsOf(c Catalogue) register.Fields[Facility, Words] {
	all := register.Fields[Facility, Words]{
		{Key: "kind", Label: "类别", Text: func(f Facility, w Words) string { return w.kindName(f.Kind) }},
		{Key: "name", Label: "名称", Text: func(f Facility, _ Words) string { return f.Name }},
		{Key: "unit", Label: "管理单位", Text: func(f Facility, w Words) string { return w.Tree.Unit(f.Unit).Name }},
		{Key: "place", Label: "地点", Text: func(f Facility, w Words) string { return w.Tree.PlaceName(f.Place) }},
		{Key: "spot", Label: "具体场所", Text: func(f Facility, _ Words) string { return f.Spot }},
		{Key: "stage", Label: "进展", Text: func(f Facility, _ Words) string { return f.Stage.Title() }},
		{Key: "start", Label: "启用日期", Text: func(f Facility, _ Words) string { return string(f.Start) }},
		{Key: "old", Label: "来历", Text: func(f Facility, w Words) string { return w.origin(f) }},
	}
	for _, d := range c.fields {
		all = append(all, register.Field[Facility, Words]{Key: d.Code, Label: d.Name, Text: func(f Facility, _ Words) string { return d.Words(f.Values[d.Code]) }})
	}
	return append(all,
		register.Field[Facility, Words]{Key: "changes", Label: "变动", Text: func(f Facility, w Words) string {
			var lines []string
			for _, ch := range f.Changes {
				lines = append(lines, w.change(ch))
			}
			return strings.Join(lines, "；")
		}},
		register.Field[Facility, Words]{Key: "note", Label: "备注", Text: func(f Facility, _ Words) string { return f.Note }})
}

// logFieldsOf are all that a log says.
func logFieldsOf(c Catalogue) register.Fields[Log, Words] {
	all := register.Fields[Log, Words]{
		{Key: "kind", Label: "类别", Text: func(l Log, w Words) string { return w.logName(l.Kind) }},
		{Key: "facility", Label: "设施", Text: func(l Log, _ Words) string { return l.Name }},
		{Key: "day", Label: "日期", Text: func(l Log, _ Words) string { return string(l.Day) }},
		{Key: "place", Label: "地点", Text: func(l Log, w Words) string { return w.Tree.PlaceName(l.Place) }},
	}
	for _, d := range c.fields {
		all = append(all, register.Field[Log, Words]{Key: d.Code, Label: d.Name, Text: func(l Log, _ Words) string { return d.Words(l.Values[d.Code]) }})
	}
	return append(all, register.Field[Log, Words]{Key: "note", Label: "备注", Text: func(l Log, _ Words) string { return l.Note }})
}
