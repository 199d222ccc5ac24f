package app_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/work/activity"
	"shilu/internal/work/facility"
	"shilu/internal/work/training"
)

// atOnce runs second while first is done but not committed: second must come to what first has made of it.
func atOnce(as context.Context, w *apptest.World, first func(tx *db.Tx) error, second func() error) (one, other error) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		told := sync.OnceFunc(func() { close(done) })
		defer told()
		one = w.App.DB.Update(as, func(tx *db.Tx) error {
			if err := first(tx); err != nil {
				return err
			}
			told()
			time.Sleep(300 * time.Millisecond) // second gets as far as it can
			return nil
		})
	})
	<-done
	other = second()
	wg.Wait()
	return one, other
}

// TestTwoAtOnce: what one changes while another says something by it, is so for both. That nothing else stands in the books, verify says
// at the end of each.
func TestTwoAtOnce(t *testing.T) {
	for name, try := range map[string]func(t *testing.T, w *apptest.World){
		"a log is verified while its facility is moved": func(t *testing.T, w *apptest.World) {
			c := county{w}
			h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "上村画廊", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"length": num(1200), "keeper": told("王建国")}})
			log := must[register.Entered](t)(w.App.Facility.Logs.Create(w.As(apptest.Clerk), register.New[facility.Log]{Submit: true,
				Body: facility.Log{Kind: "change", Facility: h.ID, Day: "2026-05-01", Values: facility.Values{"topic": told("防汛")}}}))
			rec := must[facility.Record](t)(w.App.Facility.Get(w.As(apptest.Clerk), h.Number))
			rec.Body.Place = orgtest.Place(t, w.Tree, "0602").ID
			moved := must[register.Entered](t)(w.App.Facility.Save(w.As(apptest.Clerk), register.Change[facility.Facility]{ID: h.ID, Version: rec.Version, Body: rec.Body, Reason: "村写错了", Submit: true}))
			officer := w.As(apptest.Officer)
			one, other := atOnce(officer, w, func(tx *db.Tx) error {
				_, err := w.App.Facility.Logs.VerifyIn(officer, tx, log.ID, log.Version, "")
				return err
			}, func() error {
				_, err := w.App.Facility.Verify(w.As(apptest.Second), h.ID, moved.Version, "")
				return err
			})
			if one != nil || other != nil {
				t.Errorf("%v; %v", one, other)
			}
			if got := c.figures("0602", "2026", "venue.gallery_changes"); got != "1" {
				t.Errorf("changes where the gallery was put right to: %s", got)
			}
		},
		"a share is verified while its activity is struck out": func(t *testing.T, w *apptest.World) {
			units := members(t, w, "农业农村局")
			officer, second := w.As(apptest.Officer), w.As(apptest.Second)
			event := must[register.Entered](t)(w.App.Activity.Create(officer, register.New[activity.Activity]{Body: joint(t, w, units), Submit: true}))
			h := must[flow.Head](t)(w.App.Activity.Verify(second, event.ID, event.Version, ""))
			share := must[flow.Head](t)(w.App.Activity.EnterShare(w.As("m01"), activity.ShareInput{Activity: h.ID, Unit: units[0].ID, Counts: counts("panels", 7)}))
			one, other := atOnce(second, w, func(tx *db.Tx) error {
				_, err := w.App.Activity.Shares.VerifyIn(second, tx, share.ID, share.Version, "")
				return err
			}, func() error {
				_, err := w.App.Activity.Void(officer, h.ID, h.Version, "没有办")
				return err
			})
			if one != nil || other != nil {
				t.Errorf("%v; %v", one, other)
			}
			figures(t, w, map[string]string{"event.activities": "0", "event.panels": "0"})
		},
		"a month is closed while a class in it is verified": func(t *testing.T, w *apptest.World) {
			class := must[register.Entered](t)(w.App.Training.Create(w.As(apptest.Clerk), training.CreateInput{Body: shortClass(t, w), Submit: true}))
			chair := w.As(apptest.Chair)
			one, other := atOnce(chair, w, func(tx *db.Tx) error {
				return ledger.Close(chair, tx, "2026-03-31", access.From(chair).Account, "")
			}, func() error {
				_, err := w.App.Training.Verify(w.As(apptest.Officer), class.ID, class.Version, "")
				return err
			})
			if one != nil || !errs.Is(other, errs.Invalid) {
				t.Errorf("%v; a correction without a reason: %v", one, other)
			}
		},
		"a village is moved while a class in it is entered": func(t *testing.T, w *apptest.World) {
			admin := w.As(apptest.Chair)
			one, other := atOnce(admin, w, func(tx *db.Tx) error {
				if err := org.MovePlace(admin, tx, orgtest.Place(t, w.Tree, "0601").ID, orgtest.Place(t, w.Tree, "09").ID, "2026-01-01"); err != nil {
					return err
				}
				return flow.Reseat(admin, tx, orgtest.Place(t, w.Tree, "0601").ID)
			}, func() error {
				body := shortClass(t, w)
				body.Unit = w.Tree.Office().ID
				_, err := w.App.Training.Create(w.As(apptest.Officer), training.CreateInput{Body: body, Submit: true})
				return err
			})
			if one != nil || other != nil {
				t.Errorf("%v; %v", one, other)
			}
			var seen []string
			if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
				seen, err = db.All(w.Ctx, tx, db.Value[string], "SELECT unit FROM sees WHERE association = ? AND why = 'place' ORDER BY unit", org.Of(w.Ctx))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(seen) != 1 || seen[0] != orgtest.Unit(t, w.Tree, "u09").ID {
				t.Errorf("%d units serve its place, first %v", len(seen), seen)
			}
		},
		"two villages are moved at once": func(t *testing.T, w *apptest.World) {
			admin := w.As(apptest.Chair)
			move := func(tx *db.Tx, code string) error {
				return org.MovePlace(admin, tx, orgtest.Place(t, w.Tree, code).ID, orgtest.Place(t, w.Tree, "09").ID, "2026-01-01")
			}
			one, other := atOnce(admin, w, func(tx *db.Tx) error { return move(tx, "0601") }, func() error {
				return w.App.DB.Update(admin, func(tx *db.Tx) error { return move(tx, "0602") })
			})
			if one != nil || other != nil {
				t.Errorf("%v; %v", one, other)
			}
			var below int64
			if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
				below, err = db.One(w.Ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM place_reach WHERE association = ? AND ancestor = ? AND descendant IN (?) AND to_day > '2026-06-01'",
					org.Of(w.Ctx), orgtest.Place(t, w.Tree, "09").ID, db.List{orgtest.Place(t, w.Tree, "0601").ID, orgtest.Place(t, w.Tree, "0602").ID})
				return err
			}); err != nil || below != 2 {
				t.Errorf("%d of 2 villages lie where they were moved to (%v)", below, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { apptest.Both(t, try) })
	}
}
