package evidence

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/simplifiedchinese"

	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

// zipOf is an archive of empty parts.
func zipOf(t testing.TB, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// encoded is a picture of a size: its upper left quarter is red.
func encoded(t testing.TB, format string, width, height int) string {
	t.Helper()
	p := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.RGBA{200, 0, 0, 255}})
	for y := range height / 2 {
		for x := range width / 2 {
			p.SetColorIndex(x, y, 1)
		}
	}
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, p)
	case "jpeg":
		err = jpeg.Encode(&b, p, nil)
	case "gif":
		err = gif.Encode(&b, p, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pngSaying is a PNG whose header names a size that its few bytes do not hold.
func pngSaying(width, height uint32) string {
	var head [17]byte
	copy(head[:], "IHDR")
	binary.BigEndian.PutUint32(head[4:], width)
	binary.BigEndian.PutUint32(head[8:], height)
	head[12] = 8
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head[:]...)
	return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head[:])))
}

func store(t testing.TB) (context.Context, *blob.Store) {
	t.Helper()
	s, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return org.With(t.Context(), "a-1"), s
}

// TestContentDecides: what a file is follows from its bytes; what is refused is named with its file and what to do.
func TestContentDecides(t *testing.T) {
	ctx, s := store(t)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("姓名,单位\n李文芳,青溪乡\n")
	if err != nil {
		t.Fatal(err)
	}
	const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	for _, c := range []struct{ name, content, want string }{ // want is a type, or words of the refusal
		{"签到册.jpg", encoded(t, "jpeg", 40, 30), "image/jpeg"},
		{"无后缀", encoded(t, "png", 40, 30), "image/png"},
		{"a.gif", encoded(t, "gif", 4, 3), "image/gif"},
		{"其实是png.jpg", encoded(t, "png", 40, 30), "image/png"},
		{"手机.heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic"},
		{"a.mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00", "video/mp4"},
		{"通知.pdf", "%PDF-1.7\n", "application/pdf"},
		{"通知.docx", zipOf(t, "[Content_Types].xml", "word/document.xml"), docx},
		{"台账.xlsx", zipOf(t, "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"公文.ofd", zipOf(t, "OFD.xml"), "application/ofd"},
		{"旧.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), ole},
		{"名单.txt", "名单：李文芳", "text/plain"},
		{"名单.csv", gbk, "text/plain"},

		{"签到册.jpg", "<!DOCTYPE html><script>alert(1)</script>", "「签到册.jpg」不是图片"},
		{"页.txt", "\xef\xbb\xbf  <html><body>", "是网页或矢量图"},
		{"图.txt", `<?xml version="1.0"?><svg onload="x()">`, "是网页或矢量图"},
		{"晚.csv", "a,b\n<script src=x></script>", "是网页或矢量图"},
		{"图.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", "是网页或矢量图"},
		{"程序.pdf", "MZ\x90\x00\x03", "不收「程序.pdf」"},
		{"脚本.txt", "#!/bin/sh\nrm -rf /", "不收「脚本.txt」"},
		{"名册.hta", "%PDF-1.7\n<script>", "不收「名册.hta」"},
		{"run.bat", "%PDF-1.6\n", "不收「run.bat」"},
		{"x.PS1", "ID3\x03", "不收「x.PS1」"},
		{"其实是图.pdf", encoded(t, "png", 4, 3), "不是 PDF"},
		{"包.rar", "Rar!\x1a\x07\x00", "压缩包请解开"},
		{"包.zip", zipOf(t, "a.jpg"), "压缩包请解开"},
		{"宏.docx", zipOf(t, "word/document.xml", "word/vbaProject.bin"), "带宏"},
		{"宏.xlsx", zipOf(t, "xl/workbook.xml", `xl\VBAPROJECT.BIN`), "带宏"},
		{"断.docx", zipOf(t, "word/document.xml")[:40], "打不开"},
		{"断.png", "\x89PNG\r\n\x1a\n\x00\x00", "打不开"},
		{"假.png", "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 200), "打不开"},
		{"名.rtf", "{\\rtf1 text}", "不收「名.rtf」"},
		{"二进制.txt", "a\x00b\x01", "不收「二进制.txt」"},
		{"空.pdf", "", "是空文件"},
		{"巨图.png", pngSaying(60000, 60000), "有 60000×60000 点，太大"},
	} {
		f, err := Receive(ctx, s, c.name, strings.NewReader(c.content))
		switch {
		case strings.Contains(c.want, "/"):
			if err != nil || f.Type != c.want || f.Size != int64(len(c.content)) || f.Picture() != (strings.HasPrefix(c.want, "image/") && c.want != "image/heic") {
				t.Errorf("%s: %+v, %v, want %s", c.name, f, err, c.want)
			}
		case !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %+v, %v, want %s", c.name, f, err, c.want)
		default:
			sum := sha256.Sum256([]byte(c.content))
			if kept, err := s.Open(ctx, org.Of(ctx), hex.EncodeToString(sum[:])); !errs.Is(err, errs.NotFound) {
				t.Errorf("%s was refused and is kept: %v, %v", c.name, kept, err)
			}
		}
	}
}

func TestUploadsThatDoNotEnd(t *testing.T) {
	ctx, s := store(t)
	_, err := Receive(ctx, s, "a.pdf", io.MultiReader(strings.NewReader("%PDF-"), iotest.ErrReader(errors.New("the line is down"))))
	if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "没有传完") {
		t.Errorf("broken off: %v", err)
	}
	zero := io.LimitReader(zeros{}, 4<<30)
	if _, err := Receive(ctx, s, "a.mp4", io.MultiReader(strings.NewReader("\x00\x00\x00\x18ftypisom"), zero)); !errs.Is(err, errs.TooLarge) {
		t.Errorf("without end: %v", err)
	}
	if left := zero.(*io.LimitedReader).N; left < 3<<30 {
		t.Errorf("%d of 4 GB were read", 4<<30-left)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		`C:\Users\li\签到册.jpg`: "签到册.jpg", "../../etc/passwd": "passwd", "a\u202egpj.exe": "agpj.exe", "a\r\nb.txt": "ab.txt", "": "未命名", "..": "..", "/": "未命名",
		strings.Repeat("长", 200) + ".xlsx": strings.Repeat("长", 115) + ".xlsx",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// shown is the preview of a picture as it would be sent.
func shown(t *testing.T, name, content string) (image.Image, error) {
	t.Helper()
	ctx, s := store(t)
	f, err := Receive(ctx, s, name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	small, err := preview(ctx, s, f)
	if err != nil {
		return nil, err
	}
	defer func() { _ = small.Close() }()
	p, err := jpeg.Decode(small)
	if err != nil {
		t.Fatal(err)
	}
	return p, nil
}

// red says in which quarter of a picture the red is.
func red(p image.Image) string {
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	for name, at := range map[string]image.Point{"upper left": {w / 4, h / 4}, "upper right": {w * 3 / 4, h / 4}, "lower left": {w / 4, h * 3 / 4}, "lower right": {w * 3 / 4, h * 3 / 4}} {
		if _, g, _, _ := p.At(at.X, at.Y).RGBA(); g < 0x6000 {
			return name
		}
	}
	return "nowhere"
}

func TestPreviews(t *testing.T) {
	for _, c := range []struct {
		name, content string
		w, h          int
	}{
		{"large.jpg", encoded(t, "jpeg", 1600, 1200), 320, 240},
		{"high.png", encoded(t, "png", 100, 2000), 16, 320},
		{"thin.png", encoded(t, "png", 4000, 2), 320, 1},
		{"small.gif", encoded(t, "gif", 40, 30), 40, 30}, // not made larger
	} {
		p, err := shown(t, c.name, c.content)
		if err != nil || p.Bounds().Dx() != c.w || p.Bounds().Dy() != c.h {
			t.Errorf("%s: %v, %v", c.name, p, err)
			continue
		}
		if c.h > 10 && red(p) != "upper left" {
			t.Errorf("%s: the red is %s", c.name, red(p))
		}
	}
}

// TestPreviewsStandUpright: a phone held sideways says so in EXIF.
func TestPreviewsStandUpright(t *testing.T) {
	plain := encoded(t, "jpeg", 640, 480)
	for turn, want := range map[uint16]struct {
		red  string
		w, h int
	}{1: {"upper left", 320, 240}, 2: {"upper right", 320, 240}, 3: {"lower right", 320, 240}, 4: {"lower left", 320, 240},
		5: {"upper left", 240, 320}, 6: {"upper right", 240, 320}, 7: {"lower right", 240, 320}, 8: {"lower left", 240, 320}, 99: {"upper left", 320, 240}} {
		for name, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			tiff := order.AppendUint32(order.AppendUint16([]byte(name), 42), 8)
			tiff = order.AppendUint16(order.AppendUint16(order.AppendUint16(tiff, 1), 0x0112), 3)
			tiff = order.AppendUint16(order.AppendUint16(order.AppendUint32(tiff, 1), turn), 0)
			exif := "Exif\x00\x00" + string(tiff)
			length := binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))
			p, err := shown(t, "a.jpg", plain[:2]+"\xff\xe1"+string(length)+exif+plain[2:])
			if err != nil || p.Bounds().Dx() != want.w || p.Bounds().Dy() != want.h || red(p) != want.red {
				t.Errorf("orientation %d (%s): %v, %v", turn, name, p.Bounds(), err)
			}
		}
	}
}

// TestNoPreview: pictures that cannot be decoded, or not within reason, are kept and have no preview.
func TestMemoryOfADecodedPicture(t *testing.T) {
	for _, c := range []struct {
		config image.Config
		format string
		want   int64
	}{{image.Config{ColorModel: color.NRGBA64Model, Width: 7740, Height: 7740}, "png", 8 * 7740 * 7740}, {image.Config{ColorModel: color.YCbCrModel, Width: 10, Height: 10}, "jpeg", 800},
		{image.Config{ColorModel: color.GrayModel, Width: 10, Height: 10}, "png", 100}, {image.Config{ColorModel: color.NRGBAModel, Width: 10, Height: 10}, "png", 400}} {
		if got := decoded(c.config, c.format); got != c.want {
			t.Errorf("%s %dx%d takes %d bytes, want %d", c.format, c.config.Width, c.config.Height, got, c.want)
		}
	}
}

func TestNoPreview(t *testing.T) {
	whole := encoded(t, "jpeg", 800, 600)
	for name, content := range map[string]string{"broken.jpg": whole[:len(whole)/8], "bomb.png": pngSaying(12000, 12000), "hollow.png": pngSaying(3000, 3000),
		"deep.jpg": encoded(t, "jpeg", 6200, 6200)} {
		if p, err := shown(t, name, content); !errors.Is(err, errNoPreview) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}
