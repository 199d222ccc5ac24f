package training

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

// sessionKeys are the columns of the form's sessions: sessions.0.day and so on.
var sessionKeys = []string{"day", "topic", "teacher", "hours", "attendances"}

// typed reads the class that a form says.
type typed struct {
	pages.Typed
	was Class // the version that the form was filled from
}

// read reads the whole class.
func (s *Service) read(ctx context.Context, tx *db.Tx, f *web.Form, was Class) (Class, error) {
	c := Class{Kind: f.Text("kind", "类型", 40), Name: f.Text("name", "班名", 200), Subject: f.Text("subject", "专业", 60), Venue: f.Text("venue", "具体场所", 120),
		Method: f.Text("method", "方式", 40), Material: f.Text("material", "教材", 200), Note: f.Text("note", "备注", 2000), Campaigns: f.List("campaigns"),
		Audiences: f.List("audiences"), Start: f.Day("start", "开始日期"), End: f.Day("end", "结束日期")}
	shared, err := pages.Read(ctx, tx, f, c.countingDay(), s.Catalogue.endings)
	if err != nil {
		return c, err
	}
	t := typed{shared, was}
	c.Teachers, c.Partners = t.Names("teachers", "授课教师"), t.Names("partners", "协办单位")
	for _, more := range t.Names("campaigns_more", "其他主题活动") {
		if !slices.Contains(c.Campaigns, more) {
			c.Campaigns = append(c.Campaigns, more)
		}
	}
	if c.Unit, err = t.Unit(ctx, "unit", Kind); err != nil {
		return c, err
	}
	place, venue := t.Place("place", "地点")
	c.Place = place
	if c.Venue == "" {
		c.Venue = venue
	}
	c.Enrolled = t.Count("enrolled", "招收学员", "")
	c.Attendances = t.Count("attendances", "培训人次", f.Values.Get("exact"))
	c.Examined = t.Count("examined", "参加考试", "")
	c.Passed = t.Count("passed", "考试合格", "")
	c.Minutes = t.minutes("hours", "学时", was.Minutes)
	t.sessions(&c)
	return c, nil
}

// minutes reads hours of teaching. What was not changed keeps its minutes, which the field shows to one decimal.
func (t *typed) minutes(field, label string, was *int64) *int64 {
	m, err := minutesOf(t.Values.Get(field))
	if err != nil {
		t.Errors.Add(field, "%s「%s」看不懂，请写成 6 或 1.5", label, zh.Brief(t.Values.Get(field), 20))
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
	t.EachRow("sessions", sessionKeys, "场次超过 %d 行，请分期填写", func(name string) {
		s := Session{Day: t.Day(name+"day", "日期"), Topic: t.Text(name+"topic", "内容", 200), Teacher: t.Text(name+"teacher", "教师", 60)}
		s.Attendances = t.Count(name+"attendances", "人次", "")
		var was *int64
		if n := len(c.Sessions); n < len(t.was.Sessions) && t.was.Sessions[n].Minutes > 0 {
			was = &t.was.Sessions[n].Minutes
		}
		if m := t.minutes(name+"hours", "学时", was); m != nil {
			s.Minutes = *m
		}
		c.Sessions = append(c.Sessions, s)
	})
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
		put("place", pages.PlaceWords(w.Tree, c.Place))
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
