package app_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"shilu/internal/app/apptest"
)

// shownCode is what a telephone with the secret shows now.
func shownCode(t testing.TB, w *apptest.World, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), w.App.DB.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// codesOn turns codes on for the actor behind the pages, and gives the secret.
func codesOn(t testing.TB, ctx context.Context, w *apptest.World) (secret string) {
	t.Helper()
	offer, err := w.App.Codes.Offer(ctx, "实录")
	if err == nil {
		_, err = w.App.Codes.Accept(ctx, "", offer.Sealed, shownCode(t, w, offer.Text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return offer.Text
}

var (
	sealedShape = regexp.MustCompile(`name="sealed" value="([^"]+)"`)
	secretShape = regexp.MustCompile(`keys-text">([A-Z2-7 ]+)<`)
	spareShape  = regexp.MustCompile(`slip-word">([a-z0-9]{4}-[a-z0-9]{4})<`)
)

func TestTheOfficerTurnsCodesOn(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		password := zhou.Chosen
		says(t, "her account", zhou.Get("/me"), http.StatusOK, "动态口令", "没有开")
		form := zhou.Get("/me/code")
		says(t, "the form", form, http.StatusOK, "二维码", "验证器")
		secret, sealed := secretShape.FindStringSubmatch(form.Body), sealedShape.FindStringSubmatch(form.Body)
		if secret == nil || sealed == nil {
			t.Fatalf("no secret on the page:\n%s", form.Body)
		}
		sent := url.Values{"sealed": {html.UnescapeString(sealed[1])}, "code": {"000"}}
		bad := zhou.Post("/me/code", sent)
		says(t, "a wrong code", bad, http.StatusUnprocessableEntity, "口令对不上", secret[1])
		says(t, "no code", zhou.Post("/me/code", url.Values{"sealed": sent["sealed"]}), http.StatusUnprocessableEntity, "请写动态口令", secret[1])
		sent.Set("code", shownCode(t, w, secret[1]))
		on := zhou.Post("/me/code", sent)
		says(t, "on", on, http.StatusOK, "动态口令已开", "只显示这一次")
		spare := spareShape.FindAllStringSubmatch(on.Body, -1)
		if len(spare) != 8 || !strings.Contains(on.Header.Get("Cache-Control"), "no-store") {
			t.Fatalf("%d spare codes, %q", len(spare), on.Header.Get("Cache-Control"))
		}

		again := w.Stranger()
		step := again.Post("/login", url.Values{"account": {apptest.Officer}, "password": {password}, "next": {"/training"}})
		if !strings.HasPrefix(step.Path, "/login/code") {
			t.Fatalf("after the password: %d at %s", step.Status, step.Path)
		}
		if got := again.Get("/training"); !strings.HasPrefix(got.Path, "/login?") {
			t.Errorf("the password alone opens %s (%d)", got.Path, got.Status)
		}
		says(t, "a wrong code at the door", again.Post("/login/code", url.Values{"code": {"123"}, "next": {"/training"}}), http.StatusUnprocessableEntity, "口令不对，还可以试 4 次")
		if got := again.Post("/login/code", url.Values{"code": {spare[0][1]}, "next": {"/training"}}); got.Path != "/training" || got.Status != http.StatusOK {
			t.Fatalf("with a spare code: %d at %s", got.Status, got.Path)
		}
		says(t, "seven are left", again.Get("/me/code"), http.StatusOK, "还有 7 个", "重新生成备用码")
		says(t, "the history", again.Get("/me"), http.StatusOK, "开着", "用备用码登录")

		admin := w.Sign(apptest.Admin)
		says(t, "as the keeper sees it", admin.Get("/settings/accounts/"+apptest.Officer), http.StatusOK, "关动态口令")
		if got := again.Post("/settings/accounts/"+apptest.Officer+"/code/off", nil); got.Status != http.StatusForbidden {
			t.Errorf("an officer turns codes of others off: %d", got.Status)
		}
		says(t, "turned off by the keeper", admin.Post("/settings/accounts/"+apptest.Officer+"/code/off", nil), http.StatusOK, "的动态口令已关")
		if got := w.Stranger().Post("/login", url.Values{"account": {apptest.Officer}, "password": {password}}); got.Path != "/" {
			t.Errorf("without codes: %d at %s", got.Status, got.Path)
		}
		codesOn(t, w.As(apptest.Officer), w)
		fresh, dropped, err := w.App.ResetUser(w.Ctx, apptest.Officer, true)
		if err != nil || !dropped {
			t.Fatalf("reset at the machine: %v %v", dropped, err)
		}
		if got := w.Stranger().Post("/login", url.Values{"account": {apptest.Officer}, "password": {fresh}}); got.Path != "/password" {
			t.Errorf("after the reset at the machine: %d at %s", got.Status, got.Path)
		}
		w.Verified()
	})
}
