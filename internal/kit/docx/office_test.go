package docx

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// office converts documents with LibreOffice and gives the names of the files.
func office(t *testing.T, to string, docs ...Document) []string {
	t.Helper()
	for _, program := range []string{"soffice", "pdftotext", "pdfinfo"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing; scripts/prepare installs it (make test runs it)", program)
		}
	}
	dir := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + dir + "/profile", "--headless", "--convert-to", to, "--outdir", filepath.Join(dir, "out")}
	var files []string
	for i, d := range docs {
		name := filepath.Join(dir, fmt.Sprintf("%d.docx", i))
		if err := os.WriteFile(name, written(t, d), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
		files = append(files, filepath.Join(dir, "out", fmt.Sprintf("%d.%s", i, to)))
	}
	if out, err := exec.Command("soffice", args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	return files
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out)
}

// pages is the text of each page, line by line, without blanks: LibreOffice sets some between digits and Chinese text.
func pages(t *testing.T, pdf string) [][]string {
	t.Helper()
	text := strings.NewReplacer(" ", "", "　", "").Replace(run(t, "pdftotext", "-layout", pdf, "-"))
	var list [][]string
	for page := range strings.SplitSeq(strings.TrimSuffix(text, "\f"), "\f") {
		list = append(list, strings.FieldsFunc(page, func(r rune) bool { return r == '\n' }))
	}
	return list
}

// TestPrinted prints documents and reads the pages.
func TestPrinted(t *testing.T) {
	lines := Document{Title: "满页", Body: []Block{}}
	for i := range 42 { // with the title and the free line below it 44: two full pages
		lines.Body = append(lines.Body, P(Text(fmt.Sprintf("第%d行", i+3))))
	}
	over := lines
	over.Body = append(append([]Block{}, lines.Body...), P(Text("第45行")))
	full := Document{Title: "满行", Body: []Block{P(Text(strings.Repeat("国", 26+28+5)))}}
	signed := Document{Title: "署名", Signature: "云岭县科协", Date: "2026年3月5日"}
	for range 20 { // two lines are left on the page, and the signature needs four: it takes the last paragraph along
		signed.Body = append(signed.Body, P(Text("一行。")))
	}
	pdfs := office(t, "pdf", lines, over, full, signed, report(), thirtyPages())

	got := pages(t, pdfs[0])
	if len(got) != 2 || len(got[0]) != 22 || got[0][20] != "第22行" || got[1][0] != "第23行" || got[1][21] != "第44行" || got[1][22] != "—2—" {
		t.Errorf("44 lines print as %d pages: %q", len(got), got)
	}
	if got := pages(t, pdfs[1]); len(got) != 3 || got[2][0] != "第45行" {
		t.Errorf("45 lines print as %d pages", len(got))
	}
	if got := pages(t, pdfs[2]); len(got[0]) < 4 || len([]rune(got[0][1])) != 26 || len([]rune(got[0][2])) != 28 || len([]rune(got[0][3])) != 5 {
		t.Errorf("lines break as %q, want 26, 28 and 5 characters", got)
	}
	if got := pages(t, pdfs[3]); len(got) != 2 || strings.Join(got[1], "|") != "一行。|云岭县科协|2026年3月5日|—2—" {
		t.Errorf("the signature prints as %q", got)
	}
	checkReport(t, pdfs[4])
	if got := pages(t, pdfs[5]); len(got) != 30 { // BenchmarkWrite measures this one
		t.Errorf("the long report has %d pages, want 30", len(got))
	}
}

func checkReport(t *testing.T, pdf string) {
	got := pages(t, pdf)
	if len(got) != 11 {
		t.Fatalf("the report has %d pages, want 11", len(got))
	}
	for page, want := range map[int]string{
		1: "（2026年12月20日）|市科协：", 2: "表1各乡镇培训情况|单位：期、人次", 4: "表2各月培训期数|", 5: "|乡镇1月2月",
		7: "附件：1.2026年实用技术培训数字来处|2.各乡镇按月", 8: "附件1|2026年实用技术培训数字来处|下列数字可以逐个打开。|数字来处|", 9: "附件2|各乡镇", 11: "数字截至存证点1842（2026年12月20日），由实录1.0算出，",
	} {
		if text := strings.Join(got[page-1], "|"); !strings.Contains(text, want) {
			t.Errorf("page %d lacks %q: %s", page, want, text)
		}
		if !strings.Contains(strings.Join(got[page-1], "|"), "草稿") {
			t.Errorf("page %d lacks the header", page)
		}
	}
	sizes := regexp.MustCompile(`Page +(\d+) size: +([\d.]+) x ([\d.]+)`).FindAllStringSubmatch(run(t, "pdfinfo", "-f", "1", "-l", "11", pdf), -1)
	for i, size := range sizes {
		landscape := slices.Contains([]string{"4", "5", "6", "9", "10", "11"}, size[1])
		if (size[2] > size[3]) != landscape || len(sizes) != 11 {
			t.Errorf("page %d of %d is %s x %s", i+1, len(sizes), size[2], size[3])
		}
	}
	// The page number on the sheet, in points from the upper left: right on odd pages, left on even pages; on landscape pages, turned
	// clockwise, that is low and high at the left edge.
	boxes := run(t, "pdftotext", "-bbox", pdf, "-")
	for i, page := range strings.Split(boxes, "<page ")[1:] {
		number := regexp.MustCompile(`xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">—? ?`+strconv.Itoa(i+1)+`</word>`).FindAllStringSubmatch(page, -1)
		near := false
		for _, m := range number {
			var x0, y0, x1, y1 float64
			fmt.Sscan(strings.Join(m[1:], " "), &x0, &y0, &x1, &y1)
			x, y := (x0+x1)/2, (y0+y1)/2
			if x < 100 && y < 700 { // landscape: turn the sheet back
				x, y = y, 841.9-x
			}
			wantX := 105.0
			if i%2 == 0 {
				wantX = 496
			}
			near = near || x > wantX-20 && x < wantX+20 && y > 755 && y < 770
		}
		if !near {
			t.Errorf("page %d has its number elsewhere: %v", i+1, number)
		}
	}
}

// TestSavedElsewhere finds the figures in a document that LibreOffice has read and saved.
func TestSavedElsewhere(t *testing.T) {
	b, err := os.ReadFile(office(t, "docx", report())[0])
	if err != nil {
		t.Fatal(err)
	}
	list, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	_, got := Plain(list)
	_, want := Plain(reread(t, report()))
	if len(got) != len(want) {
		t.Fatalf("%d figures, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i].Query != want[i].Query || got[i].Text != want[i].Text {
			t.Errorf("figure %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}
