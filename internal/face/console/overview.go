package console

import (
	"net/http"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
)

// settingPages are those that the reader may open: the console's, and after them those of modules. One without a right is everybody's.
func (c *Console) settingPages(v *desk.Visit) (all []desk.SettingPage) {
	add := func(title, href, says string, right access.Right) {
		if right == "" || may(v, right) {
			all = append(all, desk.SettingPage{Title: title, Href: href, Says: says})
		}
	}
	add(v.T("我的账号"), "/me", v.T("自己的角色、登录和密码"), "")
	add(v.T("账号"), accountsPath, v.T("谁能登录，各是什么角色；加人、停用、重置密码、解锁"), access.Look)
	add(v.T("全部令牌"), allTokensPath, v.T("哪些程序用谁的名义读写，停用不该再用的"), access.Look)
	add(v.T("接口"), "/docs/api", v.T("别的程序怎么读写实录"), "")
	add(v.T("地点"), placeBranch.path, v.T("乡镇、村、组；从哪天起有、改名、并入、方格图里的位置"), access.Trees)
	add(v.T("单位"), unitBranch.path, v.T("县科协机关、乡镇科协、成员单位、学会、学校、基地"), access.Trees)
	add(v.T("专业词典"), "/settings/terms", v.T("教过的专业、别名，各有多少条记录"), access.Read)
	add(v.T("备份"), backupPath, v.T("上次备份和恢复演练是什么时候，备份在哪里，多久做一次"), access.Keep)
	add(v.T("审计记录"), trailPath, v.T("谁在什么时候做了什么，只能看和导出"), access.Trail)
	for _, m := range c.Modules {
		for _, p := range m.Settings {
			add(v.T(p.Title), p.Href, v.T(p.Says), "")
		}
	}
	return all
}

func (c *Console) getSettings(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		values, err := c.valuesTable(v, tx)
		if err != nil {
			return err
		}
		return v.Render(w, r, desk.Page{Title: v.T("设置"), NoScope: true}, page.Around(settingsBody(c.settingPages(v)), values))
	})
}
