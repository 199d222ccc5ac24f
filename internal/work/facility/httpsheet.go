package facility

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

// A sheet has at most so many rows, and offers at most so many facilities: a township's.
const (
	sheetRows   = 60
	sheetOffers = 200
)

// sheet is the form by which many logs of one kind are entered at once: a row for each, all of them saved or none.
type sheet struct {
	id      string // of the form: the rows' ids follow from it, so that sending twice enters nothing twice
	kind    LogRule
	town    string // code
	rows    []sheetRow
	offers  []page.Option
	errors  []page.FieldError
	notice  *page.Notice
	twins   string // numbers of logs that say the same; sent back when they are none
	status  int
	problem *page.Notice
}

// sheetRow is what is typed in a row: facility number, day, fields, note.
type sheetRow []string

// columns of a sheet: facility, day, the fields of the kind, note.
func (s *sheet) keys() []string {
	return append(append([]string{"facility", "day"}, s.kind.Fields...), "note")
}

// getSheet shows an empty sheet: for one facility several rows, for a township a row for each of its facilities.
func (c *console) getSheet(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		s := &sheet{id: id.New(), town: v.At.Get("town")}
		if err := c.sheetKind(v, s, v.At.Get("kind")); err != nil {
			return err
		}
		if err := c.offer(tx, v, s); err != nil {
			return err
		}
		width := len(s.keys())
		one := v.At.Get("facility")
		switch {
		case one != "":
			for range 6 {
				row := make(sheetRow, width)
				row[0] = one
				s.rows = append(s.rows, row)
			}
		default:
			for _, o := range s.offers[1:] {
				row := make(sheetRow, width)
				row[0] = o.Value
				if s.rows = append(s.rows, row); len(s.rows) == sheetRows {
					break
				}
			}
		}
		return c.showSheet(w, r, v, s)
	})
}

// sheetKind sets the kind of the logs: the one asked for, or the first.
func (c *console) sheetKind(v *desk.Visit, s *sheet, code string) error {
	rules := c.Catalogue.On(v.Today)
	if code == "" {
		code = rules.Logs()[0].Code
	}
	var ok bool
	if s.kind, ok = rules.Log(code); !ok {
		return errs.E(errs.NotFound, "没有「%s」这种日志", code)
	}
	return nil
}

// offer lists the facilities in use that have the log, in the township that was chosen or the scope of the page.
func (c *console) offer(tx *db.Tx, v *desk.Visit, s *sheet) error {
	q := register.Query{Sort: "title", Limit: sheetOffers + 1, Filter: flow.Filter{Kinds: []string{Kind}, Unit: v.Scope.Unit, Place: v.Scope.Place,
		States: []flow.State{flow.Submitted, flow.Verified, flow.Returned}, Life: []string{string(InUse), Broken}}}
	if p, ok := v.Tree.PlaceByCode(s.town); ok {
		q.Town = p.ID
	}
	if len(s.kind.Kinds) > 0 {
		kinds := db.List{}
		for _, k := range s.kind.Kinds {
			kinds = append(kinds, k)
		}
		q.Only = append(q.Only, ledger.Condition{SQL: "c.facility_kind IN (?)", Args: []any{kinds}})
	}
	entries, err := c.ListIn(v.Ctx, tx, q)
	if err != nil {
		return err
	}
	if len(entries) > sheetOffers {
		entries = entries[:sheetOffers]
		s.notice = &page.Notice{Lead: v.T("设施太多，这里只列前 %d 处。", sheetOffers), Text: v.T("选一个乡镇，就能列全。")}
	}
	s.offers = []page.Option{{Label: v.T("选设施")}}
	for _, e := range entries {
		s.offers = append(s.offers, page.Option{Value: e.Number, Label: e.Title})
	}
	return nil
}

func (c *console) showSheet(w http.ResponseWriter, r *http.Request, v *desk.Visit, s *sheet) error {
	rules := c.Catalogue.On(v.Today)
	kinds := page.Select{Field: page.Field{Name: "kind", Label: v.T("记什么"), Value: s.kind.Code}, Again: v.T("换成这一种")}
	for _, l := range rules.Logs() {
		kinds.Options = append(kinds.Options, page.Option{Value: l.Code, Label: v.T(l.Name)})
	}
	towns := page.Select{Field: page.Field{Name: "town", Label: v.T("乡镇"), Value: s.town, Optional: true}, Empty: v.T("全部"), Again: v.T("只列这里的")}
	for _, t := range v.Tree.Townships() {
		towns.Options = append(towns.Options, page.Option{Value: t.Code, Label: t.Name})
	}
	rows := page.SubRows{Name: "rows", Label: v.T("一次一行，没有发生的行空着"), AddLabel: v.T("再加一行"), Error: desk.ErrorOf(s.errors, "rows"),
		Heads: []page.SubHead{{Key: "facility", Label: v.T("设施"), Type: "select", Options: s.offers}, {Key: "day", Label: v.T("日期"), Type: "date"}}}
	for _, code := range s.kind.Fields {
		d, _ := rules.Field(code)
		h := page.SubHead{Key: code, Label: v.T(d.Name), Unit: v.T(d.Unit)}
		switch {
		case d.Type == Choice:
			h.Type, h.Options = "select", []page.Option{{Label: v.T("不填")}}
			for _, value := range d.Values {
				h.Options = append(h.Options, page.Option{Value: value, Label: v.T(value)})
			}
		case d.Type.numeric():
			h.Type = "number"
		}
		rows.Heads = append(rows.Heads, h)
	}
	rows.Heads = append(rows.Heads, page.SubHead{Key: "note", Label: v.T("备注")})
	for n, row := range s.rows {
		one := page.SubRow{Values: row, Errors: map[string]string{}}
		for _, key := range s.keys() {
			if says := desk.ErrorOf(s.errors, rowField(n)+key); says != "" {
				one.Errors[key] = says
			}
		}
		rows.Rows = append(rows.Rows, one)
	}
	if len(rows.Rows) == 0 {
		rows.Rows = []page.SubRow{{}}
	}
	at := v.At
	at.Path = "/" + LogKind
	form := page.Form{ID: "sheet", Action: "/" + LogKind + "/new", Errors: s.errors, Says: v.T("交上去由核实人一起核实"),
		Buttons: []page.Action{{Label: v.T("提交核实"), Kind: page.Primary, Name: "act", Value: "submit"}, {Label: v.T("存草稿"), Name: "act", Value: "save", AsIs: true}},
		Leave:   &page.Action{Label: v.T("放弃"), Href: at.Scope(at.Path).String()}}
	if s.twins != "" {
		form.Buttons = append(form.Buttons, page.Action{Label: v.T("不是重复，照样提交"), Name: "distinct", Value: s.twins})
	}
	head := page.FormHead{Title: v.T("记%s", v.T(s.kind.Name)), Crumbs: []page.NavItem{{Label: v.T("设施日志"), Href: v.At.Scope("/" + LogKind).String()}, {Label: v.T("记一批")}}}
	var notices []page.Notice
	for _, one := range []*page.Notice{s.problem, s.notice} {
		if one != nil {
			notices = append(notices, *one)
		}
	}
	if len(s.offers) == 1 {
		notices = append(notices, page.Notice{Kind: page.Caution, Lead: v.T("这里没有要记%s的设施。", v.T(s.kind.Name)), Text: v.T("先登记设施，提交以后就能记。"),
			Action: &page.Action{Label: v.T("去登记设施"), Href: v.At.Scope("/" + Kind + "/new").String()}})
	}
	if s.status == 0 && len(s.errors) > 0 {
		s.status = http.StatusUnprocessableEntity
	}
	fields := []templ.Component{page.SelectField(kinds), page.SelectField(towns), page.SubRowsField(rows)}
	return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + Kind, Status: s.status}, sheetPage(head, form, s.id, notices, fields))
}

func rowField(n int) string { return "rows." + strconv.Itoa(n) + "." }

// sent reads the rows as they came.
func (s *sheet) sent(f url.Values) {
	keys := s.keys()
	s.rows = nil
	for n := 0; f.Has(rowField(n) + "facility"); n++ {
		row := make(sheetRow, len(keys))
		for i, key := range keys {
			row[i] = f.Get(rowField(n) + key)
		}
		s.rows = append(s.rows, row)
	}
}

// blank reports whether nothing was typed in a row: it has a facility, which it came with, and nothing else.
func (row sheetRow) blank() bool {
	return !slices.ContainsFunc(row[1:], func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// postSheet enters the rows of a sheet.
func (c *console) postSheet(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s := &sheet{id: f.Values.Get("id"), town: f.Values.Get("town")}
	if !id.Valid(s.id) {
		s.id = id.New()
	}
	submit := f.Values.Get("act") == "submit" || f.Values.Get("distinct") != ""
	var answered bool
	var logs []rowLog
	if err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		if err := c.sheetKind(v, s, f.Values.Get("kind")); err != nil {
			return err
		}
		if err := c.offer(tx, v, s); err != nil {
			return err
		}
		s.sent(f.Values)
		answered = true
		if ask := f.Values.Get("rows"); ask != "" {
			c.again(s, ask)
			return c.showSheet(w, r, v, s)
		}
		var err error
		if logs, err = c.readSheet(v.Ctx, tx, v, f, s, submit); err != nil {
			return err
		}
		if s.errors = v.AllErrors(f, nil); len(s.errors) > 0 {
			return c.showSheet(w, r, v, s)
		}
		if s.twins != "" && f.Values.Get("distinct") != s.twins {
			s.status = http.StatusConflict
			s.problem = &page.Notice{Kind: page.Caution, Lead: v.T("可能已经记过：%s。", s.twins), Text: v.T("同一处、同一天、同一类。不是重复就照样提交。")}
			return c.showSheet(w, r, v, s)
		}
		answered = false
		return nil
	}); err != nil || answered {
		return err
	}
	done := 0
	for range 2 { // who sent the same sheet at the same moment is seen the second time
		if err = c.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
			done, err = c.enterRows(r.Context(), tx, logs, submit)
			return err
		}); !errs.Is(err, errs.Conflict) {
			break
		}
	}
	switch {
	case err != nil:
		return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
			if s.errors = v.AllErrors(&web.Form{Values: f.Values}, err); len(s.errors) == 0 {
				s.problem = v.Problem(err)
			}
			s.status = web.Status(err)
			return c.showSheet(w, r, v, s)
		})
	case done == 0:
		desk.Say(w, r, "", "这张表已经存过，没有重复记")
	case submit:
		desk.Say(w, r, "", "已提交 %d 条，等核实", done)
	default:
		desk.Say(w, r, "", "已存草稿 %d 条", done)
	}
	at := page.AddressOf(r).Without("kind", "facility", "town")
	web.Redirect(w, r, at.Scope("/"+LogKind).String())
	return nil
}

// rowLog is the log that a row makes; at begins the names of its controls.
type rowLog struct {
	register.New[Log]
	at string
}

// enterRows makes the logs of a sheet, all of them or none, and counts what it changed. What the same sheet has made before stays as it
// is; where a row says something else now, that is said at the row.
func (c *console) enterRows(ctx context.Context, tx *db.Tx, logs []rowLog, submit bool) (done int, err error) {
	var f errs.Fields
	for _, l := range logs {
		h, was, err := c.Logs.Kept(ctx, tx, l.ID)
		switch {
		case errs.Is(err, errs.NotFound):
			if _, err := c.Logs.CreateIn(ctx, tx, l.New); err != nil {
				return 0, err
			}
			done++
		case err != nil:
			return 0, err
		case h.State == flow.Voided:
			f.Add(l.at+"facility", "这一行存成的 %s 已经作废，请另开一张表再填", h.Number)
		case !was.equal(l.Body):
			f.Add(l.at+"facility", "这一行已经存成 %s，和这次填的不一样；要改，请打开那一条", h.Number)
		case submit && h.State == flow.Draft:
			if _, err := c.Logs.SubmitIn(ctx, tx, h.ID, h.Version); err != nil {
				return 0, err
			}
			done++
		}
	}
	return done, f.Err()
}

// again edits the rows as the buttons of the form ask. Another kind or township begins anew, with what was typed lost only where
// nothing was typed.
func (c *console) again(s *sheet, ask string) {
	ask = strings.Replace(ask, ":rows", "", 1) // the buttons name their table
	if n, ok := strings.CutPrefix(ask, "remove:"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < len(s.rows) {
			s.rows = slices.Delete(s.rows, i, i+1)
		}
		return
	}
	if ask == "add" {
		if len(s.rows) < sheetRows {
			row := make(sheetRow, len(s.keys()))
			if n := len(s.rows); n > 0 {
				row[0] = s.rows[n-1][0]
			}
			s.rows = append(s.rows, row)
		}
		return
	}
	typed := slices.DeleteFunc(s.rows, sheetRow.blank)
	s.rows = slices.Clone(typed)
	for _, o := range s.offers[1:] {
		if len(s.rows) >= sheetRows {
			break
		}
		if !slices.ContainsFunc(typed, func(row sheetRow) bool { return row[0] == o.Value }) {
			row := make(sheetRow, len(s.keys()))
			row[0] = o.Value
			s.rows = append(s.rows, row)
		}
	}
}

// readSheet makes logs of the rows in which something happened, and says of each what is wrong with it.
func (c *console) readSheet(ctx context.Context, tx *db.Tx, v *desk.Visit, f *web.Form, s *sheet, submit bool) (logs []rowLog, err error) {
	rules := c.Catalogue.On(v.Today)
	if len(s.rows) > 2*sheetRows {
		f.Errors.Add("rows", "有 %d 行，一张表最多 %d 行，请分几张填", len(s.rows), 2*sheetRows)
		return nil, nil
	}
	own := map[string]bool{} // records of this sheet, sent before
	for n := range s.rows {
		own[id.Nth(s.id, n)] = true
	}
	first := map[string]int{} // row of a facility and day
	var twins []string
	for n, row := range s.rows {
		if row.blank() {
			continue
		}
		at := rowField(n)
		l := Log{Kind: s.kind.Code, Day: f.Day(at+"day", "日期"), Note: f.Text(at+"note", "备注", 200), Values: Values{}}
		for _, code := range s.kind.Fields {
			d, _ := rules.Field(code)
			if value := readField(f, d, at+code); value != nil {
				l.Values[code] = value
			}
		}
		if row[0] != "" {
			h, err := flow.ByNumber(ctx, tx, Kind, row[0])
			if err != nil && !errs.Is(err, errs.NotFound) {
				return nil, err
			}
			if l.Facility = h.ID; err != nil {
				f.Errors.Add(at+"facility", "没有编号是「%s」的设施，请重新选", zh.Brief(row[0], 20))
				continue
			}
		}
		typed := l
		checked, err := c.Logs.Check(ctx, tx, id.Nth(s.id, n), &typed, submit)
		var e *errs.Error
		switch {
		case err == nil:
		case errors.As(err, &e) && len(e.Fields) > 0:
			for _, one := range e.Fields {
				f.Errors.Add(at+one.Name, one.Text, one.Args...)
			}
		default:
			return nil, err
		}
		for _, h := range checked.Similar {
			if !own[h.ID] {
				twins = append(twins, v.Number(h))
			}
		}
		if typed.Facility != "" && typed.Day != "" {
			key := typed.Facility + " " + string(typed.Day)
			if before, there := first[key]; there {
				twins = append(twins, v.T("第 %d 行和第 %d 行", before+1, n+1))
			} else {
				first[key] = n
			}
		}
		logs = append(logs, rowLog{register.New[Log]{ID: id.Nth(s.id, n), Body: typed, Submit: submit}, at})
	}
	if len(logs) == 0 && len(f.Errors) == 0 {
		f.Errors.Add("rows", "每一行都是空的，至少填一行")
	}
	s.twins = strings.Join(twins, "、")
	return logs, nil
}

// headOf is the head of a facility in sight; the zero Head for one that is not.
func headOf(ctx context.Context, tx *db.Tx, s *Service, facility string) (flow.Head, error) {
	h, err := flow.Get(ctx, tx, s.Ref(facility))
	if errs.Is(err, errs.NotFound) {
		return flow.Head{}, nil
	}
	return h, err
}
