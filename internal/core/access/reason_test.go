package access_test

import (
	"context"
	"fmt"
	"testing"

	"shilu/catalogue"
	"shilu/internal/core/access"
	"shilu/internal/kit/lang/langtest"
)

// TestWhatTheProgramWroteIsSaidInEnglish: also what older programs wrote; what people typed stays as it is.
func TestWhatTheProgramWroteIsSaidInEnglish(t *testing.T) {
	english := langtest.English(t, catalogue.FS)
	for text, want := range map[string]string{
		fmt.Sprintf(access.ImportedRow, "2025年「短训」台账.xlsx", "短期培训", 12): "Imported from “2025年「短训」台账.xlsx”, 短期培训 row 12",
		fmt.Sprintf(access.NoneFound, 1, 3204):                          "No differences found; recomputed 1 ledger entry and 3204 audit trail entries",
		fmt.Sprintf(access.SomeFound, 1):                                "1 difference found",
		fmt.Sprintf(access.SomeFound, 2):                                "2 differences found",
		fmt.Sprintf(access.FrozenAt, 91):                                "Figures of checkpoint № 91",
		access.ListTyped:                                                "List typed on the page",
		fmt.Sprintf(access.WhyOf, "村合并了"):                               "村合并了 (list typed on the page)",
		fmt.Sprintf(access.NewlyAdded, 10):                              "10 added",
		fmt.Sprintf(access.NewRules, 2):                                 "Program upgrade, version 2 of the rules",
		"主席会议定的（" + fmt.Sprintf(access.NewRules, 2) + "）":               "主席会议定的 (program upgrade, version 2 of the rules)",
		fmt.Sprintf(access.StatedAnew, 1, 20, 3):                        "1 record posted by the new rules, 20 unchanged, 3 waiting for a correction",
		"数字抄错，发现 2 处不一致":                                                "数字抄错，发现 2 处不一致",
		"没有变":                                                           "没有变",
		"":                                                              "",
	} {
		if got := access.Spoken(english, text); got != want {
			t.Errorf("%q is said %q, want %q", text, got, want)
		}
		if got := access.Spoken(context.Background(), text); got != text {
			t.Errorf("%q is said %q in Chinese", text, got)
		}
	}
}
