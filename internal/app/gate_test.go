package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

func TestSignInAndOut(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		stranger := w.Stranger()
		if got := stranger.Get("/training"); got.Status != http.StatusOK || !strings.HasPrefix(got.Path, "/login?next=") {
			t.Errorf("a stranger is led to %s (%d), not to the sign-in page", got.Path, got.Status)
		}
		zhou := w.Sign(apptest.Officer)
		if got := zhou.Get("/training"); got.Status != http.StatusOK || got.Path != "/training" || !strings.Contains(got.Body, "周敏") {
			t.Errorf("周敏 sees %d at %s", got.Status, got.Path)
		}
		if got := zhou.Post("/logout", url.Values{"csrf": {"wrong"}}); got.Status != http.StatusForbidden {
			t.Errorf("a form without the right token: %d", got.Status)
		}
		if got := w.Sign(apptest.Admin).Get("/training"); got.Status != http.StatusForbidden {
			t.Errorf("the administrator reads the training: %d", got.Status)
		}
		if got := zhou.Post("/logout", nil); got.Path != "/login" {
			t.Errorf("signing out leads to %s", got.Path)
		}
		if got := zhou.Get("/"); !strings.HasPrefix(got.Path, "/login") {
			t.Errorf("after signing out / leads to %s", got.Path)
		}
	})
}
