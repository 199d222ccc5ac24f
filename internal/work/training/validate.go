package training

import (
	"errors"

	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// validate says what keeps a class from being saved: fields that cannot be right whatever the rest says.
// today bounds the days: a class may be planned for next year, not for 2099.
func (c Class) validate(tree *org.Tree, r Rules, today day.Day) error {
	var f errs.Fields
	_, known := r.Kind(c.Kind)
	register.CheckCode(&f, "kind", c.Kind, known, "请选培训类型", "没有「%s」这个培训类型，请重新选")
	if c.Name == "" {
		f.Add("name", "请写班名")
	}
	if len([]rune(c.Name)) > 120 {
		f.Add("name", "班名 %d 个字，请缩到 120 个字以内", len([]rune(c.Name)))
	}
	if c.Start == "" {
		f.Add("start", "请写开始日期")
	}
	if c.Start != "" && c.End != "" && c.End < c.Start {
		f.Add("end", "结束日期 %s 早于开始日期 %s，请核对", c.End.Long(), c.Start.Long())
	}
	for _, d := range []struct {
		field string
		day   day.Day
	}{{"start", c.Start}, {"end", c.End}} {
		if d.day != "" && (d.day < "1990-01-01" || d.day > today.Add(366)) {
			f.Add(d.field, "日期 %s 离今天太远，请核对年份", d.day.Long())
		}
	}
	if last := c.countingDay(); c.Start != "" && last >= c.Start && c.Start.Days(last) > 400 {
		f.Add("end", "%s 到 %s 有 %d 天，超过一年的班请分期填写", c.Start.Long(), last.Long(), c.Start.Days(last))
	}
	tree.CheckUnit(&f, "unit", c.Unit, "请选主办单位")
	if unit := tree.Unit(c.Unit); unit.ID != "" && c.countingDay() != "" && unit.Closed <= c.countingDay() {
		f.Add("unit", "「%s」%s起已撤并，请改选接续的单位", unit.Name, unit.Closed.Long())
	}
	tree.CheckPlace(&f, "place", c.Place, "请选地点")
	c.validateCounts(&f)
	c.validateSessions(&f)
	return f.Err()
}

// wrong is all that keeps a class from being saved or, with submit, from being submitted, said at once.
func (c Class) wrong(w Words, submit bool) error {
	var all errs.Fields
	for _, err := range []error{c.validate(w.Tree, w.Rules, w.Today), c.complete(w.Rules)} {
		var e *errs.Error
		if errors.As(err, &e) {
			all = append(all, e.Fields...)
		}
		if !submit {
			break
		}
	}
	return all.Err()
}

func (c Class) validateCounts(f *errs.Fields) {
	counts := []struct {
		field, name string
		count       *Count
	}{{"enrolled", "招收学员", c.Enrolled}, {"attendances", "培训人次", c.Attendances}, {"examined", "参加考试", c.Examined}, {"passed", "考试合格", c.Passed}}
	for _, n := range counts {
		n.count.Check(f, n.field, n.name)
	}
	if c.Passed != nil && c.Examined == nil {
		f.Add("examined", "填了考试合格 %d 人，请把参加考试的人数也填上", c.Passed.N)
	}
	if c.Passed != nil && c.Examined != nil && c.Passed.N > c.Examined.N {
		f.Add("passed", "考试合格 %d 人多于参加考试 %d 人，请核对", c.Passed.N, c.Examined.N)
	}
	if m := c.Minutes; m != nil && (*m < 0 || *m > 60*24*400) {
		f.Add("hours", "学时不对，请核对")
	}
}

func (c Class) validateSessions(f *errs.Fields) {
	if len(c.Sessions) > 400 {
		f.Add("sessions", "有 %d 场，超过 400 场的班请分期填写", len(c.Sessions))
	}
	said := 0
	for i, s := range c.Sessions {
		switch {
		case s.Day == "":
			f.Add("sessions", "第 %d 场请写日期", i+1)
		case s.Day < c.Start || c.End != "" && s.Day > c.End:
			f.Add("sessions", "第 %d 场的日期 %s 不在开始和结束之间，请核对", i+1, s.Day.Long())
		}
		if s.Attendances != nil {
			said++
			if s.Attendances.N < 0 || s.Attendances.N > register.Most {
				f.Add("sessions", "第 %d 场人次 %d 不对，请核对", i+1, s.Attendances.N)
			}
		}
		if s.Minutes < 0 || s.Minutes > 24*60 {
			f.Add("sessions", "第 %d 场的学时不对，请核对", i+1)
		}
	}
	if said == len(c.Sessions) && said > 0 && c.Attendances != nil && c.Attendances.N != c.attendances().N {
		f.Add("attendances", "各场人次相加是 %d，这里填了 %d；以各场为准，请把这里清空", c.attendances().N, c.Attendances.N)
	}
}

// complete says what is still missing before a class can be submitted.
func (c Class) complete(r Rules) error {
	var f errs.Fields
	k, _ := r.Kind(c.Kind)
	if c.Subject == "" {
		f.Add("subject", "请选专业；没有的可以直接写")
	}
	has := map[string]*Count{"enrolled": c.Enrolled, "attendances": c.attendances(), "examined": c.Examined, "passed": c.Passed}
	names := map[string]string{"enrolled": "招收学员数", "attendances": "培训人次", "examined": "参加考试人数", "passed": "考试合格人数"}
	for _, need := range k.Needs {
		if count, known := has[need]; known && count == nil {
			f.Add(need, "请填%s；确实是 0 就填 0", names[need])
		}
	}
	return f.Err()
}

// warnings asks about what is unusual.
func (c Class) warnings(r Rules, today day.Day) errs.Fields {
	var f errs.Fields
	k, _ := r.Kind(c.Kind)
	if n := c.attendances(); n != nil && k.UsualMost > 0 && n.N > k.UsualMost*int64(max(1, len(c.Sessions))) {
		f.Add("attendances", "%s一般不超过 %d 人次，这里是 %d，请再看一眼", k.Name, k.UsualMost*int64(max(1, len(c.Sessions))), n.N)
	}
	if c.countingDay() > today {
		f.Add("end", "这个班 %s 才结束，结束后再核实", c.countingDay().Long())
	}
	if c.Enrolled != nil && c.Examined != nil && c.Examined.N > c.Enrolled.N {
		f.Add("examined", "参加考试 %d 人多于招收学员 %d 人，请再看一眼", c.Examined.N, c.Enrolled.N)
	}
	if k.Exam == "expected" && c.Examined == nil {
		f.Add("examined", "%s要统一考试，这里没有填考试人数", k.Name)
	}
	if n := c.attendances(); n != nil && n.N == 0 {
		f.Add("attendances", "培训人次是 0，请再看一眼")
	}
	return f
}
