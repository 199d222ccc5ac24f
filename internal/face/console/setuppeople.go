package console

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// mostPeople is how many accounts the first run makes at once.
const mostPeople = 200

var peopleKeys = []string{"name", "login", "phone", "role", "unit"}

func personName(n int, key string) string { return "people." + strconv.Itoa(n) + "." + key }

func peopleRows(values url.Values) (n int) {
	for n < mostPeople && values.Has(personName(n, "name")) {
		n++
	}
	return n
}

func (c *Console) setupTree(r *http.Request) (tree *org.Tree, err error) {
	err = c.Desk.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		tree, err = todayTree(r.Context(), tx)
		return err
	})
	return tree, err
}

// getSetupPeople begins with the people that every county has: a chair, two officers, somebody who fills in for each township.
func (c *Console) getSetupPeople(w http.ResponseWriter, r *http.Request) error {
	if !c.founded(w, r) {
		return nil
	}
	tree, err := c.setupTree(r)
	if err != nil {
		return err
	}
	values := url.Values{}
	add := func(role access.Role, unit string) {
		n := peopleRows(values)
		values.Set(personName(n, "name"), "")
		values.Set(personName(n, "role"), string(role))
		values.Set(personName(n, "unit"), unit)
	}
	add(access.Chair, org.OfficeCode)
	add(access.Officer, org.OfficeCode)
	add(access.Officer, org.OfficeCode)
	for _, u := range tree.Units() {
		if u.Kind == org.KindTownship && u.Closed == day.Forever {
			add(access.Clerk, u.Code)
		}
	}
	return c.showSetupPeople(w, r, values, nil)
}

func (c *Console) showSetupPeople(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	ctx := r.Context()
	tree, err := c.setupTree(r)
	if err != nil {
		return err
	}
	s, err := c.setupPage(r, stepPeople)
	if err != nil {
		return err
	}
	s.Title, s.Action, s.Next, s.BackHref, s.SkipHref, s.Errors = lang.T(ctx, "人员和分工"), "/setup/people", lang.T(ctx, "建账号"), "/setup/places", "/setup/end", wrong
	s.Lead = lang.T(ctx, "每人一个账号。主席、干事核实，乡镇填报人填报；现在不知道是谁的，空着就是。")
	var roles []page.Option
	for _, role := range access.Roles() {
		roles = append(roles, page.Option{Value: string(role), Label: lang.T(ctx, role.Title())})
	}
	rows := page.SubRows{Name: "people", Label: lang.T(ctx, "人员"), AddLabel: lang.T(ctx, "再加一人"), Error: desk.ErrorOf(wrong, "people"),
		Hint: lang.T(ctx, "登录名用小写字母和数字。单位里的角色只管本单位；办公室的人管全县。"),
		Heads: []page.SubHead{{Key: "name", Label: lang.T(ctx, "姓名")}, {Key: "login", Label: lang.T(ctx, "登录名")}, {Key: "phone", Label: lang.T(ctx, "电话（选填）")},
			{Key: "role", Label: lang.T(ctx, "角色"), Type: "select", Options: roles}, {Key: "unit", Label: lang.T(ctx, "单位"), Type: "select", Options: openUnits(tree)}}}
	for n := range max(peopleRows(values), 1) {
		row := page.SubRow{Errors: map[string]string{}}
		for _, key := range peopleKeys {
			row.Values = append(row.Values, values.Get(personName(n, key)))
			row.Errors[key] = desk.ErrorOf(wrong, personName(n, key))
		}
		rows.Rows = append(rows.Rows, row)
	}
	return showSetup(w, r, s, page.SubRowsField(rows))
}

func (c *Console) postSetupPeople(w http.ResponseWriter, r *http.Request) error {
	if !c.founded(w, r) {
		return nil
	}
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Has("rows") {
		changePeople(f.Values)
		return c.showSetupPeople(w, r, f.Values, nil)
	}
	tree, err := c.setupTree(r)
	if err != nil {
		return err
	}
	people := readPeople(f, tree)
	var made []handed
	if err = f.Err(); err == nil {
		var secrets []access.Secret
		for range people {
			secrets = append(secrets, access.NewSecret(ctx, ""))
		}
		err = c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
			made = made[:0]
			for n, one := range people {
				password, err := access.CreateAccount(ctx, tx, one.NewAccount, secrets[n])
				if err != nil {
					return inRow(one.row, err)
				}
				made = append(made, handed{access.Account{Name: people[n].Name, Login: strings.ToLower(people[n].Login)}, password})
			}
			return nil
		})
	}
	if err != nil {
		wrong := again(ctx, err)
		if wrong == nil {
			return err
		}
		return c.showSetupPeople(w, r, f.Values, wrong)
	}
	if len(made) == 0 {
		web.Redirect(w, r, "/setup/end")
		return nil
	}
	c.first.Lock()
	c.first.people += len(made)
	c.first.Unlock()
	s, err := c.setupPage(r, stepPeople)
	if err != nil {
		return err
	}
	s.Title, s.Action, s.Next = lang.T(ctx, "已建 %d 个账号", len(made)), "/setup/people", lang.T(ctx, "下一步：开始用")
	s.Lead = lang.T(ctx, "把下面的条子打印出来，剪开当面交给本人。")
	return showSetup(w, r, s, passwordSlips(made, signInAt(r)))
}

// person is an account to be made and the row that says it.
type person struct {
	access.NewAccount
	row int
}

// readPeople reads the rows that name somebody.
func readPeople(f *web.Form, tree *org.Tree) (all []person) {
	for n := range peopleRows(f.Values) {
		p := person{row: n}
		p.Name, p.Login, p.Phone = f.Text(personName(n, "name"), "姓名", 40), f.Text(personName(n, "login"), "登录名", 32), f.Text(personName(n, "phone"), "电话", 20)
		if p.Name == "" && p.Login == "" && p.Phone == "" {
			continue
		}
		u, ok := tree.UnitByCode(f.Text(personName(n, "unit"), "单位", 64))
		if !ok {
			f.Errors.Add(personName(n, "unit"), "请选单位")
		}
		g := access.Grant{Role: access.Role(f.Text(personName(n, "role"), "角色", 20))}
		if u.ID != tree.Office().ID {
			g.Unit = u.ID
		}
		p.Unit, p.Grants = u.ID, []access.Grant{g}
		var e *errs.Error
		if errors.As(access.CheckNew(p.NewAccount), &e) {
			for _, one := range e.Fields {
				f.Errors.Add(personName(n, one.Name), one.Text, one.Args...)
			}
		}
		all = append(all, p)
	}
	return all
}

// inRow says in which row of the form the service found something wrong.
func inRow(row int, err error) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind != errs.Conflict && e.Kind != errs.Invalid {
		return err
	}
	text := e.Error()
	if len(e.Fields) > 0 {
		text = errs.Sprintf(e.Fields[0].Text, e.Fields[0].Args)
	}
	var wrong errs.Fields
	wrong.Add(personName(row, "name"), "第 %d 行：%s", row+1, text)
	return wrong.Err()
}

// changePeople adds a row or takes one away where there are no scripts.
func changePeople(values url.Values) {
	n := peopleRows(values)
	gone, ok := strings.CutPrefix(values.Get("rows"), "remove:")
	if !ok {
		values.Set(personName(n, "name"), "")
		values.Set(personName(n, "role"), string(access.Clerk))
		return
	}
	takeRow(values, gone, n, personName, peopleKeys)
}
