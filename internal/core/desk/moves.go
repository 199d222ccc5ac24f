package desk

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// Moves are the steps of the flow as a module's service has them, for what the pages of all modules share: the buttons of a
// record, the batch bar of a list, and the addresses that they post to.
type Moves struct {
	Kind  string
	Title string // of the list: 培训班
	Noun  string // measure word of a record: 期

	Submit, Withdraw     func(ctx context.Context, record string, version int) (flow.Head, error)
	Verify, Return, Void func(ctx context.Context, record string, version int, why string) (flow.Head, error)
	Delete               func(ctx context.Context, record string, version int) error
	VerifyMany           func(ctx context.Context, picks []flow.Pick, why string) ([]flow.Head, error)
	ReturnMany           func(ctx context.Context, picks []flow.Pick, remark string) ([]flow.Head, error)

	// VerifyAlong is in the place of Verify where other records are verified along, as the page showed them (Visit.Actions). nil: none are.
	VerifyAlong func(ctx context.Context, record string, version int, why, seen string) (flow.Head, error)
	// Left says what of others still waits after several were verified together; "" for nothing. nil: nothing ever does.
	Left func(ctx context.Context, heads []flow.Head) (string, error)

	// Record and List show the module's page again with what went wrong on top.
	Record func(w http.ResponseWriter, r *http.Request, number string, problem error) error
	List   func(w http.ResponseWriter, r *http.Request, problem error, chosen []flow.Pick) error
}

// step takes a record at the version in its head; seen is what was shown of the records that go along.
type step func(ctx context.Context, h flow.Head, why, seen string) (flow.Head, error)

// MoveRoutes are the addresses of the steps: /training/{number}/verify and its like, /training/batch/verify and /training/batch/return.
func (d *Desk) MoveRoutes(m Moves) []web.Route {
	one := "POST /" + m.Kind + "/{number}/"
	route := func(action flow.Action, right access.Right, do step) web.Route {
		return web.Route{Pattern: one + string(action), Right: string(right), Module: m.Kind, Handler: d.move(m, action, do)}
	}
	plain := func(do func(context.Context, string, int) (flow.Head, error)) step {
		return func(ctx context.Context, h flow.Head, _, _ string) (flow.Head, error) {
			return do(ctx, h.ID, h.Version)
		}
	}
	because := func(do func(context.Context, string, int, string) (flow.Head, error)) step {
		return func(ctx context.Context, h flow.Head, why, _ string) (flow.Head, error) {
			return do(ctx, h.ID, h.Version, why)
		}
	}
	verify := because(m.Verify)
	if m.VerifyAlong != nil {
		verify = func(ctx context.Context, h flow.Head, why, seen string) (flow.Head, error) {
			return m.VerifyAlong(ctx, h.ID, h.Version, why, seen)
		}
	}
	return []web.Route{
		route(flow.ActSubmit, access.Write, plain(m.Submit)),
		route(flow.ActWithdraw, access.Write, plain(m.Withdraw)),
		route(flow.ActVerify, access.Check, verify),
		route(flow.ActReturn, access.Check, because(m.Return)),
		route(flow.ActVoid, access.Write, because(m.Void)),
		route(flow.ActDelete, access.Write, func(ctx context.Context, h flow.Head, _, _ string) (flow.Head, error) {
			return h, m.Delete(ctx, h.ID, h.Version)
		}),
		{Pattern: "POST /" + m.Kind + "/batch/verify", Right: string(access.Check), Module: m.Kind, Handler: d.verifyBatch(m)},
		{Pattern: "POST /" + m.Kind + "/batch/return", Right: string(access.Check), Module: m.Kind, Handler: d.returnBatch(m)},
	}
}

// move takes a step of one record at the version that the page showed, says so and goes back to the record.
func (d *Desk) move(m Moves, action flow.Action, do step) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		number := r.PathValue("number")
		var h flow.Head
		var who string
		var today day.Day
		if err := d.DB.View(r.Context(), func(tx *db.Tx) (err error) {
			if today, err = org.Today(r.Context(), tx); err != nil {
				return err
			}
			if h, err = flow.ByNumber(r.Context(), tx, m.Kind, number); err != nil || action != flow.ActSubmit {
				return err
			}
			who, err = checkers(r.Context(), tx, h)
			return err
		}); err != nil {
			return err
		}
		shown := f.Values.Get("version")
		if shown == "" {
			shown = r.URL.Query().Get("version") // the way back of a toast is an address
		}
		shown, seen, _ := strings.Cut(shown, ".")
		if h.Version, err = strconv.Atoi(shown); err != nil {
			return errs.E(errs.Invalid, "不知道你看的是哪一版，请刷新后再办")
		}
		why := f.Text("reason", "原因", 500)
		if err = f.Err(); err == nil {
			h, err = do(r.Context(), h, why, seen)
		}
		switch errs.KindOf(err) {
		case "":
		case errs.Conflict, errs.Invalid, errs.Forbidden:
			return m.Record(w, r, number, err)
		default:
			return err
		}
		back := page.AddressOf(r).Without("version")
		back.Path = Href(m.Kind, number)
		undo := ""
		text, args := "", []any{h.NumberIn(today)}
		switch action {
		case flow.ActSubmit:
			text = "已提交 %s"
			if who != "" {
				text, args = "已提交 %s，等%s核实", append(args, who)
			}
			undo = Href(m.Kind, number) + "/withdraw?version=" + strconv.Itoa(h.Version)
		case flow.ActWithdraw:
			text = "已撤回 %s，改好再交"
			if h.State == flow.Verified && h.Revision == flow.None {
				text = "已放弃修订，%s 照原来的数"
			}
		case flow.ActVerify:
			text = "已核实 %s，数字已入账"
		case flow.ActReturn:
			text, args = "已把 %s 退给%s", append(args, h.AuthorName)
		case flow.ActVoid:
			text = "已作废 %s"
		case flow.ActDelete:
			text = "已删除草稿 %s"
			back.Path = "/" + m.Kind
		}
		Say(w, r, undo, text, args...)
		web.Redirect(w, r, back.String())
		return nil
	}
}

// PickValue is what the box of a row in a list sends: the record at the version that the list shows.
func PickValue(h flow.Head) string { return h.ID + "." + strconv.Itoa(h.Version) }

// Picks are the rows chosen in a list. Invalid when none is, or more than can be done at once.
func Picks(f *web.Form, kind string) ([]flow.Pick, error) {
	const most = 500
	var picks []flow.Pick
	for _, one := range f.List("id") {
		record, version, _ := strings.Cut(one, ".")
		n, err := strconv.Atoi(version)
		if err != nil {
			return nil, errs.E(errs.Invalid, "有一条选中的记录看不懂，请刷新后再选")
		}
		p := flow.Pick{Version: n}
		p.Ref.Kind, p.Ref.ID = kind, record
		picks = append(picks, p)
	}
	switch {
	case len(picks) == 0:
		return nil, errs.E(errs.Invalid, "一条也没有选中，请先勾选")
	case len(picks) > most:
		return nil, errs.E(errs.Invalid, "选了 %d 条，一次最多 %d 条，请分几次办", len(picks), most)
	}
	return picks, nil
}

func (d *Desk) verifyBatch(m Moves) web.Handler {
	return d.batch(m, func(w http.ResponseWriter, r *http.Request, f *web.Form, picks []flow.Pick) (string, error) {
		why := f.Text("reason", "为什么结账后才入账", 500)
		if f.Err() != nil {
			return "", d.ask(w, r, m, f, picks, whyLate)
		}
		heads, err := m.VerifyMany(r.Context(), picks, why)
		if errors.Is(err, ledger.ErrClosed) && why == "" {
			return "", d.ask(w, r, m, f, picks, whyLate)
		}
		if err != nil {
			return "", err
		}
		says := words(r.Context(), "已核实 %d %s，数字已入账", len(heads), m.Noun)
		if m.Left == nil {
			return says, nil
		}
		left, err := m.Left(r.Context(), heads)
		if left != "" {
			says += words(r.Context(), "；") + left
		}
		return says, err
	})
}

func (d *Desk) returnBatch(m Moves) web.Handler {
	return d.batch(m, func(w http.ResponseWriter, r *http.Request, f *web.Form, picks []flow.Pick) (string, error) {
		remark := f.Text("remark", "要改什么", 500)
		if remark == "" || f.Err() != nil {
			return "", d.ask(w, r, m, f, picks, whatToChange)
		}
		heads, err := m.ReturnMany(r.Context(), picks, remark)
		return words(r.Context(), "已退回 %d %s", len(heads), m.Noun), err
	})
}

// batch does something with the rows chosen in a list and goes back to it. do answers itself when it says nothing.
func (d *Desk) batch(m Moves, do func(w http.ResponseWriter, r *http.Request, f *web.Form, picks []flow.Pick) (says string, err error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		picks, err := Picks(f, m.Kind)
		says := ""
		if err == nil {
			says, err = do(w, r, f, picks)
		}
		switch errs.KindOf(err) {
		case "":
		case errs.Conflict, errs.Invalid, errs.Forbidden, errs.NotFound:
			return m.List(w, r, err, picks)
		default:
			return err
		}
		if says != "" {
			Toast(w, r, says, "")
			web.Redirect(w, r, page.Address{Path: "/" + m.Kind, Query: r.URL.Query()}.String())
		}
		return nil
	}
}

// question is what is asked before something is done with several records together.
type question struct {
	field, label, hint, missing string
	verb                        string // on the button, with count and measure word
	says, leave, of             string // what becomes of them; the way out; what the list of them is called
}

var (
	whatToChange = question{"remark", "要改什么", "写明哪一处、怎么改，填报人一看就懂", "请写退回的原因，填报人才知道改哪里", "退回 %d %s", "退给填报人改好再交，原来填的都留着", "不退了", "退回的有"}
	whyLate      = question{"reason", "为什么结账后才入账", "其中有计入已结月份的，核实后记为更正", "请写为什么结账后才入账", "核实 %d %s", "这些一起核实，原因记在每一条里", "先不核实", "核实的有"}
)

// ask asks the question before something is done with the rows chosen in a list.
func (d *Desk) ask(w http.ResponseWriter, r *http.Request, m Moves, f *web.Form, picks []flow.Pick, q question) error {
	return d.View(r, func(tx *db.Tx, v *Visit) error {
		ids := make([]string, len(picks))
		for i, p := range picks {
			ids[i] = p.Ref.ID
		}
		heads, err := flow.List(v.Ctx, tx, flow.Filter{Kinds: []string{m.Kind}, IDs: ids}, flow.Page{Limit: len(ids)})
		if err != nil {
			return err
		}
		list := page.Address{Path: "/" + m.Kind, Query: r.URL.Query()}
		form := page.Form{Action: v.At.String(), Leave: &page.Action{Label: v.T(q.leave), Href: list.String()},
			Buttons: []page.Action{{Label: v.T(q.verb, len(heads), v.T(m.Noun)), Kind: page.Primary}},
			Says:    v.T(q.says)}
		status := http.StatusOK
		answer := page.Text{Field: page.Field{Name: q.field, Label: v.T(q.label), Value: f.Values.Get(q.field), Wide: true, Hint: v.T(q.hint)}, Rows: 4, MaxLength: 500}
		if f.Has(q.field) {
			status = http.StatusUnprocessableEntity
			answer.Error = v.T(q.missing)
			if wrong := v.FieldErrors(f.Err()); len(wrong) > 0 {
				answer.Error = wrong[0].Text
			}
			form.Errors = []page.FieldError{{Name: q.field, Text: answer.Error}}
		}
		title := v.T(q.verb, len(heads), v.T(m.Noun))
		v.At.Path = "/" + m.Kind
		return v.Render(w, r, Page{Title: title, Status: status}, askPage(page.FormHead{Crumbs: []page.NavItem{{Label: v.T(m.Title), Href: list.String()}, {Label: title}}, Title: title},
			form, f.List("id"), v.T(q.of), v.named(heads), answer))
	})
}

// named are records as one line each: PX-0073 核桃高接换优技术 · 李文芳.
func (v *Visit) named(heads []flow.Head) (lines []string) {
	for _, h := range heads {
		lines = append(lines, v.Number(h)+" "+h.Title+" · "+h.AuthorName)
	}
	return lines
}
