package activity

import (
	"context"
	"fmt"
	"testing"

	"shilu/catalogue"
	"shilu/internal/core/access"
	"shilu/internal/kit/lang/langtest"
)

// What the program wrote about shares is said in English to who reads English, also beside and within what a person wrote.
func TestReasonsOfSharesInEnglish(t *testing.T) {
	english := langtest.English(t, catalogue.FS)
	for text, want := range map[string]string{
		fmt.Sprintf(follows, "HD-2026-0007"):                              "Follows activity HD-2026-0007",
		"数错了（" + fmt.Sprintf(follows, "HD-2026-0007") + "）":               "数错了 (Follows activity HD-2026-0007)",
		fmt.Sprintf(voidedWith, "HD-2026-0007", "没有办"):                    "Activity HD-2026-0007 was voided: 没有办",
		fmt.Sprintf(voidedWith, "HD-2026-0007", "撤销导入「一览表.xlsx」：重复了（两次）"): "Activity HD-2026-0007 was voided: Import of “一览表.xlsx” undone: 重复了（两次）",
		fmt.Sprintf(oneEvent, "HD-2026-0007", "两家联合办的"):                   "The same event as HD-2026-0007, made one joint activity: 两家联合办的",
		"撤销导入「一览表.xlsx」":                                                  "Import of “一览表.xlsx” undone",
		"随便写的（真的）":                                                        "随便写的（真的）",
	} {
		if got := access.Spoken(english, text); got != want {
			t.Errorf("%q is said %q, want %q", text, got, want)
		}
		if got := access.Spoken(context.Background(), text); got != text {
			t.Errorf("%q is said %q in Chinese", text, got)
		}
	}
}
