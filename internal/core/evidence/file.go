package evidence

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

// File is the content of a paper. Type is what the content is, whatever its name says; Width and Height are those of a picture.
type File struct {
	Hash   string `json:"hash,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Type   string `json:"type,omitempty"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// Picture reports whether browsers show the file as a picture.
func (f File) Picture() bool { return f.Width > 0 }

// FilesNamed is the query for all files that papers name, as (association, hash).
const FilesNamed = "SELECT association, hash FROM file"

// Limit is the most bytes that a file may have: a scanned notice, a phone's photo, a short video.
const Limit = 100 << 20

// Receive streams an upload to the store, outside any transaction, and says what it is. It is not bound to anything yet: that
// is Attach. TooLarge over Limit; Invalid when the content is of a type that is not taken, or not what its name says.
func Receive(ctx context.Context, store *blob.Store, name string, r io.Reader) (File, error) {
	name = CleanName(name)
	head := make([]byte, sniffed)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull gives these as they are
		return File{}, errs.E(errs.Invalid, "「%s」没有传完，请再传一次", name).Because(err)
	}
	head = head[:n]
	if n == 0 {
		return File{}, errs.E(errs.Invalid, "「%s」是空文件，请重新选", name)
	}
	if _, err := sniff(head, name); err != nil { // refuse before a gigabyte is stored
		return File{}, err
	}
	var out File
	if _, err := store.PutIf(ctx, org.Of(ctx), io.MultiReader(strings.NewReader(string(head)), r), Limit, func(f *os.File, stored blob.Stored) error {
		out, err = inspect(f, head, name, stored)
		return err
	}); err != nil {
		return File{}, err
	}
	return out, nil
}

// inspect says what a stored file is, with the whole of it at hand.
func inspect(f *os.File, head []byte, name string, stored blob.Stored) (File, error) {
	out := File{Hash: stored.Hash, Size: stored.Size}
	kind, err := sniff(head, name)
	if err != nil {
		return out, err
	}
	switch {
	case kind == zipped:
		kind, err = office(f, stored.Size, name)
	case strings.HasPrefix(kind, "image/") && kind != "image/heic":
		out.Width, out.Height, err = measure(f, kind, name)
	}
	out.Type = kind
	return out, err
}

// CleanName is the last part of a file's name as an upload gives it, without what no file name has, at most 120 characters.
func CleanName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f", r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 120 {
		ext := []rune(filepath.Ext(name))
		if len(ext) > 8 {
			ext = nil
		}
		name = string(runes[:120-len(ext)]) + string(ext)
	}
	if name == "" || name == "." || name == "/" {
		return "未命名"
	}
	return name
}
