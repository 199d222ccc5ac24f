package console

import (
	"shilu/internal/kit/day"
	"shilu/internal/kit/web"
)

// mergedAhead is how many days ahead a merger may be entered: a mistyped year would close the place to all changes until somebody
// notices.
const mergedAhead = 92

// mergeDay is startDay of a merger.
func mergeDay(f *web.Form, name string, today day.Day) day.Day {
	d := startDay(f, name, today)
	if last := today.Add(mergedAhead); d > last && !hasError(f, name) {
		f.Errors.Add(name, "%s太远：并入最远写到%s，请核对年份", d.Long(), last.Long())
	}
	return d
}
