package console

import (
	"net/http"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

func (c *Console) meRoutes() []web.Route {
	return []web.Route{{Pattern: "GET /me", Right: desk.SignedIn, Handler: c.getMe}}
}

// getMe shows one's own account: roles, when one signed in, how to change the password and to sign out.
func (c *Console) getMe(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		a, err := account(v.Ctx, tx, v.Actor.User)
		if err != nil {
			return err
		}
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		history, err := access.HistoryOf(v.Ctx, tx, id.Ref{Kind: access.AccountKind, ID: a.ID})
		if err != nil {
			return err
		}
		facts := []page.Fact{{Label: v.T("登录名"), Value: a.Login}, {Label: v.T("电话"), Value: a.Phone}, {Label: v.T("单位"), Value: a.UnitName},
			{Label: v.T("上次登录"), Value: v.Instant(signedInBefore(history))}}
		if facts[3].Value == "" {
			facts[3].Show = page.Words(v.T("这是第一次"))
		}
		codes := page.Fact{Label: v.T("动态口令"), Value: v.T("开着")}
		if !a.AsksCode {
			codes.Show = page.NotFilled(v.T("没有开"))
		}
		facts = append(facts, codes)
		actions := []page.Action{{Label: v.T("令牌"), Href: myTokensPath}, {Label: v.T("动态口令"), Href: codePath}, {Label: v.T("改密码"), Href: "/password"}, {Label: v.T("退出"), Href: "/logout", Post: true}}
		title := page.RecordTitle(page.RecordHead{Title: v.T("我的账号"), Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("我的账号")}}, Actions: actions})
		own := *v
		own.Actor.Grants = nil // nobody gives himself roles here
		return v.Render(w, r, desk.Page{Title: v.T("我的账号"), Path: "/settings", NoScope: true}, templ.Join(title,
			page.Around(page.Columns(page.History(v.History(c.readable(history[:min(len(history), shownHistory)])))), page.Facts(facts), c.rolesBox(&own, tree, a))))
	})
}

// signedInBefore is when one signed in the time before this one; 0 for never.
func signedInBefore(history []access.Entry) int64 {
	times := 0
	for _, e := range history { // latest first
		if e.Action == "account.signin" {
			if times++; times == 2 {
				return e.At
			}
		}
	}
	return 0
}
