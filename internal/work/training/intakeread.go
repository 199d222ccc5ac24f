package training

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
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// reader makes classes of rows.
type reader struct {
	session   intake.Session
	catalogue Catalogue
	trees     trees
	today     day.Day
	subjects  *org.Vocabulary
	home      string            // unit of who imports
	refused   map[string]string // why the actor may not write for a unit
	reporters map[string]string // unit of 填报单位
}

// Open loads what reading needs.
func (t Intake) Open(ctx context.Context, tx *db.Tx, s intake.Session) (intake.Reader, error) {
	r := &reader{session: s, catalogue: t.Catalogue, home: access.From(ctx).Unit, refused: map[string]string{}, reporters: map[string]string{}}
	var err error
	if r.today, err = org.Today(ctx, tx); err != nil {
		return nil, err
	}
	if r.trees, err = loadTrees(ctx, tx); err != nil {
		return nil, err
	}
	if r.subjects, err = org.Terms(ctx, tx, SubjectVocabulary); err != nil {
		return nil, err
	}
	for _, tree := range r.trees.loaded {
		for _, u := range tree.Units() {
			if _, asked := r.refused[u.ID]; asked {
				continue
			}
			err := flow.MayWrite(ctx, tx, flow.Head{Kind: Kind, Unit: u.ID})
			if err != nil && !errs.Is(err, errs.Forbidden) {
				return nil, err
			}
			r.refused[u.ID] = ""
			if err != nil {
				r.refused[u.ID] = err.Error()
			}
		}
	}
	return r, nil
}

// Places says whether a township and village, or a place in words, are known today.
func (r *reader) Places(said intake.PlaceName) (unknown intake.PlaceName, like []string, found bool) {
	tree := r.trees.on(r.today)
	_, unknown, found = intake.Locate(r.catalogue.endings, tree, said)
	if !found {
		like = intake.Alike(tree, unknown)
	}
	return unknown, like, found
}

// Read makes the class of a row, and says what is wrong with it.
func (r *reader) Read(row *intake.Row) intake.Draft {
	c := Class{Kind: r.kind(row), Name: row.Text("name"), Subject: row.Text("subject"), Venue: row.Text("venue"), Method: row.Text("method"),
		Material: row.Text("material"), Note: row.Text("note")}
	var given []string
	give := func(keys ...string) { given = append(given, keys...) }
	for _, key := range []string{"subject", "venue", "method", "material", "note"} {
		if row.Text(key) != "" {
			give(key)
		}
	}
	if code, known := r.subjects.Code(c.Subject); known {
		c.Subject = code
	}
	r.days(row, &c, give)
	for _, n := range []struct {
		key  string
		into **Count
	}{{"enrolled", &c.Enrolled}, {"attendances", &c.Attendances}, {"examined", &c.Examined}, {"passed", &c.Passed}} {
		if v, ok := row.Has(n.key); ok {
			*n.into = &Count{N: v.Count.N, Exactness: register.Exactness(v.Count.Exactness)}
			give(n.key)
			if v.Count.Note != "" {
				c.Note = strings.Trim(c.Note+"；"+v.Text, "；")
				give("note")
			}
		}
	}
	if v, ok := row.Has("teachers"); ok {
		c.Teachers = v.List
		give("teachers")
	}
	if v, ok := row.Has("partners"); ok {
		c.Partners = v.List
		give("partners")
	}
	tree := r.trees.on(c.countingDay())
	known := r.place(row, &c, tree, give)
	r.unit(row, &c, tree, give)
	rules := r.catalogue.On(c.countingDay())
	r.name(row, &c, tree, rules, give)
	r.check(row, c, tree, rules, known)
	d := intake.Draft{Body: c, Title: c.Name, Unit: c.Unit, Number: zh.Fold(row.Text("number")), Day: c.Start, Given: given, Venue: c.Venue, Named: slices.Contains(given, "name")}
	if known {
		d.Place = c.Place
		d.Strong, d.Loose = keysOf(c.Kind, c.Name, c.Subject, c.Place, c.Start)
	}
	return d
}

// keysOf are the keys by which two classes are the same, and alike.
func keysOf(kind, name, subject, place string, start day.Day) (strong, loose string) {
	if place == "" || start == "" {
		return "", ""
	}
	fold := func(s string) string { return strings.Join(strings.Fields(zh.Fold(s)), "") }
	strong = strings.Join([]string{kind, fold(name), place, string(start)}, "|")
	if subject != "" {
		loose = strings.Join([]string{kind, fold(subject), place, string(start)}, "|")
	}
	return strong, loose
}

func (r *reader) kind(row *intake.Row) string {
	said := row.Text("kind")
	if said == "" {
		return row.Sheet.Kind
	}
	for _, k := range r.catalogue.kinds {
		if said == k.Name || said == k.Code || slices.Contains(k.HintNames, said) {
			return k.Code
		}
	}
	if row.Sheet.Kind == "" {
		row.Wrong("kind", "没有「%s」这种培训，请从培训类型里选", said)
	} else {
		row.Warn("kind", "没有「%s」这种培训，按这张表的%s记", said, row.Sheet.KindName)
	}
	return row.Sheet.Kind
}

// days reads the days; a class without an end is one of a single day, said so.
func (r *reader) days(row *intake.Row, c *Class, give func(...string)) {
	start, ok := row.Has("start")
	if !ok {
		return
	}
	c.Start = start.From
	give("start")
	end, ok := row.Has("end")
	switch {
	case ok:
		c.End = end.To
		give("end")
	case start.Ranged:
		c.End = start.To
		give("end")
	case !row.Bad("end"):
		c.End = c.Start
		row.Warn("end", "没有结束日期，按当天结束记")
	}
}

// place finds the place; known is false when it is none that is there yet.
func (r *reader) place(row *intake.Row, c *Class, tree *org.Tree, give func(...string)) (known bool) {
	key, township, village := "township", row.Text("township"), row.Text("village")
	if p := row.Text("place"); p != "" && township == "" {
		key, township = "place", p
	}
	if village != "" {
		key = "village"
	}
	if township == "" && village == "" {
		if p, ok := tree.FindPlace(row.Sheet.Name, ""); ok { // a sheet for each township
			c.Place = p.ID
			give("place")
			return true
		}
		return true // said by validate
	}
	said := intake.PlaceName{Township: township, Village: village}
	at, unknown, ok := intake.Locate(r.catalogue.endings, tree, said)
	if !ok {
		if now := r.trees.on(r.today); now != tree { // founded since
			at, unknown, ok = intake.Locate(r.catalogue.endings, now, said)
		}
	}
	if ok {
		c.Place = at.Place.ID
		give("place")
		r.venue(row, key, c, at, give)
		return true
	}
	if r.session.Create && intake.TownshipName(unknown.Township) {
		row.NoPlace(key, false, "将新增地点「%s%s」", unknown.Township, unknown.Village)
		return false
	}
	_, like, _ := r.Places(said)
	text, args := "没有「%s」这个地点，请核对，或者先新增", []any{unknown.Township + unknown.Village}
	inOne := village == "" && unknown.Village != "" // it may be no village at all
	switch {
	case len(like) > 0 && inOne:
		text = "没有「%s」这个地点，最接近的是%s，请核对，或者先新增；不是村的，写在「具体场所」一列"
	case len(like) > 0:
		text = "没有「%s」这个地点，最接近的是%s，请核对，或者先新增"
	case inOne:
		text = "没有「%s」这个地点，请核对，或者先新增；不是村的，写在「具体场所」一列"
	}
	if len(like) > 0 {
		args = append(args, strings.Join(like, "、"))
	}
	row.NoPlace(key, true, text, args...)
	return false
}

// venue takes what follows the place's name for the venue. What follows a township might have been meant for a village: it is said.
func (r *reader) venue(row *intake.Row, key string, c *Class, at intake.Spot, give func(...string)) {
	switch {
	case at.Venue == "" || at.Venue == c.Venue:
	case c.Venue != "":
		row.Warn(key, "已写了具体场所「%s」，地点后面的「%s」没有记", c.Venue, at.Venue)
	default:
		c.Venue = at.Venue
		give("venue")
		if at.Place.Level == org.LevelTownship {
			row.Warn(key, "记作%s，具体场所 %s", at.Place.Name, at.Venue)
		}
	}
}

// unit is who held the class: what the row says, else 填报单位, else the unit of who imports, else the office.
func (r *reader) unit(row *intake.Row, c *Class, tree *org.Tree, give func(...string)) {
	if said := row.Text("unit"); said != "" {
		if u, ok := tree.FindUnit(said); ok {
			c.Unit = u.ID
			give("unit")
			return
		}
		var names []string
		for _, u := range tree.Units() {
			names = append(names, u.Name)
		}
		row.Wrong("unit", "没有「%s」这个单位，最接近的是%s", said, strings.Join(zh.Nearest(said, names, 3), "、"))
	}
	reporter, asked := r.reporters[row.Sheet.Reporter]
	if !asked {
		if u, ok := tree.FindUnit(row.Sheet.Reporter); ok && row.Sheet.Reporter != "" {
			reporter = u.ID
		}
		r.reporters[row.Sheet.Reporter] = reporter
	}
	for _, u := range []string{reporter, r.home} {
		if u != "" && tree.Unit(u).ID != "" {
			c.Unit = u
			return
		}
	}
	c.Unit = tree.Office().ID
}

// name makes the name that a list of 班次 and 专业 leaves out: 蔬菜种植农函大培训班第1期.
func (r *reader) name(row *intake.Row, c *Class, tree *org.Tree, rules Rules, give func(...string)) {
	if c.Name != "" {
		give("name")
		return
	}
	if c.Subject == "" {
		return
	}
	term := zh.Fold(row.Text("term"))
	if term != "" && strings.Trim(term, "0123456789") == "" {
		term = "第" + term + "期"
	}
	k, _ := rules.Kind(c.Kind)
	what := "培训班"
	place := ""
	if slices.Contains(k.Needs, "enrolled") {
		what = strings.TrimSuffix(k.Name, "班") + "班"
	} else if p, ok := tree.Township(c.Place); ok {
		place = p.Name
	}
	c.Name = place + r.subjects.Title(c.Subject) + what + term
}

// check says all that the module would refuse, at the cells that it is about.
func (r *reader) check(row *intake.Row, c Class, tree *org.Tree, rules Rules, known bool) {
	if !known {
		c.Place = tree.Root().ID // it is said already that the place is not known
	}
	said := map[string]bool{"kind": c.Kind == "" && row.Text("kind") != ""} // kind() says that it is unknown
	for _, err := range []error{c.validate(tree, rules, r.today), c.complete(rules)} {
		var e *errs.Error
		if !errors.As(err, &e) {
			continue
		}
		for _, f := range e.Fields {
			key := f.Name
			if key == "place" && row.Cell("place") == "" {
				key = "township"
			}
			if !row.Bad(key) && !said[f.Name] {
				said[f.Name] = true
				row.Wrong(key, "%s", errs.Sprintf(f.Text, f.Args))
			}
		}
	}
	if u := tree.Unit(c.Unit); u.ID != "" && c.Start != "" && u.Opened > c.countingDay() {
		row.Wrong("unit", "「%s」%s才成立，不能记在它之前", u.Name, u.Opened.Long())
	}
	if why := r.refused[c.Unit]; why != "" {
		row.Wrong("unit", "%s", why)
	}
	for _, w := range c.warnings(rules, r.today) {
		row.Warn(w.Name, "%s", errs.Sprintf(w.Text, w.Args))
	}
}

// Known gives the classes that start in the period and that the actor sees.
func (r *reader) Known(ctx context.Context, tx *db.Tx, p day.Period, each func(intake.Known)) error {
	where, args, err := flow.Filter{Kinds: []string{Kind}}.Where(ctx, tx, "r")
	if err != nil {
		return err
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (k intake.Known, err error) {
		var kind, subject, place string
		var start day.Day
		err = s.Scan(&k.ID, &k.Number, &k.Title, &k.Version, &k.Verified, &k.State, &k.Revision, &k.Hash, &place, &kind, &subject, &start, &k.Venue)
		k.Strong, k.Loose = keysOf(kind, k.Title, subject, place, start)
		return k, err
	}, `SELECT r.id, r.number, r.title, r.version, r.verified, r.state, r.revision, r.hash, r.place, c.class_kind, c.subject, c.start_day, c.venue
		FROM training_class c JOIN record r ON r.association = c.association AND r.id = c.id
		WHERE c.association = ? AND c.start_day >= ? AND c.start_day <= ? AND r.state <> 'voided' AND `+where+" ORDER BY r.id",
		append([]any{org.Of(ctx), p.From, p.To}, args...)...)
	for _, k := range all {
		each(k)
	}
	return err
}

// Merge lays what the row gives over the class. What it leaves blank stays.
func (r *reader) Merge(body json.RawMessage, d intake.Draft) (any, []access.Change, error) {
	old, err := register.Decode[Class](string(body))
	if err != nil {
		return nil, nil, fmt.Errorf("read a class: %w", err)
	}
	said, ok := d.Body.(Class)
	if !ok {
		return nil, nil, fmt.Errorf("a row of training is %T", d.Body)
	}
	c := old
	for _, key := range d.Given {
		switch key {
		case "name":
			c.Name = said.Name
		case "subject":
			c.Subject = said.Subject
		case "unit":
			c.Unit = said.Unit
		case "place":
			c.Place = said.Place
		case "venue":
			c.Venue = said.Venue
		case "start":
			c.Start = said.Start
		case "end":
			c.End = said.End
		case "enrolled":
			c.Enrolled = said.Enrolled
		case "attendances":
			c.Attendances = said.Attendances
		case "examined":
			c.Examined = said.Examined
		case "passed":
			c.Passed = said.Passed
		case "teachers":
			c.Teachers = said.Teachers
		case "partners":
			c.Partners = said.Partners
		case "method":
			c.Method = said.Method
		case "material":
			c.Material = said.Material
		case "note":
			c.Note = said.Note
		}
	}
	w := Words{Tree: r.trees.on(c.countingDay()), Subjects: r.subjects, Rules: r.catalogue.On(c.countingDay()), Today: r.today}
	return c, fields.Changes(old, c, w), nil
}
