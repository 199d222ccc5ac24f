package app_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
	"shilu/internal/work/training"
)

// busyCounty fills a county with something in every table: the year of the real report, records in every state, revisions, papers
// put on and taken off, merges, a closing, an own indicator, settings, words, changed trees, and entries that wait for a number.
func busyCounty(t *testing.T, w *apptest.World) {
	t.Helper()
	importYear(t, w)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clerk, officer, second, chair := w.As(apptest.Clerk), w.As(apptest.Officer), w.As(apptest.Second), w.As(apptest.Chair)
	class := shortClass(t, w)
	must(w.App.DB.Update(clerk, func(tx *db.Tx) error {
		_, _, err := access.CreateToken(clerk, tx, access.NewToken{Name: "数据交换", Writes: true, Days: 90})
		return err
	}))
	create := func(submit bool) flow.Head {
		t.Helper()
		out, err := w.App.Training.Create(clerk, training.CreateInput{Body: class, Submit: submit})
		must(err)
		return out.Head
	}
	verify := func(h flow.Head) flow.Head {
		t.Helper()
		h, err := w.App.Training.Verify(officer, h.ID, h.Version, "")
		must(err)
		return h
	}
	save := func(h flow.Head, people int64, submit bool) flow.Head {
		t.Helper()
		c := class
		c.Attendances = &training.Count{N: people}
		out, err := w.App.Training.Save(clerk, training.SaveInput{ID: h.ID, Version: h.Version, Body: c, Reason: "漏计", Submit: submit})
		must(err)
		return out.Head
	}
	create(false)
	create(true)
	returned := create(true)
	_, err := w.App.Training.Return(officer, returned.ID, returned.Version, "签到册缺第二页")
	must(err)
	revised := verify(save(verify(create(true)), 61, true))
	save(verify(create(true)), 62, false) // a revision that is open
	voided := verify(create(true))
	_, err = w.App.Training.Void(second, voided.ID, voided.Version, "重复")
	must(err)
	busyActivities(t, w)
	busyFacilities(w)
	busyExternal(t, w)
	codesOn(t, w.As(apptest.Viewer), w)
	deleted := create(false)
	must(w.App.Training.Delete(clerk, deleted.ID, deleted.Version))

	var picture bytes.Buffer
	must(png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 6))))
	file, err := evidence.Receive(clerk, w.App.Files, "现场.png", &picture)
	must(err)
	must(w.App.DB.Update(clerk, func(tx *db.Tx) error {
		for _, p := range []evidence.Paper{{Kind: evidence.Photo, File: file, Name: "现场.png"}, {Kind: evidence.Link, Link: "https://example.org/1", Name: "报道"}} {
			p, _, err := evidence.Attach(clerk, tx, revised.Ref(), p)
			if err != nil {
				return err
			}
			if p.Kind == evidence.Link {
				if _, err := evidence.Detach(officer, tx, p.ID, "打不开"); err != nil {
					return err
				}
			}
		}
		return settleProof(clerk, tx, w, revised)
	}))
	must(w.App.DB.Update(chair, func(tx *db.Tx) error {
		for _, merge := range [][2]string{{"k1", "k2"}, {"k2", "k3"}} {
			if err := ledger.Alias(chair, tx, merge[0], merge[1]); err != nil {
				return err
			}
		}
		if err := ledger.Close(chair, tx, "2023-12-31", access.From(chair).Account, "上年已报"); err != nil {
			return err
		}
		own := indicator.Def{Code: "local.classes", Name: "期数", Unit: "期", Definition: "办班期数", Kind: indicator.Sum, Measures: []string{"training.classes"}}
		if err := w.App.Indicators.Define(chair, tx, "2026-01-01", own); err != nil {
			return err
		}
		if err := org.Set(chair, tx, "inexact_percent", "2026-01-01", 5, apptest.Chair); err != nil {
			return err
		}
		if err := org.AddAlias(chair, tx, training.SubjectVocabulary, "养鸡", "科学养鸡及预防"); err != nil {
			return err
		}
		return org.RenamePlace(chair, tx, orgtest.Place(t, w.Tree, "0902").ID, "红岩社区", "2026-07-01")
	}))
	frozenYear(t, w)                                    // seals the log
	must(w.App.DB.Update(chair, func(tx *db.Tx) error { // waits for its number
		_, err := org.AddTerm(chair, tx, training.SubjectVocabulary, "蜜蜂养殖")
		return err
	}))
	verify(save(revised, 63, true))
}

// busyActivities adds a joint activity with a verified share and one that waits.
func busyActivities(t *testing.T, w *apptest.World) {
	t.Helper()
	units := members(t, w, "农业农村局", "卫生健康局")
	officer, second := w.As(apptest.Officer), w.As(apptest.Second)
	h := must[register.Entered](t)(w.App.Activity.Create(officer, register.New[activity.Activity]{Body: joint(t, w, units), Submit: true}))
	for i, u := range units {
		must[flow.Head](t)(w.App.Activity.EnterShare(w.As(u.Code), activity.ShareInput{Activity: h.ID, Unit: u.ID, Client: id.New(), Counts: counts("panels", 7)}))
		if i == 0 {
			verifyAlong(t, second, w, h.Head)
		}
	}
}

// shortClass is a class of 青溪乡 that is over and lacks nothing.
func shortClass(t testing.TB, w *apptest.World) training.Class {
	t.Helper()
	return training.Class{Kind: "short", Name: "核桃嫁接培训班", Subject: "核桃嫁接", Unit: orgtest.Unit(t, w.Tree, "u06").ID, Place: orgtest.Place(t, w.Tree, "0601").ID,
		Venue: "村文化室", Start: "2026-03-05", End: "2026-03-06", Attendances: &training.Count{N: 60, Exactness: ledger.About}, Teachers: []string{"李文华"}}
}

// settleProof says anew what a record lacks, after its papers changed.
func settleProof(ctx context.Context, tx *db.Tx, w *apptest.World, h flow.Head) error {
	s, err := w.App.Training.Subject(ctx, tx, h.Ref())
	if err != nil {
		return err
	}
	return w.App.Papers.UpdateProof(ctx, tx, s)
}
