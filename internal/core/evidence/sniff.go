package evidence

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"shilu/internal/kit/errs"
)

const (
	sniffed = 4096
	zipped  = "application/zip" // an office file, or refused
	ole     = "application/x-ole-storage"
)

// magic are the beginnings of files, with where they stand.
var magic = []struct {
	at     int
	begins string
	kind   string // "" is refused
}{
	{0, "\xff\xd8\xff", "image/jpeg"},
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{8, "WEBP", "image/webp"},
	{4, "ftyphei", "image/heic"},
	{4, "ftypmif1", "image/heic"},
	{4, "ftyp", "video/mp4"},
	{0, "%PDF-", "application/pdf"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ole},
	{0, "PK\x03\x04", zipped},
	{0, "ID3", "audio/mpeg"},
	{0, "#!AMR", "audio/amr"},
	{0, "MZ", ""},
	{0, "\x7fELF", ""},
	{0, "\xca\xfe\xba\xbe", ""},
	{0, "\xcf\xfa\xed\xfe", ""},
	{0, "#!", ""},
	{0, "Rar!", ""},
	{0, "7z\xbc\xaf", ""},
	{0, "\x1f\x8b", ""},
}

// pictures are the endings that promise a picture.
var pictures = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".heic"}

// runnable are the endings that Windows or a browser runs.
var runnable = []string{".exe", ".com", ".scr", ".pif", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".jse", ".mjs", ".wsf", ".wsh", ".hta", ".lnk", ".url",
	".reg", ".msi", ".msp", ".jar", ".cpl", ".dll", ".sys", ".chm", ".apk", ".sh", ".app", ".htm", ".html", ".xhtml", ".mht", ".mhtml", ".swf", ".iso", ".img"}

// sniff says by its first bytes what a file is. It refuses what can run (programs, scripts, pages, svg), what nobody can look
// into (archives), and what is not what its name promises.
func sniff(head []byte, name string) (string, error) {
	ext := strings.ToLower(filepath.Ext(name))
	kind, begins := known(head)
	switch {
	case slices.Contains(runnable, ext): // whatever it begins with: the name is what opens it on an office PC
		return "", refused(name)
	case slices.Contains(pictures, ext) && !strings.HasPrefix(kind, "image/"):
		return "", errs.E(errs.Invalid, "「%s」不是图片，请重新拍照或另存为 jpg 后再传", name)
	case begins && kind == "":
		return "", refused(name)
	case ext == ".pdf" && kind != "application/pdf":
		return "", errs.E(errs.Invalid, "「%s」不是 PDF，请重新打印成 PDF 后再传", name)
	case begins:
		return kind, nil
	case markup(head):
		return "", errs.E(errs.Invalid, "「%s」是网页或矢量图，不收，请打印成 PDF 后再传", name)
	case plainText(head) && (ext == ".txt" || ext == ".csv"):
		return "text/plain", nil
	}
	return "", refused(name)
}

func refused(name string) error {
	return errs.E(errs.Invalid, "不收「%s」这种文件，请传图片、PDF、OFD、Word、Excel、WPS、文本或 mp4；压缩包请解开后分别上传", name)
}

// known is the kind of a file by its first bytes; false when they say nothing.
func known(head []byte) (string, bool) {
	for _, m := range magic {
		if len(head) >= m.at+len(m.begins) && string(head[m.at:m.at+len(m.begins)]) == m.begins {
			if m.kind == "image/webp" && !bytes.HasPrefix(head, []byte("RIFF")) {
				continue
			}
			return m.kind, true
		}
	}
	return "", false
}

// markup reports whether a text is HTML, XML or SVG, which a browser would run.
func markup(head []byte) bool {
	text := strings.ToLower(strings.TrimLeft(string(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), " \t\r\n\f\x00"))
	if strings.HasPrefix(text, "<") {
		return true
	}
	for _, tag := range []string{"<html", "<script", "<svg", "<!doctype", "<body", "<iframe"} {
		if strings.Contains(text, tag) {
			return true
		}
	}
	return false
}

// plainText reports whether the bytes are text in UTF-8 or GBK.
func plainText(head []byte) bool {
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	for cut := 0; cut < 4 && cut < len(head); cut++ { // the last character may be cut
		if utf8.Valid(head[:len(head)-cut]) {
			return true
		}
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(head[:len(head)/2*2])
	return err == nil && bytes.Count(text, []byte("\ufffd")) <= 1
}

// office says which office format a zip file is. It refuses other archives and files with macros. Nothing is unpacked.
func office(r io.ReaderAt, size int64, name string) (string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", errs.E(errs.Invalid, "「%s」打不开，可能没有传完或已损坏，请再传一次", name).Because(err)
	}
	kind := ""
	for _, f := range z.File {
		switch n := path.Clean(strings.ReplaceAll(f.Name, `\`, "/")); {
		case strings.EqualFold(path.Base(n), "vbaProject.bin"):
			return "", errs.E(errs.Invalid, "「%s」带宏，不收，请另存为不带宏的 docx 或 xlsx 后再传", name)
		case n == "OFD.xml":
			kind = "application/ofd"
		case n == "word/document.xml":
			kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
		case n == "xl/workbook.xml":
			kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		case n == "ppt/presentation.xml":
			kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
		}
	}
	if kind == "" {
		return "", refused(name)
	}
	return kind, nil
}
