package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

func open(t *testing.T) (*blob.Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// files lists what is in the folder, with paths from it.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // sha256 of "abc" (FIPS 180-2, B.1)

func TestPutKeepsTheSameBytesOnce(t *testing.T) {
	s, dir := open(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := s.Put(t.Context(), "a1", strings.NewReader("abc"), 3)
			if err != nil || got != (blob.Stored{Hash: abc, Size: 3}) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if got := files(t, dir); len(got) != 1 || got[0] != "a1/ba/78/"+abc {
		t.Errorf("on disk: %v", got)
	}
	f, err := s.Open(t.Context(), "a1", abc)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, _ := io.ReadAll(f); string(text) != "abc" {
		t.Errorf("read %q", text)
	}
	if _, err := s.Open(t.Context(), "a2", abc); !errs.Is(err, errs.NotFound) {
		t.Errorf("another space sees the file: %v", err)
	}
}

func TestPutRefusesAndLeavesNothing(t *testing.T) {
	s, dir := open(t)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("line cut")
	for name, c := range map[string]struct {
		ctx   context.Context
		space string
		r     io.Reader
		want  func(error) bool
	}{
		"one byte too long": {t.Context(), "a1", strings.NewReader("abcd"), func(err error) bool { return errs.Is(err, errs.TooLarge) }},
		"endless":           {t.Context(), "a1", endless{}, func(err error) bool { return errs.Is(err, errs.TooLarge) }},
		"line cut":          {t.Context(), "a1", io.MultiReader(strings.NewReader("ab"), failing{broken}), func(err error) bool { return errors.Is(err, broken) }},
		"cancelled":         {stopped, "a1", strings.NewReader("abc"), func(err error) bool { return errors.Is(err, context.Canceled) }},
		"space as a path":   {t.Context(), "../a1", strings.NewReader("abc"), func(err error) bool { return err != nil }},
	} {
		if _, err := s.Put(c.ctx, c.space, c.r, 3); !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestPutIfKeepsOnlyWhatIsTaken(t *testing.T) {
	s, dir := open(t)
	unwanted := errors.New("unwanted")
	look := func(answer error) func(*os.File, blob.Stored) error {
		return func(f *os.File, one blob.Stored) error {
			if text, err := io.ReadAll(f); string(text) != "abc" || err != nil || one.Size != 3 || one.Hash != abc {
				t.Errorf("shown %q of %+v, %v", text, one, err)
			}
			return answer
		}
	}
	if _, err := s.PutIf(t.Context(), "a1", strings.NewReader("abc"), 3, look(unwanted)); !errors.Is(err, unwanted) {
		t.Errorf("refused: %v", err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	if _, err := s.PutIf(t.Context(), "a1", strings.NewReader("abc"), 3, look(nil)); err != nil || len(files(t, dir)) != 1 {
		t.Errorf("taken: %v, %v", files(t, dir), err)
	}
}

func TestPutReplacesADamagedFile(t *testing.T) {
	s, dir := open(t)
	for _, damage := range []string{"abd", "ab", ""} {
		if _, err := s.Put(t.Context(), "a1", strings.NewReader("abc"), 3); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "a1", abc[:2], abc[2:4], abc)
		if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Put(t.Context(), "a1", strings.NewReader("abc"), 3); err != nil || got.Hash != abc {
			t.Errorf("over %q: %v, %v", damage, got, err)
		}
		if good, err := s.Check(t.Context(), "a1", abc); err != nil || !good {
			t.Errorf("over %q the file is still damaged: %v", damage, err)
		}
	}
}

func TestOpenRefusesWhatIsNoName(t *testing.T) {
	s, dir := open(t)
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{"", "secret", "../secret", strings.Repeat("z", 64), strings.ToUpper(abc), abc + "/../../../secret"} {
		if _, err := s.Open(t.Context(), "a1", hash); !errs.Is(err, errs.NotFound) {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

func TestCheckSeesAChangedByte(t *testing.T) {
	s, dir := open(t)
	if _, err := s.Put(t.Context(), "a1", strings.NewReader("abc"), 3); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Check(t.Context(), "a1", abc); !ok || err != nil {
		t.Fatalf("whole file: %v, %v", ok, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a1", "ba", "78", abc), []byte("abd"), 0o600); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Check(t.Context(), "a1", abc); ok || err != nil {
		t.Errorf("changed file: %v, %v", ok, err)
	}
}

func TestDerivedIsMadeOnceAndGoesWithItsFile(t *testing.T) {
	s, dir := open(t)
	if _, err := s.Put(t.Context(), "a1", strings.NewReader("abc"), 3); err != nil {
		t.Fatal(err)
	}
	made := 0
	upper := func(src *os.File, dst io.Writer) error {
		made++
		text, err := io.ReadAll(src)
		_, _ = dst.Write(bytes.ToUpper(text))
		return err
	}
	for range 2 {
		f, err := s.Derived(t.Context(), "a1", abc, "upper", upper)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := io.ReadAll(f); string(text) != "ABC" {
			t.Errorf("derived %q", text)
		}
		_ = f.Close()
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	bad := errors.New("no picture")
	if _, err := s.Derived(t.Context(), "a1", abc, "bad", func(*os.File, io.Writer) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	if err := s.Delete(t.Context(), "a1", abc); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestSweepRemovesOnlyOldUploads(t *testing.T) {
	s, dir := open(t)
	old := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for name, at := range map[string]time.Time{"old": old, "new": old.AddDate(0, 0, 2)} {
		path := filepath.Join(dir, "incoming", name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Sweep(old.AddDate(0, 0, 1)); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if got := files(t, dir); len(got) != 1 || got[0] != "incoming/new" {
		t.Errorf("left: %v", got)
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1 << 20: "1 MB", 20 << 20: "20 MB", 3 << 29: "1.5 GB", 12_900_000: "12 MB", 2048: "2 KB"} {
		if got := blob.Size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
