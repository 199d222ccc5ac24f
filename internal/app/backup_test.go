package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shilu/internal/app"
	"shilu/internal/app/apptest"
	"shilu/internal/core/log"
	"shilu/internal/kit/backup"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
)

// elsewhere is an empty installation on the engine with the master key of w.
func elsewhere(t *testing.T, w *apptest.World, engine db.Dialect) app.Config {
	t.Helper()
	c := w.App.Config
	c.Data, c.DatabaseURL = t.TempDir(), ""
	if engine == db.Postgres {
		c.DatabaseURL = dbtest.PostgresURL(t)
	}
	key, err := os.ReadFile(filepath.Join(w.App.Config.Data, keys.File))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Data, keys.File), key, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// attach puts a notice on the class.
func attach(t *testing.T, b *apptest.Browser, w *apptest.World, number string) {
	t.Helper()
	answers(t, b.Upload("/evidence/training/"+headOf(t, w, number).ID, url.Values{"kind": {"notice"}}, "file", "通知.pdf", []byte("%PDF-1.4 通知")), http.StatusOK, "添加了 1 份佐证")
}

// TestACountyComesBack: the demonstration county is backed up while people go on entering classes, restored into the other engine,
// and is the same county: checkpoint, figures, files, and nothing for verify to say.
func TestACountyComesBack(t *testing.T) {
	for _, way := range []struct {
		name     string
		from, to db.Dialect
	}{{"sqlite to postgres", db.SQLite, db.Postgres}, {"postgres to sqlite", db.Postgres, db.SQLite}, {"sqlite to sqlite", db.SQLite, db.SQLite}} {
		t.Run(way.name, func(t *testing.T) {
			url := ""
			if way.from == db.Postgres {
				url = dbtest.PostgresURL(t)
			}
			w := apptest.Open(t, url)
			clerk := w.Sign(apptest.Clerk)
			officer := w.Sign(apptest.Officer)
			number := enter(t, clerk, classForm())
			officer.Post("/training/"+number+"/verify", shown(headOf(t, w, number)))
			attach(t, clerk, w, number)

			stop, done := make(chan struct{}), make(chan int)
			go func() {
				n := 0
				for {
					select {
					case <-stop:
						done <- n
						return
					default:
						clerk.Post("/training/new", classForm("name", "边备份边录入的班"))
						n++
					}
				}
			}()
			file := filepath.Join(t.TempDir(), "county.zip")
			m, err := w.App.Backup(w.Ctx, file, nil)
			close(stop)
			if n := <-done; n == 0 {
				t.Error("nobody could save while the backup was written")
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Files == 0 || m.Rows() < 50 || len(m.Missing) > 0 {
				t.Errorf("the backup holds %d rows and %d files, misses %v", m.Rows(), m.Files, m.Missing)
			}

			c := elsewhere(t, w, way.to)
			var steps []backup.Progress
			a, _, err := app.Restore(w.Ctx, c, file, func(p backup.Progress) { steps = append(steps, p) })
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			first, last := steps[0], steps[len(steps)-1]
			if !first.AtFiles() || first.Files != 1 || first.OfFiles != m.Files || last.AtFiles() || last.Rows != m.Rows() || last.OfRows != m.Rows() {
				t.Errorf("the restore tells first %+v, at last %+v of %d rows and %d files", first, last, m.Rows(), m.Files)
			}
			if err := a.VerifyAll(w.Ctx, func(d log.Difference) { t.Errorf("after restoring: %v", d) }); err != nil {
				t.Fatal(err)
			}
			at := checkpoints(w.Ctx, t, w.App.DB)
			for i, note := range checkpoints(w.Ctx, t, a.DB) {
				if i >= len(at) || note != at[i] {
					t.Errorf("checkpoint %d is not that of the county that was backed up:\n%s", i, note)
				}
			}
			if got, want := rowsOf(w.Ctx, t, a.DB, "SELECT number, title, state FROM record WHERE title <> '边备份边录入的班' ORDER BY number"),
				rowsOf(w.Ctx, t, w.App.DB, "SELECT number, title, state FROM record WHERE title <> '边备份边录入的班' ORDER BY number"); got != want || got == "" {
				t.Errorf("records\n%s\nwant\n%s", got, want)
			}
			facts := "SELECT measure, CAST(COUNT(*) AS TEXT), CAST(SUM(amount) AS TEXT) FROM fact GROUP BY measure ORDER BY measure"
			if got, want := rowsOf(w.Ctx, t, a.DB, facts), rowsOf(w.Ctx, t, w.App.DB, facts); got != want || got == "" {
				t.Errorf("facts\n%s\nwant\n%s", got, want)
			}
			// The restored county goes on: it signs.
			if _, err := a.Seal(w.Ctx); err != nil {
				t.Errorf("the restored county cannot sign: %v", err)
			}
			// A second restore has no room.
			if _, _, err := app.Restore(w.Ctx, c, file, nil); !errs.Is(err, errs.Conflict) {
				t.Errorf("restored into what is not empty: %v", err)
			}
		})
	}
}

// TestADamagedBackupChangesNothing: whatever is wrong with the file or the key, the target stays empty.
func TestADamagedBackupChangesNothing(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk := w.Sign(apptest.Clerk)
		number := enter(t, clerk, classForm())
		attach(t, clerk, w, number)
		dir := t.TempDir()
		file := filepath.Join(dir, "whole.zip")
		if _, err := w.App.Backup(w.Ctx, file, nil); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Backup(w.Ctx, file, nil); !errs.Is(err, errs.Conflict) {
			t.Errorf("an older backup was overwritten: %v", err)
		}
		for name, damaged := range map[string][]byte{
			"cut off":     whole[:len(whole)/2],
			"no zip":      []byte("备份"),
			"another zip": rezip(t, whole, func(name string, body []byte) []byte { return drop(name == "manifest.json", body) }),
			"a row less":  rezip(t, whole, func(name string, body []byte) []byte { return lessOneLine(name == "tables/history.jsonl", body) }),
			"a row changed": rezip(t, whole, func(name string, body []byte) []byte {
				return bytes.ReplaceAll(body, []byte("培训"), []byte("陪训"))
			}),
			"a file less": rezip(t, whole, func(name string, body []byte) []byte { return drop(strings.HasPrefix(name, "files/"), body) }),
			"a file changed": rezip(t, whole, func(name string, body []byte) []byte {
				if strings.HasPrefix(name, "files/") {
					return append(body, '!')
				}
				return body
			}),
			"a line without end": rezip(t, whole, func(name string, body []byte) []byte {
				if name == "tables/record.jsonl" {
					return bytes.Repeat([]byte(" "), 65<<20)
				}
				return body
			}),
			"newer": rezip(t, whole, func(name string, body []byte) []byte {
				if name == "manifest.json" {
					return bytes.Replace(body, []byte(`"schema": [`), []byte(`"schema": [ 20990101000000,`), 1)
				}
				return body
			}),
		} {
			t.Run(name, func(t *testing.T) {
				bad := filepath.Join(t.TempDir(), "bad.zip")
				if err := os.WriteFile(bad, damaged, 0o600); err != nil {
					t.Fatal(err)
				}
				c := elsewhere(t, w, w.App.DB.Dialect)
				a, _, err := app.Restore(w.Ctx, c, bad, nil)
				if !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.Conflict) {
					t.Errorf("a damaged backup: %v", err)
				}
				if err == nil {
					a.Close()
				}
				// The whole one still finds room.
				a, _, err = app.Restore(w.Ctx, c, file, nil)
				if err != nil {
					t.Fatalf("after a damaged backup the target is not empty: %v", err)
				}
				a.Close()
			})
		}
		t.Run("without its key", func(t *testing.T) {
			c := elsewhere(t, w, w.App.DB.Dialect)
			key := filepath.Join(c.Data, keys.File)
			if err := os.Remove(key); err != nil {
				t.Fatal(err)
			}
			if _, _, err := app.Restore(w.Ctx, c, file, nil); !errs.Is(err, errs.NotFound) {
				t.Errorf("restored without the key: %v", err)
			}
			if _, err := keys.Create(c.Data); err != nil {
				t.Fatal(err)
			}
			if _, _, err := app.Restore(w.Ctx, c, file, nil); !errs.Is(err, errs.Conflict) {
				t.Errorf("restored with another key: %v", err)
			}
		})
	})
}

// TestARottenFileDoesNotSpoilTheRest: a file that changed on disk is told at once; all else comes back, and verify names the paper.
func TestARottenFileDoesNotSpoilTheRest(t *testing.T) {
	w := apptest.Open(t, "")
	clerk := w.Sign(apptest.Clerk)
	number := enter(t, clerk, classForm())
	attach(t, clerk, w, number)
	var rotten string
	if err := filepath.WalkDir(filepath.Join(w.App.Config.Data, "files"), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && len(e.Name()) == 64 {
			rotten = path
		}
		return err
	}); err != nil || rotten == "" {
		t.Fatalf("no file: %v", err)
	}
	whole, err := os.ReadFile(rotten)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rotten, append(bytes.Clone(whole), '!'), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "county.zip")
	m, err := w.App.Backup(w.Ctx, file, nil)
	if err != nil || len(m.Damaged) != 1 || m.Damaged[0] != filepath.Base(rotten) || m.Files != 0 {
		t.Errorf("a rotten file: %v, damaged %v, %d files", err, m.Damaged, m.Files)
	}
	a, _, err := app.Restore(w.Ctx, elsewhere(t, w, db.SQLite), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var said []string
	if err := a.VerifyAll(w.Ctx, func(d log.Difference) { said = append(said, d.String()) }); err != nil {
		t.Fatal(err)
	}
	if len(said) == 0 || !strings.Contains(strings.Join(said, "\n"), number) {
		t.Errorf("verify does not name the paper's record: %v", said)
	}
	if err := os.WriteFile(rotten, whole, 0o600); err != nil { // for the check at the end of the scenario
		t.Fatal(err)
	}
}

// TestEveryFileIsNamed: whatever lies in the store after a year of work is named by one of the queries of a backup, so that none is left behind.
func TestEveryFileIsNamed(t *testing.T) {
	w := apptest.Demo(t)
	file := filepath.Join(t.TempDir(), "demo.zip")
	m, err := w.App.Backup(w.Ctx, file, func(backup.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	if err := filepath.WalkDir(filepath.Join(w.App.Config.Data, "files"), func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && len(e.Name()) == 64 {
			stored++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if stored == 0 || stored != m.Files {
		t.Errorf("%d files are stored, %d are in the backup", stored, m.Files)
	}
}

func drop(it bool, body []byte) []byte {
	if it {
		return nil
	}
	return body
}

func lessOneLine(here bool, body []byte) []byte {
	if !here {
		return body
	}
	lines := bytes.SplitAfter(body, []byte("\n"))
	return bytes.Join(append(lines[:1:1], lines[2:]...), nil)
}

// rezip writes the zip anew with other entries; nil leaves one out.
func rezip(t *testing.T, whole []byte, change func(name string, body []byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			t.Fatal(err)
		}
		if body = change(f.Name, body); body == nil {
			continue
		}
		w, err := to.Create(f.Name)
		if err == nil {
			_, err = w.Write(body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func checkpoints(ctx context.Context, t *testing.T, d *db.DB) []string {
	t.Helper()
	return strings.Split(rowsOf(ctx, t, d, "SELECT log, root, note FROM log_checkpoint ORDER BY log, size"), "\x00")
}

// rowsOf gives three columns of text as lines.
func rowsOf(ctx context.Context, t *testing.T, d *db.DB, query string) string {
	t.Helper()
	var out []string
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		out, err = db.All(ctx, tx, func(s db.Scanner) (string, error) {
			var a, b, c string
			err := s.Scan(&a, &b, &c)
			return a + " " + b + " " + c, err
		}, query)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\x00")
}
