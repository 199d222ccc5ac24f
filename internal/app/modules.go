package app

import "shilu/internal/core/desk"

// modules lists the kinds of work. Reading it is reading the product.
func (a *App) modules() []desk.Module {
	return append([]desk.Module{
		a.Training.Module(a.Desk), // 培训班
	}, a.Activity.Modules(a.Desk)...) // 科普活动
}
