package app_test

import (
	"net/http"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
	"shilu/internal/work/training"
)

func warned(all []errs.Field) (said string) {
	for _, f := range all {
		said += f.Text + "\n"
	}
	return said
}

// What is marked with a campaign and lies on none of its days, and what is a part of a marked activity without being marked, is in no figure
// of the campaign: the form and the campaign's page say so.
func TestCampaignsSayWhatTheyDoNotCount(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		officer, second := w.As(apptest.Officer), w.As(apptest.Second)
		hold := func(edit func(a *activity.Activity)) register.Entered {
			t.Helper()
			a := lectureIn(t, w)
			edit(&a)
			out := must[register.Entered](t)(w.App.Activity.Create(officer, register.New[activity.Activity]{Body: a, Submit: true}))
			must[flow.Head](t)(w.App.Activity.Verify(second, out.ID, out.Version, ""))
			return out
		}
		page := func(year string) string {
			t.Helper()
			return strings.Join(strings.Fields(plainText(w.Sign(apptest.Officer).Get("/campaigns/全国科普月?year="+year).Body)), " ")
		}
		in := func(name string, on string) func(a *activity.Activity) {
			return func(a *activity.Activity) {
				a.Name, a.Start, a.End, a.Campaigns = name, day.Day(on), day.Day(on), []string{"全国科普月"}
			}
		}
		if out := hold(in("月里的讲座", "2026-09-10")); strings.Contains(warned(out.Warnings), "这一届是") {
			t.Errorf("inside it is asked: %v", out.Warnings)
		}
		if said := page("2026"); strings.Contains(said, "没有算在上面") {
			t.Errorf("nothing is left out: %s", said)
		}
		if out := hold(in("月外的讲座", "2026-08-20")); !strings.Contains(warned(out.Warnings), "这场不在里面") {
			t.Errorf("outside nothing is said: %v", out.Warnings)
		}
		parent := hold(func(a *activity.Activity) {
			in("启动仪式", "2026-09-15")(a)
			a.Umbrella, a.Counts = true, nil
		})
		hold(func(a *activity.Activity) {
			in("分会场", "2026-09-15")(a)
			a.Campaigns, a.Parent, a.Place = nil, parent.ID, orgtest.Place(t, w.Tree, "0602").ID
		})
		said := page("2026")
		for _, want := range []string{"另有 1 场标了这个主题，日期不在这一届里", "有 1 场子活动自己没有标这个主题"} {
			if !strings.Contains(said, want) {
				t.Errorf("%q is not said: %s", want, said)
			}
		}
		figures(t, w, map[string]string{"event.month_events": "2"})
	})
}

// From the day of a merger on nothing new is entered for the place that is no more; what was there before is.
func TestNothingNewInAMergedVillage(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		chair, clerk := w.As(apptest.Chair), w.As(apptest.Clerk)
		if err := w.App.DB.Update(chair, func(tx *db.Tx) error {
			return org.MergePlace(chair, tx, orgtest.Place(t, w.Tree, "0601").ID, orgtest.Place(t, w.Tree, "0602").ID, "2026-09-10")
		}); err != nil {
			t.Fatal(err)
		}
		enter := func(on string) (register.Entered, error) {
			a := lectureIn(t, w)
			a.Name, a.Place, a.Start, a.End = "讲座"+on, orgtest.Place(t, w.Tree, "0601").ID, day.Day(on), day.Day(on)
			return w.App.Activity.Create(clerk, register.New[activity.Activity]{ID: id.New(), Body: a, Submit: true})
		}
		if _, err := enter("2026-09-09"); err != nil {
			t.Errorf("the day before: %v", err)
		}
		for _, on := range []string{"2026-09-10", "2026-09-16"} {
			if _, err := enter(on); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "并入") {
				t.Errorf("on %s: %v", on, err)
			}
		}
		class := shortClass(t, w)
		class.Start, class.End = "2026-09-12", "2026-09-12"
		if _, err := w.App.Training.Create(clerk, training.CreateInput{Body: class, Submit: true}); !errs.Is(err, errs.Invalid) {
			t.Errorf("a class: %v", err)
		}
		if got := w.Sign(apptest.Clerk).Get("/activity/new"); got.Status != http.StatusOK {
			t.Errorf("the form: %d", got.Status)
		}
	})
}
