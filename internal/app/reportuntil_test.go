package app_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/kit/docx"
)

// TestAReportOverTheRunningYearSaysSo: in September the year is not over, which the page, the text and the Word file say; a report
// frozen then says the same for ever, and one over a year that is past speaks of the whole of it.
func TestAReportOverTheRunningYearSaysSo(t *testing.T) {
	w := apptest.Open(t, "")
	importYear(t, w)
	zhou := w.Sign(apptest.Officer)
	create := func(b *apptest.Browser, period string) apptest.Answer {
		t.Helper()
		a := b.Post("/reports", url.Values{"outline": {"annual"}, "period": {period}})
		if a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		return a
	}
	check := func(what, text string, has, lacks []string) {
		t.Helper()
		for _, part := range has {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q:\n%s", what, part, text)
			}
		}
		for _, part := range lacks {
			if strings.Contains(text, part) {
				t.Errorf("%s says %q", what, part)
			}
		}
	}
	word := func(b *apptest.Browser, href string) string {
		t.Helper()
		file := b.Get(href + "/file").Body
		passages, err := docx.Read(strings.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := docx.Plain(passages)
		return text
	}
	over := []string{"本期未结束", "截至"}

	past := create(zhou, "2024")
	check("a year that is over", past.Body, []string{"全年共举办", "2026年9月18日"}, append(over, "（2026年9月18日）")) // the day stands at the signature
	check("its Word file", word(zhou, past.Path), []string{"全年共举办"}, over)

	running := create(zhou, "2026")
	check("the running year", running.Body, []string{"本期未结束。", "数字截至9月18日，到12月31日前还会变", "（截至2026年9月18日）", "截至9月18日共举办"}, []string{"全年"})
	check("its Word file", word(zhou, running.Path), []string{"（截至2026年9月18日）", "截至9月18日共举办"}, []string{"全年"})
	check("its text", zhou.Get(running.Path+"/file?as=md").Body, []string{"（截至2026年9月18日）", "截至9月18日共举办"}, []string{"全年"})
	check("the year up to today", create(zhou, "2026-01-01..2026-09-18").Body, []string{"截至9月18日共举办"}, []string{"全年", "本期未结束"})

	frozen := zhou.Post(running.Path+"/freeze", url.Values{"version": {"1"}})
	check("frozen in the year", frozen.Body, []string{"已定稿", "定稿时本期未结束。", "截至9月18日共举办"}, []string{"全年"})
	before := zhou.Get(running.Path + "/file").Body

	w.Wait(150 * 24 * time.Hour)
	zhou = w.Sign(apptest.Officer)
	check("the frozen one next year", zhou.Get(running.Path).Body, []string{"定稿时本期未结束。", "（截至2026年9月18日）", "截至9月18日共举办"}, []string{"全年"})
	if after := zhou.Get(running.Path + "/file").Body; !bytes.Equal([]byte(before), []byte(after)) {
		t.Error("the frozen Word file is another one next year")
	}
	check("a new one next year", create(zhou, "2026").Body, []string{"全年共举办"}, over)
}
