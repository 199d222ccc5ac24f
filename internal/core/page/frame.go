package page

import (
	"context"
	"strings"

	"shilu/internal/kit/lang"
)

// LanguageHref is where the language of the interface is posted to, as lang.
const LanguageHref = "/language"

func otherLang(tag lang.Tag) lang.Tag {
	if tag == lang.English {
		return lang.Chinese
	}
	return lang.English
}

// Gap stands between two sentences: a space in English, nothing in Chinese.
func Gap(ctx context.Context) string {
	if lang.From(ctx) == lang.English {
		return " "
	}
	return ""
}

// otherLangName is the name of the other language in that language, so that whoever needs it can read it.
func otherLangName(tag lang.Tag) string {
	if tag == lang.English {
		return "中文"
	}
	return "English"
}

// printFoot is the line under each printed page; narrowed is what its lists are narrowed by.
func printFoot(ctx context.Context, s PrintStand, narrowed []string) string {
	var parts []string
	if s.Scope != "" {
		parts = append(parts, lang.T(ctx, "口径：%s", s.Scope))
	}
	if words := narrowedWords(ctx, narrowed); words != "" {
		parts = append(parts, words)
	}
	if s.Checkpoint != "" {
		parts = append(parts, lang.T(ctx, "存证点 № %s", s.Checkpoint))
	}
	if s.Day != "" {
		parts = append(parts, lang.T(ctx, "打印日期：%s", s.Day))
	}
	return strings.Join(parts, "　")
}
