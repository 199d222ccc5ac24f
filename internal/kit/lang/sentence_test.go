package lang_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

type life string

// TestSentence: what is kept is said in the language of whoever reads it, with the sentences in it and the days.
func TestSentence(t *testing.T) {
	lang.Load(map[string]string{"「%s」第 %d 行": "row %[2]d of “%[1]s”", "像是和%s重复（%s）：%s": "May be the same as %s (%s): %s", "同名、同地": "same name and place",
		"人次「%d」": "attendances “%d”", "%s；%s": "%s; %s", "请填%s": "Fill in %s", "地点": "the place", "已计划": "planned"})
	english := lang.With(context.Background(), lang.English)
	at := lang.Say("「%s」第 %d 行", "农函大", 5)
	for _, c := range []struct {
		name   string
		said   lang.Sentence
		zh, en string
	}{
		{"a text alone may hold a percent sign", lang.Say("占 5%"), "占 5%", "占 5%"},
		{"sentences within", lang.Say("像是和%s重复（%s）：%s", at, "同名、同地", lang.Join("%s；%s", lang.Say("人次「%d」", int64(31)), lang.Say("人次「%d」", 30))),
			"像是和「农函大」第 5 行重复（同名、同地）：人次「31」；人次「30」", "May be the same as row 5 of “农函大” (same name and place): attendances “31”; attendances “30”"},
		{"named types, and what else there is", lang.Say("%s %s %s", life("已计划"), day.Day("2026-03-05").Long(), 1.5), "已计划 2026年3月5日 1.5", "planned 5 Mar 2026 1.5"},
		{"an error with its fields", lang.Said(errs.Fields{{Text: "请填%s", Args: []any{"地点"}}, {Text: "人次「%d」", Args: []any{2}}}.Err()),
			"请填地点；人次「2」", "Fill in the place; attendances “2”"},
		{"a fault of ours", lang.Said(errors.New("disk full")), "程序内部出错，没有保存，请稍后再试", "程序内部出错，没有保存，请稍后再试"},
	} {
		kept, err := json.Marshal(c.said)
		if err != nil {
			t.Fatal(err)
		}
		var again lang.Sentence
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatalf("%s: %s: %v", c.name, kept, err)
		}
		if zh, en := again.String(), again.In(english); zh != c.zh || en != c.en {
			t.Errorf("%s: kept as %s\n is said %q\n and     %q\n want    %q\n and     %q", c.name, kept, zh, en, c.zh, c.en)
		}
	}
	var old lang.Sentence
	if err := json.Unmarshal([]byte(`"人次「约161」按约数记，占 5%"`), &old); err != nil || old.In(english) != "人次「约161」按约数记，占 5%" {
		t.Errorf("a text of old is %q, %v", old.In(english), err)
	}
}
