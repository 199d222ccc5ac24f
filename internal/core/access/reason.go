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

// form is a text that the program writes, with the pattern of what it becomes.
type form struct {
	text string
	is   *regexp.Regexp
}

var (
	verb  = regexp.MustCompile(`%[sd]`)
	byRow = formOf(ImportedRow)
	kept  = []form{byRow, formOf(NoneFound), formOf(SomeFound), formOf(FrozenAt), formOf(ListTyped), formOf(WhyOf), formOf(NewlyAdded), formOf(NewRules),
		formOf(NewRulesWhy), formOf(StatedAnew)}
)

func formOf(text string) form {
	is := strings.NewReplacer("%s", "(.*)", "%d", `(\d+)`).Replace(regexp.QuoteMeta(text))
	return form{text, regexp.MustCompile(`\A(?s:` + is + `)\z`)}
}

// Spoke lets Spoken know a text that a module writes into the history as reason, and gives it back. It is called while packages begin.
func Spoke(text string) string {
	kept = append(kept, formOf(text))
	return text
}

// ByImport reports whether a reason is only that of which row of a workbook something came.
func ByImport(reason string) bool { return byRow.is.MatchString(reason) }

// Spoken is a reason or value of the history in the language of ctx: what the program wrote is translated, what people typed stays.
func Spoken(ctx context.Context, text string) string {
	if lang.From(ctx) == lang.Chinese {
		return text
	}
	if said, ok := said(ctx, text); ok {
		return said
	}
	inner, ok := strings.CutSuffix(text, "）")
	for i := 0; ok && i < len(inner); i++ { // a person's reason with the origin behind it, as core/ledger puts them together
		if !strings.HasPrefix(inner[i:], "（") {
			continue
		}
		if origin, ok := said(ctx, inner[i+len("（"):]); ok {
			return lang.T(ctx, "%s（%s）", Spoken(ctx, inner[:i]), origin)
		}
	}
	return text
}

// said is a text of the program in the language of ctx; what stands in it may be one, too.
func said(ctx context.Context, text string) (string, bool) {
	for _, f := range kept {
		found := f.is.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		args := make([]any, len(found)-1)
		verbs := verb.FindAllString(f.text, -1)
		for j, word := range found[1:] {
			args[j] = Spoken(ctx, word)
			if verbs[j] == "%d" {
				args[j], _ = strconv.ParseInt(word, 10, 64)
			}
		}
		return lang.T(ctx, f.text, args...), true
	}
	return "", false
}
