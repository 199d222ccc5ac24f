package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"shilu/internal/kit/errs"
)

var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// sniff tells by content whether the file is a zip (XLSX) or text (CSV), and refuses the rest, each with its own sentence.
func sniff(r io.ReaderAt, size int64) (Format, error) {
	if size == 0 {
		return "", errs.E(errs.Invalid, "文件是空的，请重新选择文件")
	}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read start of workbook: %w", err)
	}
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case has("PK\x03\x04"):
		return XLSX, nil
	case has("PK\x05\x06"):
		return "", errs.E(errs.Invalid, "文件是空的压缩包，请选择 xlsx 或 csv 文件")
	case bytes.HasPrefix(head, oleMagic):
		return "", oldOffice(r, size)
	case has("%PDF"):
		return "", errs.E(errs.Invalid, "这是 PDF 文件，请选择 xlsx 或 csv 文件")
	case has("\x89PNG"), has("\xff\xd8\xff"), has("GIF8"), has("BM") && bytes.IndexByte(head, 0) >= 0:
		return "", errs.E(errs.Invalid, "这是图片，请选择 xlsx 或 csv 文件")
	case has("Rar!"), has("7z\xbc\xaf\x27\x1c"), has("\x1f\x8b"):
		return "", errs.E(errs.Invalid, "这是压缩包，请先解压，再选择里面的 xlsx 或 csv 文件")
	case has("\x09\x08"), has("\x09\x04\x06\x00"), has("\x09\x02\x06\x00"):
		return "", oldFormat()
	}
	start := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")))
	switch {
	case strings.HasPrefix(start, "<?xml"), strings.HasPrefix(start, "<html"), strings.HasPrefix(start, "<!doctype"), strings.HasPrefix(start, "<table"),
		strings.HasPrefix(start, "<meta"), strings.HasPrefix(start, "<head"):
		return "", errs.E(errs.Invalid, "这是网页或 xml 格式的表，请在 WPS 里另存为 xlsx 再导入")
	case strings.HasPrefix(start, `{\rtf`):
		return "", errs.E(errs.Invalid, "这是 rtf 文档，请选择 xlsx 或 csv 文件")
	}
	return CSV, nil
}

func oldFormat() error {
	return errs.E(errs.Invalid, "这是 xls（或 et）格式，请在 WPS 里另存为 xlsx 再导入")
}

// oldOffice says what the compound file holds, by the names in its directory: entries of 128 bytes, each starting
// with a name in UTF-16. A workbook with a password is a compound file too.
func oldOffice(r io.ReaderAt, size int64) error {
	names := map[string]error{
		"EncryptedPackage":    errs.E(errs.Invalid, "文件加了密码，请去掉密码另存，再导入"),
		"EncryptionInfo":      errs.E(errs.Invalid, "文件加了密码，请去掉密码另存，再导入"),
		"WordDocument":        errs.E(errs.Invalid, "这是 Word 文档，请选择 xlsx 或 csv 文件"),
		"PowerPoint Document": errs.E(errs.Invalid, "这是演示文稿，请选择 xlsx 或 csv 文件"),
		"Workbook":            oldFormat(),
		"Book":                oldFormat(),
	}
	block := make([]byte, 64<<10)
	for at := int64(512); at < size; at += int64(len(block)) {
		n, err := r.ReadAt(block, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read compound file: %w", err)
		}
		for i := 0; i+128 <= n; i += 128 {
			if sentence, ok := names[entryName(block[i:i+128])]; ok {
				return sentence
			}
		}
	}
	return oldFormat()
}

// entryName is the name of a directory entry; "" for what cannot be one.
func entryName(entry []byte) string {
	n := int(entry[64]) | int(entry[65])<<8
	if n < 4 || n > 64 || n%2 != 0 || entry[66] == 0 || entry[66] > 5 {
		return ""
	}
	units := make([]uint16, n/2-1)
	for i := range units {
		units[i] = uint16(entry[2*i]) | uint16(entry[2*i+1])<<8
	}
	return string(utf16.Decode(units))
}

// refuse tells packages that are no plain workbook by their parts.
func (b *Book) refuse() error {
	has := func(name string) bool { _, ok := b.parts[name]; return ok }
	for name := range b.parts {
		if strings.HasSuffix(name, "vbaproject.bin") || strings.HasPrefix(name, "xl/macrosheets/") {
			return errs.E(errs.Invalid, "工作簿带宏，不能导入。请在 WPS 里另存为不带宏的 xlsx 再导入")
		}
	}
	if f, ok := b.parts["[content_types].xml"]; ok {
		types, err := b.readAll(f)
		if err != nil {
			return err
		}
		if bytes.Contains(bytes.ToLower(types), []byte("macroenabled")) {
			return errs.E(errs.Invalid, "工作簿带宏，不能导入。请在 WPS 里另存为不带宏的 xlsx 再导入")
		}
	}
	switch {
	case has("xl/workbook.bin"):
		return errs.E(errs.Invalid, "这是 xlsb 格式，请在 WPS 里另存为 xlsx 再导入")
	case has("encryptedpackage"):
		return errs.E(errs.Invalid, "文件加了密码，请去掉密码另存，再导入")
	case has("word/document.xml"):
		return errs.E(errs.Invalid, "这是 Word 文档，请选择 xlsx 或 csv 文件")
	case has("ppt/presentation.xml"):
		return errs.E(errs.Invalid, "这是演示文稿，请选择 xlsx 或 csv 文件")
	case has("mimetype") && has("content.xml"):
		return errs.E(errs.Invalid, "这是 ods 格式，请在 WPS 里另存为 xlsx 再导入")
	case has("ofd.xml"):
		return errs.E(errs.Invalid, "这是 OFD 文件，请选择 xlsx 或 csv 文件")
	case has("[content_types].xml"), has("xl/workbook.xml"), has("_rels/.rels"):
		return nil
	}
	return errs.E(errs.Invalid, "这是压缩包，请先解压，再选择里面的 xlsx 或 csv 文件")
}
