package demo

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

var update = flag.Bool("update", false, "write the characters anew from the font")

const noto = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

// needed are the characters of all that pictures of papers say, sorted: those of the tables and of the texts on the papers.
func needed(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, source := range []string{"data/*.csv", "signin.go", "form.go", "gathering.go", "course.go", "stand.go", "occasion.go", "special.go", "census.go"} {
		files, err := filepath.Glob(source)
		if err != nil || len(files) == 0 {
			t.Fatal(source, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	all.WriteString(Association)
	runes := slices.DeleteFunc([]rune(all.String()), func(c rune) bool { return c <= ' ' })
	slices.Sort(runes)
	return string(slices.Compact(runes))
}

func TestCharactersOfTheSignInSheets(t *testing.T) {
	lines := []string{needed(t), "签到册活动确认书设施验收单公报摘录"}
	if *update {
		font, err := os.ReadFile(noto)
		if err != nil {
			t.Fatal(err)
		}
		for i, size := range []int{textSize, titleSize} {
			if err := os.WriteFile(fmt.Sprintf("data/glyphs-%d.png", size), strike(t, font, lines[i], size), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile("data/glyphs.txt", []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	both, err := glyphs()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		for _, c := range line {
			if _, ok := both[i].at[c]; !ok {
				t.Errorf("the strip of %d pixels lacks %c: go test ./internal/app/demo -update", both[i].size, c)
			}
		}
	}
}

// strike draws characters of a font in the shades of a sheet, perLine a row.
func strike(t *testing.T, ttc []byte, chars string, size int) []byte {
	t.Helper()
	fonts, err := opentype.ParseCollection(ttc)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fonts.Font(2) // SC
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		t.Fatal(err)
	}
	runes := []rune(chars)
	bounds := image.Rect(0, 0, perLine*size, (len(runes)+perLine-1)/perLine*size)
	grey := image.NewGray(bounds)
	d := font.Drawer{Dst: grey, Src: image.White, Face: face}
	for i, c := range runes {
		d.Dot = fixed.P(i%perLine*size, i/perLine*size+size*88/100)
		d.DrawString(string(c))
	}
	out := image.NewPaletted(bounds, shades[:3])
	for i, v := range grey.Pix {
		switch {
		case v > 150:
			out.Pix[i] = 2
		case v > 60:
			out.Pix[i] = 1
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
