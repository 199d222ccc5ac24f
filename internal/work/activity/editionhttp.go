package activity

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// editionsPath is where a county sets days and themes of campaigns, below the settings.
const editionsPath = "/settings/campaigns"

func editionHref(code string, year int) string {
	return editionsPath + "/" + url.PathEscape(code) + "?year=" + strconv.Itoa(year)
}

// whoSet says by whom an edition's days and theme are.
func whoSet(v *desk.Visit, e Edition) string {
	if e.Set {
		return v.T("本县定的")
	}
	return v.T("程序自带")
}

// getEditions lists the editions of a year with their days and themes.
func (p *activityPages) getEditions(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		year := campaignYear(v)
		calendar, err := p.Calendar(v.Ctx, tx)
		if err != nil {
			return err
		}
		all := editionsNamed(calendar, year, v.At.Get("q"))
		title := v.T("%d年主题活动的日期", year)
		may := v.MayTake(Kind, string(access.Settings))
		if format := v.At.Get("format"); format != "" {
			if may != nil {
				return may
			}
			rows := make([][]any, len(all))
			for i, e := range all {
				rows[i] = []any{e.Name, e.Days.From, e.Days.To, e.Theme, whoSet(v, e)}
			}
			return desk.SendTable(w, format, title, xlsx.Table{Name: v.T("主题活动"), Title: title, Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("主题活动"), Width: 28},
				{Title: v.T("从"), Kind: xlsx.AsDay}, {Title: v.T("到"), Kind: xlsx.AsDay}, {Title: v.T("主题"), Width: 40}, {Title: v.T("谁定的")}}})
		}
		years := yearFilter(v)
		years.Options = append([]page.Option{years.Options[0], {Value: strconv.Itoa(v.Today.Year() + 1), Label: v.T("%d年", v.Today.Year()+1)}}, years.Options[1:]...)
		l := page.List{Title: title, At: v.At, Search: v.T("主题活动、主题"), Filters: []page.Filter{years}, Empty: noEdition(v, year),
			Columns: []page.Column{{Label: v.T("主题活动"), Kind: page.MainColumn}, {Label: v.T("日期"), Plain: true}, {Label: v.T("主题")}, {Label: v.T("谁定的"), Kind: page.StateColumn}}}
		if may == nil {
			l.Actions = []page.Action{v.ExportMenu(editionsPath)}
		}
		for _, e := range all {
			theme := page.Cell(e.Theme)
			if e.Theme == "" {
				theme = page.NotFilled(v.T("未填"))
			}
			who := page.Faint(whoSet(v, e))
			if e.Set {
				who = page.Strong(whoSet(v, e))
			}
			href := editionHref(e.Code, year)
			l.Rows = append(l.Rows, page.Row{Href: href, Name: e.Name, Cells: []templ.Component{page.LinkCell(href, e.Name), pages.Nowrap(editionDays(v, e)), theme, who}})
		}
		l.Foot = page.Words(v.T("共 %d 个；上级每年的通知改了日期，就改那一年的", len(all)))
		crumbs := page.Crumbs([]page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("主题活动的日期")}})
		return v.Render(w, r, desk.Page{Title: title, Path: "/settings", NoScope: true}, templ.Join(crumbs, page.ListPage(l)))
	})
}

func (p *activityPages) getEditionDays(w http.ResponseWriter, r *http.Request) error {
	return p.showEditionDays(w, r, nil, nil)
}

// showEditionDays shows an edition's days and theme, what they were, and for who may a form to change them; values and wrong are those
// of a form that came back.
func (p *activityPages) showEditionDays(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		if year := values.Get("year"); year != "" {
			v.At = v.At.With("year", year)
		}
		code := r.PathValue("code")
		now, err := p.edition(tx, v, code)
		if err != nil {
			return err
		}
		shipped, _ := p.Catalogue.Edition(code, now.Year)
		history, err := p.editionHistory(tx, v, code, now.Year)
		if err != nil {
			return err
		}
		title := v.T("%d年%s", now.Year, now.Name)
		theme := now.Theme
		if theme == "" {
			theme = v.T("未填")
		}
		parts := []templ.Component{page.Facts([]page.Fact{{Label: v.T("日期"), Value: editionDays(v, now), Note: whoSet(v, now)}, {Label: v.T("程序自带的"), Value: editionDays(v, shipped)}, {Label: v.T("主题"), Value: theme, Wide: true}})}
		if v.Actor.May(access.Settings, "") {
			parts = append(parts, editionForm(v, now, values, wrong))
		}
		crumbs := []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("主题活动的日期"), Href: editionsPath + "?year=" + strconv.Itoa(now.Year)}, {Label: now.Name}}
		status := http.StatusOK
		if len(wrong) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return v.Render(w, r, desk.Page{Title: title, Path: "/settings", NoScope: true, Status: status}, templ.Join(page.RecordTitle(page.RecordHead{Title: title, Crumbs: crumbs}),
			page.Around(page.Columns(page.History(history)), parts...)))
	})
}

// editionForm changes days and theme; it begins with what holds now.
func editionForm(v *desk.Visit, now Edition, values url.Values, wrong []page.FieldError) templ.Component {
	if values == nil {
		values = url.Values{"theme": {now.Theme}}
		if !now.AllYear() {
			values.Set("from", string(now.Days.From))
			values.Set("to", string(now.Days.To))
		}
	}
	field := func(name, label string) page.Field {
		return page.Field{Name: name, Label: label, Value: values.Get(name), Optional: true, Error: desk.ErrorOf(wrong, name)}
	}
	theme := field("theme", v.T("主题"))
	theme.Wide = true
	lead := ""
	if len(wrong) > 0 {
		lead = v.T("没有保存，还有 %d 处要改：", len(wrong))
	}
	form := page.SmallForm(editionsPath+"/"+url.PathEscape(now.Code), v.T("只改这一年的；已经记的活动不动，「正在期间」的提醒和这一届的数按新日期算。清空就照程序自带的。"), v.T("改"), lead, wrong)
	return page.Around(page.SectionBox(page.Section{Title: v.T("改")}), page.Around(form, page.DayInput(page.DayField{Field: field("from", v.T("开始日期"))}), page.DayInput(page.DayField{Field: field("to", v.T("结束日期"))}),
		page.InputField(page.Input{Field: theme, MaxLength: 60, Autocomplete: "off"}), hiddenYear(now.Year)))
}

// editionHistory lists what a county has set of an edition, latest first.
func (p *activityPages) editionHistory(tx *db.Tx, v *desk.Visit, code string, year int) (events []page.Event, err error) {
	changes, err := org.SettingHistory(v.Ctx, tx, editionSetting(code))
	if err != nil {
		return nil, err
	}
	for _, ch := range changes {
		if ch.From.Year() != year {
			continue
		}
		var own OwnEdition
		if err := json.Unmarshal([]byte(ch.Value), &own); err != nil {
			return nil, err
		}
		events = append(events, page.Event{What: own.words(v), Who: ch.By, When: v.Instant(ch.At)})
	}
	if len(events) == 0 {
		events = append(events, page.Event{What: v.T("没有改过，按程序自带的")})
	}
	return events, nil
}

// words is what was set: 9月15日—9月25日，主题「科技改变生活」.
func (o OwnEdition) words(v *desk.Visit) string {
	days := v.T("日期照程序自带的")
	if o.From != "" {
		days = v.T(o.From.Short(v.Today) + "—" + o.To.Short(o.From))
	}
	if o.Theme == "" {
		return days
	}
	return v.T("%s，主题「%s」", days, o.Theme)
}

func (p *activityPages) postEditionDays(w http.ResponseWriter, r *http.Request) error {
	ctx, code := r.Context(), r.PathValue("code")
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	year, err := strconv.Atoi(f.Values.Get("year"))
	shipped, known := p.Catalogue.Edition(code, year)
	if err != nil || !known || !campaignYears(year) {
		return errs.E(errs.NotFound, "%s 年没有「%s」这个主题活动", f.Values.Get("year"), code)
	}
	own := OwnEdition{From: f.Day("from", "开始日期"), To: f.Day("to", "结束日期"), Theme: f.Text("theme", "主题", 60)}
	if len(f.Errors) == 0 {
		if own.From == shipped.Days.From && own.To == shipped.Days.To {
			own.From, own.To = "", "" // as it is anyway
		}
		err = own.wrong(year)
	} else {
		err = f.Err()
	}
	if err == nil {
		err = p.DB.Update(ctx, func(tx *db.Tx) error { return p.SetEdition(ctx, tx, code, year, own) })
	}
	if wrong := desk.FieldErrors(ctx, err); wrong != nil {
		return p.showEditionDays(w, r, f.Values, wrong)
	}
	if err != nil {
		return err
	}
	desk.Say(w, r, "", "已改%d年%s", year, shipped.Name)
	web.Redirect(w, r, editionHref(code, year))
	return nil
}

// SetEdition sets days and theme of a campaign's edition; what is blank is as the catalogue has it. Nothing is written where it is so
// already. Invalid for days that cannot be, NotFound for a campaign that does not run in the year.
func (s *Service) SetEdition(ctx context.Context, tx *db.Tx, code string, year int, own OwnEdition) error {
	if err := access.Require(ctx, access.Settings, ""); err != nil {
		return err
	}
	if err := own.wrong(year); err != nil {
		return err
	}
	calendar, err := s.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	before, ok := calendar.Edition(code, year)
	if !ok || !campaignYears(year) {
		return errs.E(errs.NotFound, "%d 年没有「%s」这个主题活动", year, code)
	}
	if calendar.set[editionOf{code, year}] == own {
		return nil
	}
	if err := org.Set(ctx, tx, editionSetting(code), editionStart(year), own, access.From(ctx).Name); err != nil {
		return err
	}
	if calendar, err = s.Calendar(ctx, tx); err != nil {
		return err
	}
	after, _ := calendar.Edition(code, year)
	e := access.Event{Action: "setting.change", Ref: id.Ref{Kind: "setting", ID: editionSetting(code)}}
	for _, c := range []access.Change{{Field: "days", Label: strconv.Itoa(year) + "年" + before.Name, Before: before.said(), After: after.said()}, {Field: "theme", Label: "主题", Before: before.Theme, After: after.Theme}} {
		if c.Before != c.After {
			e.Changes = append(e.Changes, c)
		}
	}
	return access.Log(ctx, tx, e)
}

// said is the days as the history keeps them.
func (e Edition) said() string {
	if e.AllYear() {
		return "全年"
	}
	return e.Days.From.Long() + "—" + e.Days.To.Long()
}
