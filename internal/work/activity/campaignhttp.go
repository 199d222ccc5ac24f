package activity

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// campaignFigures are what a campaign's page shows, each narrowed by its tag.
var campaignFigures = []string{"event.activities", "event.attendances", "event.attendances_online", "event.villages_covered", "event.key_activities", "event.unit_staff",
	"event.panels", "event.charts", "event.banners", "event.stands", "event.consult_att", "event.questions", "event.clinic_att", "event.checkups", "event.medicines",
	"media.materials", "media.material_titles", "media.giveaways", "media.reports"}

// campaignYear is the year that the page shows: the one asked for, else that of the scope.
func campaignYear(v *desk.Visit) int {
	if n, err := strconv.Atoi(v.At.Get("year")); err == nil && campaignYears(n) {
		return n
	}
	return v.Scope.Period.To.Year()
}

// campaignYears are those that can have editions.
func campaignYears(n int) bool { return n > 1990 && n < 2100 }

// yearFilter offers the last years; without a choice it is the year of the scope.
func yearFilter(v *desk.Visit) page.Filter {
	f := page.Filter{Key: "year", Label: v.T("年份"), Options: []page.Option{{Label: v.T("按期间")}}}
	for y := v.Today.Year(); y > v.Today.Year()-5; y-- {
		f.Options = append(f.Options, page.Option{Value: strconv.Itoa(y), Label: v.T("%d年", y)})
	}
	return f
}

// campaignScope is the scope of an edition's figures: within what the reader sees.
func campaignScope(v *desk.Visit, e Edition) indicator.Scope {
	scope := v.Scope
	if scope.Unit == "" && scope.Place == "" {
		scope = v.OwnScope()
	}
	scope.Period, scope.Tags = e.Days, []ledger.TagIs{{Name: "campaign", Values: []string{e.Code}}}
	return scope
}

func editionDays(v *desk.Visit, e Edition) string {
	if e.AllYear() {
		return v.T("全年")
	}
	if e.Days.From == e.Days.To {
		return v.T(e.Days.From.Short(v.Today))
	}
	return v.T(e.Days.From.Short(v.Today) + "—" + e.Days.To.Short(e.Days.From))
}

func campaignHref(code string, year int) string {
	return "/campaigns/" + url.PathEscape(code) + "?year=" + strconv.Itoa(year)
}

// getCampaigns lists the campaigns of a year with what each has brought.
func (p *activityPages) getCampaigns(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		year := campaignYear(v)
		l := page.List{Title: v.T("%d年主题活动", year), At: v.At, Columns: []page.Column{{Label: v.T("主题活动"), Kind: page.MainColumn}, {Label: v.T("日期"), Plain: true}, {Label: v.T("活动（场次）"), Kind: page.NumColumn},
			{Label: v.T("现场人次"), Kind: page.NumColumn}, {Label: v.T("到的村"), Kind: page.NumColumn}}}
		l.Filters, l.Search = []page.Filter{yearFilter(v)}, v.T("主题活动")
		calendar, err := p.Calendar(v.Ctx, tx)
		if err != nil {
			return err
		}
		format := v.At.Get("format")
		if format != "" {
			if err := access.Require(v.Ctx, access.Export, Kind); err != nil {
				return err
			}
		}
		var rows [][]any
		for _, e := range editionsNamed(calendar, year, v.At.Get("q")) {
			figures, err := p.figures(tx, v, campaignScope(v, e), "event.activities", "event.attendances", "event.villages_covered")
			if err != nil {
				return err
			}
			if format != "" {
				row := []any{e.Name, e.Days.From, e.Days.To, e.Theme}
				for _, f := range figures {
					row = append(row, numberOut(f.Value))
				}
				rows = append(rows, row)
			}
			row := page.Row{Href: campaignHref(e.Code, year), Name: e.Name, Cells: []templ.Component{page.LinkCell(campaignHref(e.Code, year), e.Name), pages.Nowrap(editionDays(v, e))}}
			for _, f := range figures {
				f.Unit, f.Proof = "", page.ProofNone // the head names the unit; the campaign's own page has the seals
				row.Cells = append(row.Cells, page.FigureLink(f))
			}
			l.Rows = append(l.Rows, row)
		}
		if format != "" {
			return desk.SendTable(w, format, l.Title, xlsx.Table{Name: v.T("主题活动"), Title: l.Title, Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("主题活动"), Width: 28}, {Title: v.T("从"), Kind: xlsx.AsDay},
				{Title: v.T("到"), Kind: xlsx.AsDay}, {Title: v.T("主题"), Width: 28}, {Title: v.T("活动（场次）")}, {Title: v.T("现场人次")}, {Title: v.T("到的村")}}})
		}
		if v.Actor.May(access.Export, Kind) {
			l.Actions = append(l.Actions, v.ExportMenu("/campaigns"))
		}
		l.Actions = append(l.Actions, page.Action{Label: v.T("日期和主题"), Href: editionsPath + "?year=" + strconv.Itoa(year)}, page.Action{Label: v.T("没到过的村"), Href: "/campaigns/unreached?year=" + strconv.Itoa(year)})
		l.Empty = noEdition(v, year)
		return v.Render(w, r, desk.Page{Title: l.Title, Path: "/campaigns"}, page.ListPage(l))
	})
}

// editionsNamed are the editions of a year whose name or theme has the words.
func editionsNamed(calendar Catalogue, year int, words string) []Edition {
	return slices.DeleteFunc(calendar.Editions(year), func(e Edition) bool { return !named(words, e.Name, e.Code, e.Theme) })
}

// named reports whether one of the names has the words.
func named(words string, names ...string) bool {
	words = zh.Fold(words)
	return words == "" || slices.ContainsFunc(names, func(name string) bool { return strings.Contains(zh.Fold(name), words) })
}

// noEdition stands in the place of a list of editions that has none.
func noEdition(v *desk.Visit, year int) *page.Empty {
	e := &page.Empty{Title: v.T("%d年没有主题活动", year), Reason: v.T("换一个年份看。")}
	if q := v.At.Get("q"); q != "" {
		e.Title, e.Reason = v.T("没有找到「%s」", q), v.T("主题活动的名称和主题里都没有。")
		e.Out = &page.Action{Label: v.T("看全部"), Href: v.At.Without("q").String()}
	}
	return e
}

// numberOut is a whole number of a page as a cell to calculate with; its words where it is none.
func numberOut(text string) any {
	if n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64); err == nil {
		return n
	}
	return text
}

// values are figures of the scope. Forbidden for who may not see them.
func (p *activityPages) values(tx *db.Tx, v *desk.Visit, scope indicator.Scope, codes ...string) ([]indicator.Figure, error) {
	if _, err := indicator.Sight(v.Ctx, tx, v.Tree, scope, Kind); err != nil {
		return nil, err
	}
	return v.Indicators.Values(v.Ctx, tx, scope, codes...)
}

// figures are values as pages show them; none for who may not see them.
func (p *activityPages) figures(tx *db.Tx, v *desk.Visit, scope indicator.Scope, codes ...string) ([]page.Figure, error) {
	values, err := p.values(tx, v, scope, codes...)
	if errs.Is(err, errs.Forbidden) {
		return slices.Repeat([]page.Figure{{Note: v.T("无权查看")}}, len(codes)), nil
	}
	all := make([]page.Figure, len(values))
	for i, f := range values {
		all[i] = v.Figure(f)
	}
	return all, err
}

// edition is the run of a campaign that the address names.
func (p *activityPages) edition(tx *db.Tx, v *desk.Visit, code string) (Edition, error) {
	year := campaignYear(v)
	calendar, err := p.Calendar(v.Ctx, tx)
	if err != nil {
		return Edition{}, err
	}
	e, ok := calendar.Edition(code, year)
	if !ok {
		return e, errs.E(errs.NotFound, "%d 年没有「%s」这个主题活动", year, code)
	}
	return e, nil
}

// inEdition are the activities of an edition that the reader sees, whatever their state but voided ones.
func inEdition(v *desk.Visit, e Edition) register.Query {
	q := register.Query{Filter: flow.Filter{Kinds: []string{Kind}, From: e.Days.From, To: e.Days.To, Unit: v.Scope.Unit, Place: v.Scope.Place,
		States: []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned}}}
	q.Only = []ledger.Condition{{SQL: "EXISTS (SELECT 1 FROM activity_campaign k WHERE k.association = r.association AND k.campaign = ? AND k.record = r.id)", Args: []any{e.Code}}}
	return q
}

// besideEdition counts the activities that look as if they belonged to the edition and are not in its figures: those that are marked with
// the campaign and lie on other days, and those that are parts of a marked one and are not marked themselves.
func (p *activityPages) besideEdition(tx *db.Tx, v *desk.Visit, e Edition) (notes []page.Action, err error) {
	outside := inEdition(v, e)
	outside.From, outside.To = e.Stretch().From, e.Stretch().To
	inside := []any{e.Days.From, e.Days.To}
	outside.Only = append(outside.Only, ledger.Condition{SQL: "NOT (r.day >= ? AND r.day <= ?)", Args: inside})
	n, err := p.CountIn(v.Ctx, tx, outside)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		list := url.URL{Path: "/" + Kind, RawQuery: url.Values{"campaign": {e.Code}, "period": {e.Stretch().String()}}.Encode()}
		notes = append(notes, page.Action{Label: v.T("另有 %d 场标了这个主题，日期不在这一届里，没有算在上面", n), Href: list.String()})
	}
	unmarked := inEdition(v, e)
	unmarked.Only = []ledger.Condition{{SQL: `EXISTS (SELECT 1 FROM activity k JOIN activity_campaign m ON m.association = k.association AND m.record = k.parent AND m.campaign = ?
			WHERE k.association = r.association AND k.id = r.id AND k.parent <> '')
		AND NOT EXISTS (SELECT 1 FROM activity_campaign k WHERE k.association = r.association AND k.campaign = ? AND k.record = r.id)`, Args: []any{e.Code, e.Code}}}
	if n, err = p.CountIn(v.Ctx, tx, unmarked); err != nil || n == 0 {
		return notes, err
	}
	return append(notes, page.Action{Label: v.T("有 %d 场子活动自己没有标这个主题，没有算在上面；是这一届的，在子活动里标上", n)}), nil
}

// campaignRows is how many activities a campaign's page shows; the list has all.
const campaignRows = 20

func (p *activityPages) getCampaign(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		e, err := p.edition(tx, v, r.PathValue("code"))
		if err != nil {
			return err
		}
		shown, err := p.figures(tx, v, campaignScope(v, e), campaignFigures...)
		if err != nil {
			return err
		}
		figures := page.List{Title: v.T("这一届的数"), At: v.At, Columns: []page.Column{{Label: v.T("指标"), Kind: page.MainColumn}, {Label: v.T("数"), Kind: page.NumColumn}}}
		for i, f := range shown {
			if i > 3 && (f.Value == "0" || f.Value == "") {
				continue
			}
			name := v.T("%s（%s）", f.Name, f.Unit)
			f.Unit = ""
			figures.Rows = append(figures.Rows, page.Row{Cells: []templ.Component{page.Cell(name), page.FigureLink(f)}})
		}
		q := inEdition(v, e)
		elsewhere, err := p.uncounted(tx, v, e, shown)
		if err != nil {
			return err
		}
		total, err := p.CountIn(v.Ctx, tx, q)
		if err != nil {
			return err
		}
		beside, err := p.besideEdition(tx, v, e)
		if err != nil {
			return err
		}
		for _, says := range elsewhere {
			beside = append(beside, page.Action{Label: says})
		}
		q.Limit = campaignRows
		entries, err := p.ListIn(v.Ctx, tx, q)
		if err != nil {
			return err
		}
		l := page.List{Title: v.T("活动"), At: v.At, Columns: []page.Column{{Label: v.T("编号"), Kind: page.CodeColumn, Less: true}, {Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("日期"), Plain: true},
			{Label: v.T("地点"), Plain: true}, {Label: v.T("主办"), Plain: true}, {Label: v.T("现场人次"), Kind: page.NumColumn}, {Label: v.T("状态"), Kind: page.StateColumn}}}
		for _, one := range entries {
			people := page.Faint("")
			if n := one.Body.total(countOnsite); n != nil {
				people = page.Cell(pages.CountText(v, n))
			}
			href := desk.Href(Kind, one.Number)
			l.Rows = append(l.Rows, page.Row{Href: href, Name: one.Title, Cells: []templ.Component{page.Faint(v.Number(one.Head)), page.LinkCell(href, one.Title), pages.Nowrap(v.T(one.Day.Short(v.Today))),
				page.Cell(v.T(pages.PlaceWords(v.Tree, one.Place))), page.Cell(cmp.Or(one.Body.Host, v.Tree.Unit(one.Unit).Name)), people, page.StateBadge(string(one.Waiting()))}})
		}
		list := url.URL{Path: "/" + Kind, RawQuery: url.Values{"campaign": {e.Code}, "period": {e.Days.String()}}.Encode()}
		all := page.Action{Label: v.T("全部 %d 条", total), Href: list.String()}
		year := strconv.Itoa(e.Year)
		actions := []page.Action{{Label: v.T("没到过的村"), Href: "/campaigns/unreached?year=" + year + "&campaign=" + url.QueryEscape(e.Code)}}
		if v.Actor.May(access.Export, Kind) {
			actions = append(actions, page.Action{Label: v.T("统计表"), Icon: "down", Href: v.At.Scope("/campaigns/"+url.PathEscape(e.Code)+"/table").With("year", year).String()})
		}
		title := v.T("%d年%s", e.Year, e.Name)
		head := page.FormHead{Title: title, Crumbs: []page.NavItem{{Label: v.T("主题活动"), Href: "/campaigns?year=" + year}, {Label: e.Name}}}
		days := editionDays(v, e)
		if e.Theme != "" {
			days += " · " + e.Theme
		}
		return v.Render(w, r, desk.Page{Title: title, Path: "/campaigns"}, campaignPage(head, days, actions, figures, beside, l, all))
	})
}

// unreached is a village that nothing reached in a year.
type unreached struct {
	town, village org.Place
	lastYear      bool // reached the year before
}

// unreachedIn lists the villages within what the reader sees that no verified activity reached: of a campaign alone, where one is named.
func (p *activityPages) unreachedIn(tx *db.Tx, v *desk.Visit, year int, campaign string) (all []unreached, villages int, err error) {
	reached := func(y int) (map[string]bool, error) {
		f := ledger.Filter{Measures: []string{measureVillages}, From: day.Year(y).From, To: day.Year(y).To}
		if campaign != "" {
			f.Tags = []ledger.TagIs{{Name: "campaign", Values: []string{campaign}}}
		}
		keys, err := ledger.Keys(v.Ctx, tx, f)
		set := map[string]bool{}
		for _, k := range keys {
			set[k] = true
		}
		return set, err
	}
	now, err := reached(year)
	if err != nil {
		return nil, 0, err
	}
	before, err := reached(year - 1)
	if err != nil {
		return nil, 0, err
	}
	scope := v.Scope
	if scope.Unit == "" && scope.Place == "" {
		scope = v.OwnScope()
	}
	if _, err := indicator.Sight(v.Ctx, tx, v.Tree, scope, Kind); err != nil {
		return nil, 0, err
	}
	place := scope.Place
	if scope.Unit != "" {
		place = v.Tree.Unit(scope.Unit).Place
	}
	switch {
	case place == "" && scope.Unit != "" && scope.Unit != v.Tree.Office().ID:
		return nil, 0, nil // a department has no villages of its own
	case place == "":
		place = v.Tree.Root().ID
	}
	until := min(day.Year(year).To, v.Today) // those that there were then, as in the denominator of a coverage
	tree, err := org.Load(v.Ctx, tx, until)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range tree.PlaceSubtree(place) {
		one := tree.Place(id)
		if one.Level != org.LevelVillage || one.Opened > until || one.Closed <= until {
			continue
		}
		town, _ := tree.Township(id)
		if !named(v.At.Get("q"), one.Name, town.Name) {
			continue
		}
		villages++
		if !now[id] {
			all = append(all, unreached{town, one, before[id]})
		}
	}
	return all, villages, nil
}

func (p *activityPages) getUnreached(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		year, campaign := campaignYear(v), v.At.Get("campaign")
		all, villages, err := p.unreachedIn(tx, v, year, campaign)
		if err != nil {
			return err
		}
		l := page.List{Title: v.T("%d年没到过的村", year), At: v.At, Columns: []page.Column{{Label: v.T("乡镇"), Plain: true}, {Label: v.T("村（社区）"), Kind: page.MainColumn}, {Label: v.T("上一年")}}}
		options := page.Filter{Key: "campaign", Label: v.T("主题活动"), Options: []page.Option{{Label: v.T("全部活动")}}}
		calendar, err := p.Calendar(v.Ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range calendar.Editions(year) {
			options.Options = append(options.Options, page.Option{Value: e.Code, Label: e.Name})
		}
		l.Filters, l.Search = []page.Filter{yearFilter(v), options}, v.T("乡镇、村")
		for _, one := range all {
			last := page.NotFilled(v.T("也没到过"))
			if one.lastYear {
				last = page.Cell(v.T("到过"))
			}
			l.Rows = append(l.Rows, page.Row{Name: one.village.Name, Cells: []templ.Component{page.Cell(one.town.Name), page.Cell(one.village.Name), last}})
		}
		if v.Actor.May(access.Export, Kind) {
			l.Actions = append(l.Actions, v.ExportMenu("/campaigns/unreached/export"))
		}
		if len(all) == 0 {
			l.Empty = &page.Empty{Title: v.T("%d 个村（社区）都到过", villages), Reason: v.T("只数已核实的活动。")}
			if q := v.At.Get("q"); q != "" {
				l.Empty = &page.Empty{Title: v.T("没到过的村里没有「%s」", q), Reason: v.T("到过的不列在这里。"), Out: &page.Action{Label: v.T("看全部"), Href: v.At.Without("q").String()}}
			} else if villages == 0 {
				l.Empty = &page.Empty{Title: v.T("没有自己的村（社区）"), Reason: v.T("你的单位不分管村，请看主题活动的数。")}
			}
		}
		l.Foot = listNote(v.T("%d 个村（社区）里 %d 个没到过；只数已核实的活动，巡回的按各站数", villages, len(all)))
		return v.Render(w, r, desk.Page{Title: l.Title, Path: "/campaigns"}, page.ListPage(l))
	})
}

func (p *activityPages) exportUnreached(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		year := campaignYear(v)
		all, _, err := p.unreachedIn(tx, v, year, v.At.Get("campaign"))
		if err != nil {
			return err
		}
		rows := make([][]any, len(all))
		for i, one := range all {
			last := v.T("也没到过")
			if one.lastYear {
				last = v.T("到过")
			}
			rows[i] = []any{one.town.Name, one.village.Name, last}
		}
		title := v.T("%d年没到过的村", year)
		return desk.SendTable(w, v.At.Get("format"), title, xlsx.Table{Name: v.T("没到过的村"), Title: title, Rows: xlsx.Values(rows),
			Columns: []xlsx.Column{{Title: v.T("乡镇"), Width: 12}, {Title: v.T("村（社区）"), Width: 16}, {Title: v.T("上一年"), Width: 10}}})
	})
}
