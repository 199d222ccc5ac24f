package desk

import (
	"net/http"
	"strconv"
	"strings"

	"shilu/internal/core/log"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
)

// frame is what stands around the page: navigation by rights, scope bar, person, toast, foot of the print.
func (v *Visit) frame(w http.ResponseWriter, r *http.Request, p Page) (page.Frame, error) {
	todo, err := v.todo()
	if err != nil {
		return page.Frame{}, err
	}
	sealed, err := log.Checkpoints(v.Ctx, v.tx, log.Ledger, 0, 1)
	if err != nil {
		return page.Frame{}, err
	}
	f := page.Frame{Title: p.Title, Association: v.Association.Name, At: v.At, Wide: p.Wide, SearchHref: "/search", TodoHref: v.At.Scope("/todo").String(),
		Todo: todo.All, Toast: takeToast(w, r),
		Person: page.Person{Name: v.Actor.Name, Where: v.Actor.UnitName, PasswordHref: "/password", LogoutHref: "/logout", LangHref: page.LanguageHref,
			Links: []page.NavItem{{Label: v.T("我的账号"), Href: "/me"}, {Label: v.T("我的视图"), Href: page.ViewsPath}}},
		Stand: page.PrintStand{Day: v.T(v.Today.Long())}}
	if v.DB.Outgrown() {
		f.Notice = &page.Notice{Kind: page.Wrong, Text: v.T("数据库已由更新的程序升级，这一份程序不再写入，请换用新版")}
	}
	active := p.Path
	if active == "" {
		active = v.At.Path
	}
	longest := ""
	for _, e := range v.Nav {
		if (active == e.Path || strings.HasPrefix(active, strings.TrimSuffix(e.Path, "/")+"/") && e.Path != "/") && len(e.Path) > len(longest) {
			longest = e.Path
		}
	}
	for _, e := range v.Nav {
		if !e.allowed(v.Actor) {
			continue
		}
		item := page.NavItem{Label: v.T(e.Label), Href: v.At.Scope(e.Path).String(), Active: e.Path == longest}
		if e.Count != nil {
			item.Count = e.Count(todo)
		}
		if e.Foot {
			f.NavFoot = append(f.NavFoot, item)
			continue
		}
		title := ""
		if e.Group != "" {
			title = v.T(e.Group)
		}
		if n := len(f.Nav); n == 0 || f.Nav[n-1].Title != title {
			f.Nav = append(f.Nav, page.NavGroup{Title: title})
		}
		g := &f.Nav[len(f.Nav)-1]
		g.Items = append(g.Items, item)
	}
	if len(sealed) > 0 {
		f.Stand.Checkpoint = strconv.FormatInt(sealed[0].Size, 10)
	}
	if !p.NoScope {
		bar := v.scopeBar(p)
		f.Scope = &bar
		f.Stand.Scope = v.Indicators.Words(v.Ctx, v.Scope, v.Tree)
	}
	return f, nil
}

// scopeBar is the scope of the address, with what else can be chosen.
func (v *Visit) scopeBar(p Page) page.ScopeBar {
	s := page.ScopeBar{At: v.At, Where: v.Scope.Who(v.Ctx, v.Tree), IsPlace: v.Scope.Place != "", From: string(v.Scope.Period.From), To: string(v.Scope.Period.To),
		Period: v.T(v.Scope.Period.Words())}
	if v.Sight.All || len(v.Sight.Units) == 0 {
		s.Units = append(s.Units, page.Choice{Label: v.T("全县"), Chosen: v.Scope.Unit == "" && v.Scope.Place == ""})
	}
	for _, u := range v.Tree.Units() {
		if !v.Sight.Figures(v.Tree, u.ID, "") {
			continue // its figures would be refused
		}
		s.Units = append(s.Units, page.Choice{Value: u.Code, Label: u.Name, Depth: v.unitDepth(u.ID), Chosen: u.ID == v.Scope.Unit})
	}
	for _, t := range v.Tree.Townships() {
		if !v.Sight.Figures(v.Tree, "", t.ID) {
			continue
		}
		s.Places = append(s.Places, page.Choice{Value: t.Code, Label: t.Name, Chosen: t.ID == v.Scope.Place})
		if t.ID == v.Scope.Place || v.Tree.Place(v.Scope.Place).Parent == t.ID {
			for _, c := range v.Tree.Villages(t.ID) {
				s.Places = append(s.Places, page.Choice{Value: c.Code, Label: c.Name, Depth: 1, Chosen: c.ID == v.Scope.Place})
			}
		}
	}
	s.Periods = v.periods()
	for _, name := range p.Tags {
		for _, value := range v.Indicators.TagValues(name) {
			choice := page.TagChoice{Kind: v.T(v.Indicators.TagName(name)), Key: name, Value: value, Label: v.Indicators.ValueName(name, value)}
			for _, t := range v.Scope.Tags {
				for _, chosen := range t.Values {
					choice.Chosen = choice.Chosen || t.Name == name && chosen == value
				}
			}
			s.Tags = append(s.Tags, choice)
		}
	}
	for _, t := range v.Scope.Tags { // chosen in an address, though not offered
		for _, value := range t.Values {
			known := false
			for _, c := range s.Tags {
				known = known || c.Key == t.Name && c.Value == value
			}
			if !known {
				s.Tags = append(s.Tags, page.TagChoice{Kind: v.T(v.Indicators.TagName(t.Name)), Key: t.Name, Value: value, Label: v.Indicators.ValueName(t.Name, value), Chosen: true})
			}
		}
	}
	return s
}

func (v *Visit) unitDepth(unit string) (n int) {
	for u := v.Tree.Unit(unit); u.Parent != "" && n < 3; u = v.Tree.Unit(u.Parent) {
		n++
	}
	return n
}

// periods are those that people ask for: this year up to today, this quarter and month, the quarters, last year.
func (v *Visit) periods() (all []page.Choice) {
	year := v.Today.Year()
	add := func(value string) {
		p, err := day.ParsePeriod(value)
		if err != nil || p.From > v.Today {
			return
		}
		all = append(all, page.Choice{Value: value, Label: v.T(p.Words()), Chosen: v.Scope.Period == p})
	}
	all = append(all, page.Choice{Label: v.T("今年到今天"), Chosen: v.Scope.Period == day.Period{From: day.Year(year).From, To: v.Today}})
	y := strconv.Itoa(year)
	add(v.Today.YearMonth())
	for _, part := range []string{"-Q1", "-Q2", "-Q3", "-Q4", "-H1", "-H2", ""} {
		add(y + part)
	}
	add(strconv.Itoa(year - 1))
	add(strconv.Itoa(year - 2))
	return all
}
