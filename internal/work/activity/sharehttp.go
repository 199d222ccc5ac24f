package activity

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// shareForm is the page on which a unit enters its share: small, for the phone at the stand.
type shareForm struct {
	event   Joint
	units   []org.Unit // for which the reader may enter a share
	unit    org.Unit
	mine    *EnteredShare // what the unit entered already
	client  string
	values  url.Values
	errors  []page.FieldError
	problem *page.Notice
	status  int
}

func (p *activityPages) getShare(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		f, err := p.shareForm(tx, v, r.PathValue("number"), v.At.Get("unit"))
		if err != nil {
			return err
		}
		f.client = id.New()
		f.values = url.Values{}
		if f.mine != nil {
			putCounts(f.values, "", f.mine.Body.Counts)
			putMaterials(f.values, f.mine.Body.Materials, f.event.Words)
			f.values.Set("note", f.mine.Body.Note)
		}
		return p.showShare(w, r, tx, v, f)
	})
}

// shareForm reads the event and what the unit of the code, or the reader's own, has entered.
func (p *activityPages) shareForm(tx *db.Tx, v *desk.Visit, number, code string) (f shareForm, err error) {
	if f.event.Record, err = p.GetIn(v.Ctx, tx, number); err != nil {
		return f, err
	}
	invited := map[string]bool{}
	for _, partner := range f.event.Body.Partners {
		invited[partner.Unit] = f.event.Body.Open && partner.Unit != ""
	}
	may, err := flow.Units(v.Ctx, v.Tree, access.Write, ShareKind)
	if err != nil {
		return f, err
	}
	for _, u := range may {
		if (u.Code == code || code == "" && u.ID == v.Actor.Unit) && !invited[u.ID] { // it may have been settled into the event without being asked to it
			settled, _, err := p.shareOf(v.Ctx, tx, f.event.ID, u.ID)
			if err != nil {
				return f, err
			}
			invited[u.ID] = settled != nil && settled.Body.Merged != ""
		}
		if invited[u.ID] {
			f.units = append(f.units, u)
		}
	}
	if len(f.units) == 0 {
		return f, errs.E(errs.Forbidden, "这个活动没有请你的单位填份额；参加了，请主办单位在参加单位里补上，并打开「各单位自己填份额」")
	}
	f.unit = f.units[0]
	at := slices.IndexFunc(f.units, func(u org.Unit) bool { return u.Code == code || code == "" && u.ID == v.Actor.Unit })
	switch {
	case at >= 0:
		f.unit = f.units[at]
	case code != "": // never somebody's own instead
		return f, errs.E(errs.Forbidden, "份额由各单位自己填，这个单位的不归你填")
	}
	f.mine, _, err = p.shareOf(v.Ctx, tx, f.event.ID, f.unit.ID)
	return f, err
}

func (p *activityPages) postShare(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	number := r.PathValue("number")
	var in ShareInput
	var f shareForm
	answered := false
	if err := p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) (err error) {
		if f, err = p.shareForm(tx, v, number, form.Values.Get("unit")); err != nil {
			return err
		}
		f.values, f.client = form.Values, form.Values.Get("client")
		if !id.Valid(f.client) {
			f.client = id.New()
		}
		if ask := form.Values.Get("rows"); ask != "" {
			pages.EditRows(map[string][]string{"materials": materialKeys}, form.Values, ask)
			answered = true
			return p.showShare(w, r, tx, v, f)
		}
		t, err := pages.Read(v.Ctx, tx, form, f.event.Body.countingDay(), p.Catalogue.endings)
		if err != nil {
			return err
		}
		version, _ := strconv.Atoi(form.Values.Get("version"))
		in = ShareInput{Activity: f.event.ID, Unit: f.unit.ID, Client: f.client, Version: version, Note: form.Text("note", "备注", 1000), Reason: form.Text("reason", "为什么改", 500),
			Counts: readCounts(t, p.Catalogue.counts, "", func(c CountRule) bool { return c.ShareMeasure != "" }), Materials: readMaterials(t)}
		if f.errors = v.AllErrors(form, nil); len(f.errors) > 0 {
			answered = true
			return p.showShare(w, r, tx, v, f)
		}
		return nil
	}); err != nil || answered {
		return err
	}
	h, err := p.EnterShare(r.Context(), in)
	if err == nil {
		desk.Say(w, r, "", "已交%s的份额 %s", f.unit.Name, h.Short())
		web.Redirect(w, r, desk.Href(Kind, number)+"/share?unit="+url.QueryEscape(f.unit.Code))
		return nil
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		switch errs.KindOf(err) {
		case errs.Invalid:
			f.errors = v.FieldErrors(err)
		case errs.Conflict, errs.Forbidden:
			f.problem, f.status = v.Problem(err), web.Status(err)
			now, again := p.shareForm(tx, v, number, f.unit.Code)
			if again != nil {
				return again
			}
			f.mine, f.event = now.mine, now.event
		default:
			return err
		}
		return p.showShare(w, r, tx, v, f)
	})
}

// showShare shows the page.
func (p *activityPages) showShare(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, f shareForm) error {
	shares, err := p.sharesOf(v.Ctx, tx, f.event.ID)
	if err != nil {
		return err
	}
	f.event.Shares, f.event.Totals = shares, p.Totals(f.event.Body, shares)
	a, rules := f.event.Body, f.event.Words.Rules
	if f.status == 0 && len(f.errors) > 0 {
		f.status = http.StatusUnprocessableEntity
	}
	back := desk.Href(Kind, f.event.Number)
	head := page.FormHead{Title: v.T("%s的份额", f.unit.Name), Crumbs: []page.NavItem{{Label: v.T("科普活动"), Href: v.At.Scope("/" + Kind).String()},
		{Label: v.Number(f.event.Head), Href: back}, {Label: v.T("份额")}}}
	form := page.Form{ID: "share", Action: back + "/share", Errors: f.errors, Leave: &page.Action{Label: v.T("看活动"), Href: back},
		Buttons: []page.Action{{Label: v.T("交份额"), Kind: page.Primary, Name: "act", Value: "submit"}}, Says: v.T("核实活动的人一起核实份额")}
	said := shareSaid{event: f.event.Title, facts: []page.Fact{{Label: v.T("日期"), Value: v.T(a.countingDay().Long())}, {Label: v.T("地点"), Value: pages.PlaceWords(f.event.Words.Tree, a.Place) + " " + a.Venue}},
		problem: f.problem, client: f.client, unit: f.unit.Code}
	gifts := Given(a, f.event.Shares)
	for _, n := range append(slices.Clone(f.event.Totals), gifts[:]...) {
		if n.Added != nil {
			said.sums = append(said.sums, v.T("%s %s %s", v.T(n.Name), pages.CountText(v, n.All), unitBeside(v, n.Unit, pages.CountText(v, n.All))))
		}
	}
	said.filled = v.T("%d 个单位已填，到现在合计", len(f.event.Shares))
	if f.mine != nil {
		form.Version = strconv.Itoa(f.mine.Version)
		head.State = string(f.mine.Waiting())
		form.Buttons[0].Label = v.T("改份额")
		if f.mine.Waiting() == flow.Submitted && f.mine.Editor != v.Actor.Name {
			said.notice = &page.Notice{Kind: page.Info, Lead: v.T("%s填的，等核实。", f.mine.Editor), Text: v.T("你也能改；谁改的写在份额的经过里。")}
		}
		if f.mine.Remark != "" && f.mine.Waiting() == flow.Returned {
			said.notice = &page.Notice{Kind: page.Caution, Lead: v.T("退回的原因：%s", access.Spoken(v.Ctx, f.mine.Remark))}
		}
	}
	kind, _ := rules.Kind(a.Category)
	filled := pages.FilledIn[Share, ShareWords](v, f.values, f.errors)
	var asked, folded []templ.Component
	open := false
	for _, c := range rules.counts {
		if c.ShareMeasure == "" {
			continue
		}
		field := filled.Optional(c.Code, c.Name)
		if c.Code == countOnsite {
			field.Label, field.Hint = v.T("接待"), v.T("到本单位展台的人次；总人次由主办单位统计，不相加")
		}
		control := page.CountField(page.Count{Field: field, Unit: unitShort(v.T(c.Unit))})
		if slices.Contains(kind.Asks, c.Code) {
			asked = append(asked, control)
			continue
		}
		folded = append(folded, control)
		open = open || f.values.Get(c.Code) != "" || field.Error != ""
	}
	materials := make([]page.Option, 1, len(rules.material)+1)
	for _, m := range rules.material {
		materials = append(materials, page.Option{Value: m.Code, Label: v.T(m.Name)})
	}
	fields := slices.Concat(asked, []templ.Component{filled.Table(page.SubRows{Name: "materials", Label: v.T("发放资料"), AddLabel: v.T("再加一种"),
		Heads: []page.SubHead{{Key: "title", Label: v.T("品名")}, {Key: "kind", Label: v.T("种类"), Type: "select", Options: materials}, {Key: "copies", Label: v.T("数量")}, {Key: "source", Label: v.T("来源")}}})})
	if len(folded) > 0 {
		fields = append(fields, page.FoldBox(page.Fold{Title: v.T("其他数"), Open: open}, templ.Join(folded...)))
	}
	note := filled.Optional("note", "备注")
	note.Wide = true
	fields = append(fields, page.InputField(page.Input{Field: note, MaxLength: 1000}))
	if f.mine != nil && f.mine.State == flow.Verified {
		reason := filled.Field("reason", "为什么改")
		reason.Wide, reason.Hint = true, v.T("已核实的份额，改了要再核实；核实前照原来的数计")
		fields = append([]templ.Component{page.InputField(page.Input{Field: reason, MaxLength: 500})}, fields...)
	}
	if len(f.units) > 1 {
		for _, u := range f.units {
			said.others = append(said.others, page.NavItem{Label: u.Name, Href: back + "/share?unit=" + url.QueryEscape(u.Code)})
		}
	}
	return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + Kind, NoScope: true, Status: f.status}, sharePage(head, form, said, fields))
}

// shareSaid is what the page says over its fields.
type shareSaid struct {
	event           string
	facts           []page.Fact
	filled          string
	sums            []string
	problem, notice *page.Notice
	client, unit    string
	others          []page.NavItem // units for which the reader may enter a share too
}

// getShareEdit leads from a share's own page to the form.
func (p *activityPages) getShareEdit(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		sh, err := p.Shares.GetIn(v.Ctx, tx, r.PathValue("number"))
		if err != nil {
			return err
		}
		h, err := flow.Get(v.Ctx, tx, Ref(sh.Body.Activity))
		if errs.Is(err, errs.NotFound) && sh.Body.Merged != "" {
			return errs.E(errs.Forbidden, "这份份额是县科协把 %s 并成联合活动时记的，要改请县科协改；想自己改，请主办单位把本单位补进参加单位", sh.Body.Merged)
		}
		if err != nil {
			return err
		}
		web.Redirect(w, r, desk.Href(Kind, h.Number)+"/share?unit="+url.QueryEscape(v.Tree.Unit(sh.Unit).Code))
		return nil
	})
}
