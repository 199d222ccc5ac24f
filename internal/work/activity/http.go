package activity

import (
	"embed"
	"net/http"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("activity", migrations)

// activityPages are the pages of activities beside those of every register.
type activityPages struct {
	*Service
	Desk *desk.Desk
	list *pages.Pages[Activity, Words]
}

// Modules are what activities tell the application: the activities themselves, and the shares of joint ones, which are records of
// their own.
func (s *Service) Modules(d *desk.Desk) []desk.Module {
	p := &activityPages{Service: s, Desk: d, list: &pages.Pages[Activity, Words]{Desk: d, Book: s.Book, Title: "科普活动", Noun: "场", Group: "业务记录", Tags: []string{"category", "campaign"},
		Sheet: s.sheet(), List: s.list(), Form: s.form(), Record: s.detail(), Along: s.along, Seen: s.Seen, Moves: func(m *desk.Moves) {
			m.VerifyAlong, m.Left, m.Delete = s.VerifyAlong, s.left, s.Delete
		}}}
	activities := p.list.Module(Migrations)
	activities.Records.Delete = s.DeleteIn
	activities.Records.Verifying = "谁写的谁不能核实。计入已结的账时要写原因。等核实的份额不跟着核实，再逐份核实。"
	activities.Nav = append(activities.Nav, desk.Entry{Group: "业务记录", Label: "主题活动", Path: "/campaigns", Right: string(access.Read), Module: Kind})
	for _, one := range []struct {
		pattern string
		right   access.Right
		handler web.Handler
	}{
		{"GET /activity/{number}/share", access.Write, p.getShare},
		{"POST /activity/{number}/share", access.Write, p.postShare},
		{"GET /activity/{number}/join/{other}", access.Check, p.getJoin},
		{"POST /activity/{number}/join/{other}", access.Check, p.postJoin},
		{"GET /campaigns", access.Read, p.getCampaigns},
		{"GET /campaigns/unreached", access.Read, p.getUnreached},
		{"GET /campaigns/unreached/export", access.Export, p.exportUnreached},
		{"GET /campaigns/{code}", access.Read, p.getCampaign},
		{"GET /campaigns/{code}/table", access.Export, p.exportCampaign},
	} {
		activities.Routes = append(activities.Routes, web.Route{Pattern: one.pattern, Right: string(one.right), Module: Kind, Handler: one.handler})
	}
	activities.Late, activities.Asked, activities.AskedN = s.sharesLate, s.sharesAsked, s.sharesAskedN
	activities.Settings = []desk.SettingPage{{Title: "主题活动的日期", Href: editionsPath, Says: "每年科普日、科技活动周等是哪几天、什么主题，按上级的通知改"}}
	activities.Routes = append(activities.Routes, web.Route{Pattern: "GET " + editionsPath, Right: desk.SignedIn, Handler: p.getEditions},
		web.Route{Pattern: "GET " + editionsPath + "/{code}", Right: desk.SignedIn, Handler: p.getEditionDays},
		web.Route{Pattern: "POST " + editionsPath + "/{code}", Right: string(access.Settings), Handler: p.postEditionDays})
	return []desk.Module{activities, p.shares()}
}

// shares are the shares of joint activities as a register: their own pages and flow; they are entered from the event.
func (p *activityPages) shares() desk.Module {
	shares := &pages.Pages[Share, ShareWords]{Desk: p.Desk, Book: p.Shares, Title: "联合活动份额", Noun: "份", Group: "业务记录", Elsewhere: true,
		List: shareList(p.Catalogue), Form: pages.Form[Share, ShareWords]{Same: "同一活动"}, Record: p.shareDetail()}
	m := shares.Module(db.Source{})
	m.Records.Create, m.Records.Save = nil, nil // they are entered from the event
	m.Nav = nil                                 // a joint activity leads to its shares
	var routes []web.Route
	for _, r := range m.Routes {
		switch path := r.Pattern[strings.Index(r.Pattern, " ")+1:]; path {
		case "/" + ShareKind + "/new", "/" + ShareKind + "/new/drop", "/" + ShareKind + "/keep", "/" + ShareKind + "/preview", "/" + ShareKind + "/{number}/edit":
		default:
			routes = append(routes, r)
		}
	}
	routes = append(routes, web.Route{Pattern: "GET /" + ShareKind + "/{number}/edit", Right: string(access.Write), Module: ShareKind, Handler: p.getShareEdit})
	m.Routes = routes
	return m
}

func shareList(c Catalogue) pages.List[Share, ShareWords] {
	type column = pages.Column[Share, ShareWords]
	return pages.List[Share, ShareWords]{Search: "活动、单位、资料、编号", Unfound: "活动、单位、发放资料、编号里都没有", First: "联合活动的参加单位在活动页填自己的份额。", Proved: "份额不另要佐证。",
		Columns: []column{pages.NumberColumn[Share, ShareWords](), pages.TitleColumn[Share, ShareWords]("活动"),
			{Column: page.Column{Label: "单位", Plain: true}, Cell: shareUnitCell}, pages.PlaceColumn[Share, ShareWords](),
			pages.StateColumn[Share, ShareWords](), pages.AuthorColumn[Share, ShareWords]()},
		Export: shareExports(c)}
}

func (p *activityPages) shareDetail() pages.Detail[Share, ShareWords] {
	return pages.Detail[Share, ShareWords]{Title: "本单位的数",
		Bigs: func(v *desk.Visit, rec register.Record[Share, ShareWords]) (all []page.Big) {
			for _, c := range rec.Words.Rules.counts {
				if n := rec.Body.Counts.of(c.Code); n != nil {
					label := c.Name
					if c.Code == countOnsite {
						label = "接待"
					}
					all = append(all, page.Big{Label: v.T(label), Unit: unitBeside(v, c.Unit, pages.CountText(v, n)), Value: pages.CountText(v, n)})
				}
			}
			return all
		},
		Facts: func(v *desk.Visit, rec register.Record[Share, ShareWords]) []page.Fact {
			all := []page.Fact{{Label: v.T("单位"), Value: rec.Words.Tree.Unit(rec.Unit).Name}, {Label: v.T("日期"), Value: v.T(rec.Day.Long())}}
			for _, key := range []struct{ label, key string }{{"发放资料", "materials"}, {"并入的记录", "merged"}, {"备注", "note"}} {
				now, was := pages.Said(v, p.Shares.Fields, rec, key.key)
				if key.key == "materials" && was == "" {
					now = givenAway(v, rec.Words.Rules, rec.Body, rec.Words.Words)
				}
				if now != "" || was != "" {
					all = append(all, page.Fact{Label: v.T(key.label), Value: now, Was: was, Wide: true})
				}
			}
			return all
		},
		Notices: func(tx *db.Tx, v *desk.Visit, rec register.Record[Share, ShareWords]) ([]page.Notice, error) {
			h, err := flow.Get(v.Ctx, tx, Ref(rec.Body.Activity))
			if err != nil {
				return nil, nil //nolint:nilerr // who does not see the event sees the share alone
			}
			return []page.Notice{{Kind: page.Info, Lead: v.T("是「%s」的份额。", h.Title), Text: v.T("随活动一起核实，计入活动的合计。"), Action: &page.Action{Label: v.T("看活动"), Href: desk.Href(Kind, h.Number)}}}, nil
		}}
}

// getJoin asks an officer which of two records of one event stays.
func (p *activityPages) getJoin(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error { return p.showJoin(w, r, tx, v, joinForm{}) })
}

type joinForm struct {
	stays, reason string
	errors        []page.FieldError
	problem       *page.Notice
	status        int
}

func (p *activityPages) showJoin(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, f joinForm) error {
	one, err := p.GetIn(v.Ctx, tx, r.PathValue("number"))
	if err != nil {
		return err
	}
	other, err := p.GetIn(v.Ctx, tx, r.PathValue("other"))
	if err != nil {
		return err
	}
	if f.stays == "" { // the one that was verified, else the earlier
		f.stays = one.Number
		if other.State == flow.Verified && one.State != flow.Verified || other.State == one.State && other.Created < one.Created {
			f.stays = other.Number
		}
	}
	var differences []page.Difference
	for _, c := range p.Fields.Changes(one.Body, other.Body, one.Words) {
		differences = append(differences, page.Difference{Label: v.T(c.Label), Before: c.Before, After: c.After})
	}
	left := func(goes, stays Record) *page.Notice {
		var parts []string
		for _, l := range goes.Body.losses(stays.Body, goes.Words.Rules) {
			parts = append(parts, v.T("%s %s %s", v.T(l.name), strconv.FormatInt(l.n, 10), unitShort(l.unit)))
		}
		if len(parts) == 0 {
			return nil
		}
		return &page.Notice{Kind: page.Caution, Lead: v.T("%s 并过去时，这些不会带过去：", v.Number(goes.Head)), Text: strings.Join(parts, v.T("、")) + v.T("。份额只带人次等数和发放资料；要算的，请先补到留下的那一条。")}
	}
	head := page.FormHead{Title: v.T("并为一场联合活动"), Crumbs: []page.NavItem{{Label: v.T("科普活动"), Href: v.At.Scope("/" + Kind).String()}, {Label: v.Number(one.Head), Href: desk.Href(Kind, one.Number)}, {Label: v.T("并")}}}
	form := page.Form{ID: "join", Action: desk.Href(Kind, one.Number) + "/join/" + other.Number, Errors: f.errors, Leave: &page.Action{Label: v.T("不并"), Href: desk.Href(Kind, one.Number)},
		Buttons: []page.Action{{Label: v.T("并为一场"), Kind: page.Primary, Name: "act", Value: "join"}}, Says: v.T("另一条作废，写明原因，不能再恢复；它的数成为那个单位的份额，由别人核实")}
	choice := func(rec Record) page.Option {
		return page.Option{Value: rec.Number, Label: v.T("%s %s（%s，%s）", v.Number(rec.Head), rec.Title, v.Tree.Unit(rec.Unit).Name, v.T(rec.State.Title()))}
	}
	reason := page.Field{Name: "reason", Label: v.T("为什么是同一场"), Value: f.reason, Wide: true, Error: desk.ErrorOf(f.errors, "reason")}
	if reason.Error == "" {
		reason.Hint = v.T("例如：两家联合办的，各报了一次")
	}
	radios := page.Radios{Field: page.Field{Name: "stays", Label: v.T("留哪一条"), Value: f.stays, Wide: true, Hint: v.T("现场人次以留下的为准，不相加")}, Options: []page.Option{choice(one), choice(other)}}
	said := joinSaid{one: v.T("%s记的", v.Tree.Unit(one.Unit).Name), other: v.T("%s记的", v.Tree.Unit(other.Unit).Name), differences: differences, problem: f.problem, left: []*page.Notice{left(one, other), left(other, one)},
		versions: [2][2]string{{"version." + one.Number, strconv.Itoa(one.Version)}, {"version." + other.Number, strconv.Itoa(other.Version)}}}
	return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + Kind, NoScope: true, Status: f.status}, joinPage(head, form, said, radios, reason))
}

// joinSaid is what the page says over its fields.
type joinSaid struct {
	one, other  string
	differences []page.Difference
	problem     *page.Notice
	left        []*page.Notice // what would not go along; nil: nothing
	versions    [2][2]string
}

func (p *activityPages) postJoin(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, f := JoinInput{Reason: form.Text("reason", "原因", 400)}, joinForm{stays: form.Values.Get("stays"), reason: form.Values.Get("reason")}
	stays, goes := r.PathValue("number"), r.PathValue("other")
	if f.stays == goes {
		stays, goes = goes, stays
	}
	if err := p.DB.View(r.Context(), func(tx *db.Tx) error {
		one, err := flow.ByNumber(r.Context(), tx, Kind, stays)
		if err != nil {
			return err
		}
		other, err := flow.ByNumber(r.Context(), tx, Kind, goes)
		in.Stays, in.Goes = one.ID, other.ID
		return err
	}); err != nil {
		return err
	}
	in.StaysVersion, in.GoesVersion = atoi(form.Values.Get("version."+stays)), atoi(form.Values.Get("version."+goes))
	share, err := p.Join(r.Context(), in)
	if err == nil {
		desk.Say(w, r, "", "已并到 %s，%s 作废；份额 %s 等别人核实", flow.Short(stays), flow.Short(goes), share.Short())
		web.Redirect(w, r, desk.Href(Kind, stays))
		return nil
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		f.status = web.Status(err)
		if f.errors = v.FieldErrors(err); len(f.errors) == 0 || desk.ErrorOf(f.errors, "reason") == "" {
			f.errors, f.problem = nil, v.Problem(err)
		}
		return p.showJoin(w, r, tx, v, f)
	})
}
