package training

import (
	"context"
	"slices"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Intake is what the import of workbooks is told about training; how rows go in and are taken back is every register's.
type Intake struct{ *Service }

// Kind is the kind of record that the rows become.
func (Intake) Kind() string { return Kind }

// Title names the module to people.
func (Intake) Title() string { return "培训" }

// Columns are the headings that offices give their lists of classes.
func (Intake) Columns() []intake.Column {
	return []intake.Column{
		{Key: "serial", Title: "序号", Aliases: []string{"编码", "序列"}, Type: intake.Serial},
		{Key: "number", Title: "编号", Aliases: []string{"记录编号"}, Type: intake.Text},
		{Key: "kind", Title: "类型", Aliases: []string{"培训类型", "类别", "培训类别"}, Type: intake.Text},
		{Key: "name", Title: "培训班名称", Aliases: []string{"班名", "名称", "培训名称", "班级名称", "培训班"}, Type: intake.Text, Main: true},
		{Key: "term", Title: "班次", Aliases: []string{"期次", "期数", "期别"}, Type: intake.Text},
		{Key: "subject", Title: "专业", Aliases: []string{"培训专业", "培训内容", "培训项目", "内容", "课题"}, Type: intake.Text, Main: true},
		{Key: "unit", Title: "主办单位", Aliases: []string{"举办单位", "办班单位", "承办单位"}, Type: intake.Text},
		{Key: "township", Title: "乡镇", Aliases: []string{"乡（镇）", "乡镇街道", "乡镇（街道）", "所在乡镇", "地点/乡镇"}, Type: intake.Township},
		{Key: "village", Title: "村", Aliases: []string{"村（社区）", "村委会", "行政村", "所在村", "地点/村"}, Type: intake.Village},
		{Key: "place", Title: "地点", Aliases: []string{"培训地点", "办班地点", "举办地点"}, Type: intake.Place},
		{Key: "venue", Title: "具体场所", Aliases: []string{"场所", "会场", "教室"}, Type: intake.Text},
		{Key: "start", Title: "开始日期", Aliases: []string{"培训时间", "培训日期", "时间", "日期", "开始", "开始时间", "开班日期", "开班时间", "举办时间", "培训时间/开始"}, Type: intake.Day},
		{Key: "end", Title: "结束日期", Aliases: []string{"结束", "结束时间", "结业日期", "结业时间", "培训时间/结束"}, Type: intake.Day},
		{Key: "enrolled", Title: "招收学员", Aliases: []string{"招收学员数", "招生人数", "学员数", "学员人数"}, Units: []string{"名", "人"}, Type: intake.Count},
		{Key: "attendances", Title: "培训人次", Aliases: []string{"参训人次", "人次", "培训人数", "参训人数", "受训人次"}, Units: []string{"人次", "人"}, Type: intake.Count},
		{Key: "examined", Title: "参加考试", Aliases: []string{"参加考试人数", "参考人数", "考试人数"}, Units: []string{"人", "名"}, Type: intake.Count},
		{Key: "passed", Title: "考试合格", Aliases: []string{"考试合格人数", "合格人数", "合格"}, Units: []string{"人", "名"}, Type: intake.Count},
		{Key: "teachers", Title: "授课教师", Aliases: []string{"教师", "授课老师", "主讲人", "授课人", "讲师"}, Type: intake.List},
		{Key: "partners", Title: "协办单位", Type: intake.List},
		{Key: "method", Title: "方式", Aliases: []string{"培训方式", "形式", "培训形式"}, Type: intake.Text},
		{Key: "material", Title: "教材", Aliases: []string{"培训教材"}, Type: intake.Text},
		{Key: "note", Title: "备注", Type: intake.Text},
	}
}

// Kinds are those of the catalogue, known by its words.
func (t Intake) Kinds() []intake.SheetKind {
	var all []intake.SheetKind
	for _, k := range t.Catalogue.kinds {
		if !slices.ContainsFunc(all, func(s intake.SheetKind) bool { return s.Code == k.Code }) {
			all = append(all, intake.SheetKind{Code: k.Code, Name: k.Name, Hints: k.HintNames})
		}
	}
	return all
}

// trees keeps the few trees that the days of a file need.
type trees struct {
	boundaries []day.Day
	loaded     map[day.Day]*org.Tree
}

// loadTrees reads the tree of every stretch of time in which none changed.
func loadTrees(ctx context.Context, tx *db.Tx) (trees, error) {
	t := trees{loaded: map[day.Day]*org.Tree{}}
	var err error
	if t.boundaries, err = org.Boundaries(ctx, tx); err != nil {
		return t, err
	}
	for _, b := range t.boundaries {
		if b == day.Forever {
			continue
		}
		if t.loaded[b], err = org.Load(ctx, tx, b); err != nil {
			return t, err
		}
	}
	return t, nil
}

// on is the tree of the day.
func (t trees) on(d day.Day) *org.Tree {
	last := t.boundaries[0]
	for _, b := range t.boundaries {
		if b <= d && b != day.Forever {
			last = b
		}
	}
	return t.loaded[last]
}
