package access

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/kit/errs"
)

// Role is what an account is in a unit.
type Role string

// The roles. Admin, Security and Auditor are the three keepers of GB/T 22239 (domain.md, 5.2) and have no business rights.
const (
	Admin    Role = "admin"    // 系统管理员
	Security Role = "security" // 安全管理员
	Auditor  Role = "auditor"  // 审计管理员
	Chair    Role = "chair"    // 主席、副主席
	Officer  Role = "officer"  // 干事，核实记录
	Clerk    Role = "clerk"    // 乡镇填报人
	Liaison  Role = "liaison"  // 成员单位联络员
	Viewer   Role = "viewer"   // 查阅人
)

// Title is the role as pages write it.
func (r Role) Title() string {
	return map[Role]string{Admin: "系统管理员", Security: "安全管理员", Auditor: "审计管理员", Chair: "主席", Officer: "干事", Clerk: "填报人",
		Liaison: "联络员", Viewer: "查阅人"}[r]
}

// Roles lists all roles.
func Roles() []Role { return []Role{Admin, Security, Auditor, Chair, Officer, Clerk, Liaison, Viewer} }

// Right is something that a route or a step of the flow asks for.
type Right string

// The rights. Those of the second group belong to the three keepers and are not limited to modules.
const (
	Read   Right = "read"
	Write  Right = "write"
	Check  Right = "verify"
	Import Right = "import"
	Export Right = "export"
	Report Right = "report"
	Close  Right = "close"  // close the ledger up to a day
	Reopen Right = "reopen" // open closed days again

	Accounts Right = "accounts" // who has an account
	Trees    Right = "trees"    // units and places
	Look     Right = "look"     // see who has an account and which roles: what both administrators need
	Secure   Right = "security" // roles, passwords, locks
	Trail    Right = "trail"    // the history of everything
	Audit    Right = "audit"    // recompute the whole ledger and see what differs
	Settings Right = "settings"
	Keep     Right = "keep" // backups, restore drills, how the program runs
)

// rights says which role has which right (design.md, section 6; domain.md, 5.2).
var rights = map[Role][]Right{
	Admin:    {Accounts, Trees, Look, Settings, Keep},
	Security: {Secure, Look},
	Auditor:  {Trail, Audit},
	Chair:    {Read, Write, Check, Import, Export, Report, Close, Reopen, Trees, Settings, Audit},
	Officer:  {Read, Write, Check, Import, Export, Report, Close, Audit},
	Clerk:    {Read, Write, Import, Export},
	Liaison:  {Read, Write},
	Viewer:   {Read},
}

// May reports whether one of the actor's grants has the right for the module; module "" asks for no module in particular. The kind of
// a record will do: its module is the part before the first dot.
func (a Actor) May(right Right, module string) bool {
	if a.MustChange {
		return false
	}
	module, _, _ = strings.Cut(module, ".")
	for _, g := range a.Grants {
		if slices.Contains(rights[g.Role], right) && (module == "" || len(g.Modules) == 0 || slices.Contains(g.Modules, module)) {
			return true
		}
	}
	return false
}

// doing names a right in a refusal.
var doing = map[Right]string{Read: "查看", Write: "填报", Check: "核实", Import: "导入", Export: "导出", Report: "写报告", Close: "结账", Reopen: "重开已结的账",
	Accounts: "设置账号", Trees: "改单位和地点", Look: "查看账号", Secure: "设置角色和密码", Trail: "查看全部经过", Audit: "核对台账", Settings: "改设置",
	Keep: "管备份"}

// Require is nil when the actor has the right; SignIn when nobody is signed in; else Forbidden, naming who can.
func Require(ctx context.Context, right Right, module string) error {
	a := From(ctx)
	switch {
	case !a.SignedIn():
		return errs.E(errs.SignIn, "请先登录")
	case a.MustChange:
		return errs.E(errs.Forbidden, "请先把一次性密码改掉")
	case a.May(right, module):
		return nil
	}
	var can []string
	for _, r := range Roles() {
		if slices.Contains(rights[r], right) {
			can = append(can, r.Title())
		}
	}
	return errs.E(errs.Forbidden, "你的账号不能%s；%s可以", doing[right], strings.Join(can, "、"))
}

// MayEverywhere is May by a grant for the whole association, not for a unit of it.
func (a Actor) MayEverywhere(right Right, module string) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool {
		return g.Unit == "" && Actor{Grants: []Grant{g}, MustChange: a.MustChange}.May(right, module)
	})
}
