package access

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"shilu/internal/kit/lang"
)

// What the program itself writes into the history as reason or value. It is kept in Chinese beside what people type, and hashed as it
// stands; Spoken says it again in the language of whoever reads it.
const (
	ImportedRow = "导入「%s」%s第 %d 行"
	NoneFound   = "没有发现不一致，重算了台账 %d 条、操作记录 %d 条"
	SomeFound   = "发现 %d 处不一致"
	FrozenAt    = "数字照存证点 № %d"
	ListTyped   = "写在页面上的名单"
	WhyOf       = "%s（写在页面上的名单）"
	NewlyAdded  = "新加 %d 个"
	NewRules    = "程序升级，口径第 %d 版"
	NewRulesWhy = "%s（程序升级，口径第 %d 版）" // as core/ledger puts NewRules behind a reason
	StatedAnew  = "按新口径入账 %d 条，没有变 %d 条，等更正 %d 条"
)

var kept = []string{ImportedRow, NoneFound, SomeFound, FrozenAt, ListTyped, WhyOf, NewlyAdded, NewRules, NewRulesWhy, StatedAnew}

var (
	keptForms = formsOf(kept)
	verb      = regexp.MustCompile(`%[sd]`)
)

func formsOf(texts []string) []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(texts))
	for i, text := range texts {
		form := strings.NewReplacer("%s", "(.*)", "%d", `(\d+)`).Replace(regexp.QuoteMeta(text))
		all[i] = regexp.MustCompile(`\A(?s:` + form + `)\z`)
	}
	return all
}

// ByImport reports whether a reason is only that of which row of a workbook something came.
func ByImport(reason string) bool { return keptForms[0].MatchString(reason) }

// Spoken is a reason or value of the history in the language of ctx: what the program wrote is translated, what people typed stays.
func Spoken(ctx context.Context, text string) string {
	if lang.From(ctx) == lang.Chinese {
		return text
	}
	for i, form := range keptForms {
		found := form.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		args := make([]any, len(found)-1)
		verbs := verb.FindAllString(kept[i], -1)
		for j, word := range found[1:] {
			args[j] = word
			if verbs[j] == "%d" {
				args[j], _ = strconv.ParseInt(word, 10, 64)
			}
		}
		return lang.T(ctx, kept[i], args...)
	}
	return text
}
