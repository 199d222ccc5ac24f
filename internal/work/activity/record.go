package activity

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
)

// Record is an activity with what its page shows.
type Record = register.Record[Activity, Words]

// detail is what the page of an activity shows.
func (s *Service) detail() pages.Detail[Activity, Words] {
	return pages.Detail[Activity, Words]{Title: "人数和数量", Bigs: s.bigs, Facts: s.recordFacts, Sections: s.sections, Actions: s.recordActions, Notices: s.recordNotices}
}

// bigs are the headline numbers: those that the category asks for, and others that are there.
func (s *Service) bigs(v *desk.Visit, rec Record) (all []page.Big) {
	kind, _ := rec.Words.Rules.Kind(rec.Body.Category)
	for _, c := range rec.Words.Rules.counts {
		n := rec.Body.total(c.Code)
		if n == nil && (!slices.Contains(kind.Needs, c.Code) || rec.Body.Life != Held) {
			continue
		}
		big := page.Big{Label: v.T(c.Name), Unit: unitBeside(v, c.Unit, pages.CountText(v, n)), Value: pages.CountText(v, n)}
		if f, ok := rec.Body.trace(v, rec.Head, c.Code, rec.Words.Rules); ok && n != nil && rec.Revision == flow.None {
			big.Href = f.Href
		}
		all = append(all, big)
	}
	if n := copies(rec.Body.Materials); n > 0 {
		all = append(all, page.Big{Label: v.T("发放资料"), Unit: v.T("份"), Value: v.CountOf(n, "")})
	}
	return all
}

// recordFacts are what else the activity says, with what an open revision changes.
func (s *Service) recordFacts(v *desk.Visit, rec Record) []page.Fact {
	a := rec.Body
	said := func(label, key string) page.Fact {
		now, was := pages.Said(v, s.Fields, rec, key)
		if key == "own" || key == "partners" {
			if now = withRoles(v, key, a, rec.Words); was != "" && rec.Standing != nil {
				if before := withRoles(v, key, *rec.Standing, rec.Words); before != "" {
					was = before
				}
			}
		}
		return page.Fact{Label: v.T(label), Value: now, Was: was}
	}
	days := page.Fact{Label: v.T("日期")}
	if a.Life == Held {
		days.Note = pages.CountsIn(v, rec.Head, a.countingDay())
	}
	if a.Start != "" {
		days.Value = v.T(a.daysWords())
	}
	if was := rec.Standing; was != nil && was.daysWords() != a.daysWords() {
		days.Was = v.T(was.daysWords())
	}
	place := said("地点", "place")
	place.Note = strings.TrimSpace(a.Venue + " " + v.T(a.Site))
	all := []page.Fact{days, place, said("类别", "category"), said("举办情况", "life"), said("主办", "unit")}
	for _, one := range []struct{ label, key string }{{"本单位", "own"}, {"主题", "theme"}, {"参加单位", "partners"}, {"到的学校", "schools"}, {"开放的单位", "opened"},
		{"服务的企业科协", "enterprises"}, {"受赠单位", "receivers"}, {"小分队", "teams"}, {"专项行动", "drives"}, {"重点工程", "programmes"}, {"产业", "industries"},
		{"出席领导", "leaders"}, {"经费（元）", "cost"}, {"只统领子活动", "umbrella"}} {
		if f := said(one.label, one.key); f.Value != "" || f.Was != "" {
			all = append(all, f)
		}
	}
	all = pages.Even(all)
	for _, one := range []struct{ label, key string }{{"小结", "summary"}, {"备注", "note"}} {
		if f := said(one.label, one.key); f.Value != "" || f.Was != "" {
			f.Wide = true
			all = append(all, f)
		}
	}
	var tags []string
	if names := s.Catalogue.campaignNames(a); names != "" {
		tags = strings.Split(names, "、")
	}
	tags = append(tags, a.Audiences...)
	if marks, _ := pages.Said(v, s.Fields, rec, "marks"); marks != "" {
		tags = append(tags, strings.Split(marks, v.T("、"))...)
	}
	if len(tags) > 0 {
		all = append(all, page.Fact{Label: v.T("标签"), Show: page.Tags(translated(v, tags)), Wide: true})
	}
	return all
}

// withRoles are the units of a field with their roles, in the reader's language: 县医院（协办）.
func withRoles(v *desk.Visit, key string, a Activity, w Words) string {
	if key == "own" {
		if a.ours() {
			return ""
		}
		return v.T("%s（%s）", w.Tree.Unit(a.Unit).Name, v.T(a.OwnRole))
	}
	var parts []string
	for _, p := range a.Partners {
		parts = append(parts, v.T("%s（%s）", quotedName(w.partnerName(p)), v.T(p.Role)))
	}
	return strings.Join(parts, v.T("、"))
}

// daysWords are the days of an activity: 2026年3月5日—7日.
func (a Activity) daysWords() string {
	if last := a.countingDay(); last != a.Start {
		return a.Start.Long() + "—" + last.Short(a.Start)
	}
	return a.Start.Long()
}

func translated(v *desk.Visit, words []string) []string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = v.T(word)
	}
	return out
}

// sections are the joint activity's shares, the stops, the materials, the coverage and the children.
func (s *Service) sections(tx *db.Tx, v *desk.Visit, rec Record) (all []templ.Component, err error) {
	a := rec.Body
	shares, err := s.sharesOf(v.Ctx, tx, rec.ID)
	if err != nil {
		return nil, err
	}
	if a.Open || len(shares) > 0 {
		all = append(all, s.shareSection(v, rec, shares))
	}
	if len(a.Stops) > 0 {
		all = append(all, pages.Table(v.T("各站"), v.T("%s 站，各站的数相加，计入这一趟", strconv.Itoa(len(a.Stops))), s.stopTable(v, rec)))
	}
	if len(a.Materials) > 0 {
		all = append(all, pages.Table(v.T("发放资料"), v.T("%s 种", strconv.Itoa(len(a.Materials))), materialTable(v, rec)))
	}
	if len(a.Media) > 0 {
		all = append(all, pages.Table(v.T("媒体报道"), v.T("%s 条", strconv.Itoa(len(a.Media))), mediaTable(v, rec)))
	}
	children, err := s.Children(v.Ctx, tx, rec.ID)
	if err != nil {
		return nil, err
	}
	if len(children) > 0 {
		all = append(all, pages.Table(v.T("子活动"), v.T("%s 场，各记各的数，计入各自的单位和日期，不加进上面的数", strconv.Itoa(len(children))), childTable(v, children)))
	}
	return all, nil
}

// shareSection shows what the partners of a joint activity have entered, who has not yet, and what it makes together.
func (s *Service) shareSection(v *desk.Visit, rec Record, shares []EnteredShare) templ.Component {
	r := rec.Words.Rules
	l := page.List{Title: v.T("各单位份额"), At: v.At, Columns: []page.Column{{Label: v.T("单位"), Kind: page.MainColumn}, {Label: v.T("数"), Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn}}}
	entered := map[string]bool{}
	for _, sh := range shares {
		entered[sh.Unit] = true
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.LinkCell(desk.Href(ShareKind, sh.Number), v.Tree.Unit(sh.Unit).Name),
			page.Cell(shareWords(v, r, sh.Body, rec.Words)), page.StateBadge(string(sh.Waiting()))}})
	}
	waiting := 0
	for _, p := range rec.Body.Partners {
		if p.Unit != "" && !entered[p.Unit] && rec.Body.Open {
			waiting++
			due := page.Faint("")
			if rec.Body.Life == Planned || rec.Body.Life == Held {
				says, late := s.shareDue(v, rec.Head)
				if due = page.Faint(says); late {
					due = page.Late(says)
				}
			}
			l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Cell(rec.Words.partnerName(p)), page.NotFilled(v.T("还没有填")), due}})
		}
	}
	var sums []string
	gifts := Given(rec.Body, shares)
	for _, n := range append(s.Totals(rec.Body, shares), gifts[:]...) {
		if n.Added != nil {
			sums = append(sums, v.T("%s %s %s（本单位 %s，各单位 %s）", v.T(n.Name), pages.CountText(v, n.All), unitBeside(v, n.Unit, pages.CountText(v, n.All)), v.CountOf(some(n.Own), ""), pages.CountText(v, n.Added)))
		}
	}
	note := v.T("%d 个单位填了", len(shares))
	if waiting > 0 {
		note = v.T("%d 个单位填了，%d 个还没有", len(shares), waiting)
	}
	return shareBox(v.T("各单位份额"), note, l, sums)
}

// shareWords is a share in one line: 展板 30、咨询 70、资料 200 份.
func shareWords(v *desk.Visit, r Rules, sh Share, w Words) string {
	var parts []string
	for _, c := range r.counts {
		if n := sh.Counts.of(c.Code); n != nil {
			name := c.Name
			if c.Code == countOnsite {
				name = "接待"
			}
			parts = append(parts, v.T(name)+" "+pages.CountText(v, n))
		}
	}
	if len(sh.Materials) > 0 {
		parts = append(parts, givenAway(v, r, sh, w))
	}
	if sh.Merged != "" {
		parts = append(parts, v.T("由 %s 并入", v.ShortNumber(sh.Merged)))
	}
	return strings.Join(parts, v.T("、"))
}

// givenAway is what a share says of materials, in the reader's language.
func givenAway(v *desk.Visit, r Rules, sh Share, w Words) string {
	parts := make([]string, len(sh.Materials))
	for i, m := range sh.Materials {
		kind, _ := r.Material(m.Kind)
		parts[i] = v.T("《%s》%s%s", w.Titles.Title(m.Title), pages.CountText(v, &m.Copies), unitBeside(v, kind.Unit, pages.CountText(v, &m.Copies)))
	}
	return strings.Join(parts, v.T("、"))
}

func (s *Service) stopTable(v *desk.Visit, rec Record) page.List {
	l := page.List{Title: v.T("各站"), At: v.At, Columns: []page.Column{{Label: v.T("站"), Kind: page.CodeColumn}, {Label: v.T("日期"), Plain: true}, {Label: v.T("地点"), Kind: page.MainColumn},
		{Label: v.T("现场人次"), Kind: page.NumColumn}, {Label: v.T("其他数"), Plain: true}, {Label: v.T("群众的需求")}}}
	for i, st := range rec.Body.Stops {
		people := page.NotFilled(v.T("未填"))
		if n := st.Counts.of(countOnsite); n != nil {
			people = page.Cell(pages.CountText(v, n))
		}
		var others []string
		for _, c := range rec.Words.Rules.counts {
			if n := st.Counts.of(c.Code); n != nil && c.Code != countOnsite {
				others = append(others, v.T(c.Name)+" "+pages.CountText(v, n))
			}
		}
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Faint(strconv.Itoa(i + 1)), pages.Nowrap(v.T(st.Day.Short(v.Today))),
			page.Cell(strings.TrimSpace(pages.PlaceWords(rec.Words.Tree, st.Place) + " " + st.Venue)), people, page.Cell(strings.Join(others, v.T("、"))), page.Cell(st.Needs)}})
	}
	return l
}

func materialTable(v *desk.Visit, rec Record) page.List {
	l := page.List{Title: v.T("发放资料"), At: v.At, Columns: []page.Column{{Label: v.T("品名"), Kind: page.MainColumn}, {Label: v.T("种类"), Plain: true}, {Label: v.T("数量"), Kind: page.NumColumn}, {Label: v.T("来源")}}}
	for _, m := range rec.Body.Materials {
		kind, _ := rec.Words.Rules.Material(m.Kind)
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Cell(rec.Words.Titles.Title(m.Title)), page.Cell(v.T(kind.Name)),
			page.Cell(pages.CountText(v, &m.Copies) + " " + unitBeside(v, kind.Unit, pages.CountText(v, &m.Copies))), page.Cell(m.Source)}})
	}
	return l
}

func mediaTable(v *desk.Visit, rec Record) page.List {
	l := page.List{Title: v.T("媒体报道"), At: v.At, Columns: []page.Column{{Label: v.T("媒体"), Plain: true}, {Label: v.T("级别"), Plain: true}, {Label: v.T("日期"), Plain: true}, {Label: v.T("标题"), Kind: page.MainColumn}}}
	for _, m := range rec.Body.Media {
		title := page.Cell(m.Title)
		if m.Link != "" {
			name := m.Title
			if name == "" {
				name = m.Link
			}
			title = page.LinkCell(m.Link, name)
		}
		on := m.Day
		if on == "" {
			on = rec.Body.countingDay()
		}
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Cell(rec.Words.Outlets.Title(m.Outlet)), page.Cell(v.T(m.Level)), pages.Nowrap(v.T(on.Short(v.Today))), title}})
	}
	return l
}

func childTable(v *desk.Visit, children []flow.Head) page.List {
	l := page.List{Title: v.T("子活动"), At: v.At, Columns: []page.Column{{Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("日期"), Plain: true},
		{Label: v.T("单位"), Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn}}}
	for _, c := range children {
		l.Rows = append(l.Rows, page.Row{Href: desk.Href(Kind, c.Number), Cells: []templ.Component{page.Faint(v.Number(c)), page.LinkCell(desk.Href(Kind, c.Number), c.Title),
			pages.Nowrap(v.T(c.Day.Short(v.Today))), page.Cell(v.Tree.Unit(c.Unit).Name), page.StateBadge(string(c.Waiting()))}})
	}
	return l
}

// recordActions are what can be done with an activity beside the flow: enter one's own share, add a child.
func (s *Service) recordActions(tx *db.Tx, v *desk.Visit, rec Record) (all []page.Action, err error) {
	if rec.State == flow.Voided || v.Actor.Unit == "" || !v.Actor.May(access.Write, ShareKind) {
		return nil, nil
	}
	asked := rec.Body.invites(v.Actor.Unit)
	if !asked {
		mine, _, err := s.shareOf(v.Ctx, tx, rec.ID, v.Actor.Unit) // its record was settled into this one
		if err != nil {
			return nil, err
		}
		asked = mine != nil
	}
	if asked {
		all = append(all, page.Action{Label: v.T("填本单位份额"), Href: desk.Href(Kind, rec.Number) + "/share"})
	}
	return all, nil
}

// recordNotices ask whether records that look alike are one event: who may verify can settle them at once.
func (s *Service) recordNotices(tx *db.Tx, v *desk.Visit, rec Record) (all []page.Notice, err error) {
	if rec.Body.Parent != "" && rec.Words.Parent != nil && rec.Words.Parent.ID == "" {
		if h, err := flow.Get(v.Ctx, tx, Ref(rec.Body.Parent)); err == nil {
			all = append(all, page.Notice{Kind: page.Info, Lead: v.T("是「%s」的子活动。", h.Title), Action: &page.Action{Label: v.T("看主活动"), Href: desk.Href(Kind, h.Number)}})
		}
	}
	if !v.Actor.May(access.Check, Kind) || rec.State == flow.Voided {
		return all, nil
	}
	waiting, err := s.waiting(v.Ctx, tx, rec.ID)
	if err != nil {
		return nil, err
	}
	if len(waiting) > 0 && (rec.State != flow.Verified || rec.Revision != flow.None) {
		all = append(all, page.Notice{Kind: page.Info, Lead: v.T("核实时连 %d 份份额一起核实。", len(waiting))})
	}
	for _, same := range rec.Similar {
		if same.Unit == rec.Unit {
			continue
		}
		all = append(all, page.Notice{Kind: page.Caution, Lead: v.T("%s 也报了一场：%s。", v.Tree.Unit(same.Unit).Name, same.Title), Text: v.T("是同一场，就并为一场联合活动。"),
			Action: &page.Action{Label: v.T("去并"), Href: desk.Href(Kind, rec.Number) + "/join/" + same.Number}})
	}
	return all, nil
}
