package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// What stands by older rules of its kind, because it would change figures of closed days, waits on the page of closing until somebody
// who may correct them lets it stand by the new ones (design.md, 4.13).

const (
	acceptPath  = closingPath + "/accept"
	olderID     = "older"
	olderPage   = 50
	acceptMost  = 5000 // records a request; what is left waits for the next
	olderExport = 10_000
)

// mayCorrect reports whether the actor may correct records of the kind wherever they are.
func mayCorrect(a access.Actor, m desk.Module) bool { return a.MayEverywhere(access.Check, m.Kind) }

// older is a record that stands by older rules, with its head.
type older struct {
	ledger.Outdated
	flow.Head
	rules int // the version of the rules now
}

// olderList fills the section of what stands by older rules; it stays empty where nothing does, or the reader may not correct it.
func (c *Console) olderList(w http.ResponseWriter, r *http.Request, tx *db.Tx, d draft, s *closingShown) error {
	v := d.Visit
	kinds := []page.Option{{Label: v.T("全部")}}
	var chosen []desk.Module
	var total, all int64
	for _, m := range c.Modules {
		if !mayCorrect(v.Actor, m) {
			continue
		}
		n, err := ledger.CountOutdated(v.Ctx, tx, m.Restater)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		all += n
		kinds = append(kinds, page.Option{Value: m.Kind, Label: v.T(m.Title), Count: n})
		if kind := v.At.Get("kind"); kind == "" || kind == m.Kind {
			chosen, total = append(chosen, m), total+n
		}
	}
	if all == 0 {
		return nil
	}
	list := web.ReadList(r, olderPage)
	rows, err := c.older(tx, v, chosen, olderPage, list.Offset())
	if err != nil {
		return err
	}
	l := page.List{ID: olderID, Title: v.T("按旧口径记着的"), At: v.At, Filters: []page.Filter{{Key: "kind", Label: v.T("业务"), Options: kinds}}, Empty: unfound(v, int(all), "kind", "page"),
		Pager:   page.Pager{Page: min(list.Page, list.Pages(int(total))), Last: list.Pages(int(total))},
		Columns: []page.Column{{Label: v.T("记录"), Kind: page.MainColumn}, {Label: v.T("变动"), Plain: true}, {Label: v.T("计入日期"), Plain: true}, {Label: v.T("口径"), Kind: page.StateColumn}},
		Foot:    page.Words(v.T("共 %d 条", total))}
	for _, o := range rows {
		l.Rows = append(l.Rows, c.olderRow(v, o))
	}
	if v.MayTake("") == nil {
		at := v.At.Without("page").With("of", olderID)
		l.Actions = []page.Action{{Label: v.T("导出"), Icon: "down", Small: true, Menu: []page.Action{{Label: v.T("Excel 工作簿（xlsx）"), Href: at.With("as", "xlsx").String()},
			{Label: v.T("CSV（UTF-8）"), Href: at.With("as", "csv").String()}}}}
	}
	d.status(w)
	s.Older, s.AcceptWrong = &l, d.errors
	s.Accept = page.Text{Field: d.field("why", v.T("为什么更正")), Rows: 2, MaxLength: 500}
	s.Accept.Wide = true
	return nil
}

// older reads records that stand by older rules, kind after kind.
func (c *Console) older(tx *db.Tx, v *desk.Visit, kinds []desk.Module, limit, offset int) (all []older, err error) {
	for _, m := range kinds {
		if limit == 0 {
			break
		}
		n, err := ledger.CountOutdated(v.Ctx, tx, m.Restater)
		if err != nil {
			return nil, err
		}
		if int64(offset) >= n {
			offset -= int(n)
			continue
		}
		for limit > 0 {
			some, err := ledger.ListOutdated(v.Ctx, tx, m.Restater, min(limit, olderPage), offset)
			if err != nil {
				return nil, err
			}
			if len(some) == 0 {
				break
			}
			ids := make([]string, len(some))
			for i, o := range some {
				ids[i] = o.Ref.ID
			}
			heads, err := flow.List(v.Ctx, tx, flow.Filter{IDs: ids}, flow.Page{Limit: len(ids)})
			if err != nil {
				return nil, err
			}
			for _, o := range some {
				one := older{Outdated: o, rules: m.Restater.Version}
				if i := slices.IndexFunc(heads, func(h flow.Head) bool { return h.ID == o.Ref.ID }); i >= 0 {
					one.Head = heads[i]
				}
				all = append(all, one)
			}
			limit, offset = limit-len(some), offset+len(some)
		}
		offset = 0
	}
	return all, nil
}

func (c *Console) olderRow(v *desk.Visit, o older) page.Row {
	rules := v.T("第 %d 版 → 第 %d 版", o.By, o.rules)
	if o.Number == "" || o.Odd {
		row := page.Row{Left: true, Cells: []templ.Component{page.Cell(o.Outdated.Ref.ID), page.Faint(v.T("和账上对不上，不会更正，请先核对")), page.Faint(""), page.Faint(rules)}}
		if o.Number != "" {
			row.Cells[0] = page.LinkCell(desk.Href(o.Kind, o.Number), v.ShortNumber(o.Number)+" "+o.Title)
		}
		return row
	}
	var lines, days []string
	for _, change := range o.Changes() {
		lines = append(lines, c.changeWords(v, change))
		if said := v.T(change.Days.Words()); !slices.Contains(days, said) {
			days = append(days, said)
		}
	}
	href := desk.Href(o.Kind, o.Number)
	return page.Row{Href: href, Correction: true, Cells: []templ.Component{page.LinkCell(href, v.ShortNumber(o.Number)+" "+o.Title), cellLines(lines), cellLines(days), page.Faint(rules)}}
}

// olderTable is the list as a table of a file, a measure a row.
func (c *Console) olderTable(tx *db.Tx, v *desk.Visit) (xlsx.Table, error) {
	kinds := slices.DeleteFunc(slices.Clone(c.Modules), func(m desk.Module) bool {
		return !mayCorrect(v.Actor, m) || v.At.Get("kind") != "" && v.At.Get("kind") != m.Kind
	})
	all, err := c.older(tx, v, kinds, olderExport, 0)
	var rows [][]any
	for _, o := range all {
		for _, change := range o.Changes() {
			m, _ := v.Indicators.Measure(change.Measure)
			var before, after any
			unit, is := wholeAmount(m, change.After)
			if change.Taken > 0 {
				_, before = wholeAmount(m, change.Before)
			}
			if change.Put > 0 {
				after = is
			}
			rows = append(rows, []any{o.Number, o.Title, v.T(m.Name), v.T(unit), before, after, change.Days.From, change.Days.To, o.By, o.rules})
		}
	}
	return xlsx.Table{Name: v.T("按旧口径记着的"), Columns: []xlsx.Column{{Title: v.T("编号"), Kind: xlsx.AsText, Width: 15}, {Title: v.T("记录"), Width: 32}, {Title: v.T("计量"), Width: 14}, {Title: v.T("单位")}, {Title: v.T("现在")},
		{Title: v.T("更正后")}, {Title: v.T("计入日期从"), Kind: xlsx.AsDay}, {Title: v.T("计入日期到"), Kind: xlsx.AsDay}, {Title: v.T("旧口径")}, {Title: v.T("新口径")}}, Rows: xlsx.Values(rows)}, err
}

// postAccept lets what stands by older rules stand by the new ones: corrections of closed days, with the reason of who accepts them.
func (c *Console) postAccept(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	actor := access.From(ctx)
	kinds := slices.DeleteFunc(slices.Clone(c.Modules), func(m desk.Module) bool { return !mayCorrect(actor, m) })
	if len(kinds) == 0 {
		return errs.E(errs.Forbidden, "账是全县的，只管一部分的账号不能按新口径更正")
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	why := f.Text("why", "为什么更正", 500)
	if why == "" {
		f.Errors.Add("why", "请写为什么更正")
	}
	if err := f.Err(); err != nil {
		return c.showClosing(w, r, f.Values, again(ctx, err))
	}
	n, err := c.accept(ctx, actor, kinds, why)
	if err != nil {
		return err
	}
	left, err := c.olderCount(ctx, kinds)
	if err != nil {
		return err
	}
	if left > 0 {
		desk.Say(w, r, "", "已按新口径更正 %d 条，还有 %d 条", n, left)
	} else {
		desk.Say(w, r, "", "已按新口径更正 %d 条", n)
	}
	web.Redirect(w, r, closingPath)
	return nil
}

// accept posts at most acceptMost corrections, part after part, and notes in the history what it did, also when it was stopped.
func (c *Console) accept(ctx context.Context, actor access.Actor, kinds []desk.Module, why string) (n int64, err error) {
	var changes []access.Change
	for _, m := range kinds {
		if n >= acceptMost {
			break
		}
		done, failed := ledger.Restate(ctx, c.Desk.DB, m.Restater, ledger.Restating{Reason: why, Origin: fmt.Sprintf(access.NewRules, m.Restater.Version), Account: actor.Account, Closed: true, Most: acceptMost - int(n)})
		n += done.Posted
		if done.Posted+done.Same > 0 {
			changes = append(changes, access.Change{Field: m.Kind, Label: m.Title, After: fmt.Sprintf(access.StatedAnew, done.Posted, done.Same, done.Waiting)})
		}
		if err = failed; err != nil {
			break
		}
	}
	if len(changes) == 0 {
		return n, err
	}
	return n, errors.Join(err, c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		return access.Log(ctx, tx, access.Event{Action: "ledger.accept", Ref: ledgerRef(ctx), Reason: why, Changes: changes})
	}))
}

func (c *Console) olderCount(ctx context.Context, kinds []desk.Module) (n int64, err error) {
	err = c.Desk.DB.View(ctx, func(tx *db.Tx) error {
		n = 0
		for _, m := range kinds {
			some, err := ledger.CountOutdated(ctx, tx, m.Restater)
			if err != nil {
				return err
			}
			n += some
		}
		return nil
	})
	return n, err
}
