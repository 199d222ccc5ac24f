package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
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

func (c *Console) getNewNode(b branch, w http.ResponseWriter, r *http.Request) error {
	values := url.Values{"kind": {org.KindMember}, "parent": {org.OfficeCode}}
	if b.kind == "place" {
		values = nil
	}
	return c.showNewNode(b, w, r, values, nil)
}

func (c *Console) showNewNode(b branch, w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		if values == nil {
			values = url.Values{"from": {string(v.Today)}}
		}
		d := draft{v, values, wrong}
		d.status(w)
		code := optional(hint(d.field("code", v.T("代码")), v.T("不填就接着编一个；导入名单时靠它认")))
		fields := []templ.Component{page.InputField(page.Input{Field: d.field("name", v.T("名称")), MaxLength: 40, Focus: len(wrong) == 0}), page.InputField(page.Input{Field: code, MaxLength: 20})}
		says := v.T("从今天起就能选用")
		if b.kind == "place" {
			says = v.T("放在县下面的是乡镇，会同时建一个乡镇科协；乡镇下面的是村，村下面的是组、小区或网格")
			fields = append(fields, page.SelectField(page.Select{Field: d.field("parent", v.T("上级")), Options: openNodes(placeNodes(tree), org.BelowVillage()...), Empty: v.T("选上级")}))
			var levels []page.Option
			for _, l := range org.BelowVillage() {
				levels = append(levels, page.Option{Value: l, Label: v.T(org.LevelTitle(l))})
			}
			since, err := d.since(tx, "from", "reason")
			if err != nil {
				return err
			}
			fields = append(fields, page.SelectField(page.Select{Field: optional(hint(d.field("level", v.T("级别")), v.T("放在村下面的才选"))), Options: levels, Empty: v.T("不是村下面的")}))
			fields = append(fields, since...)
		} else {
			var kinds []page.Option
			for _, k := range org.Kinds() {
				kinds = append(kinds, page.Option{Value: k, Label: v.T(org.KindTitle(k))})
			}
			fields = append(fields, page.SelectField(page.Select{Field: d.field("kind", v.T("类型")), Options: kinds}),
				page.SelectField(page.Select{Field: d.field("parent", v.T("上级")), Options: openNodes(unitNodes(tree))}),
				page.SelectField(page.Select{Field: optional(d.field("place", v.T("服务地点"))), Options: openNodes(placeNodes(tree), org.BelowVillage()...), Empty: v.T("不限地点")}))
		}
		return v.Render(w, r, desk.Page{Title: v.T(b.add), Path: "/settings", NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: v.T(b.add), Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T(b.title), Href: b.path}, {Label: v.T("添加")}}}),
			page.Around(page.FormBox(page.Form{Action: b.path, Errors: wrong, Lead: d.lead(), Says: says, Buttons: []page.Action{{Label: v.T(b.add), Kind: page.Primary}},
				Leave: &page.Action{Label: v.T("不添加了"), Href: b.path}}), fields...)))
	})
}

// since are the fields of the day from which a place is there, and, where days are closed, of why it reaches into them.
func (d draft) since(tx *db.Tx, from, reason string) ([]templ.Component, error) {
	f := optional(hint(d.field(from, d.T("从哪天起有")), d.T("新设的写设立那天；早就有、漏登的空着。按村算的覆盖率从这天起把它算进分母")))
	why, err := d.why(tx, reason)
	return append([]templ.Component{page.DayInput(page.DayField{Field: f})}, why...), err
}

// why is the field of why a change reaches into closed days; none where none are closed.
func (d draft) why(tx *db.Tx, reason string) ([]templ.Component, error) {
	closed, err := ledger.ClosedUpTo(d.Ctx, tx)
	if err != nil || closed == "" {
		return nil, err
	}
	f := optional(hint(d.field(reason, d.T("为什么动到结过的账")), d.T("那天在%s或以前才写，要主席来办：覆盖率等数会变，记在「变了什么」里", d.T(closed.Long()))))
	f.Wide = true
	return []templ.Component{page.InputField(page.Input{Field: f, MaxLength: 200})}, nil
}

// reaching reads why a change from a day on reaches into closed days; wrong is what is wrong with the day or lacks.
func reaching(ctx context.Context, tx *db.Tx, f *web.Form, from day.Day, dayField, reasonField string) (reason string, err error) {
	reason = f.Text(reasonField, "为什么动到结过的账", 200)
	if err := f.Err(); err != nil {
		return "", err
	}
	return reason, reorg.Allow(ctx, tx, from, reason, dayField, reasonField)
}

// openDay is the day from which a place is there; left blank, it always was.
func openDay(f *web.Form, name string, today day.Day) day.Day {
	from := f.Day(name, "从哪天起有")
	if from == "" {
		return org.Always
	}
	checkDay(f, name, from, today)
	return from
}

// checkDay says what is wrong with a day from which something is to hold.
func checkDay(f *web.Form, name string, from, today day.Day) {
	var e *errs.Error
	if errors.As(org.CheckFrom(from, today), &e) {
		f.Errors.Add(name, e.Text, e.Args...)
	}
}

// openNodes are the nodes that are open, as choices, those of some sorts left out.
func openNodes(all []node, but ...string) (out []page.Option) {
	for _, n := range all {
		if n.Closed == day.Forever && !slices.Contains(but, n.Sort) {
			out = append(out, page.Option{Value: n.Code, Label: n.Name, Depth: n.Depth})
		}
	}
	return out
}

func (c *Console) postNode(b branch, w http.ResponseWriter, r *http.Request) error {
	code := ""
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) (err error) {
		if err := org.Hold(ctx, tx); err != nil {
			return err
		}
		tree, err := todayTree(ctx, tx)
		if err != nil {
			return err
		}
		add := newPlace
		if b.kind == "unit" {
			add = newUnit
		}
		made, err := add(ctx, tx, tree, f)
		if err != nil {
			return err
		}
		code = made.Code
		e := access.Event{Action: b.kind + ".add", Ref: id.Ref{Kind: b.kind, ID: made.ID}, Reason: f.Values.Get("reason"),
			Changes: []access.Change{{Field: "name", Label: "名称", After: made.Name}, {Field: "code", Label: "代码", After: made.Code}}}
		if made.Opened != "" && made.Opened != org.Always {
			e.Changes = append(e.Changes, access.Change{Field: "from", Label: "从哪天起有", After: made.Opened.Long()})
		}
		return access.Log(ctx, tx, e)
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.showNewNode(b, w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "已添加"), "")
	web.Redirect(w, r, b.path+"/"+code)
	return nil
}

func newPlace(ctx context.Context, tx *db.Tx, tree *org.Tree, f *web.Form) (made node, err error) {
	name, code := f.Required("name", "名称", 40), f.Text("code", "代码", 20)
	level := f.Values.Get("level")
	if level != "" {
		level = f.OneOf("level", "级别", org.BelowVillage()...)
	}
	parent, from := placeBranch.other(f, tree, "parent", "上级", openNodes(placeNodes(tree), org.BelowVillage()...)), openDay(f, "from", tree.On)
	if _, err := reaching(ctx, tx, f, from, "from", "reason"); err != nil {
		return made, err
	}
	for _, o := range placeNodes(tree) {
		if o.Parent == parent.ID && o.Name == name {
			return made, errs.E(errs.Conflict, "%s下面已经有「%s」，代码 %s", parent.Name, name, o.Code)
		}
	}
	var p org.Place
	switch parent.Sort {
	case org.LevelCounty:
		p, _, err = org.EnsurePlace(ctx, tx, tree, name, "", code, from)
	case org.LevelTownship:
		p, _, err = org.EnsurePlace(ctx, tx, tree, parent.Name, name, code, from)
	default:
		if code == "" {
			code = tree.FreeCode(parent.Code)
		}
		p, err = org.AddPlace(ctx, tx, org.Place{Code: code, Name: name, Level: cmp.Or(level, org.LevelGroup), Parent: parent.ID, Sort: parent.Children + 1, Opened: from})
	}
	return node{ID: p.ID, Code: p.Code, Name: p.Name, Opened: p.Opened}, err
}

func newUnit(ctx context.Context, tx *db.Tx, tree *org.Tree, f *web.Form) (made node, err error) {
	u := org.Unit{Name: f.Required("name", "名称", 40), Code: f.Text("code", "代码", 20), Kind: f.OneOf("kind", "类型", org.Kinds()...)}
	if u.Kind == "" && !hasError(f, "kind") {
		f.Errors.Add("kind", "请选类型")
	}
	u.Parent = unitBranch.other(f, tree, "parent", "上级", openNodes(unitNodes(tree))).ID
	if f.Text("place", "服务地点", 64) != "" {
		u.Place = placeBranch.other(f, tree, "place", "服务地点", openNodes(placeNodes(tree), org.BelowVillage()...)).ID
	}
	if _, taken := tree.FindUnit(u.Name); taken && u.Name != "" {
		f.Errors.Add("name", "已经有「%s」，名称不能一样", u.Name)
	}
	if err := f.Err(); err != nil {
		return made, err
	}
	if u.Code == "" {
		u.Code = tree.FreeCode("d")
	}
	if u, err = org.AddUnit(ctx, tx, u); err != nil {
		return made, err
	}
	made = node{ID: u.ID, Code: u.Code, Name: u.Name, Place: u.Place}
	return made, unitBranch.reseat(ctx, tx, made)
}

func (c *Console) getOrgFile(w http.ResponseWriter, r *http.Request) error {
	return c.showOrgFile(w, r, url.Values{}, nil, nil)
}

func (c *Console) showOrgFile(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError, done *org.Imported) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		d := draft{v, values, wrong}
		d.status(w)
		since, err := d.since(tx, "from", "reason")
		if err != nil {
			return err
		}
		notice := page.Words("")
		if done != nil {
			notice = templ.Join(importedNotice(v.Ctx, *done), page.Buttons([]page.Action{{Label: v.T("看地点"), Href: placeBranch.path}, {Label: v.T("看单位"), Href: unitBranch.path}}))
		}
		typed := optional(hint(d.field("places", v.T("乡镇和村的名单")), v.T("一行一个乡镇和它的村，例如：青溪乡：大箐村、白石村")))
		file := optional(hint(d.field("file", v.T("文件")), v.T("xlsx 或 csv。地点的表头写「乡镇、村、代码、行、列、从哪天起有」，单位的表头写「单位、代码、类型、上级、地点」；一个文件可以有几张表")))
		typed.Wide, file.Wide = true, true
		return v.Render(w, r, desk.Page{Title: v.T("从文件添加"), Path: "/settings", NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: v.T("从文件添加地点和单位"), Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("地点"), Href: placeBranch.path}, {Label: v.T("从文件添加")}}}), notice,
			page.Around(page.FormBox(page.Form{Action: "/settings/org-file", Files: true, Errors: wrong, Lead: d.lead(), Says: v.T("已有的不动，再传一次也不会重复"),
				Buttons: []page.Action{{Label: v.T("加进来"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不加了"), Href: placeBranch.path}}),
				append([]templ.Component{page.DropField(page.Drop{Field: file, Accept: ".xlsx,.csv"}), page.TextField(page.Text{Field: typed, Rows: 6, MaxLength: 100000})}, since...)...)))
	})
}

func (c *Console) postOrgFile(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	done, given, err := c.takePlaces(r.Context(), f)
	if err == nil && !given {
		err = errs.Fields{{Name: "file", Text: "请选一个文件，或写名单"}}.Err()
	}
	if err != nil {
		wrong := again(r.Context(), err)
		if wrong == nil {
			return err
		}
		return c.showOrgFile(w, r, f.Values, wrong, nil)
	}
	return c.showOrgFile(w, r, url.Values{}, nil, &done)
}
