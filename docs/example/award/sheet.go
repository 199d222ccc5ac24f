package award

import (
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// sheet is how workbooks of awards are read and lists of them written: each column with the headings that offices give it.
func sheet(book *register.Book[Award, Words], endings org.Endings) *register.Sheet[Award, Words] {
	text, tree := register.TextColumn[Award, Words], func(w Words) *org.Tree { return w.Tree }
	unit, place := func(a *Award) *string { return &a.Unit }, func(a *Award) *string { return &a.Place }
	table := []register.SheetColumn[Award, Words]{register.SerialColumn[Award, Words](), register.NumberColumn[Award, Words](),
		text("name", "奖项名称", func(a *Award) *string { return &a.Name }).Or("奖项", "荣誉称号", "名称").Wide(32).Tells(),
		text("giver", "颁奖单位", func(a *Award) *string { return &a.Giver }).Or("授予单位", "表彰单位").Wide(24)}
	table = append(table, register.PlaceColumns(place, tree, "所在地")...)
	table = append(table, register.DayColumn[Award, Words]("day", "获奖日期", func(a *Award) *day.Day { return &a.Day }).Or("获奖时间", "时间", "日期"),
		register.CountColumn[Award, Words]("people", "获奖人数", func(a *Award) **register.Count { return &a.People }).Or("人数").In("人"),
		register.UnitColumn("获奖单位", unit, tree).Or("单位"),
		text("note", "备注", func(a *Award) *string { return &a.Note }).Wide(24))
	return &register.Sheet[Award, Words]{Book: book, Name: "表彰奖励", Table: table, Endings: endings, Tree: tree, Unit: unit, Place: place,
		Note: func(a *Award) *string { return &a.Note }, Same: []string{"title", "place", "day"}, Since: "day"}
}
