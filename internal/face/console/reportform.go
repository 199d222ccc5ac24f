package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/insight/report"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// mostLines is how many later facts of a correction the panel lists; its trace has all.
const mostLines = 6

// signed is an amount with its sign.
func signed(n int64) string {
	if n < 0 {
		return "−" + indicator.Commas(strconv.FormatInt(-n, 10))
	}
	return "+" + indicator.Commas(strconv.FormatInt(n, 10))
}

// shortText is a figure as printed, or how many names it lists.
func shortText(ctx context.Context, f report.Figure) string {
	if len(f.Names) > 0 {
		return lang.T(ctx, "%d 项（%s）", len(f.Names), f.Text)
	}
	return f.Text
}

func indicatorNumber(n int64) string { return indicator.Commas(strconv.FormatInt(n, 10)) }

// toast says in the reader's language what was done.
func toast(w http.ResponseWriter, r *http.Request, text string, args ...any) {
	desk.Toast(w, r, lang.T(r.Context(), text, args...), "")
}

// getNewReport asks for outline, period and scope. With from it copies a report to the period after its own.
func (c *Console) getNewReport(w http.ResponseWriter, r *http.Request) error {
	values := url.Values{"outline": {"annual"}}
	q := r.URL.Query()
	for _, name := range []string{"outline", "from"} {
		if q.Get(name) != "" {
			values.Set(name, q.Get(name))
		}
	}
	for _, name := range []string{"unit", "place"} {
		if q.Get(name) != "" {
			values.Set("where", name+":"+q.Get(name))
		}
	}
	values.Set("period", q.Get("period"))
	if from := values.Get("from"); from != "" {
		if err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
			s, err := c.Reports.Get(v.Ctx, tx, from)
			if err != nil {
				return err
			}
			scope, err := url.ParseQuery(s.Scope)
			values.Set("period", nextPeriod(s.Period).String())
			for _, name := range []string{"unit", "place"} {
				if scope.Get(name) != "" {
					values.Set("where", name+":"+scope.Get(name))
				}
			}
			return err
		}); err != nil {
			return err
		}
	}
	return c.showNewReport(w, r, values, nil)
}

// nextPeriod is the period that comes after: the next year, half, quarter or month, else the same days a year later.
func nextPeriod(p day.Period) day.Period {
	months := p.Months()
	next := p.To.Add(1)
	for _, word := range []string{strconv.Itoa(next.Year()), "H1", "H2", "Q1", "Q2", "Q3", "Q4", next.YearMonth()} {
		if len(word) == 2 {
			word = strconv.Itoa(next.Year()) + "-" + word
		}
		if n, err := day.ParsePeriod(word); err == nil && n.From == next && len(n.Months()) == len(months) && p.From.Date() == 1 {
			return n
		}
	}
	shift := func(d day.Day) day.Day {
		if later, err := day.Of(d.Year()+1, d.Month(), d.Date()); err == nil {
			return later
		}
		later, _ := day.Of(d.Year()+1, d.Month(), d.Date()-1) // 29 February
		return later
	}
	return day.Period{From: shift(p.From), To: shift(p.To)}
}

func (c *Console) showNewReport(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		d := draft{v, values, wrong}
		title, says := v.T("写报告"), v.T("先存为草稿，数字随业务记录变；定稿以后不再变")
		var fields []templ.Component
		if from := values.Get("from"); from != "" {
			s, err := c.Reports.Get(v.Ctx, tx, from)
			if err != nil {
				return err
			}
			title = v.T("照抄到新的期间")
			fields = append(fields, page.ComputedField(page.Computed{Field: page.Field{Name: "from", Label: v.T("照抄"), Value: s.Title, Wide: true}, From: v.T("文字照抄，数字按新的期间算")}), hiddenField("from", from))
		} else {
			var options []page.Option
			for _, name := range report.ShippedNames(c.Reports.Outlines) {
				o, err := c.Reports.Shipped(name)
				if err != nil {
					return err
				}
				options = append(options, page.Option{Value: name, Label: outlineTitle(o)})
			}
			fields = append(fields, page.RadioField(page.Radios{Field: wide(d.field("outline", v.T("提纲"))), Options: options}))
		}
		fields = append(fields, d.periodField(), d.whereField())
		d.status(w)
		return v.Render(w, r, desk.Page{Title: title, Path: reportsPath, NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: title, Crumbs: []page.NavItem{{Label: v.T("报告与简报"), Href: reportsPath}, {Label: title}}}),
			page.Around(page.FormBox(page.Form{Action: reportsPath, Errors: wrong, Lead: d.lead(), Says: says,
				Buttons: []page.Action{{Label: v.T("写成草稿"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不写了"), Href: reportsPath}}), fields...)))
	})
}

func wide(f page.Field) page.Field {
	f.Wide = true
	return f
}

// outlineTitle is the title of an outline without the fields for whose it is and when.
func outlineTitle(o report.Outline) string {
	var b strings.Builder
	for _, part := range o.Title {
		b.WriteString(part.Text)
	}
	return strings.TrimSpace(b.String())
}

// periodField offers the periods that people report on.
func (d draft) periodField() templ.Component {
	chosen := d.values.Get("period")
	year := d.Today.Year()
	soFar := day.Period{From: day.Year(year).From, To: d.Today}.String()
	if chosen == "" {
		chosen = soFar
	}
	options := []page.Option{{Value: soFar, Label: d.T("今年到今天")}}
	known := chosen == soFar
	add := func(value string) {
		p, err := day.ParsePeriod(value)
		if err != nil || p.From > d.Today || value == soFar {
			return
		}
		known = known || value == chosen
		options = append(options, page.Option{Value: value, Label: d.T(p.Words())})
	}
	for y := year; y > year-3; y-- {
		for _, part := range []string{"", "-H1", "-H2", "-Q1", "-Q2", "-Q3", "-Q4"} {
			add(strconv.Itoa(y) + part)
		}
	}
	for m := 1; m <= 12; m++ {
		add(day.Month(year, m).String())
	}
	if p, err := day.ParsePeriod(chosen); !known && err == nil {
		options = append([]page.Option{{Value: chosen, Label: d.T(p.Words())}}, options...)
	}
	f := hint(d.field("period", d.T("期间")), d.T("「上年同期」从这个期间往前推一年"))
	f.Value = chosen
	return page.SelectField(page.Select{Field: f, Options: options})
}

// whereField offers whose or where the report is.
func (d draft) whereField() templ.Component {
	options := []page.Option{{Label: d.T("全县")}}
	for _, u := range d.Tree.Units() {
		options = append(options, page.Option{Value: "unit:" + u.Code, Label: d.T("单位：%s", u.Name)})
	}
	for _, p := range d.Tree.Townships() {
		options = append(options, page.Option{Value: "place:" + p.Code, Label: d.T("地点：%s", p.Name)})
	}
	return page.SelectField(page.Select{Field: hint(d.field("where", d.T("范围")), d.T("单位看谁办的，地点看在哪里办的")), Options: options})
}

// scopeOf is the scope that the two fields say, as an address has it.
func scopeOf(f *web.Form) url.Values {
	scope := url.Values{}
	if p := f.Text("period", "期间", 40); p != "" {
		scope.Set("period", p)
	}
	if kind, code, ok := strings.Cut(f.Text("where", "范围", 80), ":"); ok && (kind == "unit" || kind == "place") {
		scope.Set(kind, code)
	}
	return scope
}

func (c *Console) postReport(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	in := report.WriteInput{Outline: f.Text("outline", "提纲", 60), Scope: scopeOf(f)}
	if from := f.Text("from", "照抄", 60); from != "" {
		if err := c.Desk.DB.View(ctx, func(tx *db.Tx) error {
			s, err := c.Reports.Get(ctx, tx, from)
			in.Outline, in.Text = s.Outline, s.Text
			return err
		}); err != nil {
			return err
		}
	} else if in.Text, err = report.Shipped(c.Reports.Outlines, in.Outline); errs.Is(err, errs.NotFound) {
		return c.showNewReport(w, r, f.Values, []page.FieldError{{Name: "outline", Text: lang.Error(ctx, err)}})
	} else if err != nil {
		return err
	}
	err = f.Err()
	var s report.Stored
	if err == nil {
		s, err = c.Reports.Create(ctx, in)
	}
	if wrong := again(ctx, err); wrong != nil {
		return c.showNewReport(w, r, f.Values, wrong)
	} else if err != nil {
		return err
	}
	toast(w, r, "已写成草稿")
	web.Redirect(w, r, reportHref(s.ID))
	return nil
}

func (c *Console) getReportText(w http.ResponseWriter, r *http.Request) error {
	var values url.Values
	if err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		s, err := c.Reports.Get(v.Ctx, tx, r.PathValue("id"))
		if err != nil {
			return err
		}
		if s.State == report.Frozen {
			return errs.E(errs.Conflict, "这份报告已经定稿，不能再改。要改数字请更正业务记录，要改文字请另起一份")
		}
		scope, err := url.ParseQuery(s.Scope)
		values = url.Values{"text": {s.Text}, "period": {scope.Get("period")}, "version": {strconv.Itoa(s.Version)}}
		for _, name := range []string{"unit", "place"} {
			if scope.Get(name) != "" {
				values.Set("where", name+":"+scope.Get(name))
			}
		}
		return err
	}); err != nil {
		return err
	}
	return c.showReportText(w, r, values, nil)
}

func (c *Console) showReportText(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		s, err := c.Reports.Get(v.Ctx, tx, r.PathValue("id"))
		if err != nil {
			return err
		}
		groups, err := c.codes(v, tx, s)
		if err != nil {
			return err
		}
		d := draft{v, values, wrong}
		text := page.Around(wideText(), page.TextField(page.Text{Field: wide(d.field("text", v.T("正文"))), Rows: 26, MaxLength: report.LongestText}))
		d.status(w)
		href := reportHref(s.ID)
		return v.Render(w, r, desk.Page{Title: s.Title, Path: reportsPath, NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: v.T("改文字"), Crumbs: []page.NavItem{{Label: v.T("报告与简报"), Href: reportsPath}, {Label: s.Title, Href: href}, {Label: v.T("改文字")}}}),
			page.Around(page.FormBox(page.Form{Action: href + "/edit", Errors: wrong, Lead: d.lead(), Version: values.Get("version"), Aside: outlineHelp(groups),
				Says:    v.T("数字写成 {{代码}}，保存后照期间和范围算出"),
				Buttons: []page.Action{{Label: v.T("保存文字"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不改了"), Href: href}}), text, d.periodField(), d.whereField())))
	})
}

// codeGroup is figures that may be written into a text, of one kind of work.
type codeGroup struct {
	name  string
	codes []codeUse
}

// codeUse is a figure, what it is now in the report's scope, and how to write it.
type codeUse struct{ name, value, code string }

// codes lists the figures that can be computed, by kind of work, with their values in the report's scope.
func (c *Console) codes(v *desk.Visit, tx *db.Tx, s report.Stored) ([]codeGroup, error) {
	query, err := url.ParseQuery(s.Scope)
	if err != nil {
		return nil, err
	}
	scope, _, err := indicator.ParseScope(v.Ctx, tx, query)
	if err != nil {
		return nil, err
	}
	figures, err := c.Desk.Indicators.Values(v.Ctx, tx, scope)
	if err != nil {
		return nil, err
	}
	var groups []codeGroup
	at := map[string]int{}
	for _, f := range figures {
		if !f.Available {
			continue
		}
		module := c.Desk.Indicators.Module(f.Def)
		i, known := at[module]
		if !known {
			i = len(groups)
			at[module], groups = i, append(groups, codeGroup{name: c.moduleTitle(module)})
		}
		groups[i].codes = append(groups[i].codes, codeUse{f.Def.Short(), f.Text(indicator.Form{}), f.Def.Code})
	}
	return groups, nil
}

func (c *Console) postReportText(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	in := report.WriteInput{Text: f.Text("text", "正文", report.LongestText+1), Scope: scopeOf(f)}
	version := f.Int("version", "版本")
	err = f.Err()
	if err == nil && version == nil {
		err = errs.E(errs.Invalid, "不知道改的是哪一版，请重新打开报告再改")
	}
	var s report.Stored
	if err == nil {
		s, err = c.Reports.Save(ctx, r.PathValue("id"), int(*version), in)
	}
	if wrong := again(ctx, err); wrong != nil {
		return c.showReportText(w, r, f.Values, wrong)
	} else if err != nil {
		return err
	}
	toast(w, r, "文字已保存")
	web.Redirect(w, r, reportHref(s.ID))
	return nil
}
