// Package langtest has tests read what pages say in English.
package langtest

import (
	"context"
	"io/fs"
	"testing"

	"shilu/internal/kit/lang"
)

// English is the context of who reads English, by the table lang/en.csv of files (catalogue.FS).
func English(t testing.TB, files fs.FS) context.Context {
	t.Helper()
	f, err := files.Open("lang/en.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := lang.Read(f); err != nil {
		t.Fatal(err)
	}
	return lang.With(t.Context(), lang.English)
}
