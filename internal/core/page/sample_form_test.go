package page_test

import (
	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

func formSample(said *page.Toast) templ.Component {
	a := at("/form", "")
	form := page.Form{ID: "class", Action: "/form", Autosave: "/form/draft", Preview: "/form/preview", Says: "提交后由周敏核实；填报人不能自己核实", Version: "1",
		Errors:  []page.FieldError{{Name: "attendances", Text: "人次少于实训人数"}, {Name: "subject", Text: "没有选专业"}},
		Buttons: []page.Action{{Label: "提交核实", Kind: page.Primary, Name: "act", Value: "submit"}, {Label: "存草稿", Name: "act", Value: "save", AsIs: true}},
		Leave:   &page.Action{Label: "放弃", Href: "/list"},
		Aside: templ.Join(page.PreviewSlot(page.CountsHere{Title: "核实后计入", Rows: []page.CountsRow{
			{Name: "培训班（期）", After: "+1"}, {Name: "培训人次", Wrong: "先改正人次"}, {Name: "受训人数（去重）", After: "+42", Note: "14 人今年已参加过别的班"}, {Name: "青溪乡考核第 9 项", Before: page.Figure{Name: "青溪乡考核第 9 项", Value: "4.00", Href: "/trace"}, After: "4.67"}}}),
			page.Duplicates(page.Duplicate{Lead: "同地已有", Name: "PX-0058 核桃高接换优（第1期）", Href: "/record", Text: "，7月16日，61 人次。",
				Actions: []page.Action{{Label: "不是同一期", Name: "act", Value: "other", Form: "class"}, {Label: "是，去改那一条", Href: "/record"}}})),
	}
	fields := templ.Join(
		page.InputField(page.Input{Field: page.Field{Name: "name", Label: "班名", Value: "核桃高接换优技术培训班（第2期）", Wide: true, Hint: "去年同期有「核桃高接换优技术培训班」"}}),
		page.DayInput(page.DayField{Field: page.Field{Name: "day", Label: "日期", Value: "2026-09-16"}, Max: "2026-12-31"}),
		page.SelectField(page.Select{Field: page.Field{Name: "place", Label: "地点", Value: "dqc"}, Options: []page.Option{{Value: "qx", Label: "青溪乡"}, {Value: "dqc", Label: "大箐村", Depth: 1}}}),
		page.CountField(page.Count{Field: page.Field{Name: "attendances", Label: "培训人次", Value: "52", Error: "人次 52 少于实训人数 56，请核对", Preview: true}, Unit: "人次"}),
		page.ComputedField(page.Computed{Field: page.Field{Name: "people", Label: "实训人数", Value: "56", Note: "按花名册去重", Hint: "花名册 58 行，2 行同一人"}, From: "由花名册算出"}),
		page.RadioField(page.Radios{Field: page.Field{Name: "exact", Label: "这个数准不准", Value: "exact"}, Options: []page.Option{{Value: "exact", Label: "逐人点的"}, {Value: "about", Label: "估的（写作「约」）"}, {Value: "least", Label: "至少"}}}),
		page.ComboField(page.Combo{Field: page.Field{Name: "subject", Label: "专业", Value: "林果 · 核"}, Options: []string{"林果 · 核桃", "林果 · 核果类（桃、李、杏）", "养殖 · 生猪"}}),
		page.DropField(page.Drop{Field: page.Field{Name: "files", Label: "佐证"}, Many: true, Accept: ".pdf,.xlsx,.jpg,.png", Missing: "还缺签到册，可以以后再补", Have: []string{"开班通知.pdf", "花名册.xlsx"}}),
		page.CheckField(page.Checks{Field: page.Field{Name: "tag", Label: "标签", Optional: true}, Chosen: []string{"kpy"}, Options: []page.Option{{Value: "kpy", Label: "全国科普月"}, {Value: "farmer", Label: "农民"}}}),
		page.SubRowsField(page.SubRows{Name: "session", Label: "场次", AddLabel: "再加一场", Heads: []page.SubHead{{Key: "day", Label: "日期", Type: "date"}, {Key: "topic", Label: "内容", Offers: []string{"高接换优", "田间管理"}}, {Key: "hours", Label: "学时", Type: "number"}, {Key: "attendances", Label: "人次", Type: "number"}, {Key: "mode", Label: "方式", Type: "select", Options: []page.Option{{Value: "site", Label: "现场"}, {Value: "online", Label: "线上"}}}},
			Rows: []page.SubRow{{Values: []string{"2026-09-16", "高接换优", "6", "52", "online"}}, {Values: []string{"2026-09-17", "田间管理", "3", "x", "site"}, Errors: map[string]string{"attendances": "「x」不是数，请写成 52 或约 50"}}}}),
		page.FoldBox(page.Fold{Title: "其他数", Note: "一般不填的数"}, page.InputField(page.Input{Field: page.Field{Name: "panels", Label: "展板"}})),
		page.TextField(page.Text{Field: page.Field{Name: "remark", Label: "备注", Optional: true, Wide: true}}),
	)
	body := templ.ComponentFunc(func(ctx ctx, w writer) error {
		return page.FormBox(form).Render(templ.WithChildren(ctx, fields), w)
	})
	stands := frame("培训班", a)
	stands.Toast = said
	return within(stands, page.FormTitle(page.FormHead{Crumbs: []page.NavItem{{Label: "培训班", Href: "/list"}, {Label: "新建"}}, Title: "新建培训班", State: "draft", Saved: "17:20 已自动保存"}), body)
}
