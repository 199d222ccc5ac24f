package console

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/reorg"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// unmergeForm takes back the merger of n.
func (b branch) unmergeForm(tx *db.Tx, d draft, tree *org.Tree, n node, which string, form makeForm) (templ.Component, error) {
	into, err := b.successor(d.Ctx, tx, tree, n)
	if err != nil {
		return nil, err
	}
	closed, err := reorg.Closed(d.Ctx, tx, n.Closed)
	if err != nil {
		return nil, err
	}
	from := n.Closed.Short(d.Today)
	says := d.T("并错了的，撤销以后和没有并过一样，从%s起又算它自己的。那天以后记在%s名下的记录和人口等数仍在那边，请去核对。", from, into)
	switch {
	case n.Closed > d.Today:
		says = d.T("还没有到那天；撤销以后，从%s起不并入%s。", from, into)
	case b.kind == "unit":
		says = d.T("并错了的，撤销以后和没有并过一样，从%s起又算它自己的。那天以后记在%s名下的记录、改到那边的账号仍在那边，请去核对。", from, into)
	}
	var fields []templ.Component
	if closed != "" {
		why := hint(d.field("unmerge_reason", d.T("为什么动到结过的账")), d.T("%s及以前的账已经结了，要主席来办：覆盖率等数会变，记在「变了什么」里", d.T(closed.Long())))
		why.Wide = true
		fields = append(fields, page.InputField(page.Input{Field: why, MaxLength: 200}))
	}
	if units := b.mergedAlong(tree, n); len(units) > 0 {
		chosen := d.values["units"]
		if which != "unmerge" {
			chosen = []string{"1"}
		}
		fields = append(fields, page.CheckField(page.Checks{Field: page.Field{Name: "units", Label: d.T("单位"), Optional: true, Wide: true}, Chosen: chosen,
			Options: []page.Option{{Value: "1", Label: d.T("%s的并入也撤销", units[0].Name)}}}))
	}
	return form("unmerge", d.T("撤销并入"), says, d.T("撤销并入"), fields...), nil
}

// successor is what the one is called today that n was merged into, or will be.
func (b branch) successor(ctx context.Context, tx *db.Tx, tree *org.Tree, n node) (string, error) {
	then, err := org.Load(ctx, tx, n.Closed)
	if err != nil {
		return "", err
	}
	merged, err := b.nodeByCode(then, n.Code)
	return namesOf(b.all(tree))[merged.Parent], err
}

// mergedAlong are the township associations that were merged on the day on which their place was.
func (b branch) mergedAlong(tree *org.Tree, n node) (all []node) {
	if b.kind != "place" {
		return nil
	}
	for _, u := range unitNodes(tree) {
		if u.Place == n.ID && u.Sort == org.KindTownship && u.Closed == n.Closed {
			all = append(all, u)
		}
	}
	return all
}

// mergedApart says which township associations of a place stay merged when its own merger is taken back, or are merged while it is not.
func (b branch) mergedApart(tx *db.Tx, d draft, tree *org.Tree, n node) (all []templ.Component, err error) {
	if b.kind != "place" || n.Closed == day.Forever && len(associations(tree, n)) > 0 {
		return nil, nil
	}
	for _, u := range unitNodes(tree) {
		if u.Place != n.ID || u.Sort != org.KindTownship || u.Closed == day.Forever || u.Closed == n.Closed {
			continue
		}
		into, err := unitBranch.successor(d.Ctx, tx, tree, u)
		if err != nil {
			return nil, err
		}
		all = append(all, page.NoticeBox(page.Notice{Text: d.T("%s从%s起并入%s，要撤销请到它的页面。", u.Name, u.Closed.Short(d.Today), into),
			Action: &page.Action{Label: u.Name, Href: unitBranch.path + "/" + u.Code}}))
	}
	return all, nil
}

// postUnmerge takes back a merger, and with it that of the township association.
func (c *Console) postUnmerge(b branch, w http.ResponseWriter, r *http.Request) error {
	var undone org.Undone
	stays := "" // where what was recorded since stays
	done, err := c.changeNode(b, "unmerge", w, r, func(ctx context.Context, tx *db.Tx, tree *org.Tree, n node, f *web.Form) (e access.Event, err error) {
		if n.Closed != day.Forever { // else it is no merger, which org says
			if e.Reason = f.Text("unmerge_reason", "为什么动到结过的账", 200); f.Err() != nil {
				return e, f.Err()
			}
			if err := reorg.AllowUndo(ctx, tx, n.Closed, e.Reason, "unmerge_reason"); err != nil {
				return e, err
			}
		}
		if e.Changes, undone, err = b.takeBack(ctx, tx, tree, n); err != nil {
			return e, err
		}
		if stays = ""; undone.From <= tree.On {
			stays = e.Changes[0].Before
		}
		if f.Bool("units") {
			for _, u := range b.mergedAlong(tree, n) {
				along := access.Event{Action: "unit.unmerge", Ref: id.Ref{Kind: "unit", ID: u.ID}, Reason: e.Reason}
				if along.Changes, _, err = unitBranch.takeBack(ctx, tx, tree, u); err != nil {
					return e, err
				}
				if err := access.Log(ctx, tx, along); err != nil {
					return e, err
				}
			}
		}
		return e, b.reseat(ctx, tx, n)
	})
	if !done {
		return err
	}
	switch {
	case undone.TakenBy != "":
		desk.Say(w, r, "", "已撤销并入；原来的第 %d 行第 %d 列已经是%s，请另选一格", undone.Row, undone.Col, undone.TakenBy)
	case stays != "":
		desk.Say(w, r, "", "已撤销并入；并入以后记在%s名下的仍在那边", stays)
	default:
		desk.Say(w, r, "", "已撤销并入")
	}
	web.Redirect(w, r, b.path+"/"+r.PathValue("code"))
	return nil
}

// takeBack takes back the merger of n and says what that changed, first the successor.
func (b branch) takeBack(ctx context.Context, tx *db.Tx, tree *org.Tree, n node) ([]access.Change, org.Undone, error) {
	undone, err := b.unmerge(ctx, tx, n.ID)
	if err != nil {
		return nil, undone, err
	}
	changes := []access.Change{{Field: "successor", Label: "并入", Before: namesOf(b.all(tree))[undone.Successor]}, {Field: "from", Label: "从哪天起", Before: undone.From.Long()}}
	if undone.TakenBy != "" {
		changes = append(changes, access.Change{Field: "tile", Label: "位置", Before: strconv.Itoa(undone.Row) + " 行 " + strconv.Itoa(undone.Col) + " 列"})
	}
	return changes, undone, nil
}
