package blob_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

// storage is an S3 server in memory that can be made to fail.
type storage struct {
	*httptest.Server
	*s3mem.Backend
	down atomic.Bool
	puts atomic.Int64
}

func newStorage(t *testing.T) *storage {
	t.Helper()
	s := &storage{Backend: s3mem.New()}
	if err := s.CreateBucket("papers"); err != nil {
		t.Fatal(err)
	}
	faker := gofakes3.New(s.Backend).Server()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			http.Error(w, "down", http.StatusForbidden)
			return
		}
		if r.Method == http.MethodPut {
			s.puts.Add(1)
		}
		faker.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *storage) address(bucket string) string {
	return strings.Replace(s.URL, "http://", "s3://key:"+url.PathEscape("se/cr@t")+"@", 1) + "/" + bucket + "/yunling?tls=off&region=cn-north-1"
}

// copyOf is the store of one more copy of the program.
func copyOf(t *testing.T, s *storage) (*blob.Store, string) {
	t.Helper()
	b, err := blob.Dial(t.Context(), s.address("papers"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store, err := blob.OpenBucket(dir, b)
	if err != nil {
		t.Fatal(err)
	}
	return store, dir
}

func content(t *testing.T, s *blob.Store, hash string) string {
	t.Helper()
	f, err := s.Open(t.Context(), "a1", hash)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestCopiesShareTheFilesOfABucket(t *testing.T) {
	s := newStorage(t)
	one, oneDir := copyOf(t, s)
	two, twoDir := copyOf(t, s)
	kept, err := one.Put(t.Context(), "a1", strings.NewReader("abc"), 3)
	if err != nil || kept.Hash != abc {
		t.Fatal(kept, err)
	}
	if got := content(t, two, abc); got != "abc" {
		t.Errorf("the other copy reads %q", got)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := two.Put(t.Context(), "a1", strings.NewReader("abc"), 3); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.puts.Load(); n != 1 {
		t.Errorf("the same bytes were sent %d times", n)
	}
	big := bytes.Repeat([]byte("0123456789"), 2_000_000) // above what clients like to send in one part
	kept, err = one.Put(t.Context(), "a1", bytes.NewReader(big), int64(len(big)))
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, two, kept.Hash); got != string(big) {
		t.Errorf("a big file comes back with %d bytes", len(got))
	}
	// What the folders have is only a copy: it is swept when nobody uses it, and lost without harm.
	if _, err := one.Sweep(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left := files(t, oneDir); len(left) != 0 {
		t.Errorf("swept, the folder still has %v", left)
	}
	if err := os.RemoveAll(filepath.Join(twoDir, "a1")); err != nil {
		t.Fatal(err)
	}
	if content(t, one, abc) != "abc" || content(t, two, abc) != "abc" {
		t.Error("a copy that was lost does not come back")
	}
	small, err := two.Derived(t.Context(), "a1", abc, "320", func(src *os.File, dst io.Writer) error {
		_, err := io.Copy(dst, src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = small.Close()
	for _, store := range []*blob.Store{one, two} {
		if good, err := store.Check(t.Context(), "a1", abc); err != nil || !good {
			t.Errorf("check: %v %v", good, err)
		}
	}
	if err := one.Delete(t.Context(), "a1", abc); err != nil {
		t.Fatal(err)
	}
	if err := one.Delete(t.Context(), "a1", abc); err != nil {
		t.Errorf("deleting twice: %v", err)
	}
	if _, err := one.Open(t.Context(), "a1", abc); !errs.Is(err, errs.NotFound) {
		t.Errorf("a deleted file opens: %v", err)
	}
}

func TestABucketThatFails(t *testing.T) {
	s := newStorage(t)
	store, dir := copyOf(t, s)
	if _, err := store.Put(t.Context(), "a1", strings.NewReader("abc"), 3); err != nil {
		t.Fatal(err)
	}
	// A file that was changed in the storage is never shown, and verification says so.
	key := "yunling/a1/" + abc[:2] + "/" + abc[2:4] + "/" + abc
	if _, err := s.PutObject("papers", key, map[string]string{}, strings.NewReader("abd"), 3, &gofakes3.PutConditions{}); err != nil {
		t.Fatal(err)
	}
	if good, err := store.Check(t.Context(), "a1", abc); err != nil || good {
		t.Errorf("a changed file passes: %v %v", good, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "a1")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), "a1", abc); !errs.Is(err, errs.Conflict) {
		t.Errorf("a changed file opens: %v", err)
	}
	s.down.Store(true)
	if _, err := store.Put(t.Context(), "a1", strings.NewReader("xyz"), 3); !errs.Is(err, errs.Unavailable) {
		t.Errorf("an upload while the storage is down: %v", err)
	}
	if _, err := store.Open(t.Context(), "a1", abc); err == nil || errs.Is(err, errs.NotFound) {
		t.Errorf("a file while the storage is down is not said to be missing: %v", err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("failures left %v", left)
	}
	if _, err := blob.Dial(t.Context(), s.address("papers")); !errs.Is(err, errs.Unavailable) {
		t.Errorf("dialling a storage that refuses: %v", err)
	}
}

func TestAddressesOfBuckets(t *testing.T) {
	s := newStorage(t)
	for address, kind := range map[string]errs.Kind{
		"": errs.Invalid, "s3://host/papers": errs.Invalid, "https://k:s@host/papers": errs.Invalid, "s3://k:s@host": errs.Invalid, "s3://k:s@%zz/x": errs.Invalid, s.address("nobodys"): errs.Unavailable,
	} {
		_, err := blob.Dial(t.Context(), address)
		if !errs.Is(err, kind) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "se/cr@t") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}
