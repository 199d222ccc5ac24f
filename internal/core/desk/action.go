package desk

import (
	"strings"

	"shilu/internal/core/flow"
)

// VerifiedEvent is the entry of the history in which the result of a verification of the ledger stands.
const VerifiedEvent = "ledger.verify"

// actions names what the history holds besides the steps of records, by the code of the event. A test keeps it complete.
var actions = map[string]string{
	"account.create": "添加账号", "account.profile": "改账号资料", "account.grants": "改角色", "account.close": "停用账号", "account.reopen": "重新启用账号",
	"account.reset": "重置密码", "account.unlock": "解锁账号", "ledger.verify": "核对台账", "ledger.close": "结账", "ledger.reopen": "重开账", "ledger.restate": "按新口径重算", "ledger.accept": "按新口径更正", "account.password": "改自己的密码", "account.signin": "登录", "account.signout": "退出",
	"token.create": "新建令牌", "token.end": "停用令牌",
	"account.code.on": "开动态口令", "account.code.off": "关动态口令", "account.code.spare": "用备用码登录", "account.code.respare": "重新生成备用码",
	"account.lock": "密码错多次被锁", "account.refuse": "密码不对，没有登录",
	"evidence.attach": "添加佐证", "evidence.detach": "取下佐证",
	"report.create": "新建报告", "report.save": "改报告", "report.freeze": "报告定稿", "report.delete": "删除报告",
	"import.done": "导入完成", "import.undo": "撤销导入",
	"place.import": "导入时建立地点", "place.add": "添加地点", "place.opened": "改地点从哪天起有", "place.rename": "地点改名", "place.move": "地点改上级", "place.merge": "地点并入", "place.unmerge": "撤销地点并入", "place.tile": "改地点在方格图里的位置",
	"unit.add": "添加单位", "unit.rename": "单位改名", "unit.move": "单位改上级", "unit.merge": "单位并入", "unit.unmerge": "撤销单位并入", "org.import": "从文件添加地点和单位",
	"setting.change": "改设置", "term.add": "添加词条", "term.alias": "添加别名",
	"backup.make": "备份", "backup.fail": "备份没有做成", "backup.drill": "恢复演练", "backup.drill-fail": "恢复演练没有通过",
}

// ActionTitle names what was done by the code of the event, in Chinese; «其他» when the program does not know it any more.
func ActionTitle(code string) string {
	if step, ok := strings.CutPrefix(code, "record."); ok {
		if title := flow.Action(step).Title(); title != "" {
			return title
		}
	}
	if title, ok := actions[code]; ok {
		return title
	}
	return "其他"
}

// Area is a group of actions, by the first part of their codes.
type Area struct{ Prefix, Title string }

// Areas are the groups of actions in the order of filters.
func Areas() []Area {
	return []Area{{"record.", "业务记录"}, {"evidence.", "佐证"}, {"import.", "导入"}, {"report.", "报告"}, {"account.", "账号和登录"}, {"token.", "令牌"}, {"place.", "地点"},
		{"unit.", "单位"}, {"org.", "地点和单位名单"}, {"ledger.", "台账"}, {"setting.", "设置"}, {"term.", "词典"}, {"backup.", "备份"}}
}
