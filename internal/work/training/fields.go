package training

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Words are what ids and codes of a class are called today: for pages, history, exports.
type Words struct {
	Tree     *org.Tree
	Subjects *org.Vocabulary
	Rules    Rules
	Today    day.Day
}

// words loads them; the tree is that of the class's counting day.
func (s *Service) words(ctx context.Context, tx *db.Tx, on day.Day) (Words, error) {
	w := Words{}
	var err error
	if w.Today, err = org.Today(ctx, tx); err != nil {
		return w, err
	}
	if on == "" {
		on = w.Today
	}
	w.Rules = s.Catalogue.On(on)
	if w.Tree, err = org.Load(ctx, tx, on); err != nil {
		return w, err
	}
	w.Subjects, err = org.Terms(ctx, tx, SubjectVocabulary)
	return w, err
}

// SubjectVocabulary is the vocabulary of 专业.
const SubjectVocabulary = "subject"

// field is one thing that a class says, as history and exports write it.
type field struct {
	Key, Label string
	Text       func(c Class, w Words) string
}

// fields are all that a class says, in the order of its form.
var fields = []field{
	{"kind", "类型", func(c Class, w Words) string {
		if k, ok := w.Rules.Kind(c.Kind); ok {
			return k.Name
		}
		return c.Kind
	}},
	{"name", "班名", func(c Class, _ Words) string { return c.Name }},
	{"subject", "专业", func(c Class, w Words) string { return w.Subjects.Title(c.Subject) }},
	{"unit", "主办单位", func(c Class, w Words) string { return w.Tree.Unit(c.Unit).Name }},
	{"place", "地点", func(c Class, w Words) string { return w.Tree.PlaceName(c.Place) }},
	{"venue", "具体场所", func(c Class, _ Words) string { return c.Venue }},
	{"start", "开始日期", func(c Class, _ Words) string { return string(c.Start) }},
	{"end", "结束日期", func(c Class, _ Words) string { return string(c.End) }},
	{"hours", "学时", func(c Class, _ Words) string { return hours(c.minutes()) }},
	{"enrolled", "招收学员", func(c Class, _ Words) string { return c.Enrolled.String() }},
	{"attendances", "培训人次", func(c Class, _ Words) string { return c.attendances().String() }},
	{"examined", "参加考试", func(c Class, _ Words) string { return c.Examined.String() }},
	{"passed", "考试合格", func(c Class, _ Words) string { return c.Passed.String() }},
	{"sessions", "场次", func(c Class, _ Words) string {
		var parts []string
		for _, s := range c.Sessions {
			parts = append(parts, strings.TrimSpace(string(s.Day)+" "+s.Topic+" "+s.Attendances.String()))
		}
		return strings.Join(parts, "；")
	}},
	{"teachers", "授课教师", func(c Class, _ Words) string { return strings.Join(c.Teachers, "、") }},
	{"partners", "协办单位", func(c Class, _ Words) string { return strings.Join(c.Partners, "、") }},
	{"method", "方式", func(c Class, _ Words) string { return c.Method }},
	{"material", "教材", func(c Class, _ Words) string { return c.Material }},
	{"audiences", "人群", func(c Class, _ Words) string { return strings.Join(c.Audiences, "、") }},
	{"campaigns", "主题活动", func(c Class, _ Words) string { return strings.Join(c.Campaigns, "、") }},
	{"note", "备注", func(c Class, _ Words) string { return c.Note }},
}

// changes lists the fields in which two versions differ.
func changes(before, after Class, w Words) []access.Change {
	var all []access.Change
	for _, f := range fields {
		if b, a := f.Text(before, w), f.Text(after, w); b != a {
			all = append(all, access.Change{Field: f.Key, Label: f.Label, Before: b, After: a})
		}
	}
	return all
}

// String is the count as the office writes it: 161, 约161, 200余, 近300; "" for blank.
func (n *Count) String() string {
	if n == nil {
		return ""
	}
	digits := strconv.FormatInt(n.N, 10)
	switch n.Exactness {
	case ledger.About:
		return "约" + digits
	case ledger.AtLeast:
		return digits + "以上"
	case ledger.Nearly:
		return "近" + digits
	}
	return digits
}

// hours writes minutes of teaching as 学时: of 60 minutes, to one decimal.
func hours(minutes *int64) string {
	switch {
	case minutes == nil:
		return ""
	case *minutes%60 == 0:
		return strconv.FormatInt(*minutes/60, 10)
	}
	return fmt.Sprintf("%.1f", float64(*minutes)/60)
}
