package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// wholeCounty is the choice of a role's unit that means all of them: it must be chosen, never left out.
const wholeCounty = "*"

// mostGrants is how many rows of roles a form may have.
const mostGrants = 30

func (c *Console) getNewAccount(w http.ResponseWriter, r *http.Request) error {
	return c.showNewAccount(w, r, url.Values{"unit": {org.OfficeCode}}, nil)
}

func (c *Console) showNewAccount(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		d := draft{v, values, wrong}
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		fields := []templ.Component{
			page.InputField(page.Input{Field: d.field("name", v.T("姓名")), MaxLength: 40, Focus: len(wrong) == 0}),
			page.InputField(page.Input{Field: hint(d.field("login", v.T("登录名")), v.T("2 到 32 个小写字母、数字、点、横线，例如 zhoumin")), MaxLength: 32, Autocomplete: "off"}),
			page.InputField(page.Input{Field: optional(hint(d.field("phone", v.T("电话")), v.T("也可以用它登录；保存后只显示头尾"))), InputMode: "tel", MaxLength: 20, Autocomplete: "off"}),
			page.SelectField(page.Select{Field: d.field("unit", v.T("单位")), Options: openUnits(tree)}),
		}
		says := v.T("保存后显示一次性密码，只显示一次")
		if may(v, access.Secure) {
			fields = append(fields, c.grantRows(d, tree))
		} else {
			says = v.T("保存后显示一次性密码，只显示一次；角色由安全管理员给")
		}
		d.status(w)
		return v.Render(w, r, desk.Page{Title: v.T("添加账号"), Path: "/settings", NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: v.T("添加账号"), Crumbs: accountCrumbs(v, v.T("添加"))}),
			page.Around(page.FormBox(page.Form{Action: accountsPath, Errors: wrong, Lead: d.lead(), Says: says,
				Buttons: []page.Action{{Label: v.T("添加账号"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不添加了"), Href: accountsPath}}), fields...)))
	})
}

func accountCrumbs(v *desk.Visit, last string) []page.NavItem {
	return []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("账号"), Href: accountsPath}, {Label: last}}
}

func hint(f page.Field, text string) page.Field {
	f.Hint = text
	return f
}

func optional(f page.Field) page.Field {
	f.Optional = true
	return f
}

// lead is the sentence over the errors.
func (d draft) lead() string {
	if len(d.errors) == 0 {
		return ""
	}
	return d.T("没有保存，还有 %d 处要改：", len(d.errors))
}

func (c *Console) postAccount(w http.ResponseWriter, r *http.Request) error {
	var made access.Account
	var password string
	secret := access.NewSecret(r.Context(), "")
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		if f.Has("rows") {
			return errAddRow
		}
		tree, err := todayTree(ctx, tx)
		if err != nil {
			return err
		}
		n := access.NewAccount{Name: f.Required("name", "姓名", 40), Login: f.Required("login", "登录名", 32), Phone: f.Text("phone", "电话", 20), Unit: readUnit(f, tree, "unit")}
		if access.Require(ctx, access.Secure, "") == nil {
			n.Grants = c.readGrants(f, tree)
		}
		password, err = access.CreateAccount(ctx, tx, n, secret)
		if err = joined(f, err); err != nil {
			return err
		}
		made, err = access.FindAccount(ctx, tx, n.Login)
		return err
	})
	switch {
	case errors.Is(err, errAddRow):
		changeRows(f.Values)
		return c.showNewAccount(w, r, f.Values, nil)
	case err != nil:
		return err
	case wrong != nil:
		return c.showNewAccount(w, r, f.Values, wrong)
	}
	return c.showPasswords(w, r, lang.T(r.Context(), "已添加%s的账号", made.Name), []handed{{made, password}})
}

// joined is what is wrong with the inputs together with what the service found wrong, one sentence a field: all is said at once.
func joined(f *web.Form, err error) error {
	var e *errs.Error
	if len(f.Errors) == 0 || !errors.As(err, &e) || e.Kind != errs.Invalid {
		if len(f.Errors) > 0 {
			return f.Err()
		}
		return err
	}
	for _, one := range e.Fields {
		if !slices.ContainsFunc(f.Errors, func(have errs.Field) bool { return have.Name == one.Name }) {
			f.Errors = append(f.Errors, one)
		}
	}
	return f.Err()
}

// errAddRow ends the work of a form that only asks for one row more or less.
var errAddRow = errors.New("one row more or less is asked for")

// todayTree is the tree of today.
func todayTree(ctx context.Context, tx *db.Tx) (*org.Tree, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return org.Load(ctx, tx, today)
}

// readUnit is the id of the unit whose code was chosen.
func readUnit(f *web.Form, tree *org.Tree, name string) string {
	code := f.Required(name, "单位", 64)
	u, ok := tree.UnitByCode(code)
	if code != "" && !ok {
		f.Errors.Add(name, "没有这个单位，请重新选")
	}
	return u.ID
}

// grantRows are the roles as rows of a form.
func (c *Console) grantRows(d draft, tree *org.Tree) templ.Component {
	v := d.Visit
	roles := []page.Option{{Label: v.T("选角色")}}
	for _, role := range access.Roles() {
		roles = append(roles, page.Option{Value: string(role), Label: v.T(role.Title())})
	}
	units := append([]page.Option{{Label: v.T("选单位")}, {Value: wholeCounty, Label: v.T("全县")}}, openUnits(tree)...)
	modules := []page.Option{{Label: v.T("全部业务")}}
	for _, m := range c.Modules {
		modules = append(modules, page.Option{Value: m.Kind, Label: v.T(m.Title)})
	}
	s := page.SubRows{Name: "grants", Label: v.T("角色"), AddLabel: v.T("再加一个角色"), Error: desk.ErrorOf(d.errors, "grants"),
		Hint: v.T("主席和干事能核实，填报人和联络员能填报，查阅人只能看。一个角色管几项业务，就写几行。日子可以不填。"),
		Heads: []page.SubHead{{Key: "role", Label: v.T("角色"), Type: "select", Options: roles}, {Key: "unit", Label: v.T("单位"), Type: "select", Options: units},
			{Key: "module", Label: v.T("业务"), Type: "select", Options: modules}, {Key: "from", Label: v.T("从哪天"), Type: "date"}, {Key: "to", Label: v.T("到哪天"), Type: "date"}}}
	for n := range max(rowsOf(d.values), 1) {
		row := page.SubRow{Errors: map[string]string{}}
		for _, h := range s.Heads {
			name := rowName(n, h.Key)
			row.Values = append(row.Values, d.values.Get(name))
			row.Errors[h.Key] = desk.ErrorOf(d.errors, name)
		}
		s.Rows = append(s.Rows, row)
	}
	return page.SubRowsField(s)
}

func rowName(n int, key string) string { return "grants." + strconv.Itoa(n) + "." + key }

// rowsOf counts the rows of roles in a form.
func rowsOf(values url.Values) (n int) {
	for n < mostGrants && values.Has(rowName(n, "role")) {
		n++
	}
	return n
}

var grantKeys = []string{"role", "unit", "module", "from", "to"}

// changeRows adds a row of roles or takes one away, as the buttons of the form ask where there are no scripts.
func changeRows(values url.Values) {
	n := rowsOf(values)
	gone, ok := strings.CutPrefix(values.Get("rows"), "remove:")
	if !ok {
		values.Set(rowName(n, "role"), "")
		return
	}
	takeRow(values, gone, n, rowName, grantKeys)
}

// takeRow takes one of n rows out of a form; those after it move up.
func takeRow(values url.Values, which string, n int, name func(n int, key string) string, keys []string) {
	at, err := strconv.Atoi(which)
	if err != nil || at < 0 || at >= n {
		return
	}
	for ; at < n; at++ {
		for _, key := range keys {
			values.Del(name(at, key))
			if at+1 < n {
				values.Set(name(at, key), values.Get(name(at+1, key)))
			}
		}
	}
}

// readGrants reads the rows of roles; rows without a role are left out. Rows that differ in the kind of work alone are one role.
func (c *Console) readGrants(f *web.Form, tree *org.Tree) (all []access.Grant) {
	kinds := make([]string, len(c.Modules))
	for i, m := range c.Modules {
		kinds[i] = m.Kind
	}
	roles := make([]string, len(access.Roles()))
	for i, role := range access.Roles() {
		roles[i] = string(role)
	}
	for n := range rowsOf(f.Values) {
		g := access.Grant{Role: access.Role(f.OneOf(rowName(n, "role"), "角色", roles...)), From: f.Day(rowName(n, "from"), "从哪天"), To: f.Day(rowName(n, "to"), "到哪天")}
		if g.Role == "" {
			continue
		}
		if g.To != "" {
			g.To = g.To.Add(1) // people write the last day on which it holds
		}
		if module := f.OneOf(rowName(n, "module"), "业务", kinds...); module != "" {
			g.Modules = []string{module}
		}
		switch code := f.Text(rowName(n, "unit"), "单位", 64); {
		case code == wholeCounty || code == "" && slices.Contains([]access.Role{access.Admin, access.Security, access.Auditor}, g.Role):
		case code == "":
			f.Errors.Add(rowName(n, "unit"), "请选%s管哪个单位，或选全县", g.Role.Title())
		default:
			u, ok := tree.UnitByCode(code)
			if !ok {
				f.Errors.Add(rowName(n, "unit"), "没有这个单位，请重新选")
			}
			if g.Unit = u.ID; u.ID == tree.Office().ID && (g.Role == access.Chair || g.Role == access.Officer) {
				g.Unit = "" // 县科协的主席和干事 are those of the whole county
			}
		}
		same := slices.IndexFunc(all, func(o access.Grant) bool {
			return o.Role == g.Role && o.Unit == g.Unit && o.From == g.From && o.To == g.To && len(o.Modules) > 0 && len(g.Modules) > 0 && !slices.Contains(o.Modules, g.Modules[0])
		})
		if same >= 0 {
			all[same].Modules = append(all[same].Modules, g.Modules...)
			continue
		}
		all = append(all, g)
	}
	return all
}

// grantValues are roles as the rows of a form, one row a kind of work.
func grantValues(tree *org.Tree, grants []access.Grant) url.Values {
	values := url.Values{}
	n := 0
	for _, g := range grants {
		unit := wholeCounty
		if g.Unit != "" {
			unit = tree.Unit(g.Unit).Code
		}
		to := g.To
		if to != "" {
			to = to.Add(-1)
		}
		modules := g.Modules
		if len(modules) == 0 {
			modules = []string{""}
		}
		for _, m := range modules {
			for i, value := range []string{string(g.Role), unit, m, string(g.From), string(to)} {
				values.Set(rowName(n, grantKeys[i]), value)
			}
			n++
		}
	}
	return values
}
