package facility

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Intake is what the import of workbooks is told about facilities.
type Intake struct{ *Service }

// Kind is the kind of record that the rows become.
func (Intake) Kind() string { return Kind }

// Title names the module to people.
func (Intake) Title() string { return "科普设施" }

// Columns are the headings that offices give their lists of facilities: what is the same for all, then every field.
func (t Intake) Columns() []intake.Column {
	all := []intake.Column{
		{Key: "serial", Title: "序号", Aliases: []string{"编码"}, Type: intake.Serial},
		{Key: "number", Title: "编号", Aliases: []string{"记录编号"}, Type: intake.Text},
		{Key: "kind", Title: "类别", Aliases: []string{"设施类别", "设施类型", "类型", "种类"}, Type: intake.Text},
		{Key: "name", Title: "名称", Aliases: []string{"设施名称", "阵地名称", "画廊名称", "宣传栏名称", "站点名称"}, Type: intake.Text, Main: true},
		{Key: "unit", Title: "管理单位", Aliases: []string{"所属单位", "负责单位"}, Type: intake.Text},
		{Key: "township", Title: "乡镇", Aliases: []string{"乡（镇）", "乡镇街道", "乡镇（街道）", "所在乡镇"}, Type: intake.Township},
		{Key: "village", Title: "村", Aliases: []string{"村（社区）", "村委会", "行政村", "所在村"}, Type: intake.Village},
		{Key: "place", Title: "地点", Aliases: []string{"地址", "所在地", "设置地点"}, Type: intake.Place},
		{Key: "spot", Title: "具体场所", Aliases: []string{"具体位置", "位置"}, Type: intake.Text},
		{Key: "start", Title: "启用日期", Aliases: []string{"启用时间", "建成启用", "设立时间", "投入使用时间"}, Type: intake.Day},
		{Key: "origin", Title: "来历", Aliases: []string{"新建或原有"}, Type: intake.Text},
		{Key: "note", Title: "备注", Type: intake.Text},
	}
	for _, d := range t.Catalogue.facilityFields() {
		c := intake.Column{Key: d.Code, Title: d.Name, Type: intake.Text, Main: d.Code == "length"}
		for _, hint := range d.HintNames {
			if !slices.ContainsFunc(all, func(o intake.Column) bool { return o.Title == hint || slices.Contains(o.Aliases, hint) }) && hint != d.Name {
				c.Aliases = append(c.Aliases, hint)
			}
		}
		if d.Type.numeric() {
			c.Units = []string{d.Unit}
		}
		all = append(all, c)
	}
	return all
}

// Kinds are those of the catalogue, known by its words.
func (t Intake) Kinds() []intake.SheetKind {
	var all []intake.SheetKind
	for _, k := range t.Catalogue.kinds {
		if !slices.ContainsFunc(all, func(s intake.SheetKind) bool { return s.Code == k.Code }) {
			all = append(all, intake.SheetKind{Code: k.Code, Name: k.Name, Hints: k.HintNames})
		}
	}
	return all
}

// reader makes facilities of rows.
type reader struct {
	session   intake.Session
	catalogue Catalogue
	tree      *org.Tree // of today: a list says where things stand now
	today     day.Day
	home      string
	refused   map[string]string // why the actor may not write for a unit
	words     Words
}

// Open loads what reading needs.
func (t Intake) Open(ctx context.Context, tx *db.Tx, s intake.Session) (intake.Reader, error) {
	r := &reader{session: s, catalogue: t.Catalogue, home: access.From(ctx).Unit, refused: map[string]string{}}
	var err error
	if r.words, err = t.WordsOn(ctx, tx, ""); err != nil {
		return nil, err
	}
	r.tree, r.today = r.words.Tree, r.words.Today
	for _, u := range r.tree.Units() {
		err := flow.MayWrite(ctx, tx, flow.Head{Kind: Kind, Unit: u.ID})
		if err != nil && !errs.Is(err, errs.Forbidden) {
			return nil, err
		}
		if err != nil {
			r.refused[u.ID] = err.Error()
		}
	}
	return r, nil
}

// Places says whether a township and village, or a place in words, are known today.
func (r *reader) Places(said intake.PlaceName) (unknown intake.PlaceName, like []string, found bool) {
	if _, unknown, found = intake.Locate(r.catalogue.endings, r.tree, said); !found {
		like = intake.Alike(r.tree, unknown)
	}
	return unknown, like, found
}

// Read makes the facility of a row, and says what is wrong with it.
func (r *reader) Read(row *intake.Row) intake.Draft {
	f := Facility{Kind: r.kind(row), Name: row.Text("name"), Stage: InUse, Note: row.Text("note"), Values: Values{}}
	f.Spot = row.Text("spot")
	var given []string
	give := func(keys ...string) { given = append(given, keys...) }
	for _, key := range []string{"name", "note", "spot"} {
		if row.Text(key) != "" {
			give(key)
		}
	}
	rules := r.words.Rules
	k, _ := rules.Kind(f.Kind)
	for _, code := range k.Fields {
		text := row.Text(code)
		if text == "" {
			continue
		}
		d, _ := rules.Field(code)
		v, err := d.Read(text)
		var e *errs.Error
		if errors.As(err, &e) {
			row.Wrong(code, "%s", errs.Sprintf(e.Text, e.Args))
			continue
		}
		if f.Values[code] = v; v != nil {
			give(code)
		}
	}
	r.start(row, &f, give)
	known := r.place(row, &f, give)
	r.unit(row, &f, give)
	if f.Name == "" && known && f.Place != "" && k.Name != "" { // a list of boards says the village and no name
		f.Name = r.tree.Place(f.Place).Name + k.Name
		row.Warn("name", "没有写名称，记作「%s」", f.Name)
	}
	f.Site.Village = villageOf(r.tree, f.Place)
	r.check(row, f, known)
	d := intake.Draft{Body: f, Title: f.Name, Unit: f.Unit, Number: zh.Fold(row.Text("number")), Day: f.Start, Given: given, Venue: f.Spot, Named: row.Text("name") != ""}
	if known {
		d.Place, d.Strong = f.Place, keyOf(f.Kind, f.Name, f.Place)
	}
	return d
}

// keyOf is the key by which two facilities are the same: whenever they came into use.
func keyOf(kind, name, place string) string {
	if place == "" || name == "" {
		return ""
	}
	return strings.Join([]string{kind, strings.Join(strings.Fields(zh.Fold(name)), ""), place}, "|")
}

func (r *reader) kind(row *intake.Row) string {
	said := row.Text("kind")
	if said == "" {
		return row.Sheet.Kind
	}
	for _, k := range r.words.Rules.Kinds() {
		if said == k.Name || said == k.Code || slices.Contains(k.HintNames, said) {
			return k.Code
		}
	}
	if row.Sheet.Kind == "" {
		row.Wrong("kind", "没有「%s」这种设施，请从设施类别里选", said)
	} else {
		row.Warn("kind", "没有「%s」这种设施，按这张表的%s记", said, row.Sheet.KindName)
	}
	return row.Sheet.Kind
}

// start is since when a facility is in use, and whether it opens the book or is new. Without a day it was there when the year began.
func (r *reader) start(row *intake.Row, f *Facility, give func(...string)) {
	year := day.Year(r.today.Year()).From
	if start, ok := row.Has("start"); ok {
		f.Start = start.From
		give("start")
	} else if !row.Bad("start") {
		f.Start = year
		row.Warn("start", "没有启用日期，按%s已经在用记", year.Long())
	}
	switch said := row.Text("origin"); {
	case strings.HasPrefix(said, "原有"):
		f.Old = true
		give("origin")
	case strings.HasPrefix(said, "新建"):
		give("origin")
	case said != "":
		row.Wrong("origin", "来历「%s」看不懂，请写原有或新建", said)
	default:
		f.Old = f.Start < year || row.Text("start") == ""
		if !f.Old {
			row.Warn("start", "今年启用的按新建记；原来就有的，请在「来历」一列写原有")
		}
	}
}

func (r *reader) place(row *intake.Row, f *Facility, give func(...string)) (known bool) {
	key, township, village := "township", row.Text("township"), row.Text("village")
	if p := row.Text("place"); p != "" && township == "" {
		key, township = "place", p
	}
	if village != "" {
		key = "village"
	}
	if township == "" && village == "" {
		if p, ok := r.tree.FindPlace(row.Sheet.Name, ""); ok { // a sheet for each township
			f.Place = p.ID
			give("place")
		}
		return true // a missing place is said by wrong
	}
	said := intake.PlaceName{Township: township, Village: village}
	at, unknown, ok := intake.Locate(r.catalogue.endings, r.tree, said)
	if ok {
		f.Place = at.Place.ID
		give("place")
		if f.Spot == "" && at.Venue != "" {
			f.Spot = at.Venue
			give("spot")
		}
		return true
	}
	if r.session.Create && intake.TownshipName(unknown.Township) {
		row.NoPlace(key, false, "将新增地点「%s%s」", unknown.Township, unknown.Village)
		return false
	}
	text, args := "没有「%s」这个地点，请核对，或者先新增", []any{unknown.Township + unknown.Village}
	if _, like, _ := r.Places(said); len(like) > 0 {
		text, args = "没有「%s」这个地点，最接近的是%s，请核对，或者先新增", append(args, strings.Join(like, "、"))
	}
	row.NoPlace(key, true, text, args...)
	return false
}

// unit is whose the facility is: what the row says, else the association of its township, else the unit of who imports.
func (r *reader) unit(row *intake.Row, f *Facility, give func(...string)) {
	if said := row.Text("unit"); said != "" {
		if u, ok := r.tree.FindUnit(said); ok {
			f.Unit = u.ID
			give("unit")
			return
		}
		var names []string
		for _, u := range r.tree.Units() {
			names = append(names, u.Name)
		}
		row.Wrong("unit", "没有「%s」这个单位，最接近的是%s", said, strings.Join(zh.Nearest(said, names, 3), "、"))
	}
	if town, ok := r.tree.Township(f.Place); ok {
		for _, u := range r.tree.UnitsOf(town.ID) {
			if u.Kind == org.KindTownship {
				f.Unit = u.ID
				return
			}
		}
	}
	if f.Unit = r.home; r.tree.Unit(r.home).ID == "" {
		f.Unit = r.tree.Office().ID
	}
}

// check says all that the module would refuse, at the cells that it is about.
func (r *reader) check(row *intake.Row, f Facility, known bool) {
	if !known {
		f.Place = r.tree.Root().ID // it is said already that the place is not known
	}
	var e *errs.Error
	if errors.As(f.wrong(r.words, true), &e) {
		for _, one := range e.Fields {
			key := one.Name
			if key == "place" && row.Cell("place") == "" {
				key = "township"
			}
			if !row.Bad(key) && (key != "kind" || row.Text("kind") == "") {
				row.Wrong(key, "%s", errs.Sprintf(one.Text, one.Args))
			}
		}
	}
	if why := r.refused[f.Unit]; why != "" {
		row.Wrong("unit", "%s", why)
	}
	for _, one := range f.warnings(r.words) {
		row.Warn(one.Name, "%s", errs.Sprintf(one.Text, one.Args))
	}
}

// Known gives all facilities that the actor sees, whenever they came into use: a list says what there is, not what began.
func (r *reader) Known(ctx context.Context, tx *db.Tx, _ day.Period, each func(intake.Known)) error {
	where, args, err := flow.Filter{Kinds: []string{Kind}}.Where(ctx, tx, "r")
	if err != nil {
		return err
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (k intake.Known, err error) {
		var kind, place string
		err = s.Scan(&k.ID, &k.Number, &k.Title, &k.Version, &k.Verified, &k.State, &k.Revision, &k.Hash, &place, &kind, &k.Venue)
		k.Strong = keyOf(kind, k.Title, place)
		return k, err
	}, `SELECT r.id, r.number, r.title, r.version, r.verified, r.state, r.revision, r.hash, r.place, c.facility_kind, c.spot
		FROM facility c JOIN record r ON r.association = c.association AND r.id = c.id
		WHERE c.association = ? AND r.state <> 'voided' AND `+where+" ORDER BY r.id", append([]any{org.Of(ctx)}, args...)...)
	for _, k := range all {
		each(k)
	}
	return err
}

// Merge lays what the row gives over the facility, as a correction: a list says how things are, not since when. A value is put
// right where it was set last, in a change or at the start. What the row leaves blank stays.
func (r *reader) Merge(body json.RawMessage, d intake.Draft) (any, []access.Change, error) {
	old, err := register.Decode[Facility](string(body))
	if err != nil {
		return nil, nil, fmt.Errorf("read a facility: %w", err)
	}
	said, ok := d.Body.(Facility)
	if !ok {
		return nil, nil, fmt.Errorf("a row of facilities is %T", d.Body)
	}
	f := old
	f.Values, f.Changes = old.Values.with(nil), slices.Clone(old.Changes)
	site := &f.Site
	for i, c := range f.Changes {
		if c.What == ledger.MovedIn && c.Site != nil {
			at := *c.Site
			f.Changes[i].Site, site = &at, &at
		}
	}
	for _, key := range d.Given {
		switch key {
		case "name":
			f.Name = said.Name
		case "note":
			f.Note = said.Note
		case "start":
			f.Start = said.Start
		case "origin":
			f.Old = said.Old
		case "unit":
			site.Unit = said.Unit
		case "place":
			site.Place, site.Village = said.Place, said.Village
		case "spot":
			site.Spot = said.Spot
		default:
			f.setLast(key, said.Values[key])
		}
	}
	return f, r.fields().Changes(old, f, r.words), nil
}

func (r *reader) fields() register.Fields[Facility, Words] { return fieldsOf(r.catalogue) }

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
