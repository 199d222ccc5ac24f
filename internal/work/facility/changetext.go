package facility

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// What the column 变动 of a list says, one change after another, so that reading it gives the same changes:
//
//	2026-04-01 变化：长度 10 米 → 15 米，现状 未填 → 待修，说明 加长；2026-06-01 搬迁：乡镇 青溪乡 → 白塔乡，管理单位 青溪乡科协 → 白塔乡科协；2026-09-01 停用拆除
//
// The other columns have the facility as it is now, as the page of the list has it. Each value stands with the one before it, so that how
// the facility began can be read, too, and a row whose columns do not fit its changes is noticed. A text in which a mark of this notation occurs stands in 「」, where 」 is
// written twice.
const (
	changeEnd   = "；;\n"
	changeColon = "：:"
	changeItem  = "，,"
	changeTo    = "→"
	changeBlank = "未填"
)

// What an item of a change is called that is no field.
const (
	itemTownship = "乡镇"
	itemVillage  = "村"
	itemSpot     = "具体场所"
	itemUnit     = "管理单位"
	itemNote     = "说明"
)

// mostCell is how many characters a cell of a spreadsheet takes.
const mostCell = 32_000

// quoted is a text as a change says it.
func quoted(s string) string {
	if s == changeBlank || strings.TrimSpace(s) != s || strings.ContainsAny(s, changeEnd+changeColon+changeItem+changeTo+"\r「」") {
		return "「" + strings.ReplaceAll(s, "」", "」」") + "」"
	}
	return s
}

// cutTop cuts a text at the first of the marks that stands outside 「」.
func cutTop(s, marks string) (before, after string, found bool) {
	in := false
	for i, r := range s { // of 」」 the second opens again what the first closed
		switch {
		case !in && r == '「':
			in = true
		case in && r == '」':
			in = false
		case !in && r == '」':
			in = i > 0 && strings.HasSuffix(s[:i], "」")
		case !in && strings.ContainsRune(marks, r):
			return s[:i], s[i+len(string(r)):], true
		}
	}
	return s, "", false
}

// parts are a text cut at all such marks, without blank ones.
func parts(s, marks string) (all []string) {
	for more := true; more; {
		var one string
		if one, s, more = cutTop(s, marks); strings.TrimSpace(one) != "" {
			all = append(all, strings.TrimSpace(one))
		}
	}
	return all
}

// unquoted is a text that quoted has written; blank for 未填.
func unquoted(s string) (text string, blank bool) {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "「"); ok && strings.HasSuffix(inner, "」") {
		return strings.ReplaceAll(strings.TrimSuffix(inner, "」"), "」」", "」"), false
	}
	return s, s == changeBlank
}

// changesText writes the changes of a facility as its list has them.
func (w Words) changesText(f Facility) string {
	var all []string
	values, site := f.Values, f.Site
	for _, c := range f.Changes {
		var items []string
		became := func(name, was, is string) {
			if was != "" || is != "" {
				items = append(items, fmt.Sprintf("%s %s %s %s", name, quotedOrBlank(was), changeTo, quotedOrBlank(is)))
			}
		}
		say := func(name, text string) {
			if text != "" {
				items = append(items, name+" "+quoted(text))
			}
		}
		switch {
		case c.What == ledger.MovedIn && c.Site != nil:
			fromTown, fromVillage := townAndVillage(w.Tree, site.Place)
			township, village := townAndVillage(w.Tree, c.Site.Place)
			became(itemTownship, fromTown, township)
			became(itemVillage, fromVillage, village)
			became(itemSpot, site.Spot, c.Site.Spot)
			became(itemUnit, w.Tree.Unit(site.Unit).Name, w.Tree.Unit(c.Site.Unit).Name)
			site = *c.Site
		case c.What == ledger.Changed:
			for _, d := range w.Rules.fields {
				if now, said := c.Values[d.Code]; said {
					items = append(items, fmt.Sprintf("%s %s %s %s", d.Name, d.told(values[d.Code]), changeTo, d.told(now)))
				}
			}
			values = values.with(c.Values)
		}
		say(itemNote, c.Note)
		text := string(c.Day) + " " + movementTitle(c.What)
		if len(items) > 0 {
			text += "：" + strings.Join(items, "，")
		}
		all = append(all, text)
	}
	text := strings.Join(all, "；")
	if len([]rune(text)) > mostCell {
		return fmt.Sprintf("有 %d 次变动，太长，写不进一格，请看记录页", len(f.Changes)) // reading refuses it
	}
	return text
}

// quotedOrBlank is quoted, and 未填 for a text that is not there.
func quotedOrBlank(s string) string {
	if s == "" {
		return changeBlank
	}
	return quoted(s)
}

// told is a value as a change says it.
func (d Field) told(v *Value) string {
	switch {
	case v == nil:
		return changeBlank
	case d.Type.numeric():
		return d.Words(v)
	}
	return quoted(v.Text)
}

// townAndVillage are a place as the columns of a list name it.
func townAndVillage(tree *org.Tree, place string) (township, village string) {
	town, ok := tree.Township(place)
	switch {
	case !ok:
		return tree.PlaceName(place), ""
	case town.ID == place:
		return town.Name, ""
	}
	return town.Name, tree.Place(place).Name
}

// readChanges reads what changesText has written over a facility as it is now, and lets the facility be as it came into use but for its
// site (began). What cannot be read is said at the cell, and ok is false.
func readChanges(r *register.Reading[Words], text string, f *Facility) (all []Change, ok bool) {
	defer func() {
		if !ok {
			r.Wrong("changes", "变动请照导出的名单那样写，例如 2026-04-01 变化：长度 10 米 → 15 米；或者这一格空着，导入后在记录页上记变动")
		}
	}()
	told := valuesTold{first: Values{}, last: Values{}}
	for _, one := range parts(text, changeEnd) {
		head, rest, _ := cutTop(one, changeColon)
		on, what, found := strings.Cut(strings.TrimSpace(head), " ")
		from, err := zh.ParseDay(zh.Fold(on), 0, false)
		c := Change{Day: from, What: movementOf(strings.TrimSpace(what))}
		if err != nil || !found || c.What == "" {
			r.Wrong("changes", "变动「%s」看不懂", zh.Brief(one, 20))
			return nil, false
		}
		var was, is siteTold
		for _, item := range parts(rest, changeItem) {
			name, said, _ := strings.Cut(item, " ")
			switch at := was.of(name); {
			case name == itemNote:
				c.Note, _ = unquoted(said)
			case c.What == ledger.MovedIn && at != nil:
				before, after, both := cutTop(said, changeTo)
				if !both {
					r.Wrong("changes", "变动里没有写%s从哪里变到哪里，请写成「%s 原来的 → 现在的」", name, name)
					return nil, false
				}
				*at, *is.of(name) = siteText(before), siteText(after)
			case c.What == ledger.Changed:
				if !told.read(r, &c, f.Kind, name, said) {
					return nil, false
				}
			default:
				r.Wrong("changes", "变动里的「%s」看不懂", zh.Brief(item, 20))
				return nil, false
			}
		}
		if c.What == ledger.MovedIn {
			if c.Site, ok = is.site(r); !ok {
				return nil, false
			}
			if f.said.from == nil {
				if f.said.from, ok = was.site(r); !ok {
					return nil, false
				}
			}
			ok = false
		}
		all = append(all, c)
	}
	for _, code := range slices.Sorted(maps.Keys(told.last)) {
		d, _ := r.Words.Rules.Field(code)
		if now := f.Values[code]; !told.last[code].Equal(now) && (now != nil || r.Cell(code) != "") {
			r.Wrong("changes", "变动里%s最后是 %s，这一行写的是 %s，请改成一致", d.Name, d.told(told.last[code]), d.told(now))
		}
		if f.Values[code] = told.first[code]; f.Values[code] == nil {
			delete(f.Values, code)
		}
		r.Give(code)
	}
	return all, true
}

// valuesTold are the values of fields before their first change and after their last one.
type valuesTold struct{ first, last Values }

// siteTold is where something is, as a change says it.
type siteTold struct{ township, village, spot, unit string }

func (s *siteTold) of(item string) *string {
	return map[string]*string{itemTownship: &s.township, itemVillage: &s.village, itemSpot: &s.spot, itemUnit: &s.unit}[item]
}

func siteText(said string) string {
	text, blank := unquoted(said)
	if blank {
		return ""
	}
	return text
}

// site finds the place and the unit; what is not known is said at the cell.
func (s siteTold) site(r *register.Reading[Words]) (*Site, bool) {
	place, known := r.FindPlace(s.township, s.village)
	u, there := r.Tree.FindUnit(s.unit)
	switch {
	case !known:
		r.Wrong("changes", "变动里没有写搬到哪里，或者没有「%s」这个地点", s.township+s.village)
	case !there:
		r.Wrong("changes", "变动里没有写管理单位，或者没有「%s」这个单位", s.unit)
	}
	return &Site{Unit: u.ID, Place: place.ID, Village: villageOf(r.Tree, place.ID), Spot: s.spot}, known && there
}

// began lets a facility whose row tells its moves be where it came into use; the row has where it is now.
func (f *Facility) began(r *register.Reading[Words]) {
	if f.said.from == nil || len(f.Changes) == 0 {
		return
	}
	if last := f.lastSite(); last.Place != f.Place || last.Unit != f.Unit || last.Spot != f.Spot {
		r.Wrong("changes", "变动里最后搬到 %s，这一行写的地点、具体场所或管理单位不一样，请改成一致", r.Tree.PlaceName(last.Place))
	}
	f.Site = *f.said.from
	r.Give("township", "village", "spot", "unit")
}

// movementOf is what movementTitle calls so; "" for what is no change.
func movementOf(title string) ledger.Movement {
	for _, m := range []ledger.Movement{ledger.MovedIn, ledger.Changed, ledger.Out} {
		if movementTitle(m) == title {
			return m
		}
	}
	return ""
}

// read reads a field that a change says, with what it was before: another value there than the change before it says that one of them is
// wrong.
func (t valuesTold) read(r *register.Reading[Words], c *Change, kind, name, said string) bool {
	k, _ := r.Words.Rules.Kind(kind)
	for _, code := range k.Fields {
		d, _ := r.Words.Rules.Field(code)
		if d.Name != name {
			continue
		}
		was, is, both := cutTop(said, changeTo)
		if !both {
			r.Wrong("changes", "变动里没有写%s从多少变到多少", name)
			return false
		}
		var two [2]*Value
		for i, one := range []string{was, is} {
			text, blank := unquoted(one)
			if blank {
				continue
			}
			v, err := d.Read(text)
			var e *errs.Error
			if errors.As(err, &e) {
				r.Wrong("changes", e.Text, e.Args...)
				return false
			}
			two[i] = v
		}
		if before, earlier := t.last[code]; !earlier {
			t.first[code] = two[0]
		} else if !two[0].Equal(before) {
			r.Wrong("changes", "变动里%s从 %s 变起，前一次变到的是 %s，请改成一致", name, d.told(two[0]), d.told(before))
		}
		t.last[code] = two[1]
		if c.Values == nil {
			c.Values = Values{}
		}
		c.Values[code] = two[1]
		return true
	}
	r.Wrong("changes", "变动不对：%s没有「%s」这一项", k.Name, name)
	return false
}

// life is what the column 进展 says: how far it has come, or what has become of it.
type lifeSaid struct {
	stage Stage
	life  string // in_use, broken, retired; "" before it is in use
}

// lifeOf reads the words of the column 进展.
func lifeOf(text string) (lifeSaid, bool) {
	switch text {
	case "停用", "已停用", "拆除", "已拆除":
		return lifeSaid{InUse, Retired}, true
	case "待修":
		return lifeSaid{InUse, Broken}, true
	}
	for _, l := range lives {
		if l.title == text {
			switch l.life {
			case string(InUse), Broken, Retired:
				return lifeSaid{InUse, l.life}, true
			}
			return lifeSaid{stage: Stage(l.life)}, true
		}
	}
	return lifeSaid{}, false
}

// rowSaid is what a row of a list says of a facility besides the body.
type rowSaid struct {
	begun bool    // the list has a column 变动: it says how the facility came into use, not only how it is now
	from  *Site   // where it came into use, when it was moved
	told  bool    // the row's cell of that column says something
	ended day.Day // 停用日期
	lifeSaid
}
