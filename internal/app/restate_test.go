package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shilu/internal/app"
	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
	"shilu/internal/kit/keys"
	"shilu/internal/work/training"
)

// byOlderRules lets the classes of the county be stated as an older program did, which counted a participant too many where a class has
// more than 40; now gives the county the program of today again.
func byOlderRules(w *apptest.World) (now func()) {
	book := w.App.Training.Book
	facts, version := book.Facts, book.FactsVersion
	book.FactsVersion = version - 1
	book.Facts = func(c training.Class) []ledger.Fact {
		all := facts(c)
		for i, f := range all {
			if f.Measure == "training.attendances" && f.Amount > 40 {
				all[i].Amount++
			}
		}
		return all
	}
	return func() { book.Facts, book.FactsVersion = facts, version }
}

func attended(t testing.TB, a *app.App, w *apptest.World, record string) (n int64) {
	t.Helper()
	if err := a.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(w.Ctx, tx, db.Value[int64], "SELECT COALESCE(SUM(amount), 0) FROM fact WHERE measure = 'training.attendances' AND record = ?", record)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func noDifferences(t *testing.T, w *apptest.World, when string) {
	t.Helper()
	for _, d := range w.Differences() {
		t.Errorf("%s: %s", when, d)
	}
}

// A county is opened by a program whose rules count classes otherwise: what is open is posted by the program, what is closed waits on
// the page of closing until the chair accepts it.
func TestNewRulesAreStatedByAnUpgrade(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		now := byOlderRules(w)
		closed := verified(t, w, apptest.Clerk, class(t, w, "06", "烤烟分级", "烤烟", "2026-07-09", 53, ledger.Exact))
		open := verified(t, w, apptest.Clerk, class(t, w, "06", "核桃嫁接", "核桃嫁接", "2026-09-03", 61, ledger.Exact))
		same := verified(t, w, apptest.Clerk, class(t, w, "06", "蜜蜂养殖", "蜜蜂养殖", "2026-07-20", 31, ledger.Exact))
		draft := reported(t, w, apptest.Clerk, class(t, w, "06", "玉米储藏", "玉米", "2026-09-07", 47, ledger.Exact))
		voided := verified(t, w, apptest.Clerk, class(t, w, "06", "花椒修剪", "花椒修剪", "2026-09-02", 44, ledger.Exact))
		if _, err := w.App.Training.Void(w.As(apptest.Officer), voided.ID, voided.Version, "没有办"); err != nil {
			t.Fatal(err)
		}
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error { return ledger.Close(w.Ctx, tx, "2026-08-31", "x", "") }); err != nil {
			t.Fatal(err)
		}
		backup := filepath.Join(t.TempDir(), "old.zip")
		if _, err := w.App.Backup(w.Ctx, backup, nil); err != nil {
			t.Fatal(err)
		}
		now()
		old, err := w.App.Outdated(w.Ctx)
		if err != nil || len(old) != 1 || old[0].Records != 4 || old[0].Waiting || old[0].Title != "培训班" {
			t.Errorf("before the upgrade: %+v, %v", old, err)
		}
		plan, err := app.RestatePlan(w.Ctx, w.App.Config)
		if err != nil || len(plan) != 1 || plan[0].Posted != 1 || plan[0].Same != 2 || plan[0].Waiting != 1 {
			t.Errorf("planned %+v, %v", plan, err)
		}

		up, err := app.Upgrade(w.Ctx, w.App.Config)
		if err != nil || up.Found != 0 || !strings.Contains(up.Backup, "shilu-before-upgrade-") {
			t.Fatalf("upgraded: %+v, %v", up, err)
		}
		if len(up.Restated) != 1 || up.Restated[0].Posted != 1 || up.Restated[0].Same != 2 || up.Restated[0].Waiting != 1 || up.Restated[0].Title != "培训班" {
			t.Errorf("restated: %+v", up.Restated)
		}
		again, err := app.Upgrade(w.Ctx, w.App.Config)
		if err != nil || again.Backup != "" || len(again.Restated) != 0 {
			t.Errorf("a second start: %+v, %v", again, err)
		}
		noDifferences(t, w, "after the upgrade")
		for _, one := range []struct {
			of   training.Entered
			want int64
		}{{closed, 54}, {open, 61}, {same, 31}, {voided, 0}} {
			if got := attended(t, w.App, w, one.of.ID); got != one.want {
				t.Errorf("%s counts %d, want %d", one.of.Title, got, one.want)
			}
		}
		if got := rowsOf(w.Ctx, t, w.App.DB, "SELECT amount, 'x', 'y' FROM expected WHERE measure = 'training.attendances' AND record = '"+draft.ID+"'"); got != "47 x y" {
			t.Errorf("what waits would post %q", got)
		}
		if old, err = w.App.Outdated(w.Ctx); err != nil || len(old) != 1 || old[0].Records != 1 || !old[0].Waiting {
			t.Errorf("what is left: %+v, %v", old, err)
		}
		restoredByNewRules(t, w, backup, closed, open)

		// Who may correct sees what waits; a reason is asked for.
		officer, clerk, chair, viewer := w.Sign(apptest.Officer), w.Sign(apptest.Clerk), w.Sign(apptest.Chair), w.Sign(apptest.Viewer)
		waits := []string{"按旧口径记着的", "烤烟分级", "培训人次 54 人次 → 53 人次", "2026年7月9日", "第 0 版 → 第 1 版", "共 1 条"}
		shows(t, officer.Get("/ledger/closing"), waits...)
		shows(t, chair.Get("/ledger/closing"), append(waits, "按新口径更正")...)
		hides(t, chair.Get("/ledger/closing"), "核桃嫁接", "蜜蜂养殖", "花椒修剪")
		shows(t, chair.Get("/ledger/closing?kind=activity"), "按旧口径记着的", "没有符合的")
		for _, b := range []*apptest.Browser{clerk, viewer} {
			hides(t, b.Get("/ledger/closing"), "按旧口径记着的", "烤烟分级")
			if got := b.Post("/ledger/closing/accept", url.Values{"why": {"我要"}}); got.Status != http.StatusForbidden {
				t.Errorf("%s accepts: %d", b.Login, got.Status)
			}
		}
		if csv := officer.Get("/ledger/closing?as=csv&of=older"); csv.Status != http.StatusOK || !strings.Contains(csv.Body, closed.Number) || !strings.Contains(csv.Body, ",54,53,2026-07-09") {
			t.Errorf("the file: %d %s", csv.Status, csv.Body)
		}
		for _, why := range []string{"", "  "} {
			if got := chair.Post("/ledger/closing/accept", url.Values{"why": {why}}); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "请写为什么更正") || attended(t, w.App, w, closed.ID) != 54 {
				t.Errorf("accepted without a reason: %d", got.Status)
			}
		}
		shows(t, officer.Get("/ledger/changes?period=2026&view=corrections"), "程序升级，口径第 1 版", "62 人次", "61 人次", "本机")
		if _, err := w.App.Seal(w.Ctx); err != nil {
			t.Fatal(err)
		}
		hides(t, chair.Post("/ledger/closing/accept", url.Values{"why": {"主席会议定的"}}), "按旧口径记着的")
		if got := attended(t, w.App, w, closed.ID); got != 53 {
			t.Errorf("accepted, it counts %d", got)
		}
		noDifferences(t, w, "after it was accepted")
		shows(t, officer.Get("/ledger/changes?period=2026&view=corrections"), "54 人次", "53 人次", "结账后更正", "主席会议定的（程序升级，口径第 1 版）", "王建国")
		shows(t, w.Sign(apptest.Auditor).Get("/settings/trail?area=ledger."), "按新口径更正", "主席会议定的", "按新口径重算")
		if old, err = w.App.Outdated(w.Ctx); err != nil || len(old) != 0 {
			t.Errorf("in the end %+v, %v", old, err)
		}
	})
}

// restoredByNewRules restores a backup that the older program wrote: the same is stated anew.
func restoredByNewRules(t *testing.T, w *apptest.World, backup string, closed, open training.Entered) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(w.App.Config.Data, keys.File))
	if err != nil {
		t.Fatal(err)
	}
	c := app.Config{Data: t.TempDir(), Now: w.App.Config.Now}
	if err := os.WriteFile(filepath.Join(c.Data, keys.File), key, 0o600); err != nil {
		t.Fatal(err)
	}
	a, _, err := app.Restore(w.Ctx, c, backup, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if len(a.Upgraded.Restated) != 1 || a.Upgraded.Restated[0].Posted != 1 || a.Upgraded.Restated[0].Waiting != 1 {
		t.Errorf("restored: %+v", a.Upgraded.Restated)
	}
	if n, m := attended(t, a, w, closed.ID), attended(t, a, w, open.ID); n != 54 || m != 61 {
		t.Errorf("restored, they count %d and %d", n, m)
	}
}

// An officer of some kinds of work corrects those; one of a township none.
func TestNewRulesAreAcceptedByWhoVerifiesTheKind(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		now := byOlderRules(w)
		closed := verified(t, w, apptest.Clerk, class(t, w, "06", "烤烟分级", "烤烟", "2026-07-09", 53, ledger.Exact))
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error { return ledger.Close(w.Ctx, tx, "2026-08-31", "x", "") }); err != nil {
			t.Fatal(err)
		}
		now()
		if _, err := app.Upgrade(w.Ctx, w.App.Config); err != nil {
			t.Fatal(err)
		}
		office := w.Tree.Office().ID
		for login, g := range map[string]access.Grant{"banhuodong": {Role: access.Officer, Modules: []string{"activity"}}, "banpeixun": {Role: access.Officer, Modules: []string{"training"}}, "xiang": {Role: access.Officer, Unit: closed.Unit}} {
			if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
				_, err := access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: login, Name: login, Unit: office, Grants: []access.Grant{g}}, access.NewSecret(w.Ctx, ""))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, login := range []string{"banhuodong", "xiang"} {
			b := w.Sign(login)
			hides(t, b.Get("/ledger/closing"), "按旧口径记着的")
			b.Post("/ledger/closing/accept", url.Values{"why": {"不归我"}})
			if got := attended(t, w.App, w, closed.ID); got != 54 {
				t.Errorf("%s corrects what is not his: %d", login, got)
			}
		}
		b := w.Sign("banpeixun")
		shows(t, b.Get("/ledger/closing"), "按旧口径记着的", "烤烟分级")
		b.Post("/ledger/closing/accept", url.Values{"why": {"归我"}})
		if got := attended(t, w.App, w, closed.ID); got != 53 {
			t.Errorf("corrected, it counts %d", got)
		}
	})
}
