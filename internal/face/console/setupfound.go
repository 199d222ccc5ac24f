package console

import (
	"net/http"
	"net/url"

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

func (c *Console) getSetupAdmin(w http.ResponseWriter, r *http.Request) error {
	c.first.Lock()
	admin, made := c.first.admin, c.first.association != ""
	c.first.Unlock()
	if made {
		web.Redirect(w, r, "/setup/places")
		return nil
	}
	return c.showSetupAdmin(w, r, url.Values{"name": {admin.Name}, "login": {admin.Login}, "how": {"own"}}, nil)
}

func (c *Console) showSetupAdmin(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	ctx := r.Context()
	s, err := c.setupPage(r, stepAdmin)
	if err != nil {
		return err
	}
	s.Title, s.Action, s.Next, s.Errors = lang.T(ctx, "管理员"), "/setup/admin", lang.T(ctx, "下一步：本单位"), wrong
	s.Lead = lang.T(ctx, "第一个账号，管人员、单位和设置，看不到业务记录。填报、核实的账号在第 4 步加。")
	field := func(name, label, hint string) page.Field {
		return page.Field{Name: name, Label: lang.T(ctx, label), Value: values.Get(name), Error: desk.ErrorOf(wrong, name), Hint: hint}
	}
	return showSetup(w, r, s, grid(
		page.InputField(page.Input{Field: field("name", "姓名", ""), MaxLength: 40, Focus: len(wrong) == 0}),
		page.InputField(page.Input{Field: field("login", "登录名", lang.T(ctx, "2 到 32 个小写字母、数字、点、横线，例如 zhoumin")), MaxLength: 32, Autocomplete: "username"}),
		page.RadioField(page.Radios{Field: page.Field{Name: "how", Label: lang.T(ctx, "密码"), Value: values.Get("how"), Wide: true},
			Options: []page.Option{{Value: "own", Label: lang.T(ctx, "现在自己设")}, {Value: "once", Label: lang.T(ctx, "给一个一次性密码，第一次登录再改")}}}),
		page.InputField(page.Input{Field: field("password", "密码", lang.T(ctx, "至少 8 位；大写、小写字母、数字、符号里有三种；不含登录名")), Type: "password", Autocomplete: "new-password", MaxLength: 200}),
		page.InputField(page.Input{Field: field("again", "再写一次", ""), Type: "password", Autocomplete: "new-password", MaxLength: 200})))
}

func (c *Console) postSetupAdmin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	n := access.NewAccount{Name: f.Required("name", "姓名", 40), Login: f.Required("login", "登录名", 32)}
	password, second := f.Secret("password"), f.Secret("again")
	if f.OneOf("how", "密码", "own", "once") == "own" {
		n.Password = password
		switch {
		case password == "":
			f.Errors.Add("password", "请填写「密码」")
		case password != second:
			f.Errors.Add("again", "两次写的密码不一样，请再写一次")
		}
	}
	if err := joined(f, access.CheckNew(n)); err != nil {
		return c.showSetupAdmin(w, r, f.Values, again(r.Context(), err))
	}
	c.first.Lock()
	if c.first.association == "" {
		c.first.admin = n
	}
	c.first.Unlock()
	web.Redirect(w, r, "/setup/association")
	return nil
}

func (c *Console) getSetupAssociation(w http.ResponseWriter, r *http.Request) error {
	if next := c.nextStep(); next != "/setup/association" {
		web.Redirect(w, r, next)
		return nil
	}
	return c.showSetupAssociation(w, r, url.Values{}, nil)
}

func (c *Console) showSetupAssociation(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	ctx := r.Context()
	s, err := c.setupPage(r, stepAssociation)
	if err != nil {
		return err
	}
	s.Title, s.Action, s.Next, s.BackHref, s.Errors = lang.T(ctx, "本单位"), "/setup/association", lang.T(ctx, "下一步：乡镇和村"), "/setup/admin", wrong
	s.Lead = lang.T(ctx, "名称写在报告和报表上，县名写在地点里。这一步做完才存到数据库。")
	return showSetup(w, r, s, grid(
		page.InputField(page.Input{Field: page.Field{Name: "name", Label: lang.T(ctx, "科协名称"), Value: values.Get("name"), Error: desk.ErrorOf(wrong, "name"), Wide: true,
			Hint: lang.T(ctx, "写全称，例如「云岭县科学技术协会」")}, MaxLength: 60, Focus: true}),
		page.InputField(page.Input{Field: page.Field{Name: "county", Label: lang.T(ctx, "县名"), Value: values.Get("county"), Error: desk.ErrorOf(wrong, "county"), Optional: true,
			Hint: lang.T(ctx, "不填就从名称里取")}, MaxLength: 30})))
}

func (c *Console) postSetupAssociation(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	one := Founding{Name: f.Required("name", "科协名称", 60), County: f.Text("county", "县名", 30)}
	if len(f.Errors) == 0 && one.County == "" && org.County(one.Name) == one.Name {
		f.Errors.Add("county", "从「%s」里看不出县名，请写县名，例如云岭县", one.Name)
	}
	if err := f.Err(); err != nil {
		return c.showSetupAssociation(w, r, f.Values, again(ctx, err))
	}
	c.first.Lock() // two who hold the code make one association
	defer c.first.Unlock()
	switch {
	case c.first.association != "":
		web.Redirect(w, r, "/setup/places")
		return nil
	case c.first.admin.Login == "":
		web.Redirect(w, r, "/setup/admin")
		return nil
	}
	one.Admin = c.first.admin
	password, err := c.Found(ctx, one)
	if err != nil {
		return err
	}
	if err := c.Desk.DB.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err == nil && len(all) == 0 {
			err = errs.E(errs.Conflict, "刚建立的科协不见了，请重新启动实录")
		}
		if err == nil {
			c.first.association = all[0].ID
		}
		return err
	}); err != nil {
		return err
	}
	c.first.password, c.first.admin.Password = password, ""
	web.Redirect(w, r, "/setup/places")
	return nil
}

func (c *Console) getSetupEnd(w http.ResponseWriter, r *http.Request) error {
	if !c.founded(w, r) {
		return nil
	}
	ctx := r.Context()
	s, err := c.setupPage(r, stepEnd)
	if err != nil {
		return err
	}
	s.Title, s.Action, s.Next, s.BackHref = lang.T(ctx, "开始用"), "/setup/end", lang.T(ctx, "去登录"), "/setup/people"
	s.Lead = lang.T(ctx, "设置的链接用过就作废。以后加人、改单位、改乡镇都在「设置」里。")
	c.first.Lock()
	admin, password := c.first.admin, c.first.password
	c.first.Unlock()
	if password == "" {
		return showSetup(w, r, s, page.Facts([]page.Fact{{Label: lang.T(ctx, "管理员"), Value: admin.Name}, {Label: lang.T(ctx, "登录名"), Value: admin.Login}}))
	}
	return showSetup(w, r, s, passwordSlips([]handed{{access.Account{Name: admin.Name, Login: admin.Login}, password}}, signInAt(r)))
}

// postSetupEnd closes the first run: its code opens nothing any more.
func (c *Console) postSetupEnd(w http.ResponseWriter, r *http.Request) error {
	if !c.founded(w, r) {
		return nil
	}
	c.first.Lock()
	login := c.first.admin.Login
	c.first.over, c.first.password = true, ""
	c.first.Unlock()
	web.SetCookie(w, r, setupCookie, "", -1)
	web.Redirect(w, r, "/login?account="+url.QueryEscape(login))
	return nil
}

// grid sets fields in two columns.
func grid(fields ...templ.Component) templ.Component { return page.Around(fieldGrid(), fields...) }
