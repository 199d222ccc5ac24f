package facility

import (
	"errors"
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

type sheetColumn = register.SheetColumn[Facility, Words]

// Sheet is how workbooks of facilities are read and lists of them written. A list says how things are now, not since when: a row is
// read by what is there today, and laid over a facility as a correction. One with a column 变动, as the export has it, says what changed
// since they began, from what to what (changetext.go), and so how they began: it comes back as it was.
func (s *Service) Sheet() *register.Sheet[Facility, Words] {
	return &register.Sheet[Facility, Words]{Book: s.Book, Name: "科普设施", Table: s.table(), Groups: s.groups(), Group: func(f *Facility) *string { return &f.Kind }, Endings: s.Catalogue.endings,
		Tree: tree, Unit: func(f *Facility) *string { return &f.Unit }, Place: func(f *Facility) *string { return &f.Place }, Venue: func(f *Facility) *string { return &f.Spot },
		Begin: func() Facility { return Facility{Stage: InUse, Values: Values{}} }, Days: start, Owner: owner, Finish: name, Over: over,
		Same: []string{"facility_kind", "title", "place"}, By: "同名、同类、同地", Within: "spot"}
}

func tree(w Words) *org.Tree { return w.Tree }

// table are the columns: what is the same for all kinds, then every field that a kind has.
func (s *Service) table() []sheetColumn {
	text := register.TextColumn[Facility, Words]
	all := []sheetColumn{
		register.SerialColumn[Facility, Words]().Or("编码"),
		register.NumberColumn[Facility, Words](),
		register.KindColumn("类别", func(f Facility, w Words) string { return w.kindName(f.Kind) }).Or("设施类别", "设施类型", "类型", "种类").Wide(14),
		text("name", "名称", func(f *Facility) *string { return &f.Name }).Or("设施名称", "阵地名称", "画廊名称", "宣传栏名称", "站点名称").Wide(24).Tells(),
	}
	for _, c := range register.PlaceColumns(func(f *Facility) *string { return &f.Place }, tree, "地址", "所在地", "设置地点") {
		switch c.Key {
		case "township":
			c = c.Writes(xlsx.Auto, func(e entry, w Words) any {
				town, _ := townAndVillage(w.Tree, e.Body.Last().Place)
				return register.Filled(town)
			})
		case "village":
			c = c.Writes(xlsx.Auto, func(e entry, w Words) any {
				_, village := townAndVillage(w.Tree, e.Body.Last().Place)
				return register.Filled(village)
			})
		}
		all = append(all, c.Merges(func(into *Facility, said Facility) {
			at := into.siteOf(said)
			at.Place, at.Village = said.Place, said.Village
		}))
	}
	all = append(all,
		text("spot", "具体场所", func(f *Facility) *string { return &f.Spot }).Or("具体位置", "位置").Wide(16).
			Merges(func(into *Facility, said Facility) { into.siteOf(said).Spot = said.Spot }).
			Writes(xlsx.Auto, func(e entry, _ Words) any { return register.Filled(e.Body.Last().Spot) }),
		register.UnitColumn("管理单位", func(f *Facility) *string { return &f.Unit }, tree).Or("所属单位", "负责单位").Wide(16).
			Merges(func(into *Facility, said Facility) { into.siteOf(said).Unit = said.Unit }).
			Writes(xlsx.Auto, func(e entry, w Words) any { return register.Filled(w.Tree.Unit(e.Body.Last().Unit).Name) }),
		register.FieldColumn[Facility, Words]("stage", "进展", intake.Text, func(f *Facility) *lifeSaid { return &f.said.lifeSaid }, readLife, nil).Wide(10).
			Merges(func(into *Facility, said Facility) {
				into.Stage, into.said.lifeSaid = said.said.stage, said.said.lifeSaid
			}).
			Writes(xlsx.Auto, func(e entry, _ Words) any { return lifeTitle(e.Body.life(s.Catalogue)) }),
		register.FieldColumn("origin", "来历", intake.Text, func(f *Facility) *bool { return &f.Old }, readOrigin, nil).Or("新建或原有").Wide(10).
			Writes(xlsx.Auto, func(e entry, w Words) any { return register.Filled(s.Fields.Text("old", e.Body, w)) }),
		register.SinceColumn[Facility, Words]("start", "启用日期", func(f *Facility) *day.Day { return &f.Start }).Or("启用时间", "启用年月", "启用年份", "启用", "建成启用", "建成时间", "建成年月", "建成年份", "设立时间", "投入使用时间").
			Merges(func(into *Facility, said Facility) {
				if !said.rough.Contains(into.Start) { // the record knows the day
					into.Start = said.Start
				}
			}),
		register.DayColumn[Facility, Words]("end", "停用日期", func(f *Facility) *day.Day { return &f.said.ended }).Or("停用时间", "拆除日期", "拆除时间").
			Merges(func(into *Facility, said Facility) {
				if !said.said.begun {
					into.endOn(said.said.ended)
				}
			}).
			Writes(xlsx.AsDay, func(e entry, _ Words) any {
				if end := e.Body.end(); end != "" {
					return end
				}
				return nil
			}))
	for _, d := range s.Catalogue.facilityFields() {
		all = append(all, fieldColumn(d, all))
	}
	changes := register.FieldColumn[Facility, Words]("changes", "变动", intake.Text, func(f *Facility) *[]Change { return &f.Changes }, nil, nil).Wide(40).
		Merges(mergeChanges).Writes(xlsx.Auto, func(e entry, w Words) any { return register.Filled(w.changesText(e.Body)) })
	changes.How = "启用后变过的才写，照导出的名单那样，写明从什么变到什么：2026-04-01 变化：长度 10 米 → 15 米；2026-06-01 搬迁：乡镇 青溪乡 → 白塔乡，村 青溪乡上村 → 白塔乡上村，管理单位 青溪乡科协 → 白塔乡科协；2026-09-01 停用拆除。其他各列写现在的样子；有这一列时，空着就是没有变过，只改现在的数就删去这一列"
	changes.Read = func(r *register.Reading[Words], v intake.Value, into *Facility) bool {
		into.said.told = true
		var ok bool
		into.Changes, ok = readChanges(r, v.Text, into)
		return ok
	}
	return append(all, changes,
		text("note", "备注", func(f *Facility) *string { return &f.Note }).Wide(24))
}

// fieldColumn is the column of a field; a heading that another column has is not its own.
func fieldColumn(d Field, others []sheetColumn) sheetColumn {
	c := sheetColumn{Column: intake.Column{Key: d.Code, Title: d.Name, Type: intake.Text, Main: d.Code == "length"}, Width: 12}
	for _, hint := range d.HintNames {
		if !slices.ContainsFunc(others, func(o sheetColumn) bool { return o.Type != "" && (o.Title == hint || slices.Contains(o.Aliases, hint)) }) && hint != d.Name {
			c.Aliases = append(c.Aliases, hint)
		}
	}
	if d.Type.numeric() {
		c.Units = []string{d.Unit}
	}
	if d.Type == Date {
		c.As, c.Own = xlsx.AsDay, true
	}
	c.Read = func(r *register.Reading[Words], v intake.Value, into *Facility) bool {
		if k, _ := r.Words.Rules.Kind(into.Kind); !k.asks(d.Code) {
			return false
		}
		value, err := d.Read(v.Text)
		var e *errs.Error
		if errors.As(err, &e) {
			r.Wrong(d.Code, e.Text, e.Args...)
			return false
		}
		into.Values[d.Code] = value
		return value != nil
	}
	c.Merge = func(into *Facility, said Facility) {
		if said.said.begun {
			into.Values = into.Values.with(Values{d.Code: said.Values[d.Code]})
			return
		}
		into.setLast(d.Code, said.Values[d.Code])
	}
	c.Out = func(e entry, _ Words) any { return d.Cell(e.Body.Last().Values[d.Code]) }
	return c
}

// groups are the kinds of the catalogue, known by its words.
func (s *Service) groups() []intake.SheetKind {
	var all []intake.SheetKind
	for _, k := range s.Catalogue.kinds {
		if !slices.ContainsFunc(all, func(s intake.SheetKind) bool { return s.Code == k.Code }) {
			all = append(all, intake.SheetKind{Code: k.Code, Name: k.Name, Hints: k.HintNames})
		}
	}
	return all
}

// readOrigin reads whether a facility was there when the book began.
func readOrigin(r *register.Reading[Words], v intake.Value) (old, ok bool) {
	switch {
	case strings.HasPrefix(v.Text, "原有"):
		return true, true
	case strings.HasPrefix(v.Text, "新建"):
		return false, true
	}
	r.Wrong("origin", "来历「%s」看不懂，请写原有或新建", v.Text)
	return false, false
}

// readLife reads how far a facility has come.
func readLife(r *register.Reading[Words], v intake.Value) (lifeSaid, bool) {
	said, ok := lifeOf(zh.Fold(v.Text))
	if !ok {
		var titles []string
		for _, l := range lives {
			titles = append(titles, l.title)
		}
		r.Wrong("stage", "进展「%s」看不懂，可以写%s", zh.Brief(v.Text, 20), strings.Join(titles, "、"))
	}
	return said, ok
}

// mergeChanges lays the changes of a list that tells them over a facility. A blank cell takes none away: that is said, not done (over).
func mergeChanges(into *Facility, said Facility) {
	switch {
	case said.said.told, len(into.Changes) == 0:
		into.Changes = said.Changes
	case len(into.Changes) > 1 || into.end() == "" || into.end() != said.said.ended:
		into.undo = true
	}
}

// over refuses a row that would take changes away which it does not tell, or says that what is retired is in use.
func over(was Facility, now *Facility) error {
	switch end := now.end(); {
	case now.undo:
		return errs.E(errs.Invalid, "这处设施有 %d 次变动，这一行的「变动」空着。要改现在的样子，请删去「变动」这一列再导入；要去掉变动，请打开记录改正", len(was.Changes))
	case end != "" && (now.said.life == string(InUse) || now.said.life == Broken):
		return errs.E(errs.Invalid, "进展写的是「%s」，这处设施%s已经停用，请核对", lifeTitle(now.said.life), end.Long())
	case end == "" && now.said.life == Retired:
		return errs.E(errs.Invalid, "进展写的是「%s」，没有写哪天停用的，请填停用日期", lifeTitle(Retired))
	}
	return nil
}

// endOn lets the facility be retired from a day on.
func (f *Facility) endOn(on day.Day) {
	f.Changes = slices.Clone(f.Changes)
	for i, c := range f.Changes {
		if c.What == ledger.Out {
			f.Changes[i].Day = on
			return
		}
	}
	f.Changes = append(f.Changes, Change{Day: on, What: ledger.Out})
}

// settled lets what the row says of changes, end and stage agree.
func (f *Facility) settled(r *register.Reading[Words]) {
	if _, said := r.Has("stage"); said {
		f.Stage = f.said.stage
	}
	if f.said.begun = r.Cell("changes") != ""; f.said.begun && !r.Bad("changes") {
		r.Give("changes")
	}
	switch end := f.end(); {
	case f.said.ended == "":
	case end == "":
		f.endOn(f.said.ended)
	case end != f.said.ended:
		r.Wrong("end", "停用日期写的是%s，变动里写的停用是%s，请改成一致", f.said.ended.Long(), end.Long())
	}
	switch end := f.end(); {
	case f.said.life == Retired && end == "":
		r.Unfit("stage", "进展写的是「%s」，没有写哪天停用的，请填停用日期", r.Text("stage"))
	case (f.said.life == string(InUse) || f.said.life == Broken) && end != "":
		r.Wrong("stage", "进展写的是「%s」，%s已经停用，请核对", r.Text("stage"), end.Long())
	}
}

// start is since when a facility is in use, and whether it opens the book or is new. Without a day it was there when the year began.
func start(r *register.Reading[Words], f *Facility) {
	f.settled(r)
	year := day.Year(r.Today.Year()).From
	if f.Start == "" && !r.Bad("start") {
		f.Start = year
		r.Warn("start", "没有启用日期，按%s已经在用记", year.Long())
	}
	if since, said := r.Has("start"); said && since.Rough.From != "" { // stays with the record: nobody knows the day
		f.Note = strings.Trim(f.Note+"；启用日期原写「"+since.Shown+"」", "；")
		f.rough = since.Rough
	}
	if r.Text("origin") != "" {
		return
	}
	f.Old = f.Start < year || r.Text("start") == ""
	if !f.Old {
		r.Warn("start", "今年启用的按新建记；原来就有的，请在「来历」一列写原有")
	}
}

// owner is the association of the facility's township.
func owner(w Words, f Facility) string {
	if town, ok := w.Tree.Township(f.Place); ok {
		for _, u := range w.Tree.UnitsOf(town.ID) {
			if u.Kind == org.KindTownship {
				return u.ID
			}
		}
	}
	return ""
}

// name makes the name that a list of boards leaves out, and settles the village.
func name(r *register.Reading[Words], f *Facility, placed bool) {
	if placed {
		f.began(r)
	}
	if k, _ := r.Words.Rules.Kind(f.Kind); f.Name == "" && placed && f.Place != "" && k.Name != "" {
		f.Name = r.Tree.Place(f.Place).Name + k.Name
		r.Warn("name", "没有写名称，记作「%s」", f.Name)
	}
	f.Village = villageOf(r.Tree, f.Place)
	if f.said.life == Broken && f.end() == "" && f.life(r.Words.Catalogue) != Broken {
		r.Warn("stage", "进展写的是「%s」，现状一列没有写待修或停用，按在用记", r.Text("stage"))
	}
}

// siteOf is the site that a row means: that of the beginning, which a list with a column 变动 tells, or the one where the facility stands now.
func (f *Facility) siteOf(row Facility) *Site {
	if row.said.begun {
		return &f.Site
	}
	return f.lastSite()
}

// lastSite is where the facility stands after all its changes.
func (f *Facility) lastSite() *Site {
	site := &f.Site
	for i, c := range f.Changes {
		if c.What == ledger.MovedIn && c.Site != nil {
			site = f.Changes[i].Site
		}
	}
	return site
}

// setLast puts a value right where it was set last.
func (f *Facility) setLast(code string, v *Value) {
	for i := len(f.Changes) - 1; i >= 0; i-- {
		if _, set := f.Changes[i].Values[code]; set {
			f.Changes[i].Values = f.Changes[i].Values.keeping(code, v)
			return
		}
	}
	f.Values = f.Values.with(Values{code: v})
}

// keeping gives the values with one over them, a nil one too.
func (v Values) keeping(code string, one *Value) Values {
	out := make(Values, len(v)+1)
	for c, other := range v {
		out[c] = other
	}
	out[code] = one
	return out
}
