package activity

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
)

// under is where a row names its parent.
func under() *register.Under[Activity, Words] {
	return &register.Under[Activity, Words]{Key: "parent", Set: func(w Words, a *Activity, record, name string) {
		a.Parent = record
		*w.Parent = flow.Head{ID: record, Number: name}
	}}
}

// parentColumns are the parent, whether units enter their shares themselves, and whether nothing was held beside the children.
func (s *Service) parentColumns() []sheetColumn {
	parent := register.UnderColumn("parent", "主活动", func(into *Activity, said Activity) { into.Parent = said.Parent },
		func(e entry, w Words) any { return register.Filled(w.Parents[e.Body.Parent]) }).Or("所属主活动", "上级活动", "总活动")
	parent.How = "编号 HD-2026-0012，或者名称和开始日期：全国科普月启动仪式 2026-09-15；同一个文件里或者台账里有的"
	return []sheetColumn{parent,
		yesColumn("open", "各单位自己填份额", func(a *Activity) *bool { return &a.Open }).Or("请各单位自己填份额"),
		yesColumn("umbrella", "只统领子活动", func(a *Activity) *bool { return &a.Umbrella })}
}

// yesColumn says 是 or nothing.
func yesColumn(key, title string, at func(a *Activity) *bool) sheetColumn {
	c := register.FieldColumn(key, title, intake.Text, at, func(r *reading, v intake.Value) (said, ok bool) {
		switch {
		case slices.Contains(strings.Fields("是 √ ✓ 对 y Y 有"), v.Text):
			return true, true
		case slices.Contains(strings.Fields("否 不是 × x X n N"), v.Text):
			return false, true
		}
		r.Wrong(key, "%s「%s」看不懂，请写是或否", title, v.Text)
		return false, false
	}, func(b bool, _ Words) any { return register.Filled(yes(b)) })
	c.How = "是，或者空着"
	return c
}

// writing gives the words the parents in sight as the export writes them: name, first day and number, so that the list of a county can be
// read by another one, whose numbers are others.
func (s *Service) writing(ctx context.Context, tx *db.Tx) (func(w Words) Words, error) {
	all, err := s.ListIn(ctx, tx, register.Query{Filter: flow.Filter{Kinds: []string{Kind}},
		Only: []ledger.Condition{{SQL: "c.id IN (SELECT k.parent FROM activity k WHERE k.association = ? AND k.parent <> '')", Args: []any{org.Of(ctx)}}}})
	parents := map[string]string{}
	for _, e := range all {
		parents[e.ID] = e.Body.Name + " " + string(e.Body.Start) + "（" + e.Number + "）"
	}
	return func(w Words) Words { w.Parents = parents; return w }, err
}
