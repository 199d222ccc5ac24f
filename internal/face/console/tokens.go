package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const (
	myTokensPath  = "/me/tokens"
	allTokensPath = "/settings/tokens"
)

// tokenRoutes are the pages of tokens: everybody's own, and all of them for the administrators.
func (c *Console) tokenRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET " + myTokensPath, Right: desk.SignedIn, Handler: c.getMyTokens},
		{Pattern: "GET " + myTokensPath + "/new", Right: desk.SignedIn, Handler: c.getNewToken},
		{Pattern: "POST " + myTokensPath, Right: desk.SignedIn, Handler: c.postToken},
		{Pattern: "POST " + myTokensPath + "/{token}/end", Right: desk.SignedIn, Handler: c.endToken(myTokensPath)},
		{Pattern: "GET " + allTokensPath, Right: string(access.Look), Handler: c.getAllTokens},
		{Pattern: "POST " + allTokensPath + "/{token}/end", Right: string(access.Secure), Handler: c.endToken(allTokensPath)},
	}
}

// tokenCrumbs lead back from a page of one's own tokens.
func tokenCrumbs(v *desk.Visit, last string) []page.NavItem {
	all := []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("我的账号"), Href: "/me"}, {Label: v.T("令牌"), Href: myTokensPath}}
	if last == "" {
		all[2].Href = ""
		return all
	}
	return append(all, page.NavItem{Label: last})
}

func tokenRights(v *desk.Visit, t access.Token) string {
	if t.Writes {
		return v.T("读写")
	}
	return v.T("只读")
}

// tokenState is where a token stands, by a code that the filter uses.
func tokenState(t access.Token, now int64) string {
	switch {
	case t.Ended != 0:
		return "ended"
	case t.Expires <= now:
		return "over"
	}
	return "open"
}

// tokenWords is the state as lists write it.
func tokenWords(v *desk.Visit, t access.Token, now int64) string {
	switch tokenState(t, now) {
	case "ended":
		return v.T("%s 停用", v.Instant(t.Ended))
	case "over":
		return v.T("已到期")
	}
	return v.T("在用")
}

// tokensChosen are those that search and filter leave.
func tokensChosen(v *desk.Visit, all []access.Token, now int64) []access.Token {
	state := v.At.Get("state")
	return slices.DeleteFunc(slices.Clone(all), func(t access.Token) bool {
		return state != "" && tokenState(t, now) != state || !found(v.At.Get("q"), t.Name, t.Person)
	})
}

// tokenFile is the list as a table of a file.
func tokenFile(v *desk.Visit, all []access.Token, now int64) xlsx.Table {
	rows := make([][]any, len(all))
	for i, t := range all {
		rows[i] = []any{t.Name, t.Person, tokenRights(v, t), v.Instant(t.Expires), v.Instant(t.Used), tokenWords(v, t, now)}
	}
	return xlsx.Table{Name: v.T("令牌"), Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("名称"), Width: 24}, {Title: v.T("谁的")}, {Title: v.T("权限")}, {Title: v.T("到期"), Width: 18},
		{Title: v.T("最近用过"), Width: 18}, {Title: v.T("情况"), Width: 22}}}
}

// tokenList lists tokens of whom search and filter leave; at is where one is revoked, "" where the reader may not.
func tokenList(v *desk.Visit, all []access.Token, now int64, at string, whose bool) page.List {
	chosen := tokensChosen(v, all, now)
	l := page.List{Title: v.T("令牌"), At: v.At, Search: v.T("名称、谁的"), Empty: unfound(v, len(all), "q", "state"), Foot: page.Words(v.T("共 %d 个令牌", len(chosen))),
		Filters: []page.Filter{{Key: "state", Label: v.T("情况"), Options: []page.Option{{Label: v.T("全部")}, {Value: "open", Label: v.T("在用")}, {Value: "over", Label: v.T("已到期")}, {Value: "ended", Label: v.T("已停用")}}}},
		Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("权限")}, {Label: v.T("到期")}, {Label: v.T("最近用过")}, {Label: v.T("情况")}}}
	if !whose {
		l.Search = v.T("名称")
	}
	if whose {
		l.Columns = append(l.Columns[:1:1], append([]page.Column{{Label: v.T("谁的")}}, l.Columns[1:]...)...)
	}
	for _, t := range chosen {
		used := page.Cell(v.Instant(t.Used))
		if t.Used == 0 {
			used = page.Faint(v.T("没用过"))
		}
		state := page.Faint(tokenWords(v, t, now))
		switch {
		case t.Over(now):
		case at != "":
			state = page.Button(page.Action{Label: v.T("停用"), Href: at + "/" + t.ID + "/end", Post: true, Small: true,
				Confirm: &page.Confirm{Title: v.T("停用令牌「%s」", t.Name), Says: v.T("用它的程序马上连不上，不能恢复，要用只能新建。"), Verb: v.T("停用")}})
		default:
			state = page.Cell(tokenWords(v, t, now))
		}
		cells := []templ.Component{page.Cell(t.Name), page.Cell(tokenRights(v, t)), page.Cell(v.Instant(t.Expires)), used, state}
		if whose {
			cells = append(cells[:1:1], append([]templ.Component{page.Cell(t.Person)}, cells[1:]...)...)
		}
		l.Rows = append(l.Rows, page.Row{ID: t.ID, Name: t.Name, Cells: cells, Left: t.Over(now)})
	}
	return l
}

func (c *Console) getMyTokens(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		all, err := access.ListTokens(v.Ctx, tx, v.Actor.Account)
		if err != nil {
			return err
		}
		now := c.Desk.DB.Now().UnixMilli()
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T("令牌"), tokenFile(v, tokensChosen(v, all, now), now), desk.SignedIn)
		}
		fresh := page.Action{Label: v.T("新建令牌"), Href: myTokensPath + "/new", Icon: "plus", Kind: page.Primary}
		actions := []page.Action{{Label: v.T("接口说明"), Href: "/docs/api"}}
		var body templ.Component
		if len(all) == 0 {
			body = page.EmptyState(page.Empty{Title: v.T("还没有令牌"), Reason: v.T("别的程序要用你的名义读写实录时，给它一个。"), Actions: []page.Action{fresh}})
		} else {
			actions = append(append(actions, exports(v, desk.SignedIn)...), fresh)
			body = page.ListBody(tokenList(v, all, now, myTokensPath, false))
		}
		title := page.RecordTitle(page.RecordHead{Title: v.T("令牌"), Crumbs: tokenCrumbs(v, ""), Actions: actions})
		return v.Render(w, r, desk.Page{Title: v.T("令牌"), Path: "/settings", NoScope: true}, templ.Join(title, body))
	})
}

// tokenDays are the times that the form offers.
var tokenDays = []int64{30, 90, 180, access.MostTokenDays}

func (c *Console) getNewToken(w http.ResponseWriter, r *http.Request) error {
	return c.showNewToken(w, r, url.Values{"days": {"90"}, "writes": {"no"}}, nil)
}

func (c *Console) showNewToken(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
		d := draft{v, values, wrong}
		d.status(w)
		name, rights, days := d.field("name", v.T("名称")), d.field("writes", v.T("权限")), d.field("days", v.T("有效期"))
		name.Hint = v.T("给谁用，例如「农业农村局数据交换」")
		rights.Hint = v.T("看得到、办得到的不会超过你自己")
		var times []page.Option
		for _, n := range tokenDays {
			times = append(times, page.Option{Value: strconv.FormatInt(n, 10), Label: v.T("%d 天", n)})
		}
		return v.Render(w, r, desk.Page{Title: v.T("新建令牌"), Path: "/settings", NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: v.T("新建令牌"), Crumbs: tokenCrumbs(v, v.T("新建"))}),
			page.Around(page.FormBox(page.Form{Action: myTokensPath, Errors: wrong, Lead: d.lead(), Says: v.T("令牌只显示一次"),
				Buttons: []page.Action{{Label: v.T("新建令牌"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不建了"), Href: myTokensPath}}),
				page.InputField(page.Input{Field: name, MaxLength: 50}),
				page.RadioField(page.Radios{Field: rights, Options: []page.Option{{Value: "no", Label: v.T("只读")}, {Value: "yes", Label: v.T("读写")}}}),
				page.SelectField(page.Select{Field: days, Options: times}))))
	})
}

// postToken makes a token and shows it, this once.
func (c *Console) postToken(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in := access.NewToken{Name: f.Text("name", "名称", 50), Writes: f.OneOf("writes", "权限", "yes", "no") == "yes"}
	if n := f.Int("days", "有效期"); n != nil {
		in.Days = *n
	}
	var secret string
	var made access.Token
	err = f.Err()
	if err == nil {
		err = c.Desk.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
			secret, made, err = access.CreateToken(r.Context(), tx, in)
			return err
		})
	}
	if problems := again(r.Context(), err); problems != nil {
		return c.showNewToken(w, r, f.Values, problems)
	}
	if err != nil {
		return err
	}
	return c.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
		title := page.RecordTitle(page.RecordHead{Title: v.T("新建令牌"), Crumbs: tokenCrumbs(v, v.T("新建"))})
		return v.Render(w, r, desk.Page{Title: v.T("新建令牌"), Path: "/settings", NoScope: true}, templ.Join(title, tokenSlip(made, tokenRights(v, made), v.Instant(made.Expires), secret)))
	})
}

func (c *Console) getAllTokens(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		all, err := access.ListTokens(v.Ctx, tx, "")
		if err != nil {
			return err
		}
		at := ""
		if may(v, access.Secure) {
			at = allTokensPath
		}
		now := c.Desk.DB.Now().UnixMilli()
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T("全部令牌"), tokenFile(v, tokensChosen(v, all, now), now), string(access.Look))
		}
		body, actions := page.EmptyState(page.Empty{Title: v.T("还没有令牌"), Reason: v.T("谁要用，在自己的「我的账号」里新建。")}), []page.Action(nil)
		if len(all) > 0 {
			body, actions = page.ListBody(tokenList(v, all, now, at, true)), exports(v, string(access.Look))
		}
		title := page.RecordTitle(page.RecordHead{Title: v.T("全部令牌"), Actions: actions, Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("全部令牌")}}})
		return v.Render(w, r, desk.Page{Title: v.T("全部令牌"), Path: "/settings", NoScope: true}, templ.Join(title, body))
	})
}

// endToken revokes a token and goes back to the list.
func (c *Console) endToken(list string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var ended access.Token
		if err := c.Desk.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
			ended, err = access.EndToken(r.Context(), tx, r.PathValue("token"))
			return err
		}); err != nil {
			return err
		}
		desk.Say(w, r, "", "已停用令牌「%s」", ended.Name)
		web.Redirect(w, r, list)
		return nil
	}
}
