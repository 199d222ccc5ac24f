package console

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// mapping is the form of a review that was handed in with errors, to be shown again as it was typed. The zero mapping shows what was
// understood.
type mapping struct {
	form   *web.Form
	errors []page.FieldError
}

// typed is what stands in an input: what was typed, else what is so now.
func (m mapping) typed(name, now string) string {
	if m.form != nil && m.form.Has(name) {
		return m.form.Values.Get(name)
	}
	return now
}

// The names of the inputs of a review.
func kindField(s *intake.Sheet) string { return "sheet." + strconv.Itoa(s.Index) }
func yearField(s *intake.Sheet) string { return "year." + strconv.Itoa(s.Index) }
func headField(s *intake.Sheet) string { return "head." + strconv.Itoa(s.Index) }
func columnField(s *intake.Sheet, f intake.Field) string {
	return "col." + strconv.Itoa(s.Index) + "." + strconv.Itoa(f.Column)
}

func fillField(s *intake.Sheet, key string) string {
	return "fill." + strconv.Itoa(s.Index) + "." + key
}

// byRow is the choice that the kind of each row stands in a column of the sheet.
const byRow = "*"

// kindOf is what the choice «认作» says of a sheet now.
func kindOf(s *intake.Sheet) string {
	switch {
	case s.First == 0: // it was not read
		return ""
	case s.Wide > 0: // each of its columns is a kind
		return byRow
	case s.Kind == "" && hasField(s, "kind"):
		return byRow
	}
	return s.Kind
}

func hasField(s *intake.Sheet, key string) bool {
	return slices.ContainsFunc(s.Fields, func(f intake.Field) bool { return f.Key == key })
}

// headOf is where the heading of a sheet is, as the page writes it: 3 or 3-4.
func headOf(s *intake.Sheet) string {
	switch {
	case s.First == 0:
		return ""
	case s.Last > s.First:
		return strconv.Itoa(s.First) + "-" + strconv.Itoa(s.Last)
	}
	return strconv.Itoa(s.First)
}

// postReview imports what was reviewed. When the mapping was changed, or that was asked for, the file is read again first: nothing
// goes in that was not seen.
func (i imports) postReview(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	res, err := i.Intake.Result(r.Context(), id)
	if err != nil {
		return err
	}
	if res.State != intake.Checked {
		return i.step(w, r, id, intake.Applying, intake.Options{}) // refused there, with the reason
	}
	o, changed := i.options(f, res)
	if err := f.Err(); err != nil {
		return i.showReview(w, r, res, mapping{form: f, errors: fieldErrors(r, err)})
	}
	if len(o.Places) > 0 {
		err := i.Intake.MayMake(r.Context(), res, o)
		if wrong := desk.FieldErrors(r.Context(), err); wrong != nil {
			return i.showReview(w, r, res, mapping{form: f, errors: wrong})
		}
		if err != nil {
			return err
		}
	}
	in := res.Counts[intake.New] + res.Counts[intake.Changed]
	if !changed && f.Values.Get("act") == "import" && in > 0 {
		return i.step(w, r, id, intake.Applying, o)
	}
	if err := i.order(r, id, intake.Checking, o); err != nil {
		return err
	}
	i.await(r, id)
	where := i.href(id)
	if changed {
		where += "?changed=1"
	}
	web.Redirect(w, r, where)
	return nil
}

// options reads a review's form against what the file is understood as now; changed says whether it has to be read anew.
func (i imports) options(f *web.Form, res intake.Result) (o intake.Options, changed bool) {
	o = res.Options
	o.Places, o.PlacesFrom, o.PlacesWhy = nil, f.Day(intake.PlacesFromField, "从哪天起有"), f.Text(intake.PlacesWhyField, "为什么动到结过的账", 200)
	wanted := f.List("place")
	for _, u := range res.Unknown {
		if !u.Created && u.Creatable() && (f.Values.Get("act") == "places" || slices.Contains(wanted, strings.TrimSpace(placeValue(u)))) {
			o.Places, changed = append(o.Places, intake.PlaceName{Township: u.Township, Village: u.Village}), true
		}
	}
	sheets := map[string]intake.Choice{}
	for name, c := range o.Sheets {
		sheets[name] = c
	}
	for _, s := range res.Sheets {
		if c, differs := i.choice(f, res, s, sheets[s.Name]); differs {
			sheets[s.Name], changed = c, true
		}
	}
	if len(sheets) > 0 {
		o.Sheets = sheets
	}
	return o, changed
}

// choice reads what the form says of a sheet, over what was chosen before.
func (i imports) choice(f *web.Form, res intake.Result, s *intake.Sheet, c intake.Choice) (_ intake.Choice, changed bool) {
	if !f.Has(kindField(s)) {
		return c, false
	}
	allowed := []string{byRow}
	for _, k := range i.module.Intake.Kinds() {
		allowed = append(allowed, k.Code)
	}
	kind := f.OneOf(kindField(s), s.Name+"认作", allowed...)
	if kind != kindOf(s) {
		c.Skip, c.Kind, changed = kind == "", strings.TrimPrefix(kind, byRow), true
	}
	if kind == "" {
		return c, changed
	}
	if f.Has(yearField(s)) {
		if year := yearOf(f, yearField(s), s.Name); year != s.Year {
			c.Year, changed = year, true
		}
	}
	for _, one := range i.fills(res, s) {
		if name := fillField(s, one.Key); f.Has(name) {
			text := f.Text(name, one.Title, 200)
			if text == one.Text {
				continue
			}
			c.Fill, changed = maps.Clone(c.Fill), true
			if c.Fill == nil {
				c.Fill = map[string]string{}
			}
			c.Fill[one.Key] = text
		}
	}
	if f.Has(headField(s)) {
		if first, last, ok := heading(f, s); ok && first > 0 && (first != s.First || last != s.Last) {
			return intake.Choice{Kind: c.Kind, Year: c.Year, First: first, Last: last, Fill: c.Fill}, true // the columns are others
		}
	}
	fields, differs := columns(f, s, i.module.Intake.Columns())
	if differs {
		c.Fields, c.Kind = fields, strings.TrimPrefix(kind, byRow)
	}
	return c, changed || differs
}

// fills are the columns that the sheet does not have and that a person can fill for all rows, with what they say now: those that keep rows
// out, and those that were filled, though by nothing now.
func (i imports) fills(res intake.Result, s *intake.Sheet) []intake.Filled {
	all := slices.Clone(s.Filled)
	add := func(key, title string) {
		if !hasField(s, key) && !slices.ContainsFunc(all, func(f intake.Filled) bool { return f.Key == key }) {
			all = append(all, intake.Filled{Key: key, Title: title})
		}
	}
	missing := s.Missing
	if s.Wide > 0 {
		missing = res.Lacking(s)
	}
	for _, l := range missing {
		if !l.Each && l.Key != "kind" { // which is chosen where the sheet says what it is
			add(l.Key, l.Title)
		}
	}
	for _, c := range i.module.Intake.Columns() {
		if _, said := res.Options.Sheets[s.Name].Fill[c.Key]; said {
			add(c.Key, c.Title)
		}
	}
	return all
}

// heading reads which lines the heading of a sheet is: «3», «3-4», «3—4».
func heading(f *web.Form, s *intake.Sheet) (first, last int, ok bool) {
	text := strings.Map(func(r rune) rune {
		switch r {
		case '-', '–', '—', '~', '～', '、', ',', '至', '到':
			return '-'
		case ' ':
			return -1
		}
		return r
	}, zh.Fold(f.Values.Get(headField(s))))
	if text == "" || text == headOf(s) {
		return s.First, s.Last, true
	}
	from, to, two := strings.Cut(strings.ReplaceAll(text, "--", "-"), "-")
	first, err := strconv.Atoi(from)
	if err == nil && two {
		last, err = strconv.Atoi(to)
	}
	if err != nil || first < 1 || two && last != first && last != first+1 {
		f.Errors.Add(headField(s), "「%s」的表头写的是「%s」，请写行号，例如 2，两行的写 3-4", s.Name, f.Values.Get(headField(s)))
		return 0, 0, false
	}
	return first, last, true
}

// columns reads which column of a sheet fills which field. It gives those that differ from what the headings say; two columns for one
// field are refused.
func columns(f *web.Form, s *intake.Sheet, known []intake.Column) (fields map[int]string, differs bool) {
	fields = map[int]string{}
	taken := map[string]intake.Field{}
	for _, field := range s.Fields {
		name := columnField(s, field)
		if !f.Has(name) {
			continue
		}
		key := f.Values.Get(name)
		at := slices.IndexFunc(known, func(c intake.Column) bool { return c.Key == key })
		if key != "" && at < 0 {
			f.Errors.Add(name, "%s 列没有这一项，请重新选", xlsx.Letters(field.Column))
			continue
		}
		if other, twice := taken[key]; twice && key != "" {
			f.Errors.Add(name, "「%s」的 %s 列和 %s 列都填到「%s」，请改一列", s.Name, xlsx.Letters(other.Column), xlsx.Letters(field.Column), known[at].Title)
			continue
		}
		taken[key] = field
		if key != field.Key {
			fields[field.Column], differs = key, true
		} else if field.How != "" && field.How != "head" {
			fields[field.Column] = key
		}
	}
	return fields, differs
}

// showReview shows what the file was understood as, before anything goes in.
func (i imports) showReview(w http.ResponseWriter, r *http.Request, res intake.Result, m mapping) error {
	return i.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		p := page.ImportReview{Title: v.T("核对要导入的"), Crumbs: i.crumbs(v, res.File), Action: i.href(res.ID), At: v.At, Errors: m.errors,
			File: v.T("%s，%d 张表", res.File, len(slices.DeleteFunc(slices.Clone(res.Sheets), func(s *intake.Sheet) bool { return s.Spread != "" }))), Says: v.T("导入后都是待核实；同样的行再导入不会重复"), Leave: &page.Action{Label: v.T("不导入"), Href: i.href("")}}
		for _, s := range res.Sheets {
			p.Sheets = append(p.Sheets, i.sheet(v, res, s, m))
			for _, t := range s.Totals {
				p.Sums = append(p.Sums, page.ImportSum{Where: v.T("「%s」%s %s「%s」", s.Name, t.Cell, t.Word, t.Head), Stated: page.Grouped(t.Stated), Added: page.Grouped(t.Sum), Differs: !t.OK()})
			}
		}
		if len(p.Sheets) == 1 {
			p.Sheets[0].Open = true
		}
		if err := i.newPlaces(tx, v, res, m, &p); err != nil {
			return err
		}
		for _, g := range res.Vanished {
			p.Gone = append(p.Gone, page.ImportGone{Number: g.Number, Href: desk.Href(i.module.Kind, g.Number), Title: g.Title, Where: v.T("上次在%s", intake.Address(g.Sheet, g.Line))})
		}
		p.GoneMore, p.Covers = res.VanishedN-len(res.Vanished), res.Covers(v.Ctx)
		in := res.Counts[intake.New] + res.Counts[intake.Changed]
		before, err := i.before(tx, v, res)
		if err != nil {
			return err
		}
		p.Notes = slices.Concat(before, reviewNotes(v, res, in))
		first := page.Action{Label: v.T("导入 %d 行", in), Kind: page.Primary, Name: "act", Value: "import"}
		if in == 0 {
			first.Off = v.T("没有可以导入的行")
		}
		p.Buttons = []page.Action{first, {Label: v.T("照改过的再核对"), Name: "act", Value: "check"}}
		if err := i.rows(v, res, &p); err != nil {
			return err
		}
		if len(m.errors) > 0 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		return i.render(w, r, v, p.Title, page.ImportReviewPage(p))
	})
}

// before says that the same file went in before, where some of its rows did not.
func (i imports) before(tx *db.Tx, v *desk.Visit, res intake.Result) ([]page.Notice, error) {
	earlier, err := i.Intake.SameFile(v.Ctx, tx, res.Import)
	if err != nil || len(earlier) == 0 || v.At.Get("anew") != "" || res.Counts[intake.Changed] > 0 {
		return nil, err
	}
	first := earlier[0]
	return []page.Notice{{Text: v.T("%s 在 %s 导入过这个文件，进了 %s 行。进了的不会再记一次，这里重新核对", first.Name, v.Instant(first.Created), page.Grouped(first.Done)),
		Action: &page.Action{Label: v.T("看那次导入"), Href: i.href(first.ID)}}}, nil
}

// reviewNotes are what stands on top of a review.
func reviewNotes(v *desk.Visit, res intake.Result, in int) (notes []page.Notice) {
	if res.Failure != "" {
		notes = append(notes, page.Notice{Kind: page.Wrong, Text: res.Failure})
	}
	if v.At.Get("anew") != "" {
		notes = append(notes, page.Notice{Text: v.T("这个文件导入过。在下面把「所有行都是」改成别的，再核对，就看得到哪些行会改动")})
	}
	if v.At.Get("changed") != "" {
		notes = append(notes, page.Notice{Text: v.T("对应改过，已照新的核对了一遍，请看过再导入")})
	}
	if made := res.Made(); len(made) > 0 {
		notes = append(notes, page.Notice{Text: v.T("新建了 %d 个地点：%s。不导入这个文件，它们也留着", len(made), strings.Join(made, v.T("、")))})
	}
	for _, s := range res.Sheets {
		for _, l := range res.Lacking(s) {
			notes = append(notes, page.Notice{Kind: page.Caution, Text: lacks(v, s.Name, l)})
		}
	}
	total := in + res.Counts[intake.Same] + res.Counts[intake.Rejected]
	switch {
	case total == 0:
		notes = append(notes, page.Notice{Kind: page.Caution, Text: v.T("没有读到一行。请看每张表认得对不对，或者换一个文件")})
	case in == 0 && res.Counts[intake.Rejected] == 0:
		notes = append(notes, page.Notice{Text: v.T("%d 行都和已有的记录一样，不用导入", total)})
	case in == 0 && res.Counts[intake.Rejected] > 0:
		notes = append(notes, page.Notice{Kind: page.Caution, Text: v.T("%d 行进不了，原因写在每一行下面；没有别的行可以导入", res.Counts[intake.Rejected])})
	case res.Counts[intake.Rejected] > 0:
		notes = append(notes, page.Notice{Kind: page.Caution, Text: v.T("%d 行进不了，原因写在每一行下面；其余的可以先导入", res.Counts[intake.Rejected])})
	}
	return notes
}

// lacks says that a sheet does not have a column.
func lacks(v *desk.Visit, sheet string, l intake.Lack) string {
	title := v.T(l.Title)
	switch {
	case l.Year && l.Rows == 0:
		return v.T("「%s」没有「%s」这一列。请在表里补上这一列再传；都是同一年的，在下面「%s」里写上是哪一年，再核对", sheet, title, sheet)
	case l.Year:
		return v.T("「%s」没有「%s」这一列，%d 行因此进不了。请在表里补上这一列再传；都是同一年的，在下面「%s」里写上是哪一年，再核对", sheet, title, l.Rows, sheet)
	case l.Each && l.Rows == 0:
		return v.T("「%s」没有「%s」这一列，请在表里补上这一列再传", sheet, title)
	case l.Each:
		return v.T("「%s」没有「%s」这一列，%d 行因此进不了。请在表里补上这一列再传", sheet, title, l.Rows)
	case l.Key == "kind" && l.Rows == 0:
		return v.T("「%s」没有「%s」这一列。请在表里补上这一列再传；所有行都一样的，在下面「%s」的「认作」里选，再核对", sheet, title, sheet)
	case l.Key == "kind":
		return v.T("「%s」没有「%s」这一列，%d 行因此进不了。请在表里补上这一列再传；所有行都一样的，在下面「%s」的「认作」里选，再核对", sheet, title, l.Rows, sheet)
	case l.Rows == 0:
		return v.T("「%s」没有「%s」这一列。请在表里补上这一列再传；所有行都一样的，在下面「%s」的「所有行都是」里写上，再核对", sheet, title, sheet)
	}
	return v.T("「%s」没有「%s」这一列，%d 行因此进不了。请在表里补上这一列再传；所有行都一样的，在下面「%s」的「所有行都是」里写上，再核对", sheet, title, l.Rows, sheet)
}

// sheet shows what a sheet was understood as, and how to say otherwise. What is said for all rows of a wide sheet stands at it; each of its
// columns shows it, closed, and may say otherwise.
func (i imports) sheet(v *desk.Visit, res intake.Result, s *intake.Sheet, m mapping) page.ImportSheet {
	out := page.ImportSheet{Name: s.Name, Field: kindField(s), Kind: m.typed(kindField(s), kindOf(s)), Hidden: s.Hidden, Says: v.T(s.Skipped)}
	for _, k := range i.module.Intake.Kinds() {
		out.Kinds = append(out.Kinds, page.Option{Value: k.Code, Label: v.T(k.Name)})
	}
	switch {
	case s.Wide > 0:
		out.Kinds = []page.Option{{Value: byRow, Label: v.T("一列一个数")}}
	case hasField(s, "kind"):
		out.Kinds = append(out.Kinds, page.Option{Value: byRow, Label: v.T("看每行的类型")})
	}
	if s.First == 0 && s.Hidden {
		return out
	}
	ask := func(a page.MapInput, now string) {
		a.Value, a.Error = m.typed(a.Field, now), desk.ErrorOf(m.errors, a.Field)
		out.Open = out.Open || a.Error != ""
		out.Asks = append(out.Asks, a)
	}
	if s.First > 0 {
		year, label := "", v.T("没写年份的日期算哪一年")
		if s.Year != 0 {
			year = strconv.Itoa(s.Year)
		}
		if slices.ContainsFunc(i.module.Intake.Columns(), func(c intake.Column) bool { return c.Year }) {
			label = v.T("没写年份的算哪一年")
		}
		ask(page.MapInput{Field: yearField(s), Label: label}, year)
	}
	if s.From == "" {
		ask(page.MapInput{Field: headField(s), Label: v.T("表头在第几行")}, headOf(s))
	}
	for _, one := range i.fills(res, s) {
		ask(page.MapInput{Field: fillField(s, one.Key), Label: v.T("「%s」所有行都是", v.T(one.Title)), Text: true}, one.Text)
		out.Open = out.Open || s.From == ""
	}
	out.Open = out.Open || len(res.Lacking(s)) > 0
	if s.Skipped == "" {
		says := []string{v.T("认作%s", s.KindName)}
		if s.KindName == "" {
			says[0] = v.T("类型看每一行")
		}
		says = append(says, v.T("%d 行", s.Rows))
		if s.Year != 0 {
			says = append(says, v.T("%d年", s.Year))
		}
		if s.Reporter != "" {
			says = append(says, v.T("填报单位%s", s.Reporter))
		}
		out.Says = strings.Join(says, v.T("，"))
	}
	out.Map = i.columnChoices(v, s, m)
	for _, c := range out.Map {
		out.Open = out.Open || c.Care || c.Error != ""
	}
	out.Open = out.Open || s.Skipped != "" && s.Rows > 0
	out.Lines = lines(v, s)
	return out
}

// columnChoices are the columns of a sheet with the field that each fills.
func (i imports) columnChoices(v *desk.Visit, s *intake.Sheet, m mapping) (all []page.MapColumn) {
	known := i.module.Intake.Columns()
	var options []page.Option
	titles := map[string]string{}
	for _, c := range known {
		titles[c.Key] = v.T(c.Title)
		options = append(options, page.Option{Value: c.Key, Label: v.T(c.Title)})
	}
	for _, f := range s.Fields {
		name := columnField(s, f)
		c := page.MapColumn{Letter: xlsx.Letters(f.Column), Head: f.Head, Sample: f.Sample, Field: name, Chosen: m.typed(name, f.Key), Options: options, Error: desk.ErrorOf(m.errors, name)}
		switch {
		case f.How == "remembered":
			c.Sure = v.T("上次的对应")
		case f.How == "chosen":
			c.Sure = v.T("你选的")
		case f.Key == "":
			c.Sure = v.T("没有认出，不用")
		case f.Score < 89:
			c.Sure, c.Care = v.T("像是%s，请看一眼", titles[f.Key]), true
		default:
			c.Sure = v.T("按表头认出")
		}
		all = append(all, c)
	}
	return all
}

// lines are the rows of a sheet that are no data, and what to look at.
func lines(v *desk.Visit, s *intake.Sheet) (all []page.RowRemark) {
	for _, n := range s.Notes {
		all = append(all, page.RowRemark{Cell: n.Cell, Text: n.Text, Wrong: true})
	}
	for _, l := range s.Ignored {
		text := v.T("%s，不导入", v.T(l.What))
		if l.Text != "" && l.Text != l.What {
			text = v.T("%s「%s」，不导入", v.T(l.What), l.Text)
		}
		all = append(all, page.RowRemark{Cell: v.T("第 %d 行", l.Line), Text: text})
		if len(all) >= 30 {
			return append(all, page.RowRemark{Text: v.T("还有 %d 行不导入", len(s.Ignored)+len(s.Notes)-len(all))})
		}
	}
	return all
}

// placeValue names an unknown place in the form.
func placeValue(u intake.Unknown) string { return u.Township + "\t" + u.Village }

// places are the places that nobody knows, once each.
func places(v *desk.Visit, unknown []intake.Unknown, m mapping) (all []page.ImportPlace) {
	may := v.Actor.MayEverywhere(access.Import, "")
	for _, u := range unknown {
		if u.Created {
			continue // said on top
		}
		p := page.ImportPlace{Name: u.Township + u.Village}
		says := []string{v.T("%d 行，先在%s", u.Rows, u.Where)}
		if len(u.Near) > 0 {
			says = append(says, v.T("最接近的是%s", strings.Join(u.Near, v.T("、"))))
		}
		switch {
		case !u.Creatable():
			says = append(says, v.T("看不出是哪个乡镇，请改表"))
		case !may:
			says = append(says, v.T("真有这个地点，请县科协先建好"))
		default:
			since := v.T("新建的话从%s起有", v.T(u.From.Long()))
			if u.Townless {
				since = v.T("新建的话从%s起有，连同%s", v.T(u.From.Long()), u.Township)
			}
			says = append(says, since)
			p.Value = placeValue(u)
			p.Wish = m.form != nil && slices.Contains(m.form.List("place"), strings.TrimSpace(p.Value))
		}
		p.Says = strings.Join(says, v.T("；"))
		all = append(all, p)
	}
	return all
}

// newPlaces is what the page says of places that nobody knows: which they are, from when they are there once they are made, and what
// that changes.
func (i imports) newPlaces(tx *db.Tx, v *desk.Visit, res intake.Result, m mapping, p *page.ImportReview) error {
	p.Places = places(v, res.Unknown, m)
	if !slices.ContainsFunc(p.Places, func(one page.ImportPlace) bool { return one.Value != "" }) {
		return nil
	}
	closed, err := ledger.ClosedUpTo(v.Ctx, tx)
	if err != nil {
		return err
	}
	n, reaching, bound := 0, 0, false // bound: what happened there is closed too, no later day will do
	var first, last day.Day
	for _, u := range res.Creatable() {
		if n++; first == "" || u.From < first {
			first = u.From
		}
		last = max(last, u.From)
		if u.From <= closed {
			reaching, bound = reaching+1, bound || u.First != "" && u.First <= closed
		}
	}
	since := page.Field{Name: intake.PlacesFromField, Label: v.T("从哪天起有"), Value: m.typed(intake.PlacesFromField, ""), Error: desk.ErrorOf(m.errors, intake.PlacesFromField), Optional: true,
		Hint: v.T("空着就各从表里最早那一年的1月1日起。按村算的覆盖率从这天起把它算进分母")}
	p.AskPlaces = []templ.Component{page.DayInput(page.DayField{Field: since})}
	if reaching > 0 {
		who, open := v.T("要主席来建"), ""
		if !bound {
			open = v.T("；或者在下面写%s或以后", v.T(closed.Add(1).Long()))
		}
		if v.Actor.MayEverywhere(access.Reopen, "") {
			who = v.T("要写原因")
			why := page.Field{Name: intake.PlacesWhyField, Label: v.T("为什么动到结过的账"), Value: m.typed(intake.PlacesWhyField, ""), Error: desk.ErrorOf(m.errors, intake.PlacesWhyField), Optional: true, Wide: true}
			p.AskPlaces = append(p.AskPlaces, page.InputField(page.Input{Field: why, MaxLength: 200}))
		}
		p.Reach = &page.Notice{Kind: page.Caution, Text: v.T("%d 个里有 %d 个，那天的账已经结了（结到%s）。新建了，结过的覆盖率会变，%s。", n, reaching, v.T(closed.Long()), who+open)}
	}
	if n < 2 {
		return nil
	}
	label := v.T("%d 个都新建（各从表里最早的那年起有），再核对", n)
	if typed := m.typed(intake.PlacesFromField, ""); typed != "" {
		label = v.T("%d 个都新建（从填的那天起有），再核对", n)
	} else if first == last {
		label = v.T("%d 个都新建（从%s起有），再核对", n, v.T(first.Long()))
	}
	p.AllPlaces = &page.Action{Label: label, Name: "act", Value: "places", Small: true}
	return nil
}
