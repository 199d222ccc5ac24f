package activity

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// mostTags bounds the text of an activity's tags, as the ledger does.
const mostTags = 1000

// wrong is all that keeps an activity from being saved or, with submit, from being submitted, said at once.
func (a Activity) wrong(w Words, submit bool) error {
	var all errs.Fields
	checks := []func(Words) error{a.validate}
	if submit {
		checks = append(checks, a.complete)
	}
	for _, check := range checks {
		var e *errs.Error
		if errors.As(check(w), &e) {
			all = append(all, e.Fields...)
		}
	}
	return all.Err()
}

// validate says what cannot be right whatever the rest says.
func (a Activity) validate(w Words) error {
	var f errs.Fields
	_, known := w.Rules.Kind(a.Category)
	register.CheckCode(&f, "category", a.Category, known, "请选活动类别", "没有「%s」这个活动类别，请重新选")
	if a.Name == "" {
		f.Add("name", "请写活动名称")
	}
	if size := len([]rune(a.Name)); size > 120 {
		f.Add("name", "活动名称 %d 个字，请缩到 120 个字以内", size)
	}
	register.CheckCode(&f, "life", string(a.Life), a.Life.Title() != "", "请选状态", "没有「%s」这个状态，请重新选")
	a.validateDays(&f, w)
	a.validateUnits(&f, w)
	w.Tree.CheckPlace(&f, "place", a.Place, "请选地点")
	if a.Site != "" && !slices.Contains(w.Rules.sites, a.Site) {
		f.Add("site", "没有「%s」这种场所，请重新选", a.Site)
	}
	checkCounts(&f, w.Rules, a.Counts, "", "")
	a.validateStops(&f, w)
	checkMaterials(&f, w.Rules, a.Materials)
	a.validateMedia(&f, w)
	for i, d := range a.Drives {
		if d.Drive == "" {
			f.Add("drives", "第 %d 行请写专项行动的名称", i+1)
		}
	}
	a.validateTags(&f, w)
	if a.Cost != nil && (*a.Cost < 0 || *a.Cost > 1e12) {
		f.Add("cost", "经费是 %s 元，要在 0 到 100 亿元之间", yuan(a.Cost)) // programs write 分, people 元
	}
	if len(a.tags(w.Rules).Text()) > mostTags {
		f.Add("campaigns", "主题活动、人群、专项行动选得太多，请只留最主要的几个")
	}
	return f.Err()
}

// validateTags refuses tags that the catalogue does not know: figures are asked for by them. What the version before had stays.
func (a Activity) validateTags(f *errs.Fields, w Words) {
	var had Activity
	if w.Had != nil {
		had = *w.Had
	}
	for _, t := range []struct {
		field, tag    string
		near, unknown string
		said, had     []string
	}{
		{"campaigns", "campaign", "没有「%s」这个主题活动，最接近的是%s", "没有「%s」这个主题活动，请重新选", a.Campaigns, had.Campaigns},
		{"audiences", "audience", "没有「%s」这类人群，最接近的是%s", "没有「%s」这类人群，请重新选", a.Audiences, had.Audiences},
		{"programmes", "programme", "没有「%s」这项重点工程，最接近的是%s", "没有「%s」这项重点工程，请重新选", a.Programme, had.Programme},
		{"industries", "industry", "没有「%s」这个产业，最接近的是%s", "没有「%s」这个产业，请重新选", a.Industry, had.Industry},
		{"drives", "drive", "没有「%s」这个专项行动，最接近的是%s", "没有「%s」这个专项行动，请重新选", a.drives(), had.drives()},
	} {
		for _, one := range t.said {
			known := w.Rules.tags[t.tag]
			if slices.Contains(known, one) || slices.Contains(t.had, one) {
				continue
			}
			if near := zh.Nearest(one, known, 3); len(near) > 0 {
				f.Add(t.field, t.near, zh.Brief(one, 40), strings.Join(near, "、"))
			} else {
				f.Add(t.field, t.unknown, zh.Brief(one, 40))
			}
		}
	}
}

func (a Activity) validateDays(f *errs.Fields, w Words) {
	if a.Start == "" {
		f.Add("start", "请写开始日期")
		return
	}
	if a.End != "" && a.End < a.Start {
		f.Add("end", "结束日期 %s 早于开始日期 %s，请核对", a.End.Long(), a.Start.Long())
	}
	for _, d := range []struct {
		field string
		day   day.Day
	}{{"start", a.Start}, {"end", a.End}} {
		if d.day != "" && (d.day < "1990-01-01" || d.day > w.Today.Add(366)) {
			f.Add(d.field, "日期 %s 离今天太远，请核对年份", d.day.Long())
		}
	}
	if last := a.countingDay(); last >= a.Start && a.Start.Days(last) > 200 {
		f.Add("end", "%s 到 %s 有 %d 天，请按场分开记，用主活动连起来", a.Start.Long(), last.Long(), a.Start.Days(last))
	}
	if a.Life == Held && a.Start > w.Today {
		f.Add("life", "%s 才开始，现在还不是已举办", a.Start.Long())
	}
}

func (a Activity) validateUnits(f *errs.Fields, w Words) {
	w.Tree.CheckUnit(f, "unit", a.Unit, "请选主办单位")
	if unit := w.Tree.Unit(a.Unit); unit.ID != "" && a.countingDay() != "" && unit.Closed <= a.countingDay() {
		f.Add("unit", "「%s」%s起已撤并，请改选接续的单位", unit.Name, unit.Closed.Long())
	}
	if u, ours := w.unitNamed(a.Host); ours {
		f.Add("host", "「%s」在单位表里，请在主办单位里选它，不用写在这里", u.Name)
	}
	switch known := slices.Contains(w.Rules.roles, a.OwnRole); {
	case !a.ours() && !known:
		f.Add("own_role", "主办是「%s」，请选本单位在其中做什么", a.Host)
	case a.OwnRole != "" && !known:
		f.Add("own_role", "没有「%s」这个角色，请重新选", zh.Brief(a.OwnRole, 20))
	}
	seen := map[string]bool{}
	invited := false
	for i, p := range a.Partners {
		name := w.partnerName(p)
		switch {
		case p.Unit != "" && w.Tree.Unit(p.Unit).ID == "":
			f.Add("partners", "第 %d 个参加单位：没有标识为「%s」的单位，请重新选", i+1, zh.Brief(p.Unit, 40))
		case name == "":
			f.Add("partners", "第 %d 个参加单位请写名称", i+1)
		case p.Unit != "" && p.Unit == a.Unit:
			f.Add("partners", "「%s」已经是主办单位，不用再写在参加单位里", name)
		case seen[name]:
			f.Add("partners", "「%s」写了两次，请只留一次", name)
		case p.Role == "":
			f.Add("partners", "请选「%s」的角色", name)
		case !slices.Contains(w.Rules.roles, p.Role):
			f.Add("partners", "没有「%s」这个角色，请重新选", zh.Brief(p.Role, 20))
		}
		seen[name] = true
		invited = invited || p.Unit != ""
	}
	if len(a.Partners) > 2000 {
		f.Add("partners", "参加单位有 %d 个，超过 2000 个的请分场记", len(a.Partners))
	}
	if a.Open && !invited {
		f.Add("partners", "要请各单位自己填份额，请至少写一个单位表里有的参加单位")
	}
	if w.Parent.ID != "" && w.Parent.State == "voided" && (w.Had == nil || w.Had.Parent != a.Parent) {
		f.Add("parent", "主活动 %s 已作废，请另选", w.Parent.Number)
	}
}

// checkCounts says what cannot be right about counts. row and where say of what they are: stops.1. and 第 2 站, or nothing.
func checkCounts(f *errs.Fields, r Rules, all Counts, row, where string) {
	for _, c := range r.counts {
		all.of(c.Code).Check(f, row+c.Code, where+c.Name)
	}
	for code := range all {
		if _, known := r.Count(code); !known {
			f.Add("counts", "没有「%s」这种数，请重新填", code)
		}
	}
}

func (a Activity) validateStops(f *errs.Fields, w Words) {
	if len(a.Stops) > 100 {
		f.Add("stops", "有 %d 站，超过 100 站的请分次记", len(a.Stops))
	}
	for i, s := range a.Stops {
		row := stopRow(i)
		switch {
		case s.Day == "":
			f.Add(row+"day", "第 %d 站请写日期", i+1)
		case s.Day < a.Start || a.End != "" && s.Day > a.End:
			f.Add(row+"day", "第 %d 站的日期 %s 不在开始和结束之间，请核对", i+1, s.Day.Long())
		}
		switch {
		case s.Place == "":
			f.Add(row+"place", "第 %d 站请选地点", i+1)
		case w.Tree.Place(s.Place).ID == "":
			f.Add(row+"place", "第 %d 站：没有标识为「%s」的地点，请重新选", i+1, zh.Brief(s.Place, 40))
		}
		checkCounts(f, w.Rules, s.Counts, row, "第 "+strconv.Itoa(i+1)+" 站")
	}
	if len(a.Stops) == 0 {
		return
	}
	for _, c := range w.Rules.counts {
		var silent []int
		for i, s := range a.Stops {
			if s.Counts.of(c.Code) == nil {
				silent = append(silent, i)
			}
		}
		own, sum := a.Counts.of(c.Code), a.stops(c.Code)
		switch {
		case sum != nil && own != nil && own.N != sum.N:
			f.Add(c.Code, "各站%s相加是 %d，这里填了 %d；以各站为准，请把这里清空", c.Name, sum.N, own.N)
		case len(silent) < len(a.Stops) && sum == nil:
			for _, i := range silent {
				f.Add(stopRow(i)+c.Code, "第 %d 站没有填%s；各站都填，或者各站都不填、只填合计", i+1, c.Name)
			}
		}
	}
}

// stopRow is the beginning of the names of a stop's fields, as its row of the form has them.
func stopRow(i int) string { return "stops." + strconv.Itoa(i) + "." }

// checkMaterials says what cannot be right about what was given away.
func checkMaterials(f *errs.Fields, r Rules, all []Material) {
	for i, m := range all {
		if m.Title == "" {
			f.Add("materials", "第 %d 种资料请写品名", i+1)
		}
		switch _, known := r.Material(m.Kind); {
		case m.Kind == "":
			f.Add("materials", "请选「%s」的种类", m.Title)
		case !known:
			f.Add("materials", "「%s」的种类：没有「%s」这一种，请重新选", m.Title, zh.Brief(m.Kind, 40))
		}
		m.Copies.Check(f, "materials", "「"+m.Title+"」的数量")
	}
	if len(all) > 200 {
		f.Add("materials", "资料有 %d 种，超过 200 种的请分场记", len(all))
	}
}

func (a Activity) validateMedia(f *errs.Fields, w Words) {
	for i, m := range a.Media {
		if m.Outlet == "" {
			f.Add("media", "第 %d 条报道请写媒体名称", i+1)
		}
		if m.Day != "" && (m.Day < a.Start.Add(-60) || m.Day > w.Today) {
			f.Add("media", "「%s」报道的日期 %s 不对，请核对", w.Outlets.Title(m.Outlet), m.Day.Long())
		}
		if m.Link != "" && !strings.HasPrefix(m.Link, "http://") && !strings.HasPrefix(m.Link, "https://") {
			f.Add("media", "「%s」报道的链接打不开，请从浏览器地址栏整条复制", w.Outlets.Title(m.Outlet))
		}
	}
}

// complete says what is still missing before an activity can be submitted. What was called off can be: it counts nothing.
func (a Activity) complete(w Words) error {
	var f errs.Fields
	switch a.Life {
	case Planned:
		f.Add("life", "还没有办，办完再提交；不办了就把状态改为已取消")
	case Postponed:
		f.Add("life", "延期的等办完再提交；定了新日期就改日期，状态改为计划")
	case Cancelled:
		return nil
	}
	k, _ := w.Rules.Kind(a.Category)
	if a.Umbrella {
		return f.Err() // what was held stands in its children
	}
	for _, need := range k.Needs {
		var names []string
		there := slices.ContainsFunc(a.Stops, func(s Stop) bool { // what a stop lacks is said there
			return slices.ContainsFunc(strings.Split(need, "|"), func(code string) bool { return s.Counts.of(code) != nil })
		})
		for _, code := range strings.Split(need, "|") {
			c, _ := w.Rules.Count(code)
			names = append(names, c.Name)
			there = there || a.total(code) != nil
		}
		if !there {
			f.Add(strings.Split(need, "|")[0], "请填%s的人次；确实是 0 就填 0", strings.Join(names, "或"))
		}
	}
	return f.Err()
}

// warnings ask about what is unusual.
func (a Activity) warnings(w Words) []errs.Field {
	var f errs.Fields
	k, _ := w.Rules.Kind(a.Category)
	if a.Life == Planned && a.countingDay() != "" && a.countingDay() < w.Today {
		f.Add("life", "原定 %s，已经过了；办了请改为已举办，没办请改为延期或已取消", a.countingDay().Short(w.Today))
	}
	if a.Life == Held && a.countingDay() > w.Today {
		f.Add("end", "%s 才结束，结束后再核实", a.countingDay().Short(w.Today))
	}
	for _, c := range w.Rules.counts {
		n, most := a.total(c.Code), c.UsualMost
		if c.Code == countOnsite {
			most = k.UsualMost * int64(max(1, len(a.Stops)))
		}
		if n != nil && most > 0 && n.N > most {
			f.Add(c.Code, "%s的%s一般不超过 %d，这里是 %d，请再看一眼", k.Name, c.Name, most, n.N)
		}
	}
	if n := a.total(countOnsite); n != nil && n.N == 0 && a.total(countOnline) == nil {
		f.Add(countOnsite, "现场参加是 0 人次，请再看一眼")
	}
	if a.Site == atSchool && len(a.Bodies.Schools) == 0 {
		f.Add("schools", "在学校办的，写上是哪所学校才数得出到了几所")
	}
	if a.Category == openDay && len(a.Bodies.Opened) == 0 {
		f.Add("opened", "写上是哪些单位开放，才数得出几个单位向社会开放")
	}
	if n := a.total(countOnsite); a.Umbrella && n != nil && n.N > 0 {
		f.Add("umbrella", "说只统领子活动，自己又有现场参加 %d 人次，会加在子活动的人次之外；子活动已经写了就在这里清空", n.N)
	}
	if len(a.Stops) > 0 && a.Umbrella {
		f.Add("umbrella", "写了各站，又说只统领子活动，请再看一眼")
	}
	return f
}

// asked are the campaigns that run on the activity's day and that it does not name: what the form asks about.
func (a Activity) asked(running func(on day.Day) []Edition) []Edition {
	return slices.DeleteFunc(running(a.countingDay()), func(e Edition) bool { return slices.Contains(a.Campaigns, e.Code) })
}
