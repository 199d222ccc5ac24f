package page_test

import (
	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

// around renders inner as the children of outer.
func loginSample() templ.Component {
	return page.LoginPage(page.Login{Association: "云岭县科学技术协会", Action: "/login", Account: "138 8770 2416", PasswordError: "密码不对，还可以试 4 次。忘了可请周敏重置", RememberDays: 7, ForgotHref: "/forgot", Version: "1.4.2",
		Others: []page.Action{{Label: "手机验证码", Href: "/login/code"}, {Label: "通行密钥", Href: "/login/key"}},
		Public: page.Joined([]templ.Component{page.Words("群众不用登录，"), page.Anchor("/public", "去公众页"), page.Words("看活动、答题、问专家。")}, ""),
		Proof:  page.LoginProof{Value: "4,212", Unit: " 人次", Proof: page.ProofFull, Facts: "83", Records: "79", Evidences: "338"}})
}

func passwordSample() templ.Component {
	return page.PasswordPage(page.PasswordChange{Association: "云岭县科学技术协会", Action: "/password", Why: "第一次登录，请换掉一次性密码", Forced: true, Rules: []string{"至少 10 个字符", "字母、数字、符号三样里有两样", "和前 5 次的密码不同"}, AgainError: "两次写的不一样，请再写一次"})
}

func codeSample() templ.Component {
	return page.CodePage(page.CodeStep{Association: "云岭县科学技术协会", Action: "/login/code", Error: "口令不对，还可以试 4 次", Leave: "/login"})
}

func setupSample() templ.Component {
	table := page.Table(page.List{Title: "乡镇和村", Columns: []page.Column{{Label: "乡镇"}, {Label: "考核类别"}, {Label: "村（社区）", Kind: page.NumColumn}, {Label: "其中"}, {Label: "科普专干"}}, Rows: []page.Row{
		{Cells: []templ.Component{page.Strong("河东镇"), page.Cell("A 类"), page.Cell("14"), page.Cell("社区 4"), page.Cell("杨春梅")}},
		{Cells: []templ.Component{page.Strong("河西镇"), page.Cell("A 类"), page.Cell("12"), page.Remark("社区 2"), page.Cell("赵永康")}},
		{Cells: []templ.Component{page.Strong("白塔乡"), page.Cell("C 类"), page.Cell("8"), page.Cell("没有社区"), page.Missing("待指定")}},
	}})
	aside := templ.Join(
		page.Around(page.SectionBox(page.Section{Title: "从文件导入"}), page.Words("有现成的村名单，拖进来即可。认得 xlsx、csv。"),
			page.DropField(page.Drop{Field: page.Field{Name: "file", Label: "村名单"}, Href: "/setup/file"}),
			page.WorkBox(page.Work{Title: "村名单.xlsx", Done: 72, Total: 96, Noun: "行", Says: "正在对行政区划代码，可以先做别的"})),
		page.Around(page.SectionBox(page.Section{Title: "为什么要填"}), page.Words("覆盖率、「没到过的村」、乡镇考核都从这里算。村合并、改名以后，旧数字仍按当时的村算。")))
	return page.Around(page.SetupPage(page.Setup{Association: "云岭县科学技术协会", Now: 2, Title: "乡镇和村", Lead: "已按 2025年行政区划代码填好，请核对。一类乡镇用一套目标。", Action: "/setup/3", Next: "下一步：人员和分工", BackHref: "/setup/2", SkipHref: "/setup/4", Aside: aside,
		Say:   "每一步都可以先跳过，以后在「设置」里改。大约要 15 分钟。",
		Steps: []page.SetupStep{{"管理员", "周敏，已设密码", "/setup/1", true}, {"本单位", "云岭县科协，上级：云山州科协", "/setup/2", true}, {"乡镇和村", "10 个乡镇，96 个村", "", false}, {"人员和分工", "可从 xlsx 导入", "/setup/4", false}, {"指标和目标", "已备 2026年州科协目标表", "/setup/5", false}, {"备份", "建议每天 2:00", "/setup/6", false}}}), table)
}

func gateSample() templ.Component {
	return page.GatePage(page.Gate{Title: "信任这台服务器", Association: "云岭县科学技术协会", Version: "1.4.2"}, page.Words("把证书装到这台电脑上，以后打开就不再提示不安全。"))
}

func faultSample() templ.Component {
	return page.FaultPage(page.Fault{Status: 500, Text: "没有保存，请稍后再试。", Number: "0193-7c2e-11", Association: "云岭县科协", Actions: []page.Action{{Label: "回首页", Href: "/"}}})
}

func refusedSample() templ.Component {
	return within(frame("培训班", at("/refused", "")), page.FaultBody(page.Fault{Status: 403, Text: "填报人不能自己核实，请周敏核实。", Actions: []page.Action{{Label: "回到这一期", Href: "/record", Kind: page.Primary}}}))
}
