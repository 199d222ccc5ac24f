package keys_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
)

func TestCreateOnceAndLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := keys.Load(dir, ""); !errs.Is(err, errs.NotFound) {
		t.Errorf("without a file: %v", err)
	}
	made, err := keys.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Create(dir); !errs.Is(err, errs.Conflict) {
		t.Errorf("a second key: %v", err)
	}
	loaded, err := keys.Load(dir, "")
	if err != nil || loaded != made {
		t.Errorf("loaded %v, made %v: %v", loaded, made, err)
	}
	info, err := os.Stat(filepath.Join(dir, keys.File))
	if err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	other := keys.New()
	if got, err := keys.Load(dir, other.Text()); err != nil || got != other {
		t.Errorf("the variable does not come first: %v, %v", got, err)
	}
	if _, err := keys.Load(dir, "no key"); !errs.Is(err, errs.Invalid) {
		t.Errorf("nonsense was read as a key: %v", err)
	}
}

func TestWrapOpensOnlyWithTheKeyAndPurpose(t *testing.T) {
	m := keys.New()
	wrapped := m.Wrap("signing/a", []byte("secret"))
	if got, err := m.Unwrap("signing/a", wrapped); err != nil || string(got) != "secret" {
		t.Fatalf("%q, %v", got, err)
	}
	if wrapped == m.Wrap("signing/a", []byte("secret")) {
		t.Error("the nonce is not random")
	}
	changed := []byte(wrapped)
	changed[20] ^= 1
	for name, fails := range map[string]func() ([]byte, error){
		"another master key": func() ([]byte, error) { return keys.New().Unwrap("signing/a", wrapped) },
		"another purpose":    func() ([]byte, error) { return m.Unwrap("signing/b", wrapped) },
		"a changed text":     func() ([]byte, error) { return m.Unwrap("signing/a", string(changed)) },
		"a short text":       func() ([]byte, error) { return m.Unwrap("signing/a", "AAAA") },
	} {
		if got, err := fails(); !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s gave %q, %v", name, got, err)
		}
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	m := keys.New()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, m); !strings.HasPrefix(s, "master key ") || strings.Contains(s, m.Text()) {
			t.Errorf("%s prints %q", verb, s)
		}
	}
}
