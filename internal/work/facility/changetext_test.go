package facility

import (
	"slices"
	"testing"
)

// Texts come back as they were, whatever marks of the notation they have.
func TestTextsOfChangesComeBack(t *testing.T) {
	for _, text := range []string{"村口", "未填", "加长5米；见通知，第2号：附件", "「清风」栏", "半个」", "「半个", "」」", " 空格 ", "一行\n又一行", "a → b", "10;20,30:40", "清空", "→"} {
		change := "2026-04-01 变化：主题 " + quoted("旧；题") + " → " + quoted(text) + "，说明 " + quoted(text)
		all := parts(change+"；"+change, changeEnd)
		if len(all) != 2 || all[0] != change {
			t.Errorf("%q: %q", text, all)
			continue
		}
		_, rest, _ := cutTop(all[1], changeColon)
		items := parts(rest, changeItem)
		if len(items) != 2 {
			t.Errorf("%q: %q", text, items)
			continue
		}
		_, is, _ := cutTop(items[0], changeTo)
		if got, blank := unquoted(is); got != text || blank {
			t.Errorf("%q came back as %q, %v", text, got, blank)
		}
	}
	if got := parts("甲；；「乙；」；", changeEnd); !slices.Equal(got, []string{"甲", "「乙；」"}) {
		t.Errorf("%q", got)
	}
	if _, blank := unquoted(" 未填 "); !blank {
		t.Error("what is blank is a text")
	}
}
