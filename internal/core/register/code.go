package register

import (
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// CheckCode says what is wrong with a code that is chosen from some: ask where it is blank, and unknown, which quotes it, where it is none
// of them.
func CheckCode(f *errs.Fields, field, code string, known bool, ask, unknown string) {
	switch {
	case code == "":
		f.Add(field, ask)
	case !known:
		f.Add(field, unknown, zh.Brief(code, 40))
	}
}
