package console

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const accountsPath = "/settings/accounts"

func (c *Console) accountRoutes() []web.Route {
	look, accounts, secure := string(access.Look), string(access.Accounts), string(access.Secure)
	one := accountsPath + "/{login}"
	return []web.Route{
		{Pattern: "GET " + accountsPath, Right: look, Handler: c.getAccounts},
		{Pattern: "GET /settings/new-account", Right: accounts, Handler: c.getNewAccount},
		{Pattern: "POST " + accountsPath, Right: accounts, Handler: c.postAccount},
		{Pattern: "GET " + one, Right: look, Handler: c.getAccount},
		{Pattern: "GET " + one + "/edit", Right: accounts, Handler: c.getProfile},
		{Pattern: "POST " + one + "/edit", Right: accounts, Handler: c.postProfile},
		{Pattern: "GET " + one + "/roles", Right: secure, Handler: c.getGrants},
		{Pattern: "POST " + one + "/roles", Right: secure, Handler: c.postGrants},
		{Pattern: "POST " + one + "/reset", Right: secure, Handler: c.postReset},
		{Pattern: "POST " + one + "/unlock", Right: secure, Handler: c.postUnlock},
		{Pattern: "POST " + one + "/close", Right: accounts, Handler: c.postClose},
		{Pattern: "POST " + one + "/reopen", Right: accounts, Handler: c.postReopen},
	}
}

// accountState is where an account stands, by a code that filters use.
func accountState(a access.Account) string {
	switch {
	case a.Closed:
		return "closed"
	case a.Locked > 0:
		return "locked"
	case a.MustChange:
		return "waiting"
	}
	return "open"
}

// stateWords is the state as the list writes it.
func stateWords(v *desk.Visit, a access.Account) string {
	switch accountState(a) {
	case "closed":
		return v.T("已停用")
	case "locked":
		return v.T("锁到 %s", v.Instant(a.Locked))
	case "waiting":
		return v.T("没改一次性密码")
	}
	return v.T("在用")
}

// grantWords is a role as pages write it: 填报人 · 青溪乡科协 · 培训班 · 9月1日起.
func (c *Console) grantWords(v *desk.Visit, tree *org.Tree, g access.Grant) string {
	parts := []string{v.T(g.Role.Title())}
	if g.Unit != "" {
		parts = append(parts, tree.Unit(g.Unit).Name)
	}
	for _, m := range g.Modules {
		parts = append(parts, v.T(c.moduleTitle(m)))
	}
	if g.From != "" {
		parts = append(parts, v.T("%s起", g.From.Short(v.Today)))
	}
	if g.To != "" {
		parts = append(parts, v.T("到%s", g.To.Add(-1).Short(v.Today)))
	}
	return strings.Join(parts, " · ")
}

// moduleTitle is the name of a kind of work by its code.
func (c *Console) moduleTitle(kind string) string {
	for _, m := range c.Modules {
		if m.Kind == kind {
			return m.Title
		}
	}
	return kind
}

// holding are the roles that are not over.
func holding(v *desk.Visit, a access.Account) []access.Grant {
	return slices.DeleteFunc(slices.Clone(a.Grants), func(g access.Grant) bool { return g.To != "" && g.To <= v.Today })
}

func (c *Console) getAccounts(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		all, err := access.ListAccounts(v.Ctx, tx)
		if err != nil {
			return err
		}
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		role, state, q := v.At.Get("role"), v.At.Get("state"), v.At.Get("q")
		chosen := slices.DeleteFunc(slices.Clone(all), func(a access.Account) bool {
			return role != "" && !slices.ContainsFunc(holding(v, a), func(g access.Grant) bool { return string(g.Role) == role }) ||
				state != "" && accountState(a) != state || !found(q, a.Name, a.Login, a.Phone, a.UnitName)
		})
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T("账号"), c.accountTable(v, tree, chosen), string(access.Look))
		}
		l := c.accountList(v, tree, chosen, len(all))
		reminder, err := access.KeepersReminder(v.Ctx, tx)
		if err != nil {
			return err
		}
		if reminder != "" {
			l.Note = &page.Notice{Kind: page.Caution, Text: reminder}
		}
		return v.Render(w, r, desk.Page{Title: v.T("账号"), Path: "/settings", NoScope: true},
			templ.Join(crumbs(v, page.NavItem{Label: v.T("账号")}), page.ListPage(l)))
	})
}

func (c *Console) accountList(v *desk.Visit, tree *org.Tree, chosen []access.Account, all int) page.List {
	l := page.List{Title: v.T("账号"), At: v.At, Search: v.T("姓名、登录名、单位"), Actions: exports(v, string(access.Look)),
		Columns: []page.Column{{Label: v.T("姓名"), Kind: page.MainColumn}, {Label: v.T("登录名"), Kind: page.CodeColumn}, {Label: v.T("电话"), Less: true}, {Label: v.T("单位"), Plain: true}, {Label: v.T("角色"), Plain: true},
			{Label: v.T("最近使用")}, {Label: v.T("状态"), Kind: page.StateColumn}},
		Foot: page.Words(v.T("共 %d 个账号", len(chosen)))}
	if may(v, access.Accounts) {
		l.Actions = append(l.Actions, page.Action{Label: v.T("添加账号"), Href: "/settings/new-account", Icon: "plus", Kind: page.Primary})
	}
	roles := []page.Option{{Label: v.T("全部")}}
	for _, role := range access.Roles() {
		roles = append(roles, page.Option{Value: string(role), Label: v.T(role.Title())})
	}
	l.Filters = []page.Filter{{Key: "role", Label: v.T("角色"), Options: roles}, {Key: "state", Label: v.T("状态"), Options: []page.Option{{Label: v.T("全部")},
		{Value: "open", Label: v.T("在用")}, {Value: "waiting", Label: v.T("没改一次性密码")}, {Value: "locked", Label: v.T("锁定")}, {Value: "closed", Label: v.T("已停用")}}}}
	l.Empty = &page.Empty{Title: v.T("没有符合的账号"), Reason: v.T("共有 %d 个账号，筛选后一个也没有。", all), Out: &page.Action{Label: v.T("清除筛选，看全部 %d 个", all), Href: accountsPath}}
	for _, a := range chosen {
		var words []string
		for _, g := range holding(v, a) {
			words = append(words, c.grantWords(v, tree, g))
		}
		roles, used, state := page.Cell(strings.Join(words, v.T("、"))), page.Cell(v.Instant(a.LastUsed)), page.Cell(stateWords(v, a))
		if len(words) == 0 {
			roles = page.Missing(v.T("没有角色"))
		}
		if a.LastUsed == 0 {
			used = page.NotFilled(v.T("还没登录过"))
		}
		if a.Locked > 0 && !a.Closed {
			state = page.Late(stateWords(v, a))
		}
		href := accountsPath + "/" + a.Login
		phone := page.Cell(a.Phone)
		if a.Phone == "" {
			phone = page.NotFilled(v.T("未填"))
		}
		l.Rows = append(l.Rows, page.Row{ID: a.ID, Name: a.Name, Href: href, Left: a.Closed,
			Cells: []templ.Component{page.LinkCell(href, a.Name), page.Cell(a.Login), phone, page.Cell(a.UnitName), roles, used, state}})
	}
	return l
}

func (c *Console) accountTable(v *desk.Visit, tree *org.Tree, all []access.Account) xlsx.Table {
	rows := make([][]any, len(all))
	for i, a := range all {
		var words []string
		for _, g := range holding(v, a) {
			words = append(words, c.grantWords(v, tree, g))
		}
		rows[i] = []any{a.Name, a.Login, a.Phone, a.UnitName, strings.Join(words, v.T("、")), v.Instant(a.LastUsed), stateWords(v, a)}
	}
	return xlsx.Table{Name: v.T("账号"), Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("姓名")}, {Title: v.T("登录名"), Kind: xlsx.AsText},
		{Title: v.T("电话"), Kind: xlsx.AsText}, {Title: v.T("单位")}, {Title: v.T("角色")}, {Title: v.T("最近使用")}, {Title: v.T("状态")}}}
}

// exports are the buttons that give the list as it is filtered, for who may take it (desk.Visit.MayTake).
func exports(v *desk.Visit, others ...string) []page.Action {
	if v.MayTake("", others...) != nil {
		return nil
	}
	return []page.Action{{Label: v.T("导出 xlsx"), Href: v.At.With("as", "xlsx").String(), Icon: "down"}, {Label: v.T("导出 csv"), Href: v.At.With("as", "csv").String()}}
}

// exportMenu is exports for a list that is a section of a page.
func exportMenu(v *desk.Visit) page.Action {
	return page.Action{Label: v.T("导出"), Icon: "down", Small: true, Menu: []page.Action{{Label: v.T("Excel 工作簿（xlsx）"), Href: v.At.With("as", "xlsx").String()},
		{Label: v.T("CSV（UTF-8）"), Href: v.At.With("as", "csv").String()}}}
}

// unfound stands in the place of a list when search and filters leave nothing of the all there are.
func unfound(v *desk.Visit, all int, keys ...string) *page.Empty {
	return &page.Empty{Title: v.T("没有符合的"), Reason: v.T("共有 %d 个，筛选后一个也没有。", all), Out: &page.Action{Label: v.T("清除筛选，看全部 %d 个", all), Href: v.At.Without(keys...).String()}}
}

// sendTable answers with a list as a file, for who may take it (desk.Visit.MayTake).
func sendTable(w http.ResponseWriter, v *desk.Visit, as, name string, t xlsx.Table, others ...string) error {
	if err := v.MayTake("", others...); err != nil {
		return err
	}
	name += " " + string(v.Today)
	switch as {
	case "xlsx":
		return web.Send(w, name+".xlsx", func(out io.Writer) error { return xlsx.Write(out, t) })
	case "csv":
		return web.Send(w, name+".csv", func(out io.Writer) error { return xlsx.WriteCSV(out, t) })
	}
	return errs.E(errs.Invalid, "能导出 xlsx 和 csv，没有「%s」", as)
}
