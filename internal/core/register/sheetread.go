package register

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
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Read makes the body of a row, and says what is wrong with it (intake.Reader).
func (r *sheetReader[T, W]) Read(row *intake.Row) intake.Draft {
	var b T
	if r.Begin != nil {
		b = r.Begin()
	}
	in := &Reading[W]{Row: row, Words: r.now, Tree: r.Tree(r.now), Today: r.today}
	in.find = func(said intake.PlaceName) (intake.Spot, bool) {
		at, _, ok := r.locate(said, in.Tree)
		return at, ok
	}
	if r.Group != nil {
		*r.Group(&b) = r.group(row)
	}
	var counted []string // what counts say beside their numbers
	for _, c := range r.Table {
		v, there := row.Has(c.Key)
		if !there || c.Read == nil || !c.Read(in, v, &b) {
			continue
		}
		in.Give(c.Key)
		if v.Count.Note != "" && r.Note != nil {
			counted = append(counted, v.Text)
		}
	}
	if len(counted) > 0 {
		note := r.Note(&b)
		*note = strings.Trim(strings.Join(append([]string{*note}, counted...), "；"), "；")
		in.Give("note")
	}
	name := ""
	if r.Joint != nil {
		name = r.Joint.Name(in, &b)
	}
	if r.Days != nil {
		r.Days(in, &b)
	}
	in.Words = r.on(r.Head(b).Day)
	in.Tree = r.Tree(in.Words)
	placed := r.Place == nil || r.place(in, &b)
	r.unit(in, &b)
	if r.Finish != nil {
		r.Finish(in, &b, placed)
	}
	joins := r.joins(in, b, name)
	r.check(in, b, placed, joins == "")
	d := r.draft(in, b, placed)
	d.Joins = joins
	if r.Under != nil && in.Text(r.Under.Key) != "" {
		year := 0
		if d.Day != "" {
			year = d.Day.Year()
		}
		d.Under = intake.ReadUnder(r.Under.Key, in.Text(r.Under.Key), r.Prefix, year, func(text string) (day.Day, error) { return zh.ParseDay(text, year, false) })
	}
	return d
}

// Attach puts a draft under a record (intake.Reader).
func (r *sheetReader[T, W]) Attach(d intake.Draft, record, name string) intake.Draft {
	if b, ok := d.Body.(T); ok && r.Under != nil {
		r.Under.Set(r.on(r.Head(b).Day), &b, record, name)
		d.Body = b
	}
	return d
}

func (r *sheetReader[T, W]) draft(in *Reading[W], b T, placed bool) intake.Draft {
	h := r.Head(b)
	d := intake.Draft{Body: b, Title: h.Title, Unit: h.Unit, Number: zh.Fold(in.Text("number")), Day: h.Day, Given: in.given, Named: in.Text("name") != "",
		By: r.By, Alike: r.Alike, Apart: r.Apart, Held: r.Held}
	values := r.Row.Values(b)
	if at := slices.Index(r.Row.Columns, r.Since); at >= 0 {
		d.Day = day.Day(fmt.Sprint(values[at]))
	}
	if r.Venue != nil {
		d.Venue = *r.Venue(&b)
	}
	if r.Under != nil {
		d.Since = d.Day
	}
	if !placed {
		return d
	}
	d.Place = h.Place
	d.Strong, d.Loose = r.key(r.Same, b), r.key(r.Like, b)
	return d
}

// key is what the columns say of a body.
func (r *sheetReader[T, W]) key(columns []string, b T) string {
	h, values := r.Head(b), r.Row.Values(b)
	return r.keyOf(columns, func(column string) string {
		switch column {
		case "title":
			return h.Title
		case "place":
			return h.Place
		}
		return fmt.Sprint(values[slices.Index(r.Row.Columns, column)])
	})
}

// keyOf joins what the columns say; "" when one says nothing that is not among those that may be blank, and for no columns.
func (s *Sheet[T, W]) keyOf(columns []string, said func(column string) string) string {
	var key strings.Builder
	for i, c := range columns {
		text := folded(said(c))
		if text == "" && !slices.Contains(s.Blank, c) {
			return ""
		}
		if i > 0 {
			key.WriteByte('|')
		}
		key.WriteString(text)
	}
	return key.String()
}

// Places says whether a township and village, or a place in words, are known: today, or by a name or in a township of earlier.
func (r *sheetReader[T, W]) Places(said intake.PlaceName) (unknown intake.PlaceName, like []string, found bool) {
	tree := r.Tree(r.now)
	_, unknown, found = r.locate(said, tree)
	if !found {
		like = intake.Alike(tree, unknown)
	}
	return unknown, like, found
}

// locate finds a place by the first tree that knows it, and else by today's and those of earlier.
func (r *sheetReader[T, W]) locate(said intake.PlaceName, first *org.Tree) (at intake.Spot, unknown intake.PlaceName, ok bool) {
	at, unknown, ok = intake.Locate(r.Endings, first, said)
	if ok && r.Venue == nil && at.Venue != "" && at.Place.ID == first.Root().ID { // the words would be lost
		return intake.Spot{}, said, false
	}
	if ok {
		return at, unknown, true
	}
	for _, tree := range append([]*org.Tree{r.Tree(r.now)}, r.past...) {
		if tree == first {
			continue
		}
		if at, _, ok = intake.Locate(r.Endings, tree, said); ok && (r.Venue != nil || at.Venue == "" || at.Place.ID != tree.Root().ID) {
			return at, intake.PlaceName{}, true
		}
	}
	return intake.Spot{}, unknown, false
}

// place finds the place; false when it is none that is there yet.
func (r *sheetReader[T, W]) place(in *Reading[W], b *T) (placed bool) {
	key, township, village := "township", in.Text("township"), in.Text("village")
	if p := in.Text("place"); p != "" && township == "" {
		key, township = "place", p
	}
	if village != "" {
		key = "village"
	}
	if township == "" && village == "" {
		if p, ok := in.Tree.FindPlace(in.Sheet.Name, ""); ok { // a sheet for each township
			*r.Place(b) = p.ID
			in.Give("place")
		}
		return true // a missing one is said by Wrong
	}
	said := intake.PlaceName{Township: township, Village: village}
	at, unknown, ok := r.locate(said, in.Tree)
	if all := township + village; r.several(in.Tree, village, at, unknown) {
		in.Wrong(key, "「%s」不止一个地点，一行只能记一个，请一个地点写一行", all)
		return false
	}
	if ok {
		*r.Place(b) = at.Place.ID
		in.Give("place")
		if p := in.Tree.Place(at.Place.ID); p.ID != "" && p.Closed <= in.Tree.On {
			in.Warn(key, "%s到%s为止，以后并入%s；这一行仍记在%s名下，数算在%s", p.Name, p.Closed.Add(-1).Long(), in.Tree.Place(p.Parent).Name, p.Name, in.Tree.Place(p.Parent).Name)
		}
		r.venue(in, key, b, at)
		return true
	}
	if r.create && intake.TownshipName(unknown.Township) {
		in.NoPlace(key, false, "将新增地点「%s%s」", unknown.Township, unknown.Village)
		return false
	}
	_, like, _ := r.Places(said)
	text, args := "没有「%s」这个地点，请核对，或者先新增", []any{unknown.Township + unknown.Village}
	inOne := village == "" && unknown.Village != "" && r.Venue != nil // it may be no village at all
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
	in.NoPlace(key, true, text, args...)
	return false
}

// several reports whether a row names more than one place: 青溪乡上村、下村. What is only a venue may have such marks further on.
func (r *sheetReader[T, W]) several(tree *org.Tree, village string, at intake.Spot, unknown intake.PlaceName) bool {
	const marks = "、，,；;/"
	if strings.ContainsAny(village, marks) || strings.ContainsAny(unknown.Village, marks) || strings.ContainsAny(unknown.Township, marks) {
		return true
	}
	rest := strings.TrimSpace(at.Venue)
	if rest != strings.TrimLeft(rest, marks) {
		return true
	}
	for _, and := range []string{"和", "及", "与"} {
		if after, ok := strings.CutPrefix(rest, and); ok {
			if _, _, known := intake.Locate(r.Endings, tree, intake.PlaceName{Township: after}); known {
				return true
			}
		}
	}
	return false
}

// venue takes what follows the place's name for the venue. What follows a township might have been meant for a village: it is said.
func (r *sheetReader[T, W]) venue(in *Reading[W], key string, b *T, at intake.Spot) {
	if r.Venue == nil {
		return
	}
	into := r.Venue(b)
	switch {
	case at.Venue == "" || at.Venue == *into:
	case *into != "":
		in.Warn(key, "已写了具体场所「%s」，地点后面的「%s」没有记", *into, at.Venue)
	default:
		*into = at.Venue
		in.Give(r.Within)
		if at.Place.Level == org.LevelTownship {
			in.Warn(key, "记作%s，具体场所 %s", at.Place.Name, at.Venue)
		}
	}
}

// unit is whose the record is: what the row says, else its owner, else 填报单位, else the unit of who imports, else the office.
func (r *sheetReader[T, W]) unit(in *Reading[W], b *T) {
	into := r.Unit(b)
	if *into != "" { // a column has read it
		return
	}
	if said := in.Text("unit"); said != "" {
		if u, ok := in.Tree.FindUnit(said); ok {
			*into = u.ID
			in.Give("unit")
			return
		}
		if near := NearUnits(in.Tree, said); len(near) > 0 {
			in.Wrong("unit", "没有「%s」这个单位，最接近的是%s", said, strings.Join(near, "、"))
		} else {
			in.Wrong("unit", "没有「%s」这个单位，请核对，或者先在「设置」的单位里添加", said)
		}
	}
	owner := ""
	if r.Owner != nil {
		owner = r.Owner(in.Words, *b)
	}
	reporter, asked := r.reporters[in.Sheet.Reporter]
	if !asked {
		if u, ok := in.Tree.FindUnit(in.Sheet.Reporter); ok && in.Sheet.Reporter != "" {
			reporter = u.ID
		}
		r.reporters[in.Sheet.Reporter] = reporter
	}
	for _, u := range []string{owner, reporter, r.home} {
		if u != "" && in.Tree.Unit(u).ID != "" {
			*into = u
			return
		}
	}
	*into = in.Tree.Office().ID
}

// wrongAt reports whether something is said to be wrong with the cell already.
func (r *Reading[W]) wrongAt(key string) bool {
	cell := r.Cell(key)
	return cell != "" && slices.ContainsFunc(r.Notes, func(n intake.Note) bool { return n.Wrong && n.Cell == cell })
}

// NearUnits are the names of units that an unknown one may have been meant for.
func NearUnits(tree *org.Tree, said string) []string {
	var names []string
	for _, u := range tree.Units() {
		names = append(names, u.Name)
	}
	return zh.Nearest(said, names, 3)
}

// check says all that the book would refuse, at the cells that it is about. A part is not whole: what is missing of it is asked of the
// record that it becomes a part of.
func (r *sheetReader[T, W]) check(in *Reading[W], b T, placed, whole bool) {
	blank := r.blank(in, b)
	if !placed {
		*r.Place(&b) = in.Tree.Root().ID // it is said already that the place is not known
	}
	said := map[string]bool{"kind": r.Group != nil && *r.Group(&b) == "" && in.Text("kind") != ""} // group says that it is unknown
	wrong := r.Wrong(b, in.Words, whole)
	if wrong == nil {
		wrong = r.notYet(in.Tree, nil, b)
	}
	var e *errs.Error
	if errors.As(wrong, &e) {
		for _, f := range e.Fields {
			key := f.Name
			if key == r.Kinded {
				key = "kind"
			}
			if key == "place" && in.Cell("place") == "" {
				key = "township"
			}
			if list, _, inside := strings.Cut(key, "."); inside && in.Cell(key) == "" { // of one of several that stand in one cell
				key = list
			}
			if key == "end" && in.Bad("start") { // it follows from the start
				continue
			}
			if !in.Bad(key) && !said[key] && !in.wrongAt(key) {
				said[key] = true
				if lacks, title := r.lacks(in, key); lacks != "" && blank(lacks) {
					in.Lacks(lacks, title, f.Text, f.Args...)
					continue
				}
				in.Unfit(key, f.Text, f.Args...)
			}
		}
	}
	h := r.Head(b)
	if u := in.Tree.Unit(h.Unit); u.ID != "" && h.Day != "" && u.Opened > h.Day && (r.Since != "" || r.Dated) {
		in.Wrong("unit", "「%s」%s才成立，不能记在它之前", u.Name, u.Opened.Long())
	}
	if why := r.refused[h.Unit]; why.Text != "" {
		in.Wrong("unit", why.Text, why.Args...)
	}
	if !whole || !placed {
		return
	}
	for _, w := range r.warnings(b, in.Words) {
		in.Warn(w.Name, w.Text, w.Args...)
	}
}

// lacks is the column that would say key, where the sheet has none, and its title; "" where it has one, or nothing is known of it.
func (r *sheetReader[T, W]) lacks(in *Reading[W], key string) (column, title string) {
	if in.Cell(key) != "" {
		return "", ""
	}
	if key == "township" && in.Cell("place")+in.Cell("village") == "" { // one column can say both
		key = "place"
	}
	c, known := r.columns[key]
	if !known || c.Type == "" {
		return "", ""
	}
	return key, c.Title
}

// blank tells whether a body says nothing of a column.
func (r *sheetReader[T, W]) blank(in *Reading[W], b T) func(key string) bool {
	place := ""
	if r.Place != nil {
		place = *r.Place(&b)
	}
	return func(key string) bool {
		switch c := r.columns[key]; {
		case key == "place":
			return place == ""
		case c.Out == nil:
			return false
		default:
			return c.Out(Entry[T]{Head: flow.Head{Place: place}, Body: b}, in.Words) == nil
		}
	}
}

// Known gives the records that the actor sees: those of the period, or all of them at the first call.
func (r *sheetReader[T, W]) Known(ctx context.Context, tx *db.Tx, p day.Period, each func(intake.Known)) error {
	where, args, err := flow.Filter{Kinds: []string{r.Book.Kind}}.Where(ctx, tx, "r")
	if err != nil {
		return err
	}
	first := []any{org.Of(ctx)}
	if r.Since != "" {
		if r.Joint != nil {
			if err := r.knownParts(ctx, tx, p, where, args, each); err != nil {
				return err
			}
		}
		where = "c." + r.Since + " >= ? AND c." + r.Since + " <= ? AND " + where
		first = append(first, p.From, p.To)
	} else if r.read {
		return nil
	}
	r.read = true
	var columns []string
	for _, c := range slices.Concat(r.Same, r.Like, []string{r.Within}) {
		if c != "" && c != "title" && c != "place" && !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	query := "SELECT r.id, r.number, r.title, r.version, r.verified, r.state, r.revision, r.hash, r.place, r.unit"
	parts, since := "0", "''"
	if r.Joint != nil {
		parts = "c." + r.Joint.Count
	}
	if r.Since != "" {
		since = "c." + r.Since
	}
	query += ", " + parts + ", " + since
	for _, c := range columns {
		query += ", c." + c
	}
	values := make([]string, len(columns))
	all, err := db.All(ctx, tx, func(s db.Scanner) (k intake.Known, err error) {
		var place, unit string
		var parts int
		var since day.Day
		into := []any{&k.ID, &k.Number, &k.Title, &k.Version, &k.Verified, &k.State, &k.Revision, &k.Hash, &place, &unit, &parts, &since}
		for i := range values {
			into = append(into, &values[i])
		}
		if err = s.Scan(into...); err != nil {
			return k, err
		}
		said := func(column string) string {
			switch column {
			case "title":
				return k.Title
			case "place":
				return place
			}
			return values[slices.Index(columns, column)]
		}
		k.Strong, k.Loose = r.keyOf(r.Same, said), r.keyOf(r.Like, said)
		if r.Under != nil {
			k.Since = since
		}
		if parts > 0 && since != "" {
			k.Whole = wholeKey(k.Title, unit, since)
		}
		if r.Within != "" {
			k.Venue = said(r.Within)
		}
		return k, nil
	}, query+" FROM "+r.Row.Table+" c JOIN record r ON r.association = c.association AND r.id = c.id WHERE c.association = ? AND r.state <> 'voided' AND "+
		where+" ORDER BY c.id", append(first, args...)...)
	for _, k := range all {
		each(k)
	}
	return err
}

// Merge lays what the row gives over the body. What it leaves blank stays.
func (r *sheetReader[T, W]) Merge(body json.RawMessage, d intake.Draft) (any, []access.Change, error) {
	var old, now T
	for _, into := range []*T{&old, &now} { // twice: what changes shares nothing with what was
		if err := json.Unmarshal(body, into); err != nil {
			return nil, nil, fmt.Errorf("read what %s is: %w", d.Title, err)
		}
	}
	said, ok := d.Body.(T)
	if !ok {
		return nil, nil, fmt.Errorf("a row of %s is %T", r.Book.Kind, d.Body)
	}
	for _, key := range d.Given {
		if merge := r.columns[key].Merge; merge != nil {
			merge(&now, said)
		}
	}
	if err := r.lay(&now, said, d); err != nil {
		return nil, nil, err
	}
	if r.Over != nil {
		if err := r.Over(old, &now); err != nil {
			return nil, nil, err
		}
	}
	return now, r.changesOf(old, now), nil
}
