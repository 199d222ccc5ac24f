package indicator

import (
	"os"
	"testing"

	"shilu/internal/kit/lang"
)

// TestTheEndOfAYearIsSaidInEnglish: no Chinese stands in a page in English.
func TestTheEndOfAYearIsSaidInEnglish(t *testing.T) {
	f, err := os.Open("../../../catalogue/lang/en.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := lang.Read(f); err != nil {
		t.Fatal(err)
	}
	if got := asOf(lang.With(t.Context(), lang.English), "2025-12-31"); got != "end of 2025" {
		t.Errorf("the end of 2025 is called %q", got)
	}
	if got := asOf(t.Context(), "2025-12-31"); got != "2025年末" {
		t.Errorf("in Chinese it is called %q", got)
	}
}
