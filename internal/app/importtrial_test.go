package app_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
)

// importsLeft counts what imports have in the database, and the files that are kept.
func importsLeft(t *testing.T, w *apptest.World) (rows, files int) {
	t.Helper()
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
		for _, table := range []string{"import", "import_sheet", "import_row", "intake_mapping"} {
			n, err := db.One(w.Ctx, tx, db.Value[int], "SELECT COUNT(*) FROM "+table+" WHERE association = ?", org.Of(w.Ctx))
			if err != nil {
				return err
			}
			rows += n
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(filepath.Join(w.App.Config.Data, "files"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	}); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return rows, files
}

// TestATrialLeavesNothing: what --dry-run reads can be seen while it is shown, and afterwards there is neither import nor file, whatever came of it.
func TestATrialLeavesNothing(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		ctx := w.As(apptest.Officer)
		rows, files := importsLeft(t, w)
		const file = "培训班名称,专业,类型,乡镇,开始日期,培训人次\n核桃嫁接培训班,核桃嫁接,农村实用技术短期培训,青溪乡,2024-03-05,52\n"
		try := func(name, file string, show func(intake.Result) error) error {
			return w.App.Intake.Try(ctx, "training", name, strings.NewReader(file), intake.Options{Create: true}, "", show)
		}
		nothing := func(when string) {
			t.Helper()
			if r, f := importsLeft(t, w); r != rows || f != files {
				t.Errorf("%s leaves %d rows and %d files", when, r-rows, f-files)
			}
		}
		stopped := errs.E(errs.Invalid, "不看了")
		shown := func(r intake.Result) error {
			if r.State != intake.Checked || r.Counts[intake.New] != 1 || r.Hash == "" {
				t.Errorf("%s, %v, hash %q", r.State, r.Counts, r.Hash)
			}
			staged, err := w.App.Intake.Rows(ctx, r.ID, nil, intake.RowPage{})
			if err != nil || len(staged) != 1 || staged[0].Cells[0] != "核桃嫁接培训班" {
				t.Errorf("rows %+v, %v", staged, err)
			}
			if all, err := w.App.Intake.List(ctx, "training", 10); err != nil || len(all) != 0 {
				t.Errorf("the list has it while it is shown: %+v, %v", all, err)
			}
			if open, err := w.App.Intake.Interrupted(w.Ctx); err != nil || len(open) != 0 {
				t.Errorf("a start would go on with it: %+v, %v", open, err)
			}
			return nil
		}
		if err := try("青溪.csv", file, shown); err != nil {
			t.Fatal(err)
		}
		nothing("a trial")
		if err := try("青溪.csv", file, func(intake.Result) error { return stopped }); !errs.Is(err, errs.Invalid) {
			t.Errorf("what show says is lost: %v", err)
		}
		nothing("one that was not shown")
		if err := try("坏.xlsx", "PK\x03\x04不是表", shown); !errs.Is(err, errs.Invalid) {
			t.Errorf("a file that nobody can read: %v", err)
		}
		nothing("one that cannot be read")
		officer := w.Sign(apptest.Officer)
		hides(t, officer.Get("/imports/training"), "青溪.csv", "还没有导入 ")
		hides(t, officer.Get("/"), "青溪.csv", "没做完")

		// What is in already is shown as what is in.
		r, err := w.App.Intake.Run(ctx, "training", "青溪.csv", strings.NewReader(file), intake.Options{}, "")
		if err != nil || r.Created != 1 {
			t.Fatal(r.Counts, err)
		}
		rows, files = importsLeft(t, w)
		if err := try("青溪.csv", file, func(again intake.Result) error {
			if again.ID != r.ID || !again.Again || again.Counts[intake.Same] != 1 {
				t.Errorf("%+v", again)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := try("青溪二.csv", strings.ReplaceAll(file, "52", "53"), func(intake.Result) error { return nil }); err != nil {
			t.Fatal(err)
		}
		nothing("one after an import")
		w.Verified()
	})
}

// resumes is the work of a start of the program.
type resumes struct{}

func (resumes) Kind() string { return "intake.resume" }

// TestALostTrialIsCleared: a trial whose process was killed is seen by nobody, and taken away after an hour by the next trial or import of any
// kind and by a start of the program.
func TestALostTrialIsCleared(t *testing.T) {
	const other = "数据,乡镇,年份,数值,来源\n户数,青溪乡,2024,5,统计局\n"
	for by, clear := range map[string]func(*apptest.World, context.Context) error{
		"a trial": func(w *apptest.World, ctx context.Context) error {
			return w.App.Intake.Try(ctx, "external", "又.csv", strings.NewReader(other), intake.Options{}, "", func(intake.Result) error { return nil })
		},
		"an import": func(w *apptest.World, ctx context.Context) error {
			_, err := w.App.Intake.Run(ctx, "external", "又.csv", strings.NewReader(other), intake.Options{}, "")
			return err
		},
		"a start": func(w *apptest.World, ctx context.Context) error {
			return w.App.DB.Update(ctx, func(tx *db.Tx) error {
				_, err := w.App.Jobs.Insert(ctx, tx, org.Of(ctx), resumes{}, jobs.How{})
				return err
			})
		},
	} {
		t.Run(by, func(t *testing.T) {
			apptest.Both(t, func(t *testing.T, w *apptest.World) {
				ctx := w.As(apptest.Officer)
				im, err := w.App.Intake.Receive(ctx, "training", "断了.csv", strings.NewReader("培训班名称,专业,类型,乡镇,开始日期,培训人次\n甲班,核桃,农村实用技术短期培训,青溪乡,2024-03-05,52\n"))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.App.Intake.Check(ctx, im.ID, intake.Options{DryRun: true}); err != nil {
					t.Fatal(err)
				}
				ago := func(millis int) {
					t.Helper()
					if err := w.App.DB.Update(ctx, func(tx *db.Tx) error {
						_, err := tx.Exec(ctx, "UPDATE import SET hash = '', updated = updated - ? WHERE association = ? AND id = ?", millis, org.Of(ctx), im.ID)
						return err
					}); err != nil {
						t.Fatal(err)
					}
				}
				left := func() (n int) {
					t.Helper()
					if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
						n, err = db.One(ctx, tx, db.Value[int], "SELECT COUNT(*) + (SELECT COUNT(*) FROM import_row WHERE import = ?) FROM import WHERE id = ?", im.ID, im.ID)
						return err
					}); err != nil {
						t.Fatal(err)
					}
					return n
				}
				ago(3_000_000)
				hides(t, w.Sign(apptest.Officer).Get("/imports/training"), "断了.csv")
				if err := w.App.Intake.Try(ctx, "training", "早.csv", strings.NewReader("培训班名称,乡镇\n乙班,青溪乡\n"), intake.Options{}, "", func(intake.Result) error { return nil }); err != nil || left() != 2 {
					t.Fatalf("one that may run still: %d left, %v", left(), err)
				}
				ago(900_000)
				if err := clear(w, ctx); err != nil {
					t.Fatal(err)
				}
				for end := time.Now().Add(10 * time.Second); left() != 0 && by == "a start" && time.Now().Before(end); {
					time.Sleep(20 * time.Millisecond)
				}
				if n := left(); n != 0 {
					t.Errorf("%d rows are left", n)
				}
			})
		})
	}
}
