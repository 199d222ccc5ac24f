package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

var runOf = regexp.MustCompile(`^/ledger\?run=(\d+)$`)

// verifiedNow asks for a verification and waits for its result.
func verifiedNow(t testing.TB, b *apptest.Browser) apptest.Answer {
	t.Helper()
	got := b.Post("/ledger/verify", nil)
	run := runOf.FindStringSubmatch(got.Path)
	if run == nil {
		t.Fatalf("asking for a verification ends at %s: %d %s", got.Path, got.Status, plain(got.Body))
	}
	for end := time.Now().Add(30 * time.Second); ; {
		progress := b.Get("/ledger/verify/" + run[1])
		if progress.Header.Get("HX-Refresh") == "true" {
			return b.Get(got.Path)
		}
		if progress.Status != http.StatusOK || time.Now().After(end) {
			t.Fatalf("no result: %d %s", progress.Status, plain(progress.Body))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestLedgerPage(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		thisYear(t, w)
		officer := w.Sign(apptest.Officer)
		officer.Get("/ledger")
		sealedNow := officer.Post("/ledger/seal", nil)
		shows(t, sealedNow, "台账与存证", "台账等编号", "公钥")
		if !strings.Contains(sealedNow.Body, "已存证：№ ") {
			t.Error("nobody says that it was sealed")
		}
		shows(t, verifiedNow(t, officer), "没有发现不一致，重算了台账", "周敏")
		auditor := w.Sign(apptest.Auditor)
		auditor.Get("/ledger")
		shows(t, verifiedNow(t, auditor), "何正华", "周敏")

		// A checkpoint leaves the house, comes back as pasted and as a file, and is compared.
		var point log.Checkpoint
		if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
			all, err := log.Checkpoints(w.Ctx, tx, log.Ledger, 0, 1)
			point = all[0]
			return err
		}); err != nil {
			t.Fatal(err)
		}
		clerk := w.Sign(apptest.Clerk)
		clerk.Get("/ledger")
		note := clerk.Get("/ledger/checkpoints/ledger/" + strconv.FormatInt(point.Size, 10))
		if note.Body != point.Note || !strings.Contains(note.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the checkpoint downloaded: %d %q", note.Status, note.Body)
		}
		if keys := clerk.Get("/ledger/keys"); !strings.HasPrefix(keys.Body, "shilu/") {
			t.Errorf("the keys downloaded: %q", keys.Body)
		}
		pasted := strings.ReplaceAll("  "+note.Body+"\n\n", "\n", "\r\n")
		shows(t, clerk.Post("/ledger/check", url.Values{"note": {pasted}}), "对得上。", "到现在一条没改")
		shows(t, clerk.Upload("/ledger/check", nil, "file", "checkpoint.txt", []byte(note.Body)), "对得上。")
		for text, want := range map[string]string{
			"": "请把存证点原文贴进来", "你好": "存证点的签名不对，或者不是本科协签的", strings.Repeat("x", 9000): "这不是存证点：它有",
			strings.Replace(note.Body, strconv.FormatInt(point.Size, 10)+"\n", strconv.FormatInt(point.Size+1, 10)+"\n", 1): "存证点",
		} {
			got := clerk.Post("/ledger/check", url.Values{"note": {text}})
			if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, want) || strings.Contains(got.Body, "对得上") {
				t.Errorf("%.20q: %d %s", text, got.Status, plain(got.Body))
			}
		}
		hides(t, clerk.Get("/ledger"), "现在核对", "核对结果")
		for _, path := range []string{"/ledger/verify", "/ledger/seal"} {
			if got := clerk.Post(path, nil); got.Status != http.StatusForbidden {
				t.Errorf("a clerk posts %s: %d", path, got.Status)
			}
		}
		if got := clerk.Get("/ledger/checkpoints/ledger/999999"); got.Status != http.StatusNotFound {
			t.Errorf("a checkpoint that is none: %d", got.Status)
		}
		if rows := sheet(t, officer.Get("/ledger?as=xlsx"), "存证点"); len(rows) < 2 || rows[1][0] != "ledger" {
			t.Errorf("the checkpoints as a workbook: %v", rows)
		}
		shows(t, officer.Get("/ledger?log=trail"), "操作记录")
	})
}

// TestLedgerPageSpeaks changes a row behind the program's back: the page names it, and the old checkpoint no longer fits when the
// log itself was written anew.
func TestLedgerPageSpeaks(t *testing.T) {
	w := apptest.Open(t, "")
	thisYear(t, w)
	w.Forged()
	officer := w.Sign(apptest.Officer)
	officer.Get("/ledger")
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(w.Ctx, "UPDATE training_class SET attendances = 57 WHERE association = ? AND attendances = 56", org.Of(w.Ctx))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	shows(t, verifiedNow(t, officer), "发现", "处不一致", "training_class", "看是哪些")
	trace := officer.Get("/figures/training.short_attendees")
	shows(t, trace, "约 216")
}
