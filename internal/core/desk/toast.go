package desk

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"shilu/internal/core/page"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

const toastCookie = "shilu-toast"

// Toast keeps a sentence for the next page: what was just done. undo is the address that posts the reverse («撤回»), "" when the
// reverse is no ordinary act.
func Toast(w http.ResponseWriter, r *http.Request, text, undo string) {
	web.SetCookie(w, r, toastCookie, base64.RawURLEncoding.EncodeToString([]byte(text+"\x00"+undo)), time.Minute)
}

// takeToast gives the sentence once.
func takeToast(w http.ResponseWriter, r *http.Request) *page.Toast {
	kept := web.Cookie(r, toastCookie)
	if kept == "" {
		return nil
	}
	web.SetCookie(w, r, toastCookie, "", -1)
	b, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return nil
	}
	text, undo, _ := strings.Cut(string(b), "\x00")
	if undo != "" {
		undo = web.LocalPath(undo)
	}
	return &page.Toast{Text: text, UndoHref: undo}
}

// Say is Toast in the language of the request.
func Say(w http.ResponseWriter, r *http.Request, undo, text string, args ...any) {
	Toast(w, r, lang.T(r.Context(), text, args...), undo)
}
