package training

import (
	"context"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// empty says what the list does not have, the nearest reason, and the way on. all is how many classes the scope has.
func (p *pages) empty(tx *db.Tx, v *desk.Visit, asked listed, all int64) (*page.Empty, error) {
	e := &page.Empty{Title: v.T("%s没有%s培训班", emptyWhere(v, asked), emptyState(v, asked))}
	cleared := v.At.Without("view", "q", "town", "subject", "kind", "state", "figure", "day_from", "day_to", "sort")
	if all > 0 && !asked.everything {
		e.Out = &page.Action{Label: v.T("清除筛选，看全部 %d 期", all), Href: cleared.String()}
	}
	create := page.Action{Label: v.T("新建培训班"), Href: v.At.Scope("/" + Kind + "/new").String()}
	if !v.Actor.May(access.Write, Kind) {
		create = page.Action{}
	}
	if asked.Text != "" {
		e.Title = v.T("没有找到「%s」", asked.Text)
		e.Reason = v.T("班名、编号、地点、专业、教师、协办单位里都没有。字少一点再找，或清除筛选。")
		return e, nil
	}
	near, err := near(v.Ctx, tx, asked)
	if err != nil {
		return nil, err
	}
	switch {
	case near != nil && near.State == flow.Draft:
		e.Reason = v.T("有草稿没有提交：%s，%s，%s。", near.Title, near.AuthorName, near.Day.Short(v.Today))
		e.Actions = []page.Action{{Label: v.T("看草稿"), Href: desk.Href(Kind, near.Number), Kind: page.Primary}}
	case near != nil && near.State == flow.Voided:
		e.Reason = v.T("有已作废的：%s，%s。", near.Title, near.Day.Short(v.Today))
		e.Actions = []page.Action{{Label: v.T("看已作废的"), Href: v.At.With("state", string(flow.Voided)).String(), Kind: page.Primary}}
	case near != nil:
		e.Reason = v.T("最近的一期是 %s的%s，%s。", near.Day.Short(v.Today), near.Title, v.T(near.State.Title()))
		e.Actions = []page.Action{{Label: v.T("看这一期"), Href: desk.Href(Kind, near.Number), Kind: page.Primary}}
	case asked.view == viewVerify:
		e.Title, e.Reason = v.T("没有等你核实的培训班"), v.T("有人提交后会出现在这里，首页的待办里也有。")
	case asked.view == viewUnproved:
		e.Title, e.Reason = v.T("没有缺佐证的培训班"), v.T("应有的签到册或花名册都传了。")
	case asked.everything && create.Href != "":
		e.Reason = v.T("办完一期就记一期：计划、考核、报表和总结里的数字都从这里来。")
		create.Kind = page.Primary
	}
	if create.Href != "" && len(e.Actions) < 2 && asked.view != viewVerify && asked.view != viewUnproved {
		e.Actions = append(e.Actions, create)
	}
	if asked.everything && v.Actor.May(access.Import, Kind) {
		e.Also = importHint("/imports/" + Kind)
	}
	return e, nil
}

// near finds what the filters just miss: a draft in the same place and days, then a voided class, then the latest class there.
func near(ctx context.Context, tx *db.Tx, asked listed) (*Item, error) {
	voided := len(asked.States) == 1 && asked.States[0] == flow.Voided
	if !asked.known || voided || asked.view == viewVerify || asked.view == viewUnproved {
		return nil, nil
	}
	for _, widen := range []func(q *Query){
		func(q *Query) { q.States, q.Author = []flow.State{flow.Draft}, "" },
		func(q *Query) { q.States, q.Author = []flow.State{flow.Voided}, "" },
		func(q *Query) {
			q.From, q.To, q.Author, q.States = "", "", "", []flow.State{flow.Submitted, flow.Verified, flow.Returned}
		},
		func(q *Query) {
			q.From, q.To, q.Subject, q.ClassKind, q.Author, q.States = "", "", "", "", "", []flow.State{flow.Submitted, flow.Verified, flow.Returned}
		},
	} {
		q := asked.Query
		q.Limit, q.Offset, q.Sort = 1, 0, "-day"
		widen(&q)
		items, err := list(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		if len(items) > 0 {
			return &items[0], nil
		}
	}
	return nil, nil
}

// emptyWhere names place, days and subject of what was asked for: 磨盘山乡8月20日—9月18日.
func emptyWhere(v *desk.Visit, asked listed) string {
	var b strings.Builder
	switch {
	case asked.Town != "":
		b.WriteString(v.Tree.PlaceName(asked.Town))
	case asked.Unit != "" || asked.Place != "":
		b.WriteString(v.Scope.Who(v.Ctx, v.Tree))
	}
	switch {
	case asked.view == viewMonth:
		b.WriteString(v.T("本月"))
	case asked.From != "" && asked.To != "":
		b.WriteString(" " + v.T(asked.From.Short(v.Today)+"—"+asked.To.Short(v.Today)))
	case asked.From != "" && asked.From == day.Year(v.Today.Year()).From:
		b.WriteString(v.T("今年"))
	}
	if b.Len() > 0 {
		return strings.TrimSpace(b.String())
	}
	return v.T("这里")
}

func emptyState(v *desk.Visit, asked listed) string {
	words := ""
	if len(asked.States) == 1 {
		words = v.T("%s的", asked.States[0].Title())
	}
	if asked.Subject != "" {
		words += v.T("「%s」", v.Indicators.ValueName("subject", asked.Subject))
	}
	return words
}
