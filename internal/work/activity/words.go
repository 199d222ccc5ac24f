package activity

import (
	"context"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// The vocabularies of an activity: titles of what is given away, outlets of the press, bodies that are no units here.
const (
	TitleVocabulary  = "material"
	OutletVocabulary = "outlet"
	BodyVocabulary   = "body"
)

// Words are what ids and codes of an activity are called today: for pages, history, exports.
type Words struct {
	Tree     *org.Tree
	Rules    Rules
	Titles   *org.Vocabulary
	Outlets  *org.Vocabulary
	Others   *org.Vocabulary // bodies that are no units
	Today    day.Day
	Running  func(on day.Day) []Edition // the campaigns with a day among theirs, as the county has set them
	Editions func(year int) []Edition   // those that begin in a year
	Had      *Activity                  // the version before the body that is looked at; zero for none
	Parents  map[string]string          // of a list that is exported: what parents are called, by id
	Parent   *flow.Head                 // of the activity that a body was a part of when it was coded; zero for none
}

// words reads them, and gives them for any counting day.
func (s *Service) words(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
	var w Words
	var err error
	for _, v := range []struct {
		name string
		into **org.Vocabulary
	}{{TitleVocabulary, &w.Titles}, {OutletVocabulary, &w.Outlets}, {BodyVocabulary, &w.Others}} {
		if *v.into, err = org.Terms(ctx, tx, v.name); err != nil {
			return nil, err
		}
	}
	calendar, err := s.Calendar(ctx, tx)
	if err != nil {
		return nil, err
	}
	return register.ByDay(ctx, tx, func(tree *org.Tree, on, today day.Day) Words {
		here := w
		here.Tree, here.Today, here.Rules, here.Parent, here.Had = tree, today, s.Catalogue.On(on), new(flow.Head), new(Activity)
		here.Running, here.Editions = calendar.Running, calendar.Editions
		return here
	})
}

// coder puts codes in the place of words. With write, words that are new are added to their vocabularies.
type coder struct {
	ctx   context.Context
	tx    *db.Tx
	w     Words
	write bool
	err   error
}

// term is the code of a word; a word that nothing knows stays as it is until it is added.
func (c *coder) term(known *org.Vocabulary, word string) string {
	word = strings.TrimSpace(word)
	if word == "" || c.err != nil || known.Known(word) {
		return word
	}
	if code, ok := known.Code(word); ok {
		return code
	}
	if !c.write {
		return word
	}
	var code string
	code, c.err = known.Add(c.ctx, c.tx, word)
	return code
}

// body is the key of a body: the id of a unit by its name, else a word.
func (c *coder) body(name string) string {
	name = strings.TrimSpace(name)
	if c.w.Tree.Unit(name).ID != "" {
		return name
	}
	if u, ok := c.w.unitNamed(name); ok {
		return u.ID
	}
	return c.term(c.w.Others, name)
}

func (c *coder) bodies(all []string) []string {
	var keys []string
	seen := map[string]bool{}
	for _, name := range all {
		if key := c.body(name); key != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// unitNamed finds a unit by its whole name.
func (w Words) unitNamed(name string) (org.Unit, bool) {
	if name == "" {
		return org.Unit{}, false
	}
	for _, u := range w.Tree.Units() {
		if u.Name == name {
			return u, true
		}
	}
	return org.Unit{}, false
}

// bodyName is what a key of a body is called.
func (w Words) bodyName(key string) string {
	if u := w.Tree.Unit(key); u.ID != "" {
		return u.Name
	}
	return w.Others.Title(key)
}

// bodyNames writes several.
func (w Words) bodyNames(keys []string) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = w.bodyName(k)
	}
	return strings.Join(names, "、")
}

// partnerName is what a partner is called.
func (w Words) partnerName(p Partner) string { return nameIn(w.Tree, p) }

// settle fills in village and township of a place from the tree.
func (s *Spot) settle(tree *org.Tree) {
	s.Village, s.Town = "", ""
	for p := tree.Place(s.Place); p.ID != ""; p = tree.Place(p.Parent) {
		switch p.Level {
		case org.LevelVillage:
			s.Village = p.ID
		case org.LevelTownship:
			s.Town = p.ID
		}
	}
}

// code puts codes in the place of the words that an activity was typed with, and settles where it was.
func (s *Service) code(ctx context.Context, tx *db.Tx, a *Activity, w Words, write bool) error {
	c := &coder{ctx: ctx, tx: tx, w: w, write: write}
	a.settle(w.Tree)
	for i := range a.Stops {
		a.Stops[i].settle(w.Tree)
	}
	for i, p := range a.Partners {
		if u, ok := w.unitNamed(p.Name); ok && p.Unit == "" {
			a.Partners[i].Unit = u.ID
		}
		if a.Partners[i].Unit != "" {
			a.Partners[i].Name = ""
		}
	}
	c.materials(a.Materials)
	for i := range a.Media {
		a.Media[i].Outlet = c.term(w.Outlets, a.Media[i].Outlet)
	}
	b := &a.Bodies
	for _, list := range []*[]string{&b.Schools, &b.Enterprises, &b.Opened, &b.Receivers, &b.Teams} {
		*list = c.bodies(*list)
	}
	if c.err != nil {
		return c.err
	}
	return s.codeParent(ctx, tx, a, w)
}

func (c *coder) materials(all []Material) {
	for i := range all {
		all[i].Title = c.term(c.w.Titles, all[i].Title)
	}
}

// codeParent finds the activity that this one is a part of, by its id or number. One that the actor does not see is kept as it is: it
// was put there by somebody who does.
func (s *Service) codeParent(ctx context.Context, tx *db.Tx, a *Activity, w Words) error {
	if a.Parent == "" {
		return nil
	}
	if strings.HasPrefix(strings.ToUpper(a.Parent), Prefix+"-") {
		number := strings.ToUpper(a.Parent)
		h, err := flow.ByNumber(ctx, tx, Kind, number)
		if errs.Is(err, errs.NotFound) && a.countingDay() != "" { // said within its year: HD-0012
			serial, _ := strings.CutPrefix(number, Prefix+"-")
			h, err = flow.ByNumber(ctx, tx, Kind, Prefix+"-"+a.countingDay().YearMonth()[:4]+"-"+serial)
		}
		if errs.Is(err, errs.NotFound) {
			return oneField("parent", "没有编号为 %s 的活动，请核对", a.Parent)
		}
		if err != nil {
			return err
		}
		a.Parent, *w.Parent = h.ID, h
		return nil
	}
	h, err := flow.Get(ctx, tx, Ref(a.Parent))
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	*w.Parent = h
	return nil
}

// keep refuses a parent that only the version before may have named: the record itself, one of its own parts, one that is not there or
// not in sight; and to leave out units whose shares stand. It lets validate know what the version before said.
func (s *Service) keep(ctx context.Context, tx *db.Tx, record string, was, a *Activity, w Words) error {
	had := Activity{}
	if was != nil {
		had = *was
	}
	if w.Had != nil {
		*w.Had = had
	}
	if was != nil && record != "" {
		if err := s.sharesStay(ctx, tx, record, had, *a, w); err != nil {
			return err
		}
	}
	switch {
	case a.Parent == "":
		return nil
	case a.Parent == record:
		return oneField("parent", "活动不能做自己的主活动，请另选")
	case a.Parent == had.Parent:
		return nil
	case w.Parent == nil || w.Parent.ID != a.Parent:
		return oneField("parent", "没有这个主活动，或者不在你能看的范围里；请写主活动的编号")
	case record == "":
		return nil
	}
	below, err := s.under(ctx, tx, a.Parent, record)
	if err != nil {
		return err
	}
	if below {
		return oneField("parent", "%s 是这个活动的子活动，不能做它的主活动", w.Parent.Number)
	}
	return nil
}

// under reports whether an activity is a part of another, over however many levels, by the versions that stand and by those that are
// being worked on, whoever sees them.
func (s *Service) under(ctx context.Context, tx *db.Tx, part, whole string) (bool, error) {
	seen := map[string]bool{part: true}
	for level := []string{part}; len(level) > 0; {
		bodies, err := db.All(ctx, tx, func(scan db.Scanner) (a Activity, err error) {
			var body string
			if err = scan.Scan(&body); err == nil {
				a, err = register.Decode[Activity](body)
			}
			return a, err
		}, `SELECT v.body FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version IN (r.version, r.verified)
			WHERE r.association = ? AND r.kind = ? AND r.id IN (?)`, org.Of(ctx), Kind, db.List(level))
		if err != nil {
			return false, err
		}
		level = nil
		for _, b := range bodies {
			if b.Parent == whole {
				return true, nil
			}
			if b.Parent != "" && !seen[b.Parent] {
				seen[b.Parent] = true
				level = append(level, b.Parent)
			}
		}
	}
	return false, nil
}

func oneField(name, text string, args ...any) error {
	var f errs.Fields
	f.Add(name, text, args...)
	return f.Err()
}
