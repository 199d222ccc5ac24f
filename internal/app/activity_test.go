package app_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
)

// lectureIn is a lecture that the clerk of 青溪乡 reports.
func lectureIn(t testing.TB, w *apptest.World) activity.Activity {
	t.Helper()
	return activity.Activity{Category: "lecture", Name: "老年人健康讲座", Life: activity.Held, Start: "2026-09-10", End: "2026-09-10",
		Unit: orgtest.Unit(t, w.Tree, "u06").ID, Spot: activity.Spot{Place: orgtest.Place(t, w.Tree, "0601").ID, Venue: "文化室"}, Site: "村",
		Audiences: []string{"老年人"}, Campaigns: []string{"全国科普月"}, Counts: counts("onsite", 120)}
}

func counts(pairs ...any) activity.Counts {
	c := activity.Counts{}
	for i := 0; i+1 < len(pairs); i += 2 {
		c[pairs[i].(string)] = register.Count{N: int64(pairs[i+1].(int))}
	}
	return c
}

// members adds departments to the county, each with a liaison of the login name equal to its code.
func members(t testing.TB, w *apptest.World, names ...string) (units []org.Unit) {
	t.Helper()
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
		units = nil
		for i, name := range names {
			u, err := org.AddUnit(w.Ctx, tx, org.Unit{Code: fmt.Sprintf("m%02d", i+1), Name: name, Kind: org.KindMember, Parent: w.Tree.Office().ID})
			if err != nil {
				return err
			}
			if _, err := access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: u.Code, Name: name + "联络员", Unit: u.ID,
				Grants: []access.Grant{{Role: access.Liaison, Unit: u.ID}}}, access.NewSecret(w.Ctx, "")); err != nil {
				return err
			}
			units = append(units, u)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return units
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refused(t *testing.T, err error, kind errs.Kind, what string) {
	t.Helper()
	if !errs.Is(err, kind) {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func figures(t *testing.T, w *apptest.World, want map[string]string) {
	t.Helper()
	for code, value := range want {
		if got := counted(t, w, code); got != value {
			t.Errorf("%s is %q, want %q", code, got, value)
		}
	}
}

// TestAnActivityFromPlanToFigure: what is planned posts nothing and cannot be submitted; once it is held and verified by another it
// counts; an outsider sees nothing; cancelled and postponed ones post nothing.
func TestAnActivityFromPlanToFigure(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk, officer, outsider := w.App.Activity, w.As(apptest.Clerk), w.As(apptest.Officer), w.As(apptest.Outsider)
		a := lectureIn(t, w)
		a.Life, a.Counts = activity.Planned, nil
		_, err := s.Create(clerk, register.New[activity.Activity]{Body: a, Submit: true})
		refused(t, err, errs.Invalid, "a plan that is submitted")
		h := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: a}))
		figures(t, w, map[string]string{"event.lectures": "0"})
		_, err = s.Get(outsider, h.Number)
		refused(t, err, errs.NotFound, "an outsider")
		a.Life, a.Counts = activity.Held, counts("onsite", 120, "experts", 2)
		a.Materials = []activity.Material{{Title: "老年人防跌倒", Kind: "booklet", Copies: register.Count{N: 100}}}
		h = must[register.Entered](t)(s.Save(clerk, register.Change[activity.Activity]{ID: h.ID, Version: h.Version, Body: a, Submit: true}))
		_, err = s.Verify(clerk, h.ID, h.Version, "")
		refused(t, err, errs.Forbidden, "a clerk who verifies")
		must[flow.Head](t)(s.Verify(officer, h.ID, h.Version, ""))
		figures(t, w, map[string]string{"event.lectures": "1", "event.lectures_att": "120", "event.month_att": "120", "event.elderly_att": "120",
			"event.villages_covered": "1", "event.village_coverage": "5%", "event.science_workers": "2", "media.materials": "100", "media.material_titles": "1", "event.activities": "1"})
		for _, life := range []activity.Life{activity.Postponed, activity.Cancelled} {
			b := lectureIn(t, w)
			b.Name, b.Life = "科学饮食讲座", life
			h, err := s.Create(clerk, register.New[activity.Activity]{Body: b, Submit: true})
			if life == activity.Postponed {
				refused(t, err, errs.Invalid, "what is postponed is submitted")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			must[flow.Head](t)(s.Verify(officer, h.ID, h.Version, ""))
		}
		figures(t, w, map[string]string{"event.lectures": "1", "event.lectures_att": "120"})
	})
}

// joint is an activity of the office that five departments take part in.
func joint(t testing.TB, w *apptest.World, units []org.Unit) activity.Activity {
	t.Helper()
	a := lectureIn(t, w)
	a.Category, a.Name, a.Unit, a.Place = "consult", "科普日一条街", w.Tree.Office().ID, orgtest.Place(t, w.Tree, "06").ID
	a.Open, a.Counts, a.Site, a.Start, a.End = true, counts("onsite", 1200, "panels", 20, "staff", 9), "广场", "2026-09-16", "2026-09-16"
	for _, u := range units {
		a.Partners = append(a.Partners, activity.Partner{Role: "协办", Unit: u.ID})
	}
	return a
}

// TestFivePartnersEnterTheirShares: each unit writes only its own, the total grows, sending twice adds nothing, the verifier takes the
// event with its shares, and afterwards a share is a revision that another verifies.
func TestFivePartnersEnterTheirShares(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, officer, second := w.App.Activity, w.As(apptest.Officer), w.As(apptest.Second)
		units := members(t, w, "农业农村局", "卫生健康局", "林业局", "教育局", "气象局")
		h := must[register.Entered](t)(s.Create(officer, register.New[activity.Activity]{Body: joint(t, w, units), Submit: true}))
		share := func(i int, panels int) activity.ShareInput {
			return activity.ShareInput{Activity: h.ID, Unit: units[i].ID, Client: id.New(), Counts: counts("panels", panels, "staff", 5, "consults", 40, "onsite", 100)}
		}
		var first flow.Head
		var in activity.ShareInput
		for i, u := range units {
			in = share(i, 10*(i+1))
			first = must[flow.Head](t)(s.EnterShare(w.As(u.Code), in))
		}
		again := must[flow.Head](t)(s.EnterShare(w.As(units[4].Code), in))
		if again.Version != first.Version {
			t.Errorf("the same sending made version %d", again.Version)
		}
		in.Client, in.Version = id.New(), 0
		_, err := s.EnterShare(w.As(units[4].Code), in)
		refused(t, err, errs.Conflict, "a second share of one unit")
		foreign := share(0, 99)
		foreign.Client = id.New()
		_, err = s.EnterShare(w.As(units[1].Code), foreign)
		if err == nil {
			t.Error("a unit wrote another's share")
		}
		_, err = s.EnterShare(w.As(apptest.Clerk), activity.ShareInput{Activity: h.ID, Unit: orgtest.Unit(t, w.Tree, "u06").ID, Client: id.New(), Counts: counts("panels", 1)})
		refused(t, err, errs.Conflict, "a unit that does not take part")
		if _, err := s.Get(w.As(units[0].Code), h.Number); err != nil {
			t.Errorf("a partner does not see the event: %v", err)
		}
		rec := must[activity.Joint](t)(s.Joint(w.As(units[0].Code), h.Number))
		if all := total(rec.Totals, "panels"); all != 170 {
			t.Errorf("the total is %d panels, want 170", all)
		}
		figures(t, w, map[string]string{"event.panels": "0", "event.activities": "0"})

		// One corrects before the event is verified.
		in = share(4, 55)
		in.Version = first.Version
		must[flow.Head](t)(s.EnterShare(w.As(units[4].Code), in))

		_, err = s.Verify(officer, h.ID, h.Version, "")
		refused(t, err, errs.Forbidden, "who wrote it verifies")
		_, err = s.Shares.Verify(second, first.ID, first.Version+1, "")
		refused(t, err, errs.Conflict, "a share before its event")
		verifyAlong(t, second, w, h.Head)
		figures(t, w, map[string]string{"event.panels": "175", "event.consult_att": "200", "event.unit_staff": "25", "event.consults": "1", "event.activities": "1",
			"event.attendances": "1,200", "event.large": "1", "event.large_att": "1,200"})

		// Afterwards it is a revision: nothing changes until it is verified.
		now := must[activity.Joint](t)(s.Joint(officer, h.Number))
		var mine activity.EnteredShare
		for _, sh := range now.Shares {
			if sh.Unit == units[0].ID {
				mine = sh
			}
		}
		in = share(0, 30)
		in.Version = mine.Version
		_, err = s.EnterShare(w.As(units[0].Code), in)
		refused(t, err, errs.Invalid, "a revision without a reason")
		in.Reason = "漏数了 20 块"
		revised := must[flow.Head](t)(s.EnterShare(w.As(units[0].Code), in))
		figures(t, w, map[string]string{"event.panels": "175"})
		must[flow.Head](t)(s.Shares.Verify(officer, revised.ID, revised.Version, ""))
		figures(t, w, map[string]string{"event.panels": "195"})

		// The event moves to another day and campaign: its shares follow it.
		a := joint(t, w, units)
		a.Start, a.End, a.Campaigns = "2026-03-20", "2026-03-20", []string{"科技之春"}
		e := must[register.Entered](t)(s.Save(officer, register.Change[activity.Activity]{ID: h.ID, Version: h.Version, Body: a, Reason: "日期记错", Submit: true}))
		must[flow.Head](t)(s.Verify(second, e.ID, e.Version, ""))
		if got := inPeriod(t, w, "event.panels", day.Month(2026, 3)); got != "195" {
			t.Errorf("in March %s panels, want 195", got)
		}
		head := must[register.Record[activity.Activity, activity.Words]](t)(s.Get(officer, h.Number))
		must[flow.Head](t)(s.Void(officer, head.ID, head.Version, "重复"))
		figures(t, w, map[string]string{"event.panels": "0", "event.consult_att": "0", "event.activities": "0"})
	})
}

func total(all []activity.Numbers, code string) int64 {
	for _, n := range all {
		if n.Code == code && n.All != nil {
			return n.All.N
		}
	}
	return 0
}

// inPeriod is an indicator of the county in a period.
func inPeriod(t *testing.T, w *apptest.World, code string, p day.Period) string {
	t.Helper()
	ctx, out := w.As(apptest.Officer), ""
	if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
		scope, _, err := parseScope(ctx, tx)
		if err != nil {
			return err
		}
		scope.Period = p
		f, err := w.App.Indicators.Value(ctx, tx, scope, code)
		out = f.Screen(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestManySharesAtOnceAreAllKept: shares of one event entered at the same time are all kept and add up.
func TestManySharesAtOnceAreAllKept(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, officer := w.App.Activity, w.As(apptest.Officer)
		names := make([]string, 120)
		for i := range names {
			names[i] = fmt.Sprintf("成员单位%03d", i)
		}
		var units []org.Unit
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			units = nil
			for i, name := range names {
				u, err := org.AddUnit(w.Ctx, tx, org.Unit{Code: fmt.Sprintf("x%03d", i), Name: name, Kind: org.KindMember, Parent: w.Tree.Office().ID})
				if err != nil {
					return err
				}
				units = append(units, u)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		h := must[register.Entered](t)(s.Create(officer, register.New[activity.Activity]{Body: joint(t, w, units), Submit: true}))
		work := make(chan activity.ShareInput)
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				for in := range work {
					if _, err := s.EnterShare(officer, in); err != nil {
						t.Error(err)
					}
				}
			})
		}
		want := int64(20)
		for i, u := range units {
			in := activity.ShareInput{Activity: h.ID, Unit: u.ID, Client: id.New(), Counts: counts("panels", i)}
			want += int64(i)
			work <- in
			if i%10 == 0 { // sent twice, at the same moment
				work <- in
			}
		}
		close(work)
		group.Wait()
		rec := must[activity.Joint](t)(s.Joint(officer, h.Number))
		if len(rec.Shares) != len(units) || total(rec.Totals, "panels") != want {
			t.Errorf("%d shares of %d panels, want %d of %d", len(rec.Shares), total(rec.Totals, "panels"), len(units), want)
		}
	})
}

// TestTheSameLectureReportedByTwoUnits: it is asked about, and settled by an officer into one joint event in one step.
func TestTheSameLectureReportedByTwoUnits(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk, officer, second := w.App.Activity, w.As(apptest.Clerk), w.As(apptest.Officer), w.As(apptest.Second)
		units := members(t, w, "卫生健康局")
		a := lectureIn(t, w)
		stays := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: a, Submit: true}))
		b := a
		b.Name, b.Unit, b.Counts = "健康讲座（老年人）", units[0].ID, counts("onsite", 118, "experts", 3)
		b.Materials = []activity.Material{{Title: "控盐手册", Kind: "booklet", Copies: register.Count{N: 60}}}
		goes := must[register.Entered](t)(s.Create(w.As(units[0].Code), register.New[activity.Activity]{Body: b, Submit: true}))
		seen := must[register.Record[activity.Activity, activity.Words]](t)(s.Get(officer, goes.Number))
		if len(seen.Similar) != 1 || seen.Similar[0].ID != stays.ID {
			t.Fatalf("the officer is asked about %v", seen.Similar)
		}
		must[flow.Head](t)(s.Verify(officer, stays.ID, stays.Version, ""))
		in := activity.JoinInput{Stays: stays.ID, Goes: goes.ID, StaysVersion: stays.Version, GoesVersion: goes.Version}
		_, err := s.Join(officer, in)
		refused(t, err, errs.Invalid, "without a reason")
		in.Reason = "两家联合办的，各报了一次"
		_, err = s.Join(clerk, in)
		refused(t, err, errs.Forbidden, "a clerk who settles")
		share := must[flow.Head](t)(s.Join(officer, in))
		_, err = s.Join(officer, in)
		refused(t, err, errs.Conflict, "settled twice")
		figures(t, w, map[string]string{"event.lectures": "1", "event.lectures_att": "120", "event.science_workers": "0"})
		_, err = s.Shares.Verify(officer, share.ID, share.Version, "")
		refused(t, err, errs.Forbidden, "who settled it verifies it")
		must[flow.Head](t)(s.Shares.Verify(second, share.ID, share.Version, ""))
		figures(t, w, map[string]string{"event.lectures": "1", "event.lectures_att": "120", "event.science_workers": "3", "media.materials": "60", "activity.takes_part": "1",
			"activity.share_attendances": "118"})
		gone := must[register.Record[activity.Activity, activity.Words]](t)(s.Get(officer, goes.Number))
		if gone.State != flow.Voided {
			t.Errorf("the other record is %s", gone.State)
		}
	})
}

// TestWhatWasNotHeldIsNoShare: a record that was called off cannot be joined, so that its numbers never count.
func TestActivitiesThatWereNotHeldAreNoShare(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk, officer := w.App.Activity, w.As(apptest.Clerk), w.As(apptest.Officer)
		units := members(t, w, "卫生健康局")
		stays := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: lectureIn(t, w), Submit: true}))
		b := lectureIn(t, w)
		b.Unit, b.Life = units[0].ID, activity.Cancelled
		goes := must[register.Entered](t)(s.Create(w.As(units[0].Code), register.New[activity.Activity]{Body: b, Submit: true}))
		_, err := s.Join(officer, activity.JoinInput{Stays: stays.ID, Goes: goes.ID, StaysVersion: stays.Version, GoesVersion: goes.Version, Reason: "各报了一次"})
		refused(t, err, errs.Conflict, "a cancelled record as a share")
		if err != nil && !strings.Contains(err.Error(), "没有举办") {
			t.Errorf("it says %v", err)
		}
	})
}

// TestActivitiesNameKnownTagsOnly: tags are those of the catalogue; parents are there, in sight, and never the activity itself or one of
// its parts.
func TestActivitiesNameKnownTagsAndParentsOnly(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk := w.App.Activity, w.As(apptest.Clerk)
		for field, edit := range map[string]func(a *activity.Activity){
			"audiences":  func(a *activity.Activity) { a.Audiences = []string{"张三 13800000000"} },
			"campaigns":  func(a *activity.Activity) { a.Campaigns = []string{"没有的活动"} },
			"programmes": func(a *activity.Activity) { a.Programme = []string{"x"} },
			"industries": func(a *activity.Activity) { a.Industry = []string{"x"} },
			"drives":     func(a *activity.Activity) { a.Drives = []activity.DriveItem{{Drive: "x", Item: "y"}} },
			"parent":     func(a *activity.Activity) { a.Parent = id.New() },
		} {
			a := lectureIn(t, w)
			edit(&a)
			_, err := s.Create(clerk, register.New[activity.Activity]{Body: a})
			var e *errs.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Name != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		one := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: lectureIn(t, w)}))
		below := lectureIn(t, w)
		below.Name, below.Parent = "分会场", one.Number
		two := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: below}))
		below.Name, below.Parent = "小组", two.ID
		three := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: below}))
		for what, parent := range map[string]string{"itself": one.ID, "its part": two.Number, "a part of its part": three.ID} {
			a := lectureIn(t, w)
			a.Parent = parent
			_, err := s.Save(clerk, register.Change[activity.Activity]{ID: one.ID, Version: one.Version, Body: a})
			refused(t, err, errs.Invalid, what)
		}
	})
}
