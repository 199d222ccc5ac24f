package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/reorg"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

func (c *Console) getNode(b branch, w http.ResponseWriter, r *http.Request) error {
	return c.showNode(b, w, r, "", url.Values{}, nil)
}

// showNode shows a place or unit with the forms that change it; which form is wrong is named by the part of its address.
func (c *Console) showNode(b branch, w http.ResponseWriter, r *http.Request, which string, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		n, err := b.nodeByCode(tree, r.PathValue("code"))
		if err != nil {
			return err
		}
		history, err := access.HistoryOf(v.Ctx, tx, id.Ref{Kind: b.kind, ID: n.ID})
		if err != nil {
			return err
		}
		d := draft{v, values, wrong}
		d.status(w)
		forms, err := b.forms(tx, d, tree, n, which)
		if err != nil {
			return err
		}
		parts := append([]templ.Component{page.Facts(b.facts(v, tree, n))}, forms...)
		aside := page.History(v.History(history[:min(len(history), shownHistory)]))
		if len(history) == 0 {
			aside = page.Around(page.SectionBox(page.Section{Title: v.T("经过")}), page.Faint(v.T("建立以后没有改过")))
		}
		return v.Render(w, r, desk.Page{Title: n.Name, Path: "/settings", NoScope: true}, templ.Join(
			page.RecordTitle(page.RecordHead{Title: n.Name, Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T(b.title), Href: b.path}, {Label: n.Name}}}),
			page.Around(page.Columns(aside), parts...)))
	})
}

func (b branch) facts(v *desk.Visit, tree *org.Tree, n node) []page.Fact {
	names := namesOf(b.all(tree))
	facts := []page.Fact{{Label: v.T("代码"), Value: n.Code}, {Label: v.T(b.sortLabel), Value: v.T(b.sortTitle(n.Sort))}, {Label: v.T("上级"), Value: names[n.Parent]},
		{Label: v.T("下级"), Value: v.T("%d 个", n.Children)}, {Label: v.T("起止"), Value: since(v, names, n)}}
	if n.Closed <= v.Today { // it lies in the one that it was merged into
		facts[2].Label = v.T("并入")
	}
	if n.Parent == "" {
		facts[2].Show = page.Faint(v.T("没有，它在最上面"))
	}
	if f := former(v, n); f != "" {
		facts = append(facts, page.Fact{Label: v.T("并入的"), Value: f})
	}
	if b.kind == "unit" && n.Place != "" {
		facts = append(facts, page.Fact{Label: v.T("服务地点"), Value: v.T(tree.PlaceName(n.Place))})
	}
	return facts
}

// makeForm makes a small form by the part of its address.
type makeForm func(name, title, says, verb string, fields ...templ.Component) templ.Component

// forms are the small forms of a node's page; of what was merged, the one that takes that back.
func (b branch) forms(tx *db.Tx, d draft, tree *org.Tree, n node, which string) ([]templ.Component, error) {
	at := b.path + "/" + n.Code
	form := func(name, title, says, verb string, fields ...templ.Component) templ.Component {
		var wrong []page.FieldError
		if which == name {
			wrong = d.errors
		}
		return page.Around(page.SectionBox(page.Section{Title: title, ID: name}), page.Around(page.SmallForm(at+"/"+name, says, verb, d.lead(), wrong), fields...))
	}
	var elsewhere []templ.Component // what is wrong with a form that the page has no more: somebody else was quicker
	if (n.Closed == day.Forever) == (which == "unmerge") {
		elsewhere = append(elsewhere, page.ErrorSummary(d.lead(), d.errors))
	}
	if n.Closed != day.Forever {
		undo, err := b.unmergeForm(tx, d, tree, n, which, form)
		if err != nil {
			return nil, err
		}
		apart, err := b.mergedApart(tx, d, tree, n)
		return slices.Concat(elsewhere, []templ.Component{page.NoticeBox(page.Notice{Text: d.T("已经并入，不再改。以前的数字里仍有它。")})}, apart, []templ.Component{undo}), err
	}
	dated := func(name string) templ.Component {
		f := d.field(name, d.T("从哪天起"))
		if f.Value == "" {
			f.Value = string(d.Today)
		}
		return page.DayInput(page.DayField{Field: f})
	}
	name := d.field("name", d.T("新名称"))
	all := slices.Concat(elsewhere, []templ.Component{form("rename", d.T("改名"), d.T("那天以前的页面和报告仍写「%s」。", n.Name), d.T("改名"), page.InputField(page.Input{Field: name, MaxLength: 40}), dated("rename_from"))})
	if n.Sort == org.LevelTownship && b.kind == "place" {
		row, col := d.field("row", d.T("第几行")), d.field("col", d.T("第几列"))
		if which != "tile" && n.Row > 0 {
			row.Value, col.Value = strconv.Itoa(n.Row), strconv.Itoa(n.Col)
		}
		all = append(all, form("tile", d.T("在方格图里的位置"), d.T("首页的方格图按行、列排，从 1 数起；都填 0 就不放。"), d.T("放到这一格"),
			page.InputField(page.Input{Field: row, InputMode: "numeric", MaxLength: 3}), page.InputField(page.Input{Field: col, InputMode: "numeric", MaxLength: 3})))
	}
	if n.Parent == "" {
		return all, nil
	}
	if b.kind == "place" {
		if which != "opened" && n.Opened != org.Always {
			d.values.Set("opened", string(n.Opened))
		}
		since, err := d.since(tx, "opened", "opened_reason")
		if err != nil {
			return nil, err
		}
		all = append(all, form("opened", d.T("从哪天起有"), d.T("那天以前不算进村（社区）数，也不能有它的记录。"), d.T("改这一天"), since...))
	}
	moveWhy, err := d.why(tx, "move_reason")
	if err != nil {
		return nil, err
	}
	mergeWhy, err := d.why(tx, "merge_reason")
	if err != nil {
		return nil, err
	}
	parents, successors := b.others(tree, n)
	move := form("move", d.T("改上级"), d.T("从那天起算到新的上级名下；那天以前仍算原来的上级。"), d.T("改上级"),
		append([]templ.Component{page.SelectField(page.Select{Field: d.field("parent", d.T("新的上级")), Options: parents, Empty: d.T("选上级")}), dated("move_from")}, moveWhy...)...)
	fields := append([]templ.Component{page.SelectField(page.Select{Field: d.field("successor", d.T("并入哪里")), Options: successors, Empty: d.T("选并入的")}), dated("merge_from")}, mergeWhy...)
	says := d.T("从那天起不再填报，它以前做的事算在并入的名下，写「含原%s」。撤掉不办的，并入上级。", n.Name)
	if names := associations(tree, n); b.kind == "place" && n.Sort == org.LevelTownship && len(names) > 0 {
		chosen := d.values["units"]
		if which != "merge" {
			chosen = []string{"1"}
		}
		fields = append(fields, page.CheckField(page.Checks{Field: page.Field{Name: "units", Label: d.T("单位"), Optional: true, Wide: true}, Chosen: chosen,
			Options: []page.Option{{Value: "1", Label: d.T("%s也从那天起并入那边的乡镇科协", strings.Join(names, d.T("、")))}}}))
	}
	merged, err := b.mergedApart(tx, d, tree, n)
	if err != nil {
		return nil, err
	}
	return append(slices.Concat(merged, all), move, form("merge", d.T("并入"), says, d.T("并入"), fields...)), nil
}

// associations are the names of the township associations that serve a place.
func associations(tree *org.Tree, n node) (names []string) {
	for _, u := range tree.UnitsOf(n.ID) {
		if u.Kind == org.KindTownship {
			names = append(names, u.Name)
		}
	}
	return names
}

// others are the open nodes that may become the parent of n, and those that it may be merged into: its like, and its parent.
func (b branch) others(tree *org.Tree, n node) (parents, successors []page.Option) {
	below := map[string]bool{n.ID: true}
	for _, o := range b.all(tree) {
		if below[o.ID] || below[o.Parent] {
			below[o.ID] = true
			continue
		}
		if o.Closed != day.Forever {
			continue
		}
		one := page.Option{Value: o.Code, Label: o.Name, Depth: o.Depth}
		if o.ID != n.Parent && (b.kind == "unit" || levelAbove[n.Sort] == o.Sort) {
			parents = append(parents, one)
		}
		if o.ID == n.Parent || b.kind == "unit" && o.Sort != org.KindOffice || o.Sort == n.Sort {
			successors = append(successors, one)
		}
	}
	return parents, successors
}

// levelAbove is the level that a place of a level hangs under.
var levelAbove = map[string]string{org.LevelTownship: org.LevelCounty, org.LevelVillage: org.LevelTownship, org.LevelGroup: org.LevelVillage,
	org.LevelEstate: org.LevelVillage, org.LevelGrid: org.LevelVillage}

// work is what a small form does with the node of the address.
type work func(ctx context.Context, tx *db.Tx, tree *org.Tree, n node, f *web.Form) (access.Event, error)

// change reads a small form and does its work; it answers with the page again or leads back to it.
func (c *Console) change(b branch, which string, w http.ResponseWriter, r *http.Request, do work) error {
	done, err := c.changeNode(b, which, w, r, do)
	if done {
		desk.Say(w, r, "", "%s：已改", lang.T(r.Context(), desk.ActionTitle(b.kind+"."+which)))
		web.Redirect(w, r, b.path+"/"+r.PathValue("code"))
	}
	return err
}

// changeNode reads a small form and does its work; unless that is done, it answers with the page again.
func (c *Console) changeNode(b branch, which string, w http.ResponseWriter, r *http.Request, do work) (done bool, err error) {
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		if err := org.Hold(ctx, tx); err != nil {
			return err
		}
		tree, err := todayTree(ctx, tx)
		if err != nil {
			return err
		}
		n, err := b.nodeByCode(tree, r.PathValue("code"))
		if err != nil {
			return err
		}
		if n.Closed != day.Forever && which != "unmerge" {
			return errs.E(errs.Conflict, "%s已经并入别处，不能再改", n.Name)
		}
		e, err := do(ctx, tx, tree, n, f)
		if err != nil {
			return err
		}
		e.Action, e.Ref = b.kind+"."+which, id.Ref{Kind: b.kind, ID: n.ID}
		return access.Log(ctx, tx, e)
	})
	if err != nil {
		return false, err
	}
	if wrong != nil {
		return false, c.showNode(b, w, r, which, f.Values, wrong)
	}
	return true, nil
}

// startDay is the day from which a change holds.
func startDay(f *web.Form, name string, today day.Day) day.Day {
	d := f.Day(name, "从哪天起")
	switch {
	case d != "":
		checkDay(f, name, d, today)
	case !hasError(f, name):
		f.Errors.Add(name, "请填写「从哪天起」")
	}
	return d
}

func hasError(f *web.Form, name string) bool {
	for _, e := range f.Errors {
		if e.Name == name {
			return true
		}
	}
	return false
}

func fromDay(d day.Day) access.Change {
	return access.Change{Field: "from", Label: "从哪天起", After: d.Long()}
}

func (c *Console) postRename(b branch, w http.ResponseWriter, r *http.Request) error {
	return c.change(b, "rename", w, r, func(ctx context.Context, tx *db.Tx, tree *org.Tree, n node, f *web.Form) (e access.Event, err error) {
		name, from := f.Required("name", "新名称", 40), startDay(f, "rename_from", tree.On)
		if name != "" && name == n.Name {
			f.Errors.Add("name", "现在就叫「%s」", name)
		}
		for _, o := range b.all(tree) {
			if name != "" && o.ID != n.ID && o.Parent == n.Parent && o.Name == name {
				f.Errors.Add("name", "同一个上级下面已经有「%s」", name)
			}
		}
		if err := f.Err(); err != nil {
			return e, err
		}
		e.Changes = []access.Change{{Field: "name", Label: "名称", Before: n.Name, After: name}, fromDay(from)}
		return e, b.rename(ctx, tx, n.ID, name, from)
	})
}

// other is the node that was chosen in a form; it must be one of those that were offered.
func (b branch) other(f *web.Form, tree *org.Tree, field, label string, offered []page.Option) node {
	code := f.Required(field, label, 64)
	for _, o := range offered {
		if o.Value == code {
			n, err := b.nodeByCode(tree, code)
			if err == nil {
				return n
			}
		}
	}
	if code != "" {
		f.Errors.Add(field, "「%s」里没有这一项，请重新选", label)
	}
	return node{}
}

func (c *Console) postMove(b branch, w http.ResponseWriter, r *http.Request) error {
	return c.change(b, "move", w, r, func(ctx context.Context, tx *db.Tx, tree *org.Tree, n node, f *web.Form) (e access.Event, err error) {
		parents, _ := b.others(tree, n)
		parent, from := b.other(f, tree, "parent", "新的上级", parents), startDay(f, "move_from", tree.On)
		if e.Reason, err = reaching(ctx, tx, f, from, "move_from", "move_reason"); err != nil {
			return e, err
		}
		e.Changes = []access.Change{{Field: "parent", Label: "上级", Before: namesOf(b.all(tree))[n.Parent], After: parent.Name}, fromDay(from)}
		if err := b.move(ctx, tx, n.ID, parent.ID, from); err != nil {
			return e, err
		}
		return e, b.reseat(ctx, tx, n)
	})
}

func (c *Console) postMerge(b branch, w http.ResponseWriter, r *http.Request) error {
	return c.change(b, "merge", w, r, func(ctx context.Context, tx *db.Tx, tree *org.Tree, n node, f *web.Form) (e access.Event, err error) {
		_, successors := b.others(tree, n)
		into, from := b.other(f, tree, "successor", "并入哪里", successors), mergeDay(f, "merge_from", tree.On)
		if e.Reason, err = reaching(ctx, tx, f, from, "merge_from", "merge_reason"); err != nil {
			return e, err
		}
		e.Changes = []access.Change{{Field: "successor", Label: "并入", After: into.Name}, fromDay(from)}
		if err := b.merge(ctx, tx, n.ID, into.ID, from); err != nil {
			return e, err
		}
		if b.kind == "place" && f.Bool("units") {
			if err := mergeUnits(ctx, tx, tree, n, into, from, e.Reason); err != nil {
				return e, err
			}
		}
		return e, b.reseat(ctx, tx, n)
	})
}

// postOpened says from when a place is there.
func (c *Console) postOpened(w http.ResponseWriter, r *http.Request) error {
	return c.change(placeBranch, "opened", w, r, func(ctx context.Context, tx *db.Tx, tree *org.Tree, n node, f *web.Form) (e access.Event, err error) {
		from := openDay(f, "opened", tree.On)
		if from == n.Opened && !hasError(f, "opened") {
			f.Errors.Add("opened", "现在就是%s起有", reorg.Words(from))
		}
		if e.Reason, err = reaching(ctx, tx, f, min(from, n.Opened), "opened", "opened_reason"); err != nil {
			return e, err
		}
		e.Changes = []access.Change{{Field: "from", Label: "从哪天起有", Before: reorg.Words(n.Opened), After: reorg.Words(from)}}
		if err := nothingBefore(ctx, tx, n, from); err != nil {
			return e, err
		}
		return e, org.OpenPlace(ctx, tx, n.ID, from)
	})
}

// nothingBefore refuses a beginning of a place after something that counts there: it would stand above the line of a coverage, and the
// place not below it. What lies in it is there no earlier than the place itself.
func nothingBefore(ctx context.Context, tx *db.Tx, n node, from day.Day) error {
	first, on, err := ledger.FirstIn(ctx, tx, n.ID, from)
	if err != nil || on == "" {
		return err
	}
	var wrong errs.Fields
	switch h, err := flow.Get(ctx, tx, first); {
	case errs.Is(err, errs.NotFound): // the system administrator sees no records
		wrong.Add("opened", "%s在%s已有记录，请写那天或以前；日期记错了的，先改那条记录", n.Name, on.Long())
	case err != nil:
		return err
	default:
		wrong.Add("opened", "%s在%s已有记录 %s「%s」，请写那天或以前；日期记错了的，先改那条记录", n.Name, on.Long(), h.Number, h.Title)
	}
	return wrong.Err()
}

// reseat lets the units see what they serve now that n was moved or merged, or was added.
func (b branch) reseat(ctx context.Context, tx *db.Tx, n node) error {
	served := n.Place
	if b.kind == "place" {
		served = n.ID
	}
	if served == "" {
		return nil
	}
	return flow.Reseat(ctx, tx, served)
}

// mergeUnits merges the township associations of two places that were merged.
func mergeUnits(ctx context.Context, tx *db.Tx, tree *org.Tree, closed, into node, from day.Day, reason string) error {
	successor := tree.Office()
	for _, u := range tree.UnitsOf(into.ID) {
		if u.Kind == org.KindTownship {
			successor = u
			break
		}
	}
	for _, u := range tree.UnitsOf(closed.ID) {
		if u.Kind != org.KindTownship {
			continue
		}
		if err := org.MergeUnit(ctx, tx, u.ID, successor.ID, from); err != nil {
			return err
		}
		if err := access.Log(ctx, tx, access.Event{Action: "unit.merge", Ref: id.Ref{Kind: "unit", ID: u.ID}, Reason: reason,
			Changes: []access.Change{{Field: "successor", Label: "并入", After: successor.Name}, fromDay(from)}}); err != nil {
			return err
		}
	}
	return nil
}

func (c *Console) postTile(w http.ResponseWriter, r *http.Request) error {
	return c.change(placeBranch, "tile", w, r, func(ctx context.Context, tx *db.Tx, _ *org.Tree, n node, f *web.Form) (e access.Event, err error) {
		row, col := f.Int("row", "第几行"), f.Int("col", "第几列")
		for name, value := range map[string]*int64{"row": row, "col": col} {
			if value == nil && !hasError(f, name) {
				f.Errors.Add(name, "请填数，从 1 数起")
			}
		}
		if n.Sort != org.LevelTownship {
			return e, errs.E(errs.Invalid, "只有乡镇放在方格图里")
		}
		if err := f.Err(); err != nil {
			return e, err
		}
		before := ""
		if n.Row > 0 {
			before = strconv.Itoa(n.Row) + " 行 " + strconv.Itoa(n.Col) + " 列"
		}
		e.Changes = []access.Change{{Field: "tile", Label: "位置", Before: before, After: strconv.FormatInt(*row, 10) + " 行 " + strconv.FormatInt(*col, 10) + " 列"}}
		return e, org.SetTile(ctx, tx, n.ID, int(*row), int(*col))
	})
}
