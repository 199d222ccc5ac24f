// Package apptest is the county that scenarios work in: the whole application on a fresh database of either engine, with named
// people who sign in through the real router. When a test ends, verification must find nothing wrong.
package apptest

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alexedwards/argon2id"

	"shilu/internal/app"
	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/keys"
)

// The people of the county, by login name.
const (
	Officer  = "zhoumin" // 周敏, officer of the office: verifies
	Second   = "liyan"   // 李岩, another officer: verifies what 周敏 wrote
	Chair    = "wang"    // 王主席
	Clerk    = "liwf"    // 李文芳, clerk of 青溪乡 (unit u06)
	Outsider = "zhaoyk"  // 赵永康, clerk of 河西镇 (unit u02): sees nothing of 青溪乡
	Liaison  = "duan"    // 段光明, liaison of 龙泉乡 (unit u08)
	Viewer   = "cha"     // 查阅人
	Admin    = "admin"   // system and security administrator
	Auditor  = "audit"   // audit administrator
)

// Password is everybody's.
const Password = "Yunling-2026"

// World is a county with its people, served.
type World struct {
	testing.TB
	App    *app.App
	Ctx    context.Context // of the association, nobody acting
	Tree   *org.Tree       // of 18 September 2026, today
	Server *httptest.Server
	signed int
	ahead  *atomic.Int64 // nanoseconds that the clock was put forward by
	forged bool
}

// Both runs the scenario on SQLite and on PostgreSQL.
func Both(t *testing.T, scenario func(t *testing.T, w *World)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { scenario(t, Open(t, "")) })
	t.Run("postgres", func(t *testing.T) { scenario(t, Open(t, dbtest.PostgresURL(t))) })
}

// Open makes a county on the database of the address, or on SQLite. Today is 18 September 2026.
func Open(t testing.TB, databaseURL string) *World {
	t.Helper()
	return open(t, t.TempDir(), databaseURL, func(w *World) {
		w.Ctx, w.Tree = orgtest.County(t, w.App.DB)
		w.people()
	})
}

// OpenWith is Open with one more kind of work, whose tables add has made: a module that is tried before the program has it.
func OpenWith(t testing.TB, databaseURL string, add func(a *app.App) desk.Module) *World {
	t.Helper()
	return open(t, t.TempDir(), databaseURL, func(w *World) {
		m := add(w.App)
		w.App.Modules = append(w.App.Modules, m)
		if m.Intake != nil {
			w.App.Intake.Targets = append(w.App.Intake.Targets, m.Intake)
		}
		w.Ctx, w.Tree = orgtest.County(t, w.App.DB)
		w.people()
	})
}

// Demo is the demonstration county instead: three years of work by its own people, some of whom have other posts than those named
// above (internal/app/demo/data/people.csv). It is made once; every test has a copy of its own.
func Demo(t testing.TB) *World {
	t.Helper()
	access.Cost = cheap
	t.Setenv(keys.Env, "")
	made, err := demoFolder()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, made); err != nil {
		t.Fatal(err)
	}
	return open(t, dir, "", func(w *World) {
		if _, err := w.App.Demo(t.Context()); err != nil {
			t.Fatal(err)
		}
		var err error
		if w.Ctx, err = w.App.In(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
			today, err := org.Today(w.Ctx, tx)
			if err == nil {
				w.Tree, err = org.Load(w.Ctx, tx, today)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// cheap hashes passwords fast: tests are about other things.
var cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// demoFolder is the data folder of the demonstration county as of the morning on which all tests begin, closed.
var demoFolder = sync.OnceValues(func() (fs.FS, error) {
	dir, err := os.MkdirTemp("", "shilu-demo-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	a, err := app.Prepare(context.Background(), app.Config{Data: dir, Now: func() time.Time { return dbtest.Now }})
	if err != nil {
		return nil, err
	}
	_, err = a.Demo(context.Background())
	a.Close()
	if err != nil {
		return nil, err
	}
	made := fstest.MapFS{}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		made[filepath.ToSlash(name)] = &fstest.MapFile{Data: content, Mode: 0o600}
		return err
	})
	return made, err
})

func open(t testing.TB, dir, databaseURL string, settle func(w *World)) *World {
	t.Helper()
	access.Cost = cheap
	start, ahead := time.Now(), &atomic.Int64{}
	config := app.Config{Data: dir, DatabaseURL: databaseURL, Now: func() time.Time { return dbtest.Now.Add(time.Since(start) + time.Duration(ahead.Load())) }}
	t.Setenv(keys.Env, "")
	a, err := app.Prepare(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	w := &World{TB: t, App: a, ahead: ahead}
	settle(w)
	w.Server = httptest.NewServer(a.Handler(slog.New(slog.DiscardHandler)))
	t.Cleanup(w.Server.Close)
	if err := a.Jobs.Start(w.Ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Jobs.Stop(ctx); err != nil {
			t.Error(err)
		}
		w.Verified()
	})
	return w
}

func (w *World) people() {
	w.Helper()
	office := w.Tree.Office().ID
	unit := func(code string) string { return orgtest.Unit(w, w.Tree, code).ID }
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
		for _, n := range []access.NewAccount{
			{Login: Officer, Name: "周敏", Unit: office, Grants: []access.Grant{{Role: access.Officer}}},
			{Login: Second, Name: "李岩", Unit: office, Grants: []access.Grant{{Role: access.Officer}}},
			{Login: Chair, Name: "王建国", Unit: office, Grants: []access.Grant{{Role: access.Chair}}},
			{Login: Clerk, Name: "李文芳", Unit: unit("u06"), Grants: []access.Grant{{Role: access.Clerk, Unit: unit("u06")}}},
			{Login: Outsider, Name: "赵永康", Unit: unit("u02"), Grants: []access.Grant{{Role: access.Clerk, Unit: unit("u02")}}},
			{Login: Liaison, Name: "段光明", Unit: unit("u08"), Grants: []access.Grant{{Role: access.Liaison, Unit: unit("u08")}}},
			{Login: Viewer, Name: "查小青", Unit: office, Grants: []access.Grant{{Role: access.Viewer}}},
			{Login: Admin, Name: "孙国栋", Unit: office, Grants: []access.Grant{{Role: access.Admin}, {Role: access.Security}}},
			{Login: Auditor, Name: "何正华", Unit: office, Grants: []access.Grant{{Role: access.Auditor}}},
		} {
			if _, err := access.CreateAccount(w.Ctx, tx, n, access.NewSecret(w.Ctx, "")); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.Fatal(err)
	}
}

// Wait puts the clock of the application forward. Who signed in before may have to sign in again.
func (w *World) Wait(d time.Duration) { w.ahead.Add(int64(d)) }

// As is the context of somebody acting, for calls of services.
func (w *World) As(login string) context.Context {
	w.Helper()
	var a access.Actor
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
		a, err = access.ActorOf(w.Ctx, tx, login)
		return err
	}); err != nil {
		w.Fatal(err)
	}
	a.MustChange = false
	return access.With(w.Ctx, a)
}

// Differences is what verification finds now.
func (w *World) Differences() (all []log.Difference) {
	w.Helper()
	ctx := context.WithoutCancel(w.Ctx)
	if _, err := w.App.Seal(ctx); err != nil {
		w.Fatal(err)
	}
	if err := w.App.Verify(ctx, func(d log.Difference) { all = append(all, d) }); err != nil {
		w.Fatal(err)
	}
	return all
}

// Verified fails the test when verification finds anything. It runs at the end of every test by itself, unless the test has
// forged rows on purpose (Forged).
func (w *World) Verified() {
	w.Helper()
	if w.forged {
		return
	}
	for _, d := range w.Differences() {
		w.Errorf("verify: %s", d)
	}
}
