package app_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/db"
)

const backupPage = "/settings/backup"

// planForm is the form of the plan with some fields changed.
func planForm(change ...string) url.Values {
	f := url.Values{"on": {"on"}, "hour": {"12"}, "folder": {""}, "daily": {"7"}, "weekly": {"4"}, "monthly": {"12"}, "stale": {"3"}, "drill": {"90"}}
	for i := 0; i < len(change); i += 2 {
		f.Set(change[i], change[i+1])
	}
	return f
}

// backedUp waits until the folder has n backups, and gives their names, latest first.
func backedUp(t *testing.T, folder string, n int) (names []string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all, err := upkeep.Files(folder, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == n {
			for _, f := range all {
				names = append(names, f.Name)
			}
			return names
		}
		if time.Now().After(end) {
			t.Fatalf("%d backups in %s, want %d", len(all), folder, n)
		}
	}
}

// until asks for the page again until it says the text.
func until(t *testing.T, b *apptest.Browser, path, text string) apptest.Answer {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got := b.Get(path)
		if strings.Contains(got.Body, text) {
			return got
		}
		if time.Now().After(end) {
			t.Fatalf("%s never says %q: %d\n%.3000s", path, text, got.Status, got.Body)
		}
	}
}

// drillsAtWork is how many drills the queue has that are not over.
func drillsAtWork(t *testing.T, w *apptest.World) (n int64) {
	t.Helper()
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(w.Ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM river_job WHERE kind = ? AND state NOT IN ('completed', 'cancelled', 'discarded')", upkeep.DrillJob{}.Kind())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheKeeperBacksUpAndDrills: the administrator is told that nothing was ever backed up, backs up, drills, and is told no more; a
// backup that rotted does not pass. Nobody else comes near.
func TestTheKeeperBacksUpAndDrills(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, admin := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Admin)
		number := enter(t, clerk, classForm())
		officer.Post("/training/"+number+"/verify", shown(headOf(t, w, number)))
		attach(t, clerk, w, number)
		for name, b := range map[string]*apptest.Browser{"a clerk": clerk, "an officer": officer, "the chair": w.Sign(apptest.Chair), "the auditor": w.Sign(apptest.Auditor)} {
			if got := b.Get(backupPage); got.Status != http.StatusForbidden {
				t.Errorf("%s opens the page of backups: %d", name, got.Status)
			}
			if got := b.Post(backupPage, nil); got.Status != http.StatusForbidden {
				t.Errorf("%s begins a backup: %d", name, got.Status)
			}
		}
		says(t, "before the first", admin.Get(backupPage), http.StatusOK, "还没有备份过", "还没有做过恢复演练", "还没有备份", "master.key", "丢了主密钥，备份就恢复不了", filepath.Join(w.App.Config.Data, "backups"))
		says(t, "at home", admin.Get("/"), http.StatusOK, "还没有备份过", "看备份")

		folder := filepath.Join(w.App.Config.Data, "backups")
		run := admin.Post(backupPage, nil)
		if !strings.Contains(run.Path, "?run=") {
			t.Fatalf("a backup was asked for: %d %s", run.Status, run.Path)
		}
		name := backedUp(t, folder, 1)[0]
		made := until(t, admin, backupPage, name+"：")
		says(t, "after it", made, http.StatusOK, "刚才", "个文件", "没有演练过")
		if strings.Contains(made.Body, "还没有备份过") {
			t.Error("the warning stays after a backup")
		}

		if got := admin.Post(backupPage+"/drill", url.Values{"file": {"../../shilu.db"}}); got.Status != http.StatusOK {
			t.Errorf("a drill with a path: %d", got.Status)
		}
		admin.Post(backupPage+"/drill", url.Values{"file": {name}})
		passed := until(t, admin, backupPage, "逐条核对无误")
		says(t, "the row of the backup", passed, http.StatusOK, "，核对无误")

		// The plan points elsewhere: the page names the backup that it does not list.
		empty := filepath.Join(t.TempDir(), "空的")
		moved := admin.Post(backupPage+"/plan", planForm("folder", empty))
		says(t, "another folder", moved, http.StatusOK, empty+" 里没有备份", "上次的备份是 "+filepath.Join(folder, name), "不在这里列")
		if strings.Contains(moved.Body, "还没有备份") {
			t.Error("the page says that nothing was backed up when the plan points elsewhere")
		}
		says(t, "back", admin.Post(backupPage+"/plan", planForm()), http.StatusOK, name)
		if strings.Contains(passed.Body, "notice-care") {
			t.Errorf("a warning stays after backup and drill:\n%.4000s", passed.Body)
		}
		if left, _ := filepath.Glob(filepath.Join(w.App.Config.Data, "drill-*")); len(left) != 0 {
			t.Errorf("the drill left %v", left)
		}

		// One that rotted in the folder.
		whole, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		rotten := bytes.Clone(whole)
		for i := len(rotten) / 3; i < len(rotten)/3+200; i++ {
			rotten[i] ^= 0x55
		}
		if err := os.WriteFile(filepath.Join(folder, name), rotten, 0o600); err != nil {
			t.Fatal(err)
		}
		w.Wait(2 * time.Second)
		for end := time.Now().Add(30 * time.Second); drillsAtWork(t, w) > 0; time.Sleep(20 * time.Millisecond) { // the same one is not begun twice
			if time.Now().After(end) {
				t.Fatal("the queue does not learn that the first drill is over")
			}
		}
		admin.Post(backupPage+"/drill", url.Values{"file": {name}})
		says(t, "the row of the one that rotted", until(t, admin, backupPage, "最近一次恢复演练没有通过"), http.StatusOK, "，没有做成")
		says(t, "the auditor's trail", w.Sign(apptest.Auditor).Get("/settings/trail?area=backup."), http.StatusOK, "恢复演练没有通过", "恢复演练", "备份", name)

		// Time goes by.
		w.Wait(4 * 24 * time.Hour)
		says(t, "four days later", w.Sign(apptest.Admin).Get(backupPage), http.StatusOK, "上次备份是 4 天前")
	})
}

// TestThePlanOfBackups: what was typed wrong comes back with its sentence; the plan keeps as many files as it says; a disk that
// cannot be written is told, and stands in the history.
func TestThePlanOfBackups(t *testing.T) {
	w := apptest.Open(t, "")
	admin := w.Sign(apptest.Admin)
	for name, c := range map[string]struct{ field, value, want string }{
		"hour":   {"hour", "24", "请填 0 到 23"},
		"none":   {"daily", "", "请填「每天一份」"},
		"words":  {"weekly", "四", "请填整数"},
		"folder": {"folder", "backups", "要写全路径"},
		"papers": {"folder", filepath.Join(w.App.Config.Data, "files"), "放佐证的地方"},
		"huge":   {"monthly", "99999999999", "请填 0 到 120"},
	} {
		says(t, name, admin.Post(backupPage+"/plan", planForm(c.field, c.value)), http.StatusUnprocessableEntity, c.want, "没有保存，还有 1 处要改")
	}
	elsewhere := filepath.Join(t.TempDir(), "另一块盘")
	says(t, "changed", admin.Post(backupPage+"/plan", planForm("folder", elsewhere, "daily", "2", "weekly", "0", "monthly", "0")), http.StatusOK, elsewhere, "留最近 2 天、0 周、0 个月各一份", "已改备份的安排")
	own := filepath.Join(elsewhere, "shilu-自己存的.zip")
	if err := os.WriteFile(own, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.App.Upkeep.Make(w.Ctx, nil); err != nil {
			t.Fatal(err)
		}
		w.Wait(24 * time.Hour)
	}
	if left := backedUp(t, elsewhere, 2); left[0] <= left[1] {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(own); err != nil {
		t.Errorf("a file of the keeper's own: %v", err)
	}

	// The disk goes away: a file stands where the folder was.
	if err := os.RemoveAll(elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.App.Upkeep.Make(w.Ctx, nil); err == nil || !strings.Contains(err.Error(), "写不了") {
		t.Errorf("a backup to nowhere: %v", err)
	}
	admin = w.Sign(apptest.Admin)
	says(t, "at home", admin.Get("/"), http.StatusOK, "最近一次备份没有做成", "写不了")
	off := planForm("folder", "")
	off.Del("on")
	says(t, "off", admin.Post(backupPage+"/plan", off), http.StatusOK, "没有开自动备份", "不自动备份")
}

// TestTheHourMakesABackup: nothing is due on the first day; a day later one is, once.
func TestTheHourMakesABackup(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		due := func() (due bool) {
			t.Helper()
			if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
				due, err = w.App.Upkeep.Due(w.Ctx, tx)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return due
		}
		if due() {
			t.Error("a backup is due in the moment of founding")
		}
		w.Wait(25 * time.Hour)
		if !due() {
			t.Error("none is due a day later")
		}
		if err := w.App.Upkeep.Make(w.Ctx, nil); err != nil {
			t.Fatal(err)
		}
		if due() {
			t.Error("one is due right after another")
		}
	})
}
