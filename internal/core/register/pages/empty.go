package pages

import (
	"context"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// empty says what the list does not have, the nearest reason, and the way on. all is how many records the scope has.
func (p *Pages[T, W]) empty(tx *db.Tx, v *desk.Visit, asked Listed, all int64) (*page.Empty, error) {
	title, noun := v.T(p.Title), v.T(p.Noun)
	e := &page.Empty{Title: v.T("%s没有%s%s", emptyWhere(v, asked), emptyState(v, asked), title)}
	if all > 0 && !asked.Everything {
		e.Out = &page.Action{Label: v.T("清除筛选，看全部 %d %s", all, noun), Href: v.At.Without(p.reset()...).String()}
	}
	create := page.Action{Label: v.T("新建%s", title), Href: v.At.Scope(p.path("/new")).String()}
	if p.Elsewhere || !v.Actor.May(access.Write, p.Book.Kind) {
		create = page.Action{}
	}
	if asked.Text != "" {
		e.Title = v.T("没有找到「%s」", asked.Text)
		e.Reason = v.T("%s。字少一点再找，或清除筛选。", v.T(p.List.Unfound))
		return e, nil
	}
	near, err := p.near(v.Ctx, tx, asked)
	if err != nil {
		return nil, err
	}
	switch {
	case near != nil && near.State == flow.Draft:
		e.Reason = v.T("有草稿没有提交：%s，%s，%s。", near.Title, near.AuthorName, near.Day.Short(v.Today))
		e.Actions = []page.Action{{Label: v.T("看草稿"), Href: desk.Href(p.Book.Kind, near.Number), Kind: page.Primary}}
	case near != nil && near.State == flow.Voided:
		e.Reason = v.T("有已作废的：%s，%s。", near.Title, near.Day.Short(v.Today))
		e.Actions = []page.Action{{Label: v.T("看已作废的"), Href: v.At.With("state", string(flow.Voided)).String(), Kind: page.Primary}}
	case near != nil:
		e.Reason = v.T("最近的一%s是 %s的%s，%s。", noun, near.Day.Short(v.Today), near.Title, v.T(near.State.Title()))
		e.Actions = []page.Action{{Label: v.T("看这一%s", noun), Href: desk.Href(p.Book.Kind, near.Number), Kind: page.Primary}}
	case asked.View == viewVerify:
		e.Title, e.Reason = v.T("没有等你核实的%s", title), v.T("有人提交后会出现在这里，首页的待办里也有。")
	case asked.View == viewUnproved:
		e.Title, e.Reason = v.T("没有缺佐证的%s", title), v.T(p.List.Proved)
	case asked.Everything && p.Elsewhere:
		e.Reason = v.T(p.List.First)
	case asked.Everything && create.Href != "":
		e.Reason = v.T(p.List.First)
		create.Kind = page.Primary
	}
	if create.Href != "" && len(e.Actions) < 2 && asked.View != viewVerify && asked.View != viewUnproved {
		e.Actions = append(e.Actions, create)
	}
	if p.Sheet != nil && asked.Everything && v.Actor.May(access.Import, p.Book.Kind) {
		e.Also = importHint("/imports/" + p.Book.Kind)
	}
	return e, nil
}

// near finds what the filters just miss: a draft in the same place and days, then a voided record, then the latest record there.
func (p *Pages[T, W]) near(ctx context.Context, tx *db.Tx, asked Listed) (*register.Entry[T], error) {
	voided := len(asked.States) == 1 && asked.States[0] == flow.Voided
	if !asked.Known || voided || asked.View == viewVerify || asked.View == viewUnproved {
		return nil, nil
	}
	sent := []flow.State{flow.Submitted, flow.Verified, flow.Returned}
	for _, widen := range []func(q *register.Query){
		func(q *register.Query) { q.States, q.Author = []flow.State{flow.Draft}, "" },
		func(q *register.Query) { q.States, q.Author = []flow.State{flow.Voided}, "" },
		func(q *register.Query) { q.From, q.To, q.Author, q.States = "", "", "", sent },
		func(q *register.Query) { q.From, q.To, q.Author, q.States, q.Only = "", "", "", sent, nil },
	} {
		q := asked.Query
		q.Limit, q.Offset, q.Sort = 1, 0, "-day"
		widen(&q)
		entries, err := p.Book.ListIn(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		if len(entries) > 0 {
			return &entries[0], nil
		}
	}
	return nil, nil
}

// emptyWhere names place and days of what was asked for: 磨盘山乡8月20日—9月18日.
func emptyWhere(v *desk.Visit, asked Listed) string {
	var b strings.Builder
	switch {
	case asked.Town != "":
		b.WriteString(v.Tree.PlaceName(asked.Town))
	case asked.Unit != "" || asked.Place != "":
		b.WriteString(v.Scope.Who(v.Ctx, v.Tree))
	}
	switch {
	case asked.View == viewMonth:
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

// emptyState names state and filters of what was asked for: 已核实的「核桃」.
func emptyState(v *desk.Visit, asked Listed) string {
	if len(asked.States) == 1 {
		return v.T("%s的", asked.States[0].Title()) + asked.words
	}
	return asked.words
}
