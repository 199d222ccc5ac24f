package training

import (
	"fmt"
	"strconv"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// Words are what ids and codes of a class are called today: for pages, history, exports.
type Words struct {
	Tree     *org.Tree
	Subjects *org.Vocabulary
	Rules    Rules
	Today    day.Day
}

// SubjectVocabulary is the vocabulary of 专业.
const SubjectVocabulary = "subject"

// fields are all that a class says, in the order of its form.
var fields = register.Fields[Class, Words]{
	{Key: "kind", Label: "类型", Text: func(c Class, w Words) string {
		if k, ok := w.Rules.Kind(c.Kind); ok {
			return k.Name
		}
		return c.Kind
	}},
	{Key: "name", Label: "班名", Text: func(c Class, _ Words) string { return c.Name }},
	{Key: "subject", Label: "专业", Text: func(c Class, w Words) string { return w.Subjects.Title(c.Subject) }},
	{Key: "unit", Label: "主办单位", Text: func(c Class, w Words) string { return w.Tree.Unit(c.Unit).Name }},
	{Key: "place", Label: "地点", Text: func(c Class, w Words) string { return w.Tree.PlaceName(c.Place) }},
	{Key: "venue", Label: "具体场所", Text: func(c Class, _ Words) string { return c.Venue }},
	{Key: "start", Label: "开始日期", Text: func(c Class, _ Words) string { return string(c.Start) }},
	{Key: "end", Label: "结束日期", Text: func(c Class, _ Words) string { return string(c.End) }},
	{Key: "hours", Label: "学时", Text: func(c Class, _ Words) string { return hours(c.minutes()) }},
	{Key: "enrolled", Label: "招收学员", Text: func(c Class, _ Words) string { return c.Enrolled.String() }},
	{Key: "attendances", Label: "培训人次", Text: func(c Class, _ Words) string { return c.attendances().String() }},
	{Key: "examined", Label: "参加考试", Text: func(c Class, _ Words) string { return c.Examined.String() }},
	{Key: "passed", Label: "考试合格", Text: func(c Class, _ Words) string { return c.Passed.String() }},
	{Key: "sessions", Label: "各场", Text: func(c Class, _ Words) string {
		var parts []string
		for _, s := range c.Sessions {
			parts = append(parts, strings.TrimSpace(string(s.Day)+" "+s.Topic+" "+s.Attendances.String()))
		}
		return strings.Join(parts, "；")
	}},
	{Key: "teachers", Label: "授课教师", Text: func(c Class, _ Words) string { return strings.Join(c.Teachers, "、") }},
	{Key: "partners", Label: "协办单位", Text: func(c Class, _ Words) string { return strings.Join(c.Partners, "、") }},
	{Key: "method", Label: "方式", Text: func(c Class, _ Words) string { return c.Method }},
	{Key: "material", Label: "教材", Text: func(c Class, _ Words) string { return c.Material }},
	{Key: "audiences", Label: "人群", Text: func(c Class, _ Words) string { return strings.Join(c.Audiences, "、") }},
	{Key: "campaigns", Label: "主题活动", Text: func(c Class, _ Words) string { return strings.Join(c.Campaigns, "、") }},
	{Key: "note", Label: "备注", Text: func(c Class, _ Words) string { return c.Note }},
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
