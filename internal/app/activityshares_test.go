package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
)

// verifyAlong verifies an activity with the shares that wait, as they are now.
func verifyAlong(t testing.TB, by context.Context, w *apptest.World, h flow.Head) flow.Head {
	t.Helper()
	return must[flow.Head](t)(w.App.Activity.VerifyAlong(by, h.ID, h.Version, "", must[string](t)(seen(by, w, h))))
}

// seen is what the page of an activity shows of the shares that wait.
func seen(by context.Context, w *apptest.World, h flow.Head) (seen string, err error) {
	err = w.App.DB.View(by, func(tx *db.Tx) (err error) {
		seen, err = w.App.Activity.Seen(by, tx, h.ID)
		return err
	})
	return seen, err
}

var verifyForm = regexp.MustCompile(`(?s)action="[^"]*/verify[^"]*".*?name="version" value="([^"]+)"`)

// verifies is what «核实通过» on the page of a record sends.
func verifies(t testing.TB, a apptest.Answer) url.Values {
	t.Helper()
	found := verifyForm.FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("%s has no button that verifies", a.Path)
	}
	return url.Values{"version": {found[1]}}
}

// TestSharesAreVerifiedAsTheyWereSeen: 李岩 opens a joint activity that 周敏 entered; while she reads, a share is changed, one is added,
// one is struck out: each time nothing is verified until she has seen it.
func TestSharesAreVerifiedAsTheyWereSeen(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, officer, second := w.App.Activity, w.As(apptest.Officer), w.As(apptest.Second)
		units := members(t, w, "农业农村局", "卫生健康局", "林业局")
		liyan := w.Sign(apptest.Second)
		h := must[register.Entered](t)(s.Create(officer, register.New[activity.Activity]{Body: joint(t, w, units), Submit: true}))
		at := "/activity/" + h.Number
		enter := func(i, panels, version int) flow.Head {
			return must[flow.Head](t)(s.EnterShare(w.As(units[i].Code), activity.ShareInput{Activity: h.ID, Unit: units[i].ID, Client: id.New(), Version: version, Counts: counts("panels", panels)}))
		}
		stale := func(seen url.Values, what string) {
			t.Helper()
			if got := liyan.Post(at+"/verify", seen); got.Status != http.StatusConflict || !strings.Contains(plainText(got.Body), "份额刚有变动，没有核实") {
				t.Errorf("%s: %d %s", what, got.Status, plainText(got.Body))
			}
			if got := activityHead(t, w, activity.Kind, h.Number); got.State != flow.Submitted {
				t.Errorf("%s: the activity is %s", what, got.State)
			}
			figures(t, w, map[string]string{"event.panels": "0", "event.activities": "0"})
		}
		seen := verifies(t, liyan.Get(at))
		first := enter(0, 30, 0)
		stale(seen, "one came")
		answers(t, liyan.Get(at), 200, "核实时连 1 份份额一起核实")
		seen = verifies(t, liyan.Get(at))
		first = enter(0, 900, first.Version)
		stale(seen, "one says more")
		seen = verifies(t, liyan.Get(at))
		other := enter(1, 5, 0)
		stale(seen, "another came")
		seen = verifies(t, liyan.Get(at))
		must[flow.Head](t)(s.Shares.Return(second, other.ID, other.Version, "核对"))
		stale(seen, "one went back")
		stale(shown(h.Head), "a page that shows no shares")
		stale(url.Values{"version": {itoa(h.Version) + ".00"}}, "made up")
		answers(t, liyan.Post(at+"/verify", verifies(t, liyan.Get(at))), 200, "已核实")
		figures(t, w, map[string]string{"event.panels": "920", "event.activities": "1"})
		if got := activityHead(t, w, activity.ShareKind, first.Number); got.State != flow.Verified {
			t.Errorf("the share is %s", got.State)
		}
		if got := activityHead(t, w, activity.ShareKind, other.Number); got.State == flow.Verified {
			t.Error("a share that went back was verified")
		}
		// A revision takes what waits along too, and says so.
		a := joint(t, w, units)
		a.Counts = counts("onsite", 1300, "panels", 20, "staff", 9)
		head := activityHead(t, w, activity.Kind, h.Number)
		e := must[register.Entered](t)(s.Save(officer, register.Change[activity.Activity]{ID: h.ID, Version: head.Version, Body: a, Reason: "漏数", Submit: true}))
		third := enter(2, 7, 0)
		answers(t, liyan.Get(at), 200, "核实时连 1 份份额一起核实")
		if got := liyan.Post(at+"/verify", shown(e.Head)); got.Status != http.StatusConflict {
			t.Errorf("a revision with a share that was not seen: %d", got.Status)
		}
		answers(t, liyan.Post(at+"/verify", verifies(t, liyan.Get(at))), 200, "已核实")
		if got := activityHead(t, w, activity.ShareKind, third.Number); got.State != flow.Verified {
			t.Errorf("the share is %s", got.State)
		}
		w.Verified()
	})
}

// TestSharesWaitWhereTheyWereNotSeen: activities that are verified from the list or by a program leave their shares waiting, and the list
// says so.
func TestSharesWaitWhereTheyWereNotSeen(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, officer := w.App.Activity, w.As(apptest.Officer)
		units := members(t, w, "农业农村局", "卫生健康局")
		liyan := w.Sign(apptest.Second)
		var shares []flow.Head
		var events []register.Entered
		for i, u := range units {
			a := joint(t, w, units)
			a.Name = []string{"科普日一条街", "防灾减灾宣传"}[i]
			h := must[register.Entered](t)(s.Create(officer, register.New[activity.Activity]{Body: a, Submit: true}))
			events = append(events, h)
			shares = append(shares, must[flow.Head](t)(s.EnterShare(w.As(u.Code), activity.ShareInput{Activity: h.ID, Unit: u.ID, Client: id.New(), Counts: counts("panels", 30)})))
		}
		waits := func(i int) {
			t.Helper()
			if got := activityHead(t, w, activity.ShareKind, shares[i].Number); got.State != flow.Submitted {
				t.Errorf("the share is %s", got.State)
			}
			if got := activityHead(t, w, activity.Kind, events[i].Number); got.State != flow.Verified {
				t.Errorf("the activity is %s", got.State)
			}
		}
		answers(t, liyan.Post("/activity/batch/verify", url.Values{"id": {events[0].ID + "." + itoa(events[0].Version)}}), 200, "已核实 1 场，数字已入账；还有 1 份份额等核实，请打开看过再核实")
		waits(0)
		figures(t, w, map[string]string{"event.panels": "20"})
		program{w, tokenOf(w, apptest.Second, true), ""}.ask("POST", "/records/activity/"+events[1].Number+"/verify", "", "If-Match", `"`+itoa(events[1].Version)+`"`).has(t, 200, `"verified"`)
		waits(1)
		answers(t, liyan.Post("/"+activity.ShareKind+"/batch/verify", url.Values{"id": {shares[0].ID + "." + itoa(shares[0].Version), shares[1].ID + "." + itoa(shares[1].Version)}}), 200, "已核实 2 份")
		figures(t, w, map[string]string{"event.panels": "100"})
		w.Verified()
	})
}

// TestAPartnerWithAShareStays: a version that takes off a partner which has filled in a share, or asks for shares no more, is refused by
// the form, the programs' entrance and an import; once the share is struck out the partner may go.
func TestAPartnerWithAShareStays(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, second := w.App.Activity, w.As(apptest.Second)
		units := members(t, w, "农业农村局", "林业局", "气象局")
		form := activityForm("category", "consult", "name", "科普日一条街", "unit", "office", "place", "县直", "venue", "", "site", "", "onsite", "1200", "panels", "20", "open", "yes",
			"partners.0.name", units[0].Name, "partners.0.role", "协办", "partners.1.name", units[1].Name, "partners.1.role", "协办", "partners.2.name", units[2].Name, "partners.2.role", "协办")
		zhou, liyan := w.Sign(apptest.Officer), w.Sign(apptest.Second)
		at := "/activity/" + enterActivity(t, zhou, form)
		number := strings.TrimPrefix(at, "/activity/")
		record := activityHead(t, w, activity.Kind, number).ID
		for _, u := range units[:2] {
			must[flow.Head](t)(s.EnterShare(w.As(u.Code), activity.ShareInput{Activity: record, Unit: u.ID, Client: id.New(), Counts: counts("panels", 30)}))
		}
		without := func(change ...string) url.Values {
			v := url.Values{}
			for name, values := range form {
				v[name] = values
			}
			v.Set("version", itoa(activityHead(t, w, activity.Kind, number).Version))
			v.Set("reason", "林业局没有来")
			for i := 0; i+1 < len(change); i += 2 {
				v.Set(change[i], change[i+1])
			}
			return v
		}
		answers(t, liyan.Post(at+"/verify", verifies(t, liyan.Get(at))), 200, "已核实")
		figures(t, w, map[string]string{"event.panels": "80"})
		gone := []string{"partners.1.name", units[2].Name, "partners.2.name", "", "partners.2.role", ""}
		says := units[1].Name + "已填份额，请先作废它的份额，或者留着这个单位"
		answers(t, zhou.Post(at+"/edit", without(gone...)), 422, says, "林业局没有来")
		answers(t, zhou.Post(at+"/edit", without("open", "")), 422, "已有 2 个单位填了份额，请先作废这些份额")

		body := must[register.Record[activity.Activity, activity.Words]](t)(s.Get(second, number)).Body
		body.Partners = body.Partners[:1]
		text, err := json.Marshal(map[string]any{"body": body, "reason": "林业局没有来", "submit": true})
		if err != nil {
			t.Fatal(err)
		}
		program{w, tokenOf(w, apptest.Officer, true), ""}.ask("PUT", "/records/activity/"+number, string(text), "If-Match", `"`+itoa(activityHead(t, w, activity.Kind, number).Version)+`"`).has(t, 422, says)

		in := activities2026{t, w}
		list := strings.TrimPrefix(zhou.Get("/activity/export?format=csv").Body, "\ufeff")
		if !strings.Contains(list, "、"+units[1].Name+"（协办）") {
			t.Fatalf("the list does not name %s: %s", units[1].Name, list)
		}
		r := in.run(apptest.Officer, "没来的.csv", strings.ReplaceAll(list, "、"+units[1].Name+"（协办）", ""), "")
		if why := in.why(r); !strings.Contains(why, says) {
			t.Errorf("the import says %v %q", r.Counts, why)
		}
		if got := activityHead(t, w, activity.Kind, number); got.Revision != flow.None {
			t.Errorf("a revision is open: %s", got.Revision)
		}

		// A partner without a share goes, and one whose share was struck out.
		share := activityShare(t, w, number, units[1])
		must[flow.Head](t)(s.Shares.Void(second, share.ID, share.Version, "没有来"))
		answers(t, zhou.Post(at+"/edit", without("partners.1.name", "", "partners.1.role", "", "partners.2.name", "", "partners.2.role", "")), 200, "修订待核实")
		answers(t, liyan.Post(at+"/verify", verifies(t, liyan.Get(at))), 200, "已核实", "1 个单位填了")
		figures(t, w, map[string]string{"event.panels": "50"})
		w.Verified()
	})
}

// TestWhoseRecordWasSettledIntoAnEventSeesIt: the unit is a partner from then on, though the event does not name it: it finds the event in
// its list, opens it and changes its share, also after the event was revised; once the share is struck out it does not see it any more.
func TestWhoseRecordWasSettledIntoAnEventSeesIt(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk, officer, second := w.App.Activity, w.As(apptest.Clerk), w.As(apptest.Officer), w.As(apptest.Second)
		health := members(t, w, "卫生健康局")[0]
		a := lectureIn(t, w)
		stays := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: a, Submit: true}))
		own := a
		own.Name, own.Unit, own.Counts = "健康讲座（老年人）", health.ID, counts("onsite", 118, "experts", 3)
		goes := must[register.Entered](t)(s.Create(w.As(health.Code), register.New[activity.Activity]{Body: own, Submit: true}))
		unit, at := w.Sign(health.Code), "/activity/"+stays.Number
		if got := unit.Get(at); got.Status != http.StatusNotFound {
			t.Errorf("before: %d", got.Status)
		}
		share := must[flow.Head](t)(s.Join(officer, activity.JoinInput{Stays: stays.ID, Goes: goes.ID, StaysVersion: stays.Version, GoesVersion: goes.Version, Reason: "各报了一次"}))
		sees := func(what string) {
			t.Helper()
			answers(t, unit.Get("/activity?place=06"), 200, stays.Number[len("HD-2026-"):])
			answers(t, unit.Get(at), 200, a.Name, "各单位份额", "卫生健康局", "填本单位份额")
			answers(t, unit.Get(at+"/share"), 200, "卫生健康局的份额")
			if t.Failed() {
				t.Fatal(what)
			}
			w.Verified()
		}
		sees("settled")
		verifyAlong(t, second, w, stays.Head)
		sees("verified")
		a.Venue = "村委会二楼"
		head := activityHead(t, w, activity.Kind, stays.Number)
		e := must[register.Entered](t)(s.Save(clerk, register.Change[activity.Activity]{ID: head.ID, Version: head.Version, Body: a, Reason: "写错了", Submit: true}))
		sees("revised")
		must[flow.Head](t)(s.Verify(second, e.ID, e.Version, ""))
		sees("revised and verified")
		share = activityHead(t, w, activity.ShareKind, share.Number)
		must[flow.Head](t)(s.Shares.Void(second, share.ID, share.Version, "不是同一场"))
		if got := unit.Get(at); got.Status != http.StatusNotFound {
			t.Errorf("its share was struck out: %d", got.Status)
		}
		w.Verified()
	})
}

// TestWhatFollowsOnAClosedDayHasTheReasonOfWhoeverChangedTheEvent: the shares of an event of a closed month state their part anew, with the
// reason that was given for the event and beside it that they followed.
func TestWhatFollowsOnAClosedDayHasTheReasonOfWhoeverChangedTheEvent(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, officer, second := w.App.Activity, w.As(apptest.Officer), w.As(apptest.Second)
		units := members(t, w, "农业农村局")
		a := joint(t, w, units)
		a.Start, a.End = "2026-08-20", "2026-08-20"
		h := must[register.Entered](t)(s.Create(officer, register.New[activity.Activity]{Body: a, Submit: true}))
		share := must[flow.Head](t)(s.EnterShare(w.As(units[0].Code), activity.ShareInput{Activity: h.ID, Unit: units[0].ID, Client: id.New(), Counts: counts("panels", 30)}))
		verifyAlong(t, second, w, h.Head)
		if err := w.App.DB.Update(officer, func(tx *db.Tx) error { return ledger.Close(officer, tx, "2026-08-31", "x", "") }); err != nil {
			t.Fatal(err)
		}
		a.Start, a.End = "2026-08-21", "2026-08-21"
		head := activityHead(t, w, activity.Kind, h.Number)
		e := must[register.Entered](t)(s.Save(officer, register.Change[activity.Activity]{ID: h.ID, Version: head.Version, Body: a, Reason: "日期抄错", Submit: true}))
		must[flow.Head](t)(s.Verify(second, e.ID, e.Version, ""))
		if err := w.App.DB.View(officer, func(tx *db.Tx) error {
			reasons, err := db.All(officer, tx, db.Value[string], "SELECT reason FROM posting WHERE association = ? AND record = ? ORDER BY id DESC", org.Of(officer), share.ID)
			if want := "日期抄错（随活动 " + h.Number + " 变动）"; err == nil && (len(reasons) != 2 || reasons[0] != want) {
				t.Errorf("the share follows with %q, want %q", reasons, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.Verified()
	})
}

// TestNothingIsAskedOfAnUnsentDraft: a joint activity that was never handed over asks nobody for a share and takes none, so that its owner
// TestSharesAtTheStandOfAPlannedEvent: 县科协 opens a planned event to its partners; at the stand on its day, before anything is handed over,
// they are asked for their shares and enter them while the total grows.
func TestSharesAtTheStandOfAPlannedEvent(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		units := members(t, w, "农业农村局")
		officer, farm := w.Sign(apptest.Officer), w.Sign("m01")
		number := enterActivity(t, officer, activityForm("category", "consult", "name", "科普早市", "life", "planned", "unit", "office", "place", "县直", "onsite", "", "open", "yes", "start", "2026-09-18", "end", "2026-09-18",
			"partners.0.name", units[0].Name, "partners.0.role", "协办", "act", "save"))
		answers(t, farm.Get("/todo"), 200, "填份额", "科普早市")
		answers(t, farm.Post("/activity/"+number+"/share", url.Values{"client": {id.New()}, "unit": {"m01"}, "panels": {"30"}}), 200, "已交农业农村局的份额")
		answers(t, officer.Get("/activity/"+number), 200, "30")
	})
}
