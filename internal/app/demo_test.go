package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"shilu/internal/app"
	"shilu/internal/app/apptest"
	"shilu/internal/app/demo"
	"shilu/internal/core/access"
	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
)

// openDemo opens the application on a fresh database whose clock stands on the morning of 18 September 2026.
func openDemo(t *testing.T, databaseURL string) *app.App {
	t.Helper()
	access.Cost = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	t.Setenv(keys.Env, "")
	a, err := app.Prepare(t.Context(), app.Config{Data: t.TempDir(), DatabaseURL: databaseURL, Now: func() time.Time { return dbtest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// tally are the numbers of a county that must be the same in every copy of it.
type tally struct {
	States  map[string]int64
	Places  int64
	Lacking int64
	Figures json.RawMessage
	First   string   // number and title of the latest record
	Records []string // ids, numbers, days and titles of all
	Papers  []string // what is proved with which files, by their hashes
	Facts   int64
}

func tallyOf(t *testing.T, a *app.App) (out tally) {
	t.Helper()
	ctx, err := a.AtMachine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB.View(ctx, func(tx *db.Tx) error {
		out.States = map[string]int64{}
		if _, err := db.All(ctx, tx, func(s db.Scanner) (struct{}, error) {
			var state string
			var n int64
			err := s.Scan(&state, &n)
			out.States[state] = n
			return struct{}{}, err
		}, "SELECT kind || ' ' || state || ' ' || revision, COUNT(*) FROM record WHERE association = ? GROUP BY kind, state, revision", org.Of(ctx)); err != nil {
			return err
		}
		if out.Places, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(DISTINCT place) FROM record WHERE association = ? AND kind = 'training'", org.Of(ctx)); err != nil {
			return err
		}
		if out.Lacking, err = db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM record r JOIN proof p ON p.association = r.association AND p.record = r.id
			WHERE r.association = ? AND r.kind = 'training' AND r.state = 'verified' AND p.missing <> ''`, org.Of(ctx)); err != nil {
			return err
		}
		if out.First, err = db.One(ctx, tx, db.Value[string], "SELECT number || ' ' || title FROM record WHERE association = ? ORDER BY day DESC, id DESC LIMIT 1", org.Of(ctx)); err != nil {
			return err
		}
		if out.Records, err = db.All(ctx, tx, db.Value[string], "SELECT CASE WHEN kind = 'activity.share' THEN '' ELSE id END || ' ' || number || ' ' || day || ' ' || title FROM record WHERE association = ? ORDER BY number", org.Of(ctx)); err != nil {
			return err
		}
		if out.Papers, err = db.All(ctx, tx, db.Value[string], `SELECT r.number || ' ' || e.kind || ' ' || e.name || ' ' || e.hash FROM evidence e JOIN record r ON r.association = e.association AND r.id = e.record
			WHERE e.association = ? ORDER BY r.number, e.kind, e.name, e.hash`, org.Of(ctx)); err != nil {
			return err
		}
		if out.Facts, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM fact WHERE association = ?", org.Of(ctx)); err != nil {
			return err
		}
		for _, year := range []int{2024, 2025, 2026} {
			figures, err := a.Indicators.Values(ctx, tx, indicator.Scope{Period: day.Year(year)})
			if err != nil {
				return err
			}
			for i := range figures {
				figures[i].Checkpoint = 0
			}
			text, err := json.Marshal(figures)
			if err != nil {
				return err
			}
			out.Figures = append(out.Figures, text...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func silent(t *testing.T, a *app.App) {
	t.Helper()
	ctx, err := a.In(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(ctx, func(d log.Difference) { t.Errorf("verify: %s", d) }); err != nil {
		t.Fatal(err)
	}
}

func TestTheDemonstrationCountyIsTrue(t *testing.T) {
	var counties []tally
	for name, url := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return dbtest.PostgresURL(t) }} {
		t.Run(name, func(t *testing.T) {
			a := openDemo(t, url())
			start := time.Now()
			first, err := a.Demo(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("made in %v", time.Since(start))
			silent(t, a)
			got := tallyOf(t, a)
			for state, want := range map[string]int64{"training submitted ": 5, "training returned ": 2, "training draft ": 2, "training verified submitted": 1, "training voided ": 1,
				"activity submitted ": 6, "activity returned ": 1, "activity draft ": 7, "activity verified submitted": 1} {
				if got.States[state] != want {
					t.Errorf("%d records are %q, not %d: %v", got.States[state], state, want, got.States)
				}
			}
			for state, between := range map[string][2]int64{"training verified ": {180, 230}, "activity verified ": {400, 480}, "facility verified ": {140, 200}, "facility.log verified ": {600, 850}, "activity.share verified ": {30, 30}, "facility.log submitted ": {1, 20}} {
				if n := got.States[state]; n < between[0] || n > between[1] {
					t.Errorf("%d records are %q in three years, not %v", n, state, between)
				}
			}
			if got.Places < 80 || got.Places > 92 {
				t.Errorf("classes in %d of 97 places: some villages are never reached, most are", got.Places)
			}
			if got.Lacking != 1 {
				t.Errorf("%d verified classes lack their sign-in sheet, not 1", got.Lacking)
			}
			counties = append(counties, got)
			again(t, a, first)
		})
	}
	if t.Failed() || len(counties) != 2 {
		return
	}
	for i, one := range counties[0].Records {
		if i >= len(counties[1].Records) || counties[1].Records[i] != one {
			t.Fatalf("the same seed and day make two counties: %q is record %d of one alone", one, i)
		}
	}
	if one, two := counties[0].Papers, counties[1].Papers; !slices.Equal(one, two) {
		t.Errorf("the same seed and day draw other papers: %d and %d", len(one), len(two))
	}
	for i := range counties {
		counties[i].Papers, counties[i].Records = nil, nil
	}
	one, _ := json.Marshal(counties[0])
	two, _ := json.Marshal(counties[1])
	if string(one) != string(two) {
		t.Errorf("the same seed and day make two counties:\n%s\n%s", one, two)
	}
}

// again starts the county a second time: nothing is added, the passwords are new and need not be changed.
func again(t *testing.T, a *app.App, first []demo.Account) {
	t.Helper()
	before := tallyOf(t, a)
	second, err := a.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after := tallyOf(t, a); string(after.Figures) != string(before.Figures) || after.First != before.First {
		t.Errorf("a second start changes the county")
	}
	ctx, err := a.In(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]bool{}
	for i, one := range second {
		roles[one.Role] = true
		if one.Password == first[i].Password {
			t.Errorf("%s keeps the password of the first start", one.Login)
		}
		if _, _, err := access.SignIn(ctx, a.DB, one.Login, first[i].Password, false, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s signs in with the password of the first start: %v", one.Login, err)
		}
		if _, actor, err := access.SignIn(ctx, a.DB, one.Login, one.Password, false, ""); err != nil || actor.MustChange {
			t.Errorf("%s cannot work at once: %v, %+v", one.Login, err, actor)
		}
	}
	for _, want := range []string{"主席", "干事", "填报人", "联络员", "查阅人", "审计管理员", "系统管理员、安全管理员"} {
		if !roles[want] {
			t.Errorf("nobody is %s", want)
		}
	}
	silent(t, a)
}

func TestTheDemonstrationLeavesOthersAlone(t *testing.T) {
	a := openDemo(t, "")
	if _, _, err := a.Found(t.Context(), app.NewAssociation{Name: "青山县科学技术协会", Code: "qingshan", Admin: "chenzq"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Demo(t.Context()); !errs.Is(err, errs.Conflict) || err.Error() != "这里已有「青山县科学技术协会」，示范县要用空的文件夹或数据库，请另选一个（--data 或 --database-url）" {
		t.Errorf("over a real county: %v", err)
	}
}

func TestAHalfMadeDemonstrationIsNotServed(t *testing.T) {
	a := openDemo(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for n := int64(0); n < 20 && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
			_ = a.DB.View(ctx, func(tx *db.Tx) (err error) {
				n, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM record")
				return err
			})
		}
		cancel()
	}()
	if _, err := a.Demo(ctx); err == nil {
		t.Fatal("the county was made before it could be stopped")
	}
	if _, err := a.Demo(t.Context()); !errs.Is(err, errs.Conflict) {
		t.Errorf("a county whose making was stopped: %v", err)
	}
}

// Whoever starts the demonstration on any day finds a county of that day: also in the first days of a year.
func TestTheDemonstrationOnOtherDays(t *testing.T) {
	for _, today := range []day.Day{"2026-01-02", "2028-02-29"} {
		t.Run(string(today), func(t *testing.T) {
			t.Setenv(keys.Env, "")
			access.Cost = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
			a, err := app.Prepare(t.Context(), app.Config{Data: t.TempDir(), Now: app.FixedDay(today, time.Now)})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if _, err := a.Demo(t.Context()); err != nil {
				t.Fatal(err)
			}
			silent(t, a)
			ctx, err := a.AtMachine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := a.DB.View(ctx, func(tx *db.Tx) error {
				late, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM record WHERE updated > ? OR (day >= ? AND state <> 'draft')", tx.Millis(), today)
				if err == nil && late > 0 {
					t.Errorf("%d records are of the future", late)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Everybody finds his pages filled, and nothing of the others'.
func TestPagesOfTheDemonstration(t *testing.T) {
	w := apptest.Demo(t)
	for login, pages := range map[string]map[string]string{
		"zhoumin": {"/training": "待核实", "/training/PX-2026-0001": "签到册", "/figures/training.short_attendees": "构成"},
		"liwf":    {"/training": "青溪乡"},
		"maxy":    {"/training": "马晓燕"},
	} {
		b := w.Sign(login)
		for path, word := range pages {
			if got := b.Get(path); got.Status != http.StatusOK || !strings.Contains(got.Body, word) {
				t.Errorf("%s at %s: %d, «%s» is there: %v", login, path, got.Status, word, strings.Contains(got.Body, word))
			}
		}
	}
	if got := w.Sign("liwf").Get("/training"); strings.Contains(got.Body, "磨盘山乡磨盘村") {
		t.Error("李文芳 of 青溪乡 sees a class of 磨盘山乡")
	}
}
