package app_test

import (
	"os"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// records2024 is the workbook behind a real report: 28 short classes and 16 of the 农函大.
const records2024 = "../work/training/testdata/000-records.xlsx"

// imported lets the workbook in, verified in the same run.
func imported(t testing.TB, w *apptest.World) {
	t.Helper()
	file, err := os.Open(records2024)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	r, err := w.App.Intake.Run(w.As(apptest.Officer), training.Kind, "000-records.xlsx", file, intake.Options{Create: true}, apptest.Second)
	if err != nil || r.Created != 44 {
		t.Fatalf("import: %v, %d created, wrong %v", err, r.Created, r.Wrong)
	}
	sealed(t, w)
}

// sealed numbers what was posted, as the program does every few seconds.
func sealed(t testing.TB, w *apptest.World) {
	t.Helper()
	if _, err := w.App.Seal(w.Ctx); err != nil {
		t.Fatal(err)
	}
}

// class is a short class of a township this year.
func class(t testing.TB, w *apptest.World, township, name, subject string, on day.Day, n int64, e ledger.Exactness) training.Class {
	t.Helper()
	var code string
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) (err error) {
		code, err = org.AddTerm(w.Ctx, tx, training.SubjectVocabulary, subject)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return training.Class{Kind: "short", Name: name, Subject: code, Unit: orgtest.Unit(t, w.Tree, "u"+township).ID, Place: orgtest.Place(t, w.Tree, township+"01").ID,
		Start: on, End: on, Attendances: &training.Count{N: n, Exactness: e}}
}

// reported is a class that somebody submits.
func reported(t testing.TB, w *apptest.World, login string, c training.Class) training.Entered {
	t.Helper()
	e, err := w.App.Training.Create(w.As(login), training.CreateInput{Body: c, Submit: true})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// verified is a class that somebody submits and the officer verifies.
func verified(t testing.TB, w *apptest.World, login string, c training.Class) training.Entered {
	t.Helper()
	e := reported(t, w, login, c)
	if _, err := w.App.Training.Verify(w.As(apptest.Officer), e.ID, e.Version, ""); err != nil {
		t.Fatal(err)
	}
	return e
}

// thisYear makes what a county has in the middle of its work: verified, waiting, returned, drafts, a correction, an estimate.
func thisYear(t testing.TB, w *apptest.World) {
	t.Helper()
	for i, c := range []training.Class{
		class(t, w, "06", "核桃嫁接技术", "核桃嫁接", "2026-03-12", 56, ledger.Exact),
		class(t, w, "06", "花椒采后修剪", "花椒修剪", "2026-07-02", 50, ledger.About),
		class(t, w, "06", "蜜蜂养殖", "蜜蜂养殖", "2026-08-20", 38, ledger.Exact),
	} {
		e := verified(t, w, apptest.Clerk, c)
		if i == 2 {
			c.Attendances = &training.Count{N: 36}
			s, err := w.App.Training.Save(w.As(apptest.Clerk), training.SaveInput{ID: e.ID, Version: e.Version, Body: c, Reason: "重复签名 2 人", Submit: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.App.Training.Verify(w.As(apptest.Officer), s.ID, s.Version, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	verified(t, w, apptest.Outsider, class(t, w, "02", "水稻病虫害防治", "水稻病虫害", "2026-05-14", 74, ledger.Exact))
	reported(t, w, apptest.Clerk, class(t, w, "06", "核桃高接换优技术（第2期）", "核桃嫁接", "2026-09-16", 58, ledger.Exact))
	back := reported(t, w, apptest.Clerk, class(t, w, "06", "大蒜根腐病防治", "大蒜病虫害", "2026-09-09", 66, ledger.Exact))
	if _, err := w.App.Training.Return(w.As(apptest.Officer), back.ID, back.Version, "缺签到册，人数与花名册不符"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.App.Training.Create(w.As(apptest.Clerk), training.CreateInput{Body: class(t, w, "06", "家庭农场记账", "家庭农场", "2026-09-17", 40, ledger.Exact)}); err != nil {
		t.Fatal(err)
	}
	sealed(t, w)
}
