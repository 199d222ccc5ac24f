package activity

import (
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

type (
	entry  = register.Entry[Activity]
	column = pages.Column[Activity, Words]
)

// list is what the list of activities shows.
func (s *Service) list() pages.List[Activity, Words] {
	return pages.List[Activity, Words]{Search: "名称、地点、单位、资料、编号", Unfound: "名称、编号、地点、主题、参加单位、发放资料里都没有",
		First: "定了就记一条计划，办完填上数：计划、统计表、总结里的数都从这里来。", Proved: "应有的签到册、确认书或报道都传了。",
		Columns: columns(), Measure: measureHeld,
		Sum: &pages.Sum[Activity]{Column: "onsite", Unit: "人次", Measure: "activity.attendances", Of: func(a Activity) *register.Count { return a.total(countOnsite) }},
		Filters: []pages.Filter[Words]{
			{Key: "category", Label: "类别", Column: "category", Tag: "category", Options: func(v *desk.Visit, w Words) (all []page.Option) {
				for _, k := range w.Rules.Kinds() {
					all = append(all, page.Option{Value: k.Code, Label: v.T(k.Name)})
				}
				return all
			}},
			{Key: "campaign", Label: "主题活动", Tag: "campaign", Named: true, Find: true, Options: func(_ *desk.Visit, w Words) (all []page.Option) {
				for _, c := range w.Rules.campaigns {
					all = append(all, page.Option{Value: c.Code, Label: c.Name})
				}
				return all
			}, Where: func(value string) ledger.Condition {
				return ledger.Condition{SQL: "EXISTS (SELECT 1 FROM activity_campaign k WHERE k.association = r.association AND k.campaign = ? AND k.record = r.id)", Args: []any{value}}
			}},
			{Key: "life", Label: "举办", Options: func(v *desk.Visit, _ Words) (all []page.Option) {
				for _, l := range Lives() {
					all = append(all, page.Option{Value: string(l), Label: v.T(l.Title())})
				}
				return all
			}, Where: func(value string) ledger.Condition { return ledger.Condition{SQL: "r.life = ?", Args: []any{value}} }},
		},
		Views: []pages.View{
			{Key: "planned", Label: "计划中", Narrow: func(_ *desk.Visit, l *pages.Listed) {
				l.Agrees = false
				l.Life = []string{string(Planned), string(Postponed)}
			}},
			{Key: "share", Label: "待填份额", Narrow: func(v *desk.Visit, l *pages.Listed) {
				l.Agrees = false
				l.Unit, l.Place = "", "" // others keep the record
				l.Only = append(l.Only, shareAwaited(v))
			}},
		}}
}

// shareAwaited are the joint activities that have begun and wait for the share of the reader's own unit.
func shareAwaited(v *desk.Visit) ledger.Condition {
	unit := v.Actor.Unit
	return ledger.Condition{SQL: `c.shares_open AND c.start_day <= ? AND r.life IN (?) AND r.state <> 'voided'
		AND EXISTS (SELECT 1 FROM activity_partner k WHERE k.association = r.association AND k.record = r.id AND k.unit = ?)
		AND NOT EXISTS (SELECT 1 FROM activity_share k JOIN record q ON q.association = k.association AND q.id = k.id
			WHERE k.association = r.association AND k.activity = r.id AND k.unit = ? AND q.state <> 'voided')`,
		Args: []any{v.Today, db.List{string(Planned), string(Held)}, unit, unit}}
}

// awaiting are the joint activities that wait for the share of the reader's unit: nobody else can enter it.
func (s *Service) awaiting(tx *db.Tx, v *desk.Visit, only ...ledger.Condition) ([]entry, error) {
	if v.Actor.Unit == "" || !v.Actor.May(access.Write, Kind) {
		return nil, nil
	}
	return s.ListIn(v.Ctx, tx, register.Query{Filter: flow.Filter{Kinds: []string{Kind}}, Only: append(only, shareAwaited(v))})
}

// sharesAsked are the shares that the reader's unit is to enter.
func (s *Service) sharesAsked(tx *db.Tx, v *desk.Visit) (all []desk.Asked, err error) {
	waiting, err := s.awaiting(tx, v)
	for _, e := range waiting {
		says, _ := s.shareDue(v, e.Head)
		all = append(all, desk.Asked{Head: e.Head, Word: v.T("填份额"), Href: desk.Href(Kind, e.Number) + "/share", When: v.T(e.Day.Short(v.Today)), Says: says})
	}
	return all, err
}

// sharesAskedN counts them, from the reader's unit on.
func (s *Service) sharesAskedN(tx *db.Tx, v *desk.Visit) (int64, error) {
	if v.Actor.Unit == "" || !v.Actor.May(access.Write, Kind) {
		return 0, nil
	}
	awaited := shareAwaited(v)
	return db.One(v.Ctx, tx, db.Value[int64], `SELECT COUNT(DISTINCT p.record) FROM activity_partner p JOIN record r ON r.association = p.association AND r.id = p.record
		JOIN activity c ON c.association = p.association AND c.id = p.record WHERE p.association = ? AND p.unit = ? AND `+awaited.SQL, append([]any{org.Of(v.Ctx), v.Actor.Unit}, awaited.Args...)...)
}

// shareDue says until when a share of a joint activity is to be entered, or by how many days it is late.
func (s *Service) shareDue(v *desk.Visit, h flow.Head) (says string, late bool) {
	due := h.Day.Add(s.Catalogue.On(v.Today).shareDays)
	if due < v.Today {
		return v.T("逾期 %d 天", due.Days(v.Today)-1), true
	}
	return v.T("%s前填", v.T(due.Short(v.Today))), false
}

// sharesLate tells a unit which joint activities have waited too long for its share.
func (s *Service) sharesLate(tx *db.Tx, v *desk.Visit) ([]desk.Late, error) {
	waiting, err := s.awaiting(tx, v, ledger.Condition{SQL: "r.day < ?", Args: []any{v.Today.Add(-s.Catalogue.On(v.Today).shareDays)}})
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	says := waiting[0].Title
	if len(waiting) > 1 {
		says = v.T("%s等", says)
	}
	return []desk.Late{{Name: v.T("联合活动待填份额"), Says: says, Late: v.T("%d 场", len(waiting)), Href: v.At.Scope("/"+Kind).With("view", "share").String()}}, nil
}

func columns() []column {
	return []column{pages.NumberColumn[Activity, Words](), pages.TitleColumn[Activity, Words]("名称"), pages.PlaceColumn[Activity, Words](),
		pages.DaysColumn[Activity, Words]("日期", func(a Activity) (start, end day.Day) { return a.Start, a.countingDay() }),
		{Column: page.Column{Label: "举办", Plain: true}, Cell: func(v *desk.Visit, e entry, _ Words) templ.Component { return lifeCell(v, e.Body) }},
		{Column: page.Column{Label: "现场人次", Kind: page.NumColumn, Sort: countOnsite}, Cell: func(v *desk.Visit, e entry, w Words) templ.Component {
			n := e.Body.total(countOnsite)
			if n == nil && e.Body.Life != Held {
				return page.Faint("")
			}
			return pages.CountCell(v, n, v.T("%s的现场人次", e.Title), func() (page.Figure, bool) { return e.Body.trace(v, e.Head, countOnsite, w.Rules) })
		}},
		pages.PapersColumn[Activity, Words](), pages.StateColumn[Activity, Words](), pages.AuthorColumn[Activity, Words]()}
}

// lifeCell says where an activity stands: what was planned for a day that has passed is asked about.
func lifeCell(v *desk.Visit, a Activity) templ.Component {
	switch {
	case a.Life == Planned && a.countingDay() != "" && a.countingDay() < v.Today:
		return page.Late(v.T("计划已过"))
	case a.Life == Held && !a.ours():
		return pages.Nowrap(v.T("参加"))
	}
	return pages.Nowrap(v.T(a.Life.Title()))
}

// trace is the figure that counts a number of a verified activity, narrowed to its own place, day and category.
func (a Activity) trace(v *desk.Visit, h flow.Head, code string, r Rules) (page.Figure, bool) {
	c, _ := r.Count(code)
	if !a.ours() || a.Life != Held || len(a.Stops) > 0 {
		return page.Figure{}, false
	}
	if a.Open && slices.ContainsFunc(r.counts, func(o CountRule) bool { return o.addsTo == c.Measure }) { // its figure has the shares, too
		return page.Figure{}, false
	}
	return pages.Trace(v, h, c.Measure, []ledger.TagIs{{Name: "category", Values: []string{a.Category}}})
}
