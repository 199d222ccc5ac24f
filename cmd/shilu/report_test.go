package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/insight/report"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/docx"
)

// TestReport makes the year's report by command line from the workbook of 2024, freezes it, and asks what is wrong in the way
// that scripts see it.
func TestReport(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Setenv("SHILU_KEY", "")
			dir := t.TempDir()
			base := []string{"--data", filepath.Join(dir, "data"), "--today", "2026-09-18"}
			if engine == "postgres" {
				base = append(base, "--database-url", dbtest.PostgresURL(t))
			}
			var warned string // by the last command
			shilu := func(want int, args ...string) string {
				t.Helper()
				var out, errors bytes.Buffer
				defer func() { warned = errors.String() }()
				if got := run(t.Context(), append(args, base...), &out, &errors); got != want {
					t.Fatalf("shilu %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, want, out.String(), errors.String())
				}
				if want != exitDone {
					return errors.String()
				}
				return out.String()
			}
			path := func(name string) string { return filepath.Join(dir, name) }
			read := func(name string) []byte {
				t.Helper()
				b, err := os.ReadFile(path(name))
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			shilu(exitDone, "init", "--name", "云岭县科学技术协会", "--admin", "admin")
			shilu(exitDone, "user", "add", "liwf", "--role", "officer")
			shilu(exitDone, "user", "add", "zhoumin", "--role", "officer")
			shilu(exitDone, "import", "../../internal/work/training/testdata/000-records.xlsx", "--as", "liwf", "--verify-as", "zhoumin", "--create-places")

			for _, refused := range []struct {
				says string
				args []string
			}{
				{".docx、.json、.md", []string{"-o", path("x.pdf")}},
				{"现有：annual、quarter", []string{"-o", path("x.docx"), "--outline", "nothing"}},
				{"现有：annual、quarter", []string{"-o", path("x.docx"), "--outline", "../papers", "--freeze"}},
				{"没有文件夹", []string{"-o", path("none/x.docx")}},
				{"没有代码为「zz」的单位", []string{"-o", path("x.docx"), "--unit", "zz"}},
				{"shilu: 没有代码为「zz」的单位\n", []string{"-o", path("x.docx"), "--unit", "zz", "--freeze"}},
				{"没有标签「colour」，可以用：", []string{"-o", path("x.docx"), "--tag", "colour=red"}},
				{"没有标签「colour」，可以用：", []string{"-o", path("x.docx"), "--tag", "colour=red", "--freeze"}},
				{"--as-of 不能是 99999", []string{"-o", path("x.docx"), "--as-of", "99999"}},
				{"期间「2026-09..2026-03」的结束在开始之前", []string{"-o", path("x.docx"), "--period", "2026-09..2026-03"}},
				{"单位和地点还没有记账", []string{"-o", path("x.docx"), "--as-of", "1"}},
				{"只写一个", []string{"-o", path("x.docx"), "--freeze", "--as-of", "5"}},
			} {
				if said := shilu(exitNothing, append([]string{"report"}, refused.args...)...); !strings.Contains(said, refused.says) {
					t.Errorf("%v: %q, want %q", refused.args, said, refused.says)
				}
			}
			left, err := filepath.Glob(path("*x.*"))
			if err != nil || len(left) > 0 {
				t.Errorf("what was refused left %v (%v)", left, err)
			}

			for _, ending := range report.Formats {
				said := shilu(exitDone, "report", "--year", "2024", "-o", path("live"+ending))
				if want := regexp.MustCompile(`^已写 \S+live\` + ending + `：云岭县科协2024年工作总结，\d+ 个数字，存证点 № \d+\n$`); !want.MatchString(said) {
					t.Errorf("a live report says %q", said)
				}
			}
			if md := string(read("live.md")); !strings.Contains(md, "等九个专业，培训28期，受训5050人次") || !strings.Contains(md, "2026年9月18日") {
				t.Errorf("the report:\n%s", md)
			}
			var d struct {
				Outline    string
				Checkpoint int64
				Frozen     *report.Stamp
				Figures    []report.Figure
			}
			if err := json.Unmarshal(read("live.json"), &d); err != nil {
				t.Fatal(err)
			}
			if d.Outline != "annual" || d.Checkpoint == 0 || d.Frozen != nil || len(d.Figures) < 10 {
				t.Errorf("JSON %+v", d)
			}

			said := shilu(exitDone, "report", "--year", "2024", "--freeze", "-o", path("frozen.docx"))
			for _, part := range []string{"存证点 № " + strconv.FormatInt(d.Checkpoint, 10), "已写 " + path("frozen.docx") + "：云岭县科协2024年工作总结，" + strconv.Itoa(len(d.Figures)) + " 个数字"} {
				if !strings.Contains(said, part) {
					t.Errorf("freezing says %q, want %q", said, part)
				}
			}
			if !regexp.MustCompile(`shilu: 还有 [1-9]\d* 段「（请填写）」没有写\n`).MatchString(warned) {
				t.Errorf("freezing warns %q", warned)
			}
			if !regexp.MustCompile(`(?m)^报告编号 [0-9a-f-]{36}$`).MatchString(said) {
				t.Errorf("freezing does not name the report: %q", said)
			}
			word := read("frozen.docx")
			passages, err := docx.Read(bytes.NewReader(word), int64(len(word)))
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := docx.Plain(passages); !strings.Contains(text, "数字照存证点 № ") {
				t.Error("the frozen Word file does not say its checkpoint")
			}
			if said := shilu(exitDone, "report", "--year", "2024", "-o", path("live.docx")); strings.Count(said, "\n") != 1 {
				t.Errorf("nothing was corrected, but it says %q", said)
			}
			shilu(exitDone, "import", "testdata/2024-correction.csv", "--as", "liwf", "--verify-as", "zhoumin")
			if said := shilu(exitDone, "report", "--year", "2024", "-o", path("live.docx")); !strings.Contains(said, "training.short_attendees 短期培训人次：定稿 5050人次，现在 ") {
				t.Errorf("after a correction: %q", said)
			}
			shilu(exitDone, "verify")
		})
	}
}
