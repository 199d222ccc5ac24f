// Package blob keeps files on disk by the sha256 of their content: Dir/<space>/ab/cd/<hash>. The same bytes are kept once
// a space (an association). A file is there entirely or not at all, whatever happens while it is written. Several copies of the
// program share a Bucket instead.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Store is a folder of files. It is safe for concurrent use, also by several processes.
type Store struct {
	dir    string
	bucket *Bucket // nil where the folder itself keeps the files
}

// Stored is what Put gives: the name of the content (hex sha256) and its length in bytes.
type Stored struct {
	Hash string
	Size int64
}

const incoming = "incoming"

// Open makes the folder if it is not there.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, incoming), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of files: %w", err)
	}
	return &Store{dir: dir}, nil
}

// Put streams r to disk and gives its name once it would survive a power cut. TooLarge when r has more than limit bytes:
// reading stops there and nothing is kept.
func (s *Store) Put(ctx context.Context, space string, r io.Reader, limit int64) (Stored, error) {
	return s.PutIf(ctx, space, r, limit, func(*os.File, Stored) error { return nil })
}

// PutIf is Put of what take finds good, which is shown the whole file first. What it refuses is not kept.
func (s *Store) PutIf(ctx context.Context, space string, r io.Reader, limit int64, take func(f *os.File, one Stored) error) (Stored, error) {
	if !plain(space) {
		return Stored{}, fmt.Errorf("blob: %q cannot name a space", space)
	}
	name := filepath.Join(s.dir, incoming, id.New())
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Stored{}, fmt.Errorf("keep a file: %w", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(name) // gone already when it was renamed
	}()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(cancelled{ctx, r}, limit+1))
	if err != nil {
		return Stored{}, fmt.Errorf("receive a file: %w", err)
	}
	if n > limit {
		return Stored{}, errs.E(errs.TooLarge, "文件超过 %s，请压缩或拆开后再传", Size(limit))
	}
	out := Stored{Hash: hex.EncodeToString(sum.Sum(nil)), Size: n}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Stored{}, fmt.Errorf("keep a file: %w", err)
	}
	if err := take(f, out); err != nil {
		return Stored{}, err
	}
	final := s.path(space, out.Hash)
	if s.bucket != nil {
		if err := s.bucket.put(ctx, space, out.Hash, f, n); err != nil {
			return Stored{}, errs.E(errs.Unavailable, "文件没有存上：文件存储没有收下，请稍后再传").Because(err)
		}
	}
	if good, err := whole(ctx, final, out.Hash); err != nil || good {
		return out, err // one that is damaged is replaced
	}
	if err := f.Sync(); err != nil {
		return Stored{}, fmt.Errorf("keep a file: %w", err)
	}
	if err := f.Close(); err != nil {
		return Stored{}, fmt.Errorf("keep a file: %w", err)
	}
	if err := moveInto(name, final); err != nil {
		return Stored{}, fmt.Errorf("keep a file: %w", err)
	}
	return out, nil
}

// Open reads a file; the caller closes it. NotFound when there is none of that name.
func (s *Store) Open(ctx context.Context, space, hash string) (*os.File, error) {
	if !plain(space) || !isHash(hash) {
		return nil, errs.E(errs.NotFound, "没有这个文件")
	}
	path := s.path(space, hash)
	if s.bucket != nil {
		now := time.Now() //nolint:forbidigo // the folder has the machine's clock; Sweep goes by it
		if err := os.Chtimes(path, now, now); errors.Is(err, fs.ErrNotExist) {
			if err := s.fetch(ctx, space, hash); err != nil {
				return nil, err
			}
		}
	}
	return s.open(path, hash)
}

func (s *Store) open(path, hash string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(hash, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", hash[:12], err)
	}
	return f, nil
}

func missing(hash string, cause error) error {
	return errs.E(errs.NotFound, "文件不在了，请从备份恢复（%s）", hash[:12]).Because(cause)
}

// Check reads a file in full and reports whether it still is what its name says.
func (s *Store) Check(ctx context.Context, space, hash string) (bool, error) {
	if s.bucket != nil {
		if !plain(space) || !isHash(hash) {
			return false, errs.E(errs.NotFound, "没有这个文件")
		}
		return s.bucket.read(ctx, space, hash, io.Discard)
	}
	f, err := s.Open(ctx, space, hash)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	return is(ctx, f, hash)
}

// whole reports whether there is a file at the path which is what its name says.
func whole(ctx context.Context, path, hash string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, nil // none, or one that cannot be read: it is written again
	}
	defer func() { _ = f.Close() }()
	return is(ctx, f, hash)
}

func is(ctx context.Context, f *os.File, hash string) (bool, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, cancelled{ctx, f}); err != nil {
		return false, fmt.Errorf("read file %s: %w", hash[:12], err)
	}
	return hex.EncodeToString(sum.Sum(nil)) == hash, nil
}

// Delete removes a file and what was derived from it. A file that is not there is no error.
func (s *Store) Delete(ctx context.Context, space, hash string) error {
	if !plain(space) || !isHash(hash) {
		return nil
	}
	if s.bucket != nil {
		if err := s.bucket.delete(ctx, space, hash); err != nil {
			return fmt.Errorf("delete file %s: %w", hash[:12], err)
		}
	}
	derived, err := filepath.Glob(s.path(space, hash) + ".*")
	if err != nil {
		return fmt.Errorf("list what was derived from %s: %w", hash[:12], err)
	}
	for _, path := range append(derived, s.path(space, hash)) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete file %s: %w", hash[:12], err)
		}
	}
	return nil
}

// Derived opens what was made from a file under a short name ("320"), and makes it first if it is not there. It can be
// lost at any time: it is made again.
func (s *Store) Derived(ctx context.Context, space, hash, name string, derive func(src *os.File, dst io.Writer) error) (*os.File, error) {
	if !plain(space) || !isHash(hash) || !plain(name) {
		return nil, errs.E(errs.NotFound, "没有这个文件")
	}
	path := s.path(space, hash) + "." + name
	if f, err := os.Open(path); err == nil {
		return f, nil
	}
	src, err := s.Open(ctx, space, hash)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	temp := filepath.Join(s.dir, incoming, id.New())
	dst, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep a derived file: %w", err)
	}
	defer func() { _ = os.Remove(temp) }()
	err = derive(src, dst)
	if err = errors.Join(err, dst.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, path); err != nil {
		return nil, fmt.Errorf("keep a derived file: %w", err)
	}
	return s.open(path, hash)
}

// Sweep removes what interrupted uploads left behind before the instant, and gives how many. Of a store with a bucket it removes the
// copies too that nobody used since.
func (s *Store) Sweep(before time.Time) (int, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, incoming))
	if err != nil {
		return 0, fmt.Errorf("list interrupted uploads: %w", err)
	}
	n := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, incoming, e.Name())); err == nil {
			n++
		}
	}
	if s.bucket != nil {
		if err := s.sweepCopies(before); err != nil {
			return n, fmt.Errorf("sweep the copies of files: %w", err)
		}
	}
	return n, nil
}

func (s *Store) path(space, hash string) string {
	return filepath.Join(s.dir, space, hash[:2], hash[2:4], hash)
}

// moveInto renames a file to its place and makes the rename last: the folders are synced up to the space.
func moveInto(temp, final string) error {
	dir := filepath.Dir(final)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(temp, final); err != nil {
		return err
	}
	for _, d := range []string{dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be synced there; NTFS journals the rename
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// plain keeps names of folders apart from paths: letters, digits, - and _ only.
func plain(name string) bool {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return name != "" && name != incoming && len(name) <= 64
}

func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Size writes a length as people read it: 20 MB, 1.5 GB.
func Size(bytes int64) string {
	unit, name := int64(1), "B"
	for _, u := range []struct {
		n    int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if bytes >= u.n {
			unit, name = u.n, u.name
			break
		}
	}
	if bytes%unit == 0 || bytes/unit >= 10 {
		return fmt.Sprintf("%d %s", (bytes+unit/2)/unit, name)
	}
	return fmt.Sprintf("%.1f %s", float64(bytes)/float64(unit), name)
}

// cancelled stops a copy when its context ends.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
