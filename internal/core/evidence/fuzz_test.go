package evidence

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

// taken are all types that a paper can have.
var taken = []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "video/mp4", "audio/mpeg", "audio/amr", "application/pdf", "application/ofd", ole, "text/plain",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation"}

// FuzzInspect: whatever an upload holds and is called, it has one of the types that are taken or is refused in words.
func FuzzInspect(f *testing.F) {
	for _, content := range []string{encoded(f, "jpeg", 9, 7), encoded(f, "png", 9, 7), encoded(f, "gif", 9, 7), pngSaying(60000, 60000), zipOf(f, "xl/workbook.xml"), zipOf(f, "a"),
		"%PDF-1.4", "RIFF\x00\x00\x00\x00WEBPVP8 ", "\x00\x00\x00\x18ftypheic", "MZ", "<svg>", "名单", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"} {
		for _, name := range []string{"a.jpg", "a.txt", "a"} {
			f.Add([]byte(content), name)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		got, err := inspect(file, content[:min(len(content), sniffed)], CleanName(name), blob.Stored{Hash: "00", Size: int64(len(content))})
		switch {
		case err != nil && !errs.Is(err, errs.Invalid):
			t.Errorf("%q: %v", name, err)
		case err == nil && !slices.Contains(taken, got.Type):
			t.Errorf("%q is taken as %q", name, got.Type)
		case err == nil && got.Picture() && int64(got.Width)*int64(got.Height) > maxPixels:
			t.Errorf("%q: %d×%d", name, got.Width, got.Height)
		}
	})
}

// FuzzOrientation: EXIF is read from files of unknown origin.
func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := orientation(bytes.NewReader(b)); got < 1 || got > 8 {
			t.Errorf("orientation %d", got)
		}
	})
}
