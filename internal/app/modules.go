package app

import (
	"slices"

	"shilu/internal/core/desk"
)

// modules lists the kinds of work. Reading it is reading the product.
func (a *App) modules() []desk.Module {
	return slices.Concat(
		[]desk.Module{a.Training.Module(a.Desk)}, // 培训班
		a.Activity.Modules(a.Desk),               // 科普活动
		a.Facility.Modules(a.Desk),               // 科普设施、设施日志
		[]desk.Module{a.External.Module(a.Desk)}, // 基础数据
	)
}
