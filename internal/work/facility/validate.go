package facility

import (
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// oldest is the earliest day that a facility may have come into use on: older ones were there before, on no day that anybody knows.
const oldest day.Day = "1949-10-01"

// mostChanges bounds the timeline of one facility.
const mostChanges = 200

// wrong is all that keeps a facility from being saved or, with submit, from being submitted, said at once.
func (f Facility) wrong(w Words, submit bool) error {
	var all errs.Fields
	k, known := w.Rules.Kind(f.Kind)
	register.CheckCode(&all, "kind", f.Kind, known, "请选设施类别", "没有「%s」这个设施类别，请重新选")
	if f.Name == "" {
		all.Add("name", "请写名称，例如大箐村科普画廊")
	}
	if n := len([]rune(f.Name)); n > 120 {
		all.Add("name", "名称 %d 个字，请缩到 120 个字以内", n)
	}
	register.CheckCode(&all, "stage", string(f.Stage), slices.Contains(Stages(), f.Stage), "请选进展", "没有「%s」这个进展，请重新选")
	switch {
	case f.Start == "":
		all.Add("start", "请写启用日期；还没有建成的，写预计哪天启用")
	case f.Start < oldest || f.Start > w.Today.Add(5*366):
		all.Add("start", "日期 %s 离今天太远，请核对年份", f.Start.Long())
	case f.Stage == InUse && f.Start > w.Today:
		all.Add("start", "%s还没有到，已经在用的请写实际启用的日期", f.Start.Long())
	}
	siteWrong(&all, "", f.Site, w.Tree)
	f.valuesWrong(&all, "", f.Values, k, w.Rules)
	f.changesWrong(&all, k, w)
	if submit && known {
		f.incomplete(&all, k, w.Rules)
	}
	return all.Err()
}

func siteWrong(all *errs.Fields, at string, s Site, tree *org.Tree) {
	tree.CheckUnit(all, at+"unit", s.Unit, "请选管理单位")
	tree.CheckPlace(all, at+"place", s.Place, "请选地点")
	if n := len([]rune(s.Spot)); n > 120 {
		all.Add(at+"spot", "具体场所 %d 个字，请缩到 120 个字以内", n)
	}
}

// valuesWrong says what no field of the kind can say, whoever wrote it: forms read values by Field.Read, imports too.
func (f Facility) valuesWrong(all *errs.Fields, at string, values Values, k KindRule, r Rules) {
	for code, v := range values {
		d, ok := r.Field(code)
		switch {
		case v == nil:
		case !ok:
			all.Add(at+"values."+code, "没有「%s」这一项，请核对名称", zh.Brief(code, 20))
		case !k.asks(code):
			if k.Code != "" {
				all.Add(at+code, "%s没有「%s」这一项", k.Name, d.Name)
			}
		default:
			if again, err := d.Read(d.String(v)); err != nil || !again.Equal(v) {
				all.Add(at+code, "%s不对，请重新填", d.Name)
			}
		}
	}
}

// changesWrong checks the timeline: in the order of days, nothing after the end, and each changes something.
func (f Facility) changesWrong(all *errs.Fields, k KindRule, w Words) {
	if len(f.Changes) == 0 {
		return
	}
	if f.Stage != InUse {
		all.Add("stage", "还没有启用的设施没有变动，请先改成在用")
		return
	}
	if len(f.Changes) > mostChanges {
		all.Add("changes", "变动有 %d 次，最多 %d 次", len(f.Changes), mostChanges)
		return
	}
	now := State{Standing: true, Site: f.Site, Values: f.Values}
	last := f.Start
	for i, c := range f.Changes {
		at := changeField(i)
		switch {
		case c.Day == "":
			all.Add(at+"day", "请写从哪天起变的")
		case c.Day > w.Today:
			all.Add(at+"day", "%s还没有到，等变了再记", c.Day.Long())
		case c.Day < f.Start:
			all.Add(at+"day", "%s早于启用日期 %s，请核对", c.Day.Long(), f.Start.Long())
		case c.Day < last:
			all.Add(at+"day", "%s早于前一次变动 %s，请按先后填", c.Day.Long(), last.Long())
		case !now.Standing:
			all.Add(at+"day", "%s已经停用，之后不能再有变动", last.Long())
		}
		if n := len([]rune(c.Note)); n > 200 {
			all.Add(at+"note", "说明 %d 个字，请缩到 200 个字以内", n)
		}
		switch c.What {
		case ledger.MovedIn:
			switch {
			case c.Site == nil:
				all.Add(at+"place", "请选搬到哪里")
			case *c.Site == now.Site:
				all.Add(at+"place", "地点、具体场所和管理单位都没有变，请改成搬到的地方")
			default:
				siteWrong(all, at, *c.Site, w.Tree)
				now.Site = *c.Site
			}
		case ledger.Changed:
			f.valuesWrong(all, at, c.Values, k, w.Rules)
			next := now.Values.with(c.Values)
			if same(next, now.Values) {
				all.Add(at+"what", "没有一项和原来不同，请改成变化后的数")
			}
			now.Values = next
		case ledger.Out:
			now.Standing = false
		default:
			register.CheckCode(all, at+"what", string(c.What), false, "请选是变化、搬迁还是停用", "没有「%s」这种变动，请重新选")
		}
		last = max(last, c.Day)
	}
}

// changeField begins the names of the fields of a change.
func changeField(i int) string { return "changes." + strconv.Itoa(i) + "." }

// path is where in the JSON of a facility or a log a field stands: what it measures below values, of a change also where it was moved to.
func (c Catalogue) path(field string) string {
	before, last := "", field
	if at := strings.LastIndexByte(field, '.'); at >= 0 {
		before, last = field[:at+1], field[at+1:]
	}
	switch {
	case slices.ContainsFunc(c.fields, func(d Field) bool { return d.Code == last }):
		return before + "values." + last
	case before != "" && slices.Contains([]string{"unit", "place", "spot"}, last):
		return before + "site." + last
	}
	return field
}

func same(a, b Values) bool {
	for _, pair := range [][2]Values{{a, b}, {b, a}} {
		for code, v := range pair[0] {
			if !v.Equal(pair[1][code]) {
				return false
			}
		}
	}
	return true
}

// incomplete says what is still missing before a facility can be submitted.
func (f Facility) incomplete(all *errs.Fields, k KindRule, r Rules) {
	for _, need := range k.Needs {
		if f.Values[need] == nil {
			d, _ := r.Field(need)
			all.Add(need, d.ask(), d.Name)
		}
	}
}

// warnings asks about what is unusual. They never block and never change a value.
func (f Facility) warnings(w Words) []errs.Field {
	var all errs.Fields
	now := f.Last()
	if f.Stage != InUse || !now.Standing {
		return nil
	}
	if v := now.Values["staff"]; v != nil {
		least, most := w.Rules.Limit(f.Kind, StaffLeast), w.Rules.Limit(f.Kind, StaffMost)
		if least > 0 && v.N < least || most > 0 && v.N > most {
			all.Add("staff", "宣传员 %d 名，要求 %d—%d 名", v.N, least, most)
		}
	}
	if at, there := w.Tree.Township(now.Place); there {
		unit := w.Tree.Unit(now.Unit)
		if of, lies := w.Tree.Township(unit.Place); lies && of.ID != at.ID {
			all.Add("unit", "在%s，由%s管理，请核对是不是换了管理单位", at.Name, unit.Name)
		}
	}
	k, _ := w.Rules.Kind(f.Kind)
	if len(k.Roles) > 0 && now.Village == "" {
		all.Add("place", "地点不在村（社区），不计入一站一栏一员")
	}
	for _, p := range k.Counts {
		if v := now.Values[p.If]; p.If != "" && v != nil && !p.meets(now.Values) && f.Kind == "gallery" {
			d, _ := w.Rules.Field(p.If)
			all.Add(p.If, "%s %s，不到 %s，不计入科普画廊，只计入宣传栏", d.Name, d.Words(v), d.Words(&Value{N: p.AtLeast}))
			break
		}
	}
	if !now.works(k, w.Rules) {
		all.Add("condition", "现状是%s，不计入一站一栏一员，修好后记一次变动", now.Values["condition"].Text)
	}
	return all
}

// wrong is all that keeps a log from being saved or, with submit, from being submitted.
func (l Log) wrong(w Words, submit bool) error {
	var all errs.Fields
	rule, known := w.Rules.Log(l.Kind)
	switch {
	case !known:
		register.CheckCode(&all, "kind", l.Kind, false, "请选记什么", "没有「%s」这种日志，请重新选")
	case l.Facility == "":
		all.Add("facility", "请选设施")
	case !rule.Of(l.Of):
		all.Add("facility", "%s没有「%s」，请重新选", w.kindName(l.Of), rule.Name)
	}
	switch {
	case l.Day == "":
		all.Add("day", "请写日期")
	case l.Day > w.Today:
		all.Add("day", "%s还没有到，发生了再记", l.Day.Long())
	case l.Day < oldest:
		all.Add("day", "日期 %s 离今天太远，请核对年份", l.Day.Long())
	}
	for code, v := range l.Values {
		d, ok := w.Rules.Field(code)
		switch {
		case v == nil:
		case !ok:
			all.Add("values."+code, "没有「%s」这一项，请核对名称", zh.Brief(code, 20))
		case !slices.Contains(rule.Fields, code):
			all.Add(code, "%s没有「%s」这一项", rule.Name, d.Name)
		default:
			if again, err := d.Read(d.String(v)); err != nil || !again.Equal(v) {
				all.Add(code, "%s不对，请重新填", d.Name)
			}
		}
	}
	if submit {
		for _, need := range rule.Needs {
			if l.Values[need] == nil {
				d, _ := w.Rules.Field(need)
				all.Add(need, d.ask(), d.Name)
			}
		}
	}
	return all.Err()
}
