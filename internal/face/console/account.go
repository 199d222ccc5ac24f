package console

import (
	"context"
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
	"shilu/internal/kit/id"
)

// shownHistory is how much of an account's history its page shows; all of it is in the audit trail.
const shownHistory = 50

// account reads the account that the address names.
func account(ctx context.Context, tx *db.Tx, login string) (access.Account, error) {
	all, err := access.ListAccounts(ctx, tx) // it alone knows locks and sessions
	if err != nil {
		return access.Account{}, err
	}
	for _, a := range all {
		if a.Login == login {
			return a, nil
		}
	}
	return access.Account{}, errs.E(errs.NotFound, "没有账号「%s」", login)
}

func (c *Console) getAccount(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		a, err := account(v.Ctx, tx, r.PathValue("login"))
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
		return v.Render(w, r, desk.Page{Title: a.Name, Path: "/settings", NoScope: true}, c.accountPage(v, tree, a, history))
	})
}

func (c *Console) accountPage(v *desk.Visit, tree *org.Tree, a access.Account, history []access.Entry) templ.Component {
	state := page.Fact{Label: v.T("状态"), Value: stateWords(v, a)}
	if a.Locked > 0 && !a.Closed {
		state.Show = page.Late(stateWords(v, a))
	}
	used := page.Fact{Label: v.T("最近使用"), Value: v.Instant(a.LastUsed)}
	if a.LastUsed == 0 {
		used.Show = page.NotFilled(v.T("还没登录过"))
	}
	codes := v.T("没有开")
	if a.AsksCode {
		codes = v.T("开着")
	}
	facts := page.Facts([]page.Fact{{Label: v.T("登录名"), Value: a.Login}, {Label: v.T("电话"), Value: a.Phone}, {Label: v.T("单位"), Value: a.UnitName},
		state, used, {Label: v.T("动态口令"), Value: codes}, {Label: v.T("建立"), Value: v.Instant(a.Created)}})
	more := history[:min(len(history), shownHistory)]
	title := page.RecordTitle(page.RecordHead{Title: a.Name, Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("账号"), Href: accountsPath}, {Label: a.Name}},
		Actions: accountActions(v, a)})
	return templ.Join(title, page.Around(page.Columns(page.History(v.History(c.readable(more)))), facts, c.rolesBox(v, tree, a)))
}

// rolesBox lists the roles of an account, also those that are over or to come.
func (c *Console) rolesBox(v *desk.Visit, tree *org.Tree, a access.Account) templ.Component {
	s := page.Section{Title: v.T("角色")}
	if may(v, access.Secure) {
		s.End = page.Anchor(accountsPath+"/"+a.Login+"/roles", v.T("改角色"))
	}
	if len(a.Grants) == 0 {
		return page.Around(page.SectionBox(s), page.EmptyState(page.Empty{Small: true, Title: v.T("没有角色"), Reason: v.T("登录后什么也看不到，请安全管理员给角色。")}))
	}
	t := page.List{Title: v.T("角色"), Columns: []page.Column{{Label: v.T("角色"), Kind: page.MainColumn}, {Label: v.T("单位")}, {Label: v.T("业务")}, {Label: v.T("从哪天")}, {Label: v.T("到哪天")}}}
	for _, g := range a.Grants {
		row := page.Row{Left: g.To != "" && g.To <= v.Today}
		unit, modules, from, to := page.Cell(v.T("全县")), page.Cell(v.T("全部")), page.NotFilled(v.T("不限")), page.NotFilled(v.T("不限"))
		if g.Unit != "" {
			unit = page.Cell(tree.Unit(g.Unit).Name)
		}
		if len(g.Modules) > 0 {
			var names []string
			for _, m := range g.Modules {
				names = append(names, v.T(c.moduleTitle(m)))
			}
			modules = page.Cell(strings.Join(names, v.T("、")))
		}
		if g.From != "" {
			from = page.Cell(v.T(g.From.Short(v.Today)))
		}
		if g.To != "" {
			to = page.Cell(v.T(g.To.Add(-1).Short(v.Today)))
		}
		row.Cells = []templ.Component{page.Strong(v.T(g.Role.Title())), unit, modules, from, to}
		t.Rows = append(t.Rows, row)
	}
	return page.Around(page.SectionBox(s), page.Table(t))
}

// accountActions are what the reader may do with an account.
func accountActions(v *desk.Visit, a access.Account) (all []page.Action) {
	at := accountsPath + "/" + a.Login
	if may(v, access.Secure) && !a.Closed {
		if a.Locked > 0 {
			all = append(all, page.Action{Label: v.T("解锁"), Href: at + "/unlock", Post: true, Kind: page.Primary})
		}
		all = append(all, page.Action{Label: v.T("重置密码"), Href: at + "/reset", Post: true, Confirm: &page.Confirm{Title: v.T("重置%s的密码", a.Name),
			Says: v.T("现在的密码作废，已登录的地方都退出。新的一次性密码只显示一次。"), Verb: v.T("重置密码")}})
	}
	if may(v, access.Secure) && a.AsksCode {
		all = append(all, page.Action{Label: v.T("关动态口令"), Href: at + "/code/off", Post: true, Confirm: &page.Confirm{Title: v.T("关%s的动态口令", a.Name),
			Says: v.T("手机和备用码都丢了才关。关了以后只凭密码登录，本人可以再开。"), Verb: v.T("关动态口令")}})
	}
	if !may(v, access.Accounts) {
		return all
	}
	if a.Closed {
		return append(all, page.Action{Label: v.T("重新启用"), Href: at + "/reopen", Post: true, Confirm: &page.Confirm{Title: v.T("重新启用%s的账号", a.Name),
			Says: v.T("角色和原来一样，会给一个新的一次性密码。"), Verb: v.T("重新启用")}})
	}
	return append(all, page.Action{Label: v.T("改资料"), Href: at + "/edit"},
		page.Action{Label: v.T("停用"), Href: at + "/close", Post: true, Kind: page.Danger, Confirm: &page.Confirm{Title: v.T("停用%s的账号", a.Name),
			Says: v.T("不能再登录，已登录的地方都退出。做过的事仍记在%s名下。", a.Name), Reason: v.T("原因"), Verb: v.T("停用账号")}})
}

// readable puts titles in place of the codes that the history keeps of modules.
func (c *Console) readable(history []access.Entry) []access.Entry {
	var pairs []string
	for _, m := range c.Modules {
		pairs = append(pairs, m.Kind, m.Title)
	}
	words := strings.NewReplacer(pairs...)
	out := slices.Clone(history)
	for i, e := range out {
		out[i].Changes = slices.Clone(e.Changes)
		for j, ch := range e.Changes {
			if ch.Field == "grants" {
				out[i].Changes[j].Before, out[i].Changes[j].After = words.Replace(ch.Before), words.Replace(ch.After)
			}
		}
	}
	return out
}
