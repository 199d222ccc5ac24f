package training

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

// sessionKeys are the columns of the form's sessions: sessions.0.day and so on.
var sessionKeys = []string{"day", "topic", "teacher", "hours", "attendances"}

// formRows is the most sessions that a form takes; a class has fewer (validate).
const formRows = 500

// typed reads the class that a form says. What cannot be read stands in f.Errors, each under its field.
type typed struct {
	*web.Form
	words Words
	was   Class // the version that the form was filled from
}

// read reads the whole class. It asks nothing of what may be: that is validate and complete.
func (p *pages) read(ctx context.Context, tx *db.Tx, f *web.Form, was Class) (Class, error) {
	t := typed{Form: f, was: was}
	c := Class{Kind: f.Text("kind", "类型", 40), Name: f.Text("name", "班名", 200), Subject: f.Text("subject", "专业", 60), Venue: f.Text("venue", "具体场所", 120),
		Method: f.Text("method", "方式", 40), Material: f.Text("material", "教材", 200), Note: f.Text("note", "备注", 2000),
		Teachers: t.names("teachers", "授课教师"), Partners: t.names("partners", "协办单位"), Campaigns: f.List("campaigns"), Audiences: f.List("audiences")}
	for _, more := range t.names("campaigns_more", "其他主题活动") {
		if !slices.Contains(c.Campaigns, more) {
			c.Campaigns = append(c.Campaigns, more)
		}
	}
	c.Start, c.End = f.Day("start", "开始日期"), f.Day("end", "结束日期")
	var err error
	if t.words, err = p.WordsOn(ctx, tx, c.countingDay()); err != nil {
		return c, err
	}
	if code := f.Values.Get("unit"); code != "" {
		units, err := flow.Units(ctx, t.words.Tree, access.Write, Kind)
		if err != nil {
			return c, err
		}
		unit, ok := t.words.Tree.UnitByCode(code)
		switch {
		case !ok:
			f.Errors.Add("unit", "没有这个单位，请重新选")
		case !slices.ContainsFunc(units, func(u org.Unit) bool { return u.ID == unit.ID }):
			f.Errors.Add("unit", "「%s」的记录不归你填，请选本单位或下级单位", unit.Name)
		default:
			c.Unit = unit.ID
		}
	}
	t.place(&c)
	c.Enrolled = t.count("enrolled", "招收学员", "")
	c.Attendances = t.count("attendances", "培训人次", f.Values.Get("exact"))
	c.Examined = t.count("examined", "参加考试", "")
	c.Passed = t.count("passed", "考试合格", "")
	c.Minutes = t.minutes("hours", "学时", was.Minutes)
	t.sessions(&c)
	return c, nil
}

// place finds the place that was typed or chosen; what follows the name of a place is the venue.
func (t *typed) place(c *Class) {
	text := zh.Fold(t.Text("place", "地点", 120))
	if text == "" {
		return
	}
	for _, one := range t.words.Tree.Places() {
		if t.words.Tree.PlaceName(one.ID) == text || placeWords(t.words.Tree, one.ID) == text {
			c.Place = one.ID
			return
		}
	}
	at, unknown, ok := locate(t.words.Rules.endings, t.words.Tree, intake.PlaceName{Township: text})
	if !ok && unknown.Village != "" {
		if like := alike(t.words.Tree, unknown); len(like) > 0 {
			t.Errors.Add("place", "没有「%s」，最接近的是%s；不是村就写在「具体场所」", short(unknown.Village), strings.Join(like, "、"))
		} else {
			t.Errors.Add("place", "%s没有「%s」，请从列表里选；不是村就写在「具体场所」", unknown.Township, short(unknown.Village))
		}
		return
	}
	if !ok {
		var names []string
		for _, one := range t.words.Tree.Places() {
			names = append(names, t.words.Tree.PlaceName(one.ID))
		}
		if near := zh.Nearest(text, names, 3); len(near) > 0 {
			t.Errors.Add("place", "没有「%s」这个地点，最接近的是%s，请从列表里选", short(text), strings.Join(near, "、"))
		} else {
			t.Errors.Add("place", "没有「%s」这个地点，请从列表里选乡镇或村", short(text))
		}
		return
	}
	c.Place = at.place.ID
	if c.Venue == "" {
		c.Venue = at.venue
	}
}

// names are several names in one field, as people separate them.
func (t *typed) names(field, label string) (all []string) {
	for _, one := range strings.FieldsFunc(t.Text(field, label, 400), func(r rune) bool { return strings.ContainsRune("、，,；;/\n\t", r) }) {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// count reads a count as people write it: 58, 约161, 200余. The word that was typed is stronger than the choice below the field.
func (t *typed) count(field, label, choice string) *Count {
	n, err := register.ReadCount(t.Values.Get(field), choice)
	if err != nil {
		t.Errors.Add(field, "%s「%s」看不懂，请写成 52、约50 或 200余", label, short(t.Values.Get(field)))
	}
	return n
}

// minutes reads hours of teaching. What was not changed keeps its minutes, which the field shows to one decimal.
func (t *typed) minutes(field, label string, was *int64) *int64 {
	m, err := minutesOf(t.Values.Get(field))
	if err != nil {
		t.Errors.Add(field, "%s「%s」看不懂，请写成 6 或 1.5", label, short(t.Values.Get(field)))
		return nil
	}
	if m != nil && was != nil && hours(m) == hours(was) {
		return was
	}
	return m
}

func minutesOf(text string) (*int64, error) {
	text = strings.TrimSpace(zh.Fold(text))
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(text, "学时"), "小时"))
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n > 100_000 || n < -100_000 || n != n {
		return nil, errs.E(errs.Invalid, "学时看不懂")
	}
	m := int64(n*60 + 0.5)
	if n < 0 {
		m = -1
	}
	return &m, nil
}

// sessions reads the rows; those without anything typed are none.
func (t *typed) sessions(c *Class) {
	for row := range formRows {
		name := "sessions." + strconv.Itoa(row) + "."
		if !t.Has(name + "day") {
			return
		}
		if blankRow(t.Values, name) {
			continue
		}
		s := Session{Day: t.Day(name+"day", "日期"), Topic: t.Text(name+"topic", "内容", 200), Teacher: t.Text(name+"teacher", "教师", 60)}
		s.Attendances = t.count(name+"attendances", "人次", "")
		var was *int64
		if n := len(c.Sessions); n < len(t.was.Sessions) && t.was.Sessions[n].Minutes > 0 {
			was = &t.was.Sessions[n].Minutes
		}
		if m := t.minutes(name+"hours", "学时", was); m != nil {
			s.Minutes = *m
		}
		c.Sessions = append(c.Sessions, s)
	}
	t.Errors.Add("sessions", "场次超过 %d 行，请分期填写", formRows)
}

func blankRow(v url.Values, name string) bool {
	for _, key := range sessionKeys {
		if strings.TrimSpace(v.Get(name+key)) != "" {
			return false
		}
	}
	return true
}

func short(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

// valuesOf writes a class as its form has it.
func valuesOf(c Class, w Words, offered []string) url.Values {
	v := url.Values{}
	put := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	put("kind", c.Kind)
	put("name", c.Name)
	put("subject", w.Subjects.Title(c.Subject))
	put("unit", w.Tree.Unit(c.Unit).Code)
	if c.Place != "" {
		put("place", placeWords(w.Tree, c.Place))
	}
	put("venue", c.Venue)
	put("start", string(c.Start))
	put("end", string(c.End))
	put("hours", hours(c.Minutes))
	put("enrolled", c.Enrolled.String())
	put("examined", c.Examined.String())
	put("passed", c.Passed.String())
	v.Set("exact", "exact")
	if n := c.Attendances; n != nil {
		put("attendances", n.String())
		switch n.Exactness {
		case ledger.About:
			v.Set("exact", "about")
		case ledger.AtLeast:
			v.Set("exact", "least")
		}
	}
	put("teachers", strings.Join(c.Teachers, "、"))
	put("partners", strings.Join(c.Partners, "、"))
	put("method", c.Method)
	put("material", c.Material)
	put("note", c.Note)
	v["audiences"] = c.Audiences
	var more []string
	for _, one := range c.Campaigns {
		if slices.Contains(offered, one) {
			v.Add("campaigns", one)
		} else {
			more = append(more, one)
		}
	}
	put("campaigns_more", strings.Join(more, "、"))
	for n, s := range c.Sessions {
		name := "sessions." + strconv.Itoa(n) + "."
		v.Set(name+"day", string(s.Day))
		put(name+"topic", s.Topic)
		put(name+"teacher", s.Teacher)
		if s.Minutes > 0 {
			put(name+"hours", hours(&s.Minutes))
		}
		put(name+"attendances", s.Attendances.String())
	}
	return v
}

// editRows adds or takes away a row of sessions, as the buttons of the form without scripts ask.
func editRows(v url.Values, ask string) {
	rows := sessionRows(v)
	if n, ok := strings.CutPrefix(ask, "remove:"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < len(rows) {
			rows = slices.Delete(rows, i, i+1)
		}
	} else if ask == "add" && len(rows) < formRows {
		rows = append(rows, make([]string, len(sessionKeys)))
	}
	for name := range v {
		if strings.HasPrefix(name, "sessions.") {
			v.Del(name)
		}
	}
	for n, row := range rows {
		for i, key := range sessionKeys {
			v.Set("sessions."+strconv.Itoa(n)+"."+key, row[i])
		}
	}
}

func sessionRows(v url.Values) (rows [][]string) {
	for n := range formRows {
		name := "sessions." + strconv.Itoa(n) + "."
		if !v.Has(name + "day") {
			break
		}
		row := make([]string, len(sessionKeys))
		for i, key := range sessionKeys {
			row[i] = v.Get(name + key)
		}
		rows = append(rows, row)
	}
	return rows
}

// dayOf reads a day that was typed, for what follows from it before the whole form is right.
func dayOf(text string) day.Day {
	d, err := zh.ParseDay(strings.TrimSpace(text), 0, false)
	if err != nil {
		return ""
	}
	return d
}
