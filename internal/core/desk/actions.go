package desk

import (
	"context"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// words is lang.T, for code that has no Visit.
func words(ctx context.Context, text string, args ...any) string { return lang.T(ctx, text, args...) }

// Actions are the buttons of a record's page: what the reader may do with it now, the weightiest last. why says who can verify
// it when the reader cannot, «» when it does not wait. seen names what is shown of the records that are verified along; "" for none.
func (v *Visit) Actions(tx *db.Tx, h flow.Head, seen string) (all []page.Action, able flow.Able, why string, err error) {
	if able, err = flow.AbleTo(v.Ctx, tx, h); err != nil {
		return nil, able, "", err
	}
	at := func(step string) string { // keeps the list that one came from
		a := v.At
		a.Path = Href(h.Kind, h.Number) + "/" + step
		return a.String()
	}
	post := func(action flow.Action, label string, kind page.ActionKind, ask *page.Confirm) {
		if able.May(action) {
			shown := strconv.Itoa(h.Version)
			if action == flow.ActVerify && seen != "" {
				shown += "." + seen
			}
			all = append(all, page.Action{Label: v.T(label), Href: at(string(action)), Post: true, Kind: kind, Name: "version", Value: shown, Confirm: ask})
		}
	}
	says := "它留在清单里，不再计入任何指标；查得到谁、为什么作废。"
	if h.Verified > 0 {
		says = "它留在清单里，不再计入任何指标；已入账的数由更正冲回，查得到谁、为什么作废。"
	}
	post(flow.ActDelete, "删除草稿", page.Danger, &page.Confirm{Title: v.T("删除草稿 %s", v.Number(h)), Says: v.T("没有交过的草稿会整条删掉，编号不再用。"), Verb: v.T("删除")})
	post(flow.ActVoid, "作废", page.Danger, &page.Confirm{Title: v.T("作废 %s", v.Number(h)), Says: v.T(says), Reason: v.T("为什么作废"), Verb: v.T("作废")})
	switch {
	case h.State == flow.Verified && h.Revision == flow.Submitted:
		post(flow.ActWithdraw, "撤回修订", page.Plain, nil)
	case h.State == flow.Verified:
		post(flow.ActWithdraw, "放弃修订", page.Plain, &page.Confirm{Title: v.T("放弃修订"), Says: v.T("改动不再用，%s 照原来核实的数。", v.Number(h)), Verb: v.T("放弃修订")})
	default:
		post(flow.ActWithdraw, "撤回", page.Plain, nil)
	}
	if able.May(flow.ActSave) {
		all = append(all, page.Action{Label: v.T("修改"), Href: at("edit")})
	}
	if able.May(flow.ActRevise) {
		all = append(all, page.Action{Label: v.T("修订"), Href: at("edit")})
	}
	post(flow.ActReturn, "退回", page.Plain, &page.Confirm{Title: v.T("退回 %s", v.Number(h)), Says: v.T("退给%s，改好再交。", h.AuthorName), Reason: v.T("要改什么"), Verb: v.T("退回")})
	if !v.WithAuthor(h) {
		post(flow.ActSubmit, "提交核实", page.Primary, nil)
	}
	late, err := v.late(tx, h)
	if err != nil {
		return nil, able, "", err
	}
	post(flow.ActVerify, "核实通过", page.Primary, late)
	refused, waits := able[flow.ActVerify]
	if !waits || refused == nil {
		return all, able, "", nil
	}
	if v.Actor.May(access.Check, h.Kind) {
		return all, able, lang.Error(v.Ctx, refused), nil
	}
	who, err := checkers(v.Ctx, tx, h)
	if who != "" {
		why = v.T("等%s核实", who)
	}
	return all, able, why, err
}

// late asks why a new record counts only now, when it counts on closed days; nil when it does not. A revision has said its reason, but for one
// of an import.
func (v *Visit) late(tx *db.Tx, h flow.Head) (*page.Confirm, error) {
	closed, err := ledger.ClosedUpTo(v.Ctx, tx)
	if err != nil || closed == "" {
		return nil, err
	}
	if h.State == flow.Verified {
		return v.unexplained(tx, h, closed)
	}
	first, err := ledger.ExpectedFrom(v.Ctx, tx, h.ID)
	if err != nil || first == "" || first > closed {
		return nil, err
	}
	return &page.Confirm{Title: v.T("核实 %s", v.Number(h)), Says: v.T("它计入%s，那天的账已经结了（结到%s）。核实后记为更正。", v.T(first.Long()), v.T(closed.Long())),
		Reason: v.T("为什么结账后才入账"), Verb: v.T("核实通过")}, nil
}

// unexplained asks why a revision that an import made corrects closed days: which row of a workbook says so is no reason.
func (v *Visit) unexplained(tx *db.Tx, h flow.Head, closed day.Day) (*page.Confirm, error) {
	if h.Day > closed || h.Revision != flow.Submitted {
		return nil, nil
	}
	versions, err := flow.Versions(v.Ctx, tx, h.Ref())
	if err != nil {
		return nil, err
	}
	reason := ""
	for _, one := range versions {
		if one.Version > h.Verified && one.Reason != "" {
			reason = one.Reason
		}
	}
	if !access.ByImport(reason) {
		return nil, nil
	}
	return &page.Confirm{Title: v.T("核实 %s", v.Number(h)), Says: v.T("它计入%s，那天的账已经结了（结到%s）。核实后记为更正。", v.T(h.Day.Long()), v.T(closed.Long())),
		Reason: v.T("为什么更正"), Verb: v.T("核实通过")}, nil
}

// WithAuthor reports whether the record was returned and the reader, who checks such records, waits for its author: he may still
// change it, but it is not his to send.
func (v *Visit) WithAuthor(h flow.Head) bool {
	return h.Waiting() == flow.Returned && v.Actor.Account != h.Author && v.Actor.May(access.Check, h.Kind)
}

// checkers are up to three people who can verify the record: 周敏、李岩.
func checkers(ctx context.Context, tx *db.Tx, h flow.Head) (string, error) {
	able, err := access.Holders(ctx, tx, access.Check, h.Kind, h.Unit)
	if err != nil {
		return "", err
	}
	var names []string
	for _, a := range able {
		if a.Account != h.Author && a.Account != h.Sender && len(names) < 3 {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, lang.T(ctx, "、")), nil
}

// Checkers are up to three people who can verify the record, for a sentence on its form: 周敏、李岩; "" when nobody can.
func (v *Visit) Checkers(tx *db.Tx, h flow.Head) (string, error) { return checkers(v.Ctx, tx, h) }

// Problem is what went wrong as a notice on top of a page.
func (v *Visit) Problem(err error) *page.Notice {
	if err == nil {
		return nil
	}
	var e *errs.Error
	if !asError(err, &e) || e.Text == "" {
		return &page.Notice{Kind: page.Wrong, Lead: lang.Error(v.Ctx, err)}
	}
	n := page.Notice{Kind: page.Wrong, Lead: v.T(e.Text, e.Args...)}
	var more []string
	for _, f := range e.Fields {
		more = append(more, v.T(f.Text, f.Args...))
	}
	n.Text = strings.Join(more, v.T("；"))
	return &n
}
