package page

import (
	"context"
	"strings"

	"shilu/internal/kit/lang"
)

// narrowedKey holds what the lists of a page are narrowed by: they say it as they are drawn, the foot of the print names it.
type narrowedKey struct{}

func withNarrowed(ctx context.Context) (context.Context, *[]string) {
	by := new([]string)
	return context.WithValue(ctx, narrowedKey{}, by), by
}

// noteNarrowed tells the page around l which of its views, filters and search are in force.
func noteNarrowed(ctx context.Context, l List) {
	by, _ := ctx.Value(narrowedKey{}).(*[]string)
	if by == nil {
		return // a part of a page alone has no foot
	}
	for i, v := range l.Views {
		if v.Active && i > 0 { // the first is the whole
			*by = append(*by, v.Label)
		}
	}
	for _, f := range l.Filters {
		if label, set := f.chosen(l.At); set {
			*by = append(*by, lang.T(ctx, "%s「%s」", f.Label, filterWords(ctx, label, f.Dates, set)))
		}
	}
	if q := l.At.Get("q"); q != "" && l.Search != "" {
		*by = append(*by, lang.T(ctx, "%s「%s」", lang.T(ctx, "查找"), q))
	}
}

// narrowedWords are the words of the foot for what the lists are narrowed by, "" when they are whole.
func narrowedWords(ctx context.Context, by []string) string {
	if len(by) == 0 {
		return ""
	}
	between := "、"
	if lang.From(ctx) == lang.English {
		between = ", "
	}
	return lang.T(ctx, "筛选：%s", strings.Join(by, between))
}
