package indicator

import (
	"testing"

	"shilu/catalogue"
	"shilu/internal/kit/lang/langtest"
)

// TestTheEndOfAYearIsSaidInEnglish: no Chinese stands in a page in English.
func TestTheEndOfAYearIsSaidInEnglish(t *testing.T) {
	english := langtest.English(t, catalogue.FS)
	if got := asOf(english, "2025-12-31"); got != "end of 2025" {
		t.Errorf("the end of 2025 is called %q", got)
	}
	if got := asOf(t.Context(), "2025-12-31"); got != "2025年末" {
		t.Errorf("in Chinese it is called %q", got)
	}
}
