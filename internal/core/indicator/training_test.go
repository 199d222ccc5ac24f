package indicator_test

import (
	"fmt"
	"testing"

	"shilu/catalogue"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/id"
)

// TestTrainingFigures posts what a county's 28 short classes and 16 of the 农函大 state and reads the figures of its report.
func TestTrainingFigures(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		shipped, err := indicator.ReadCatalogue(catalogue.FS)
		if err != nil {
			t.Fatal(err)
		}
		w.c = shipped
		class := func(kind, subject string, facts ...ledger.Fact) {
			tags := ledger.Tags{{Name: "kind", Value: kind}, {Name: "subject", Value: subject}}
			common := []ledger.Fact{w.at("01", "2026-05-01", "training.classes", 1), w.at("01", "2026-05-01", "training.sessions_missing", 1),
				key(w.at("01", "2026-05-01", "training.subjects_taught", 1), subject), w.at("01", "2026-05-01", "training.people", 1)}
			facts = append(common, facts...)
			for i := range facts {
				facts[i].Tags = tags
			}
			w.post(id.Ref{}, facts...)
		}
		for i := range 28 {
			n, e := int64(181), ledger.Exact
			if i == 11 {
				n, e = 161, ledger.About
			}
			if i == 0 {
				n = 5050 - 161 - 26*181
			}
			class("short", fmt.Sprintf("短%d", i%9), exactness(w.at("01", "2026-05-01", "training.attendances", n), e))
		}
		for i := range 16 {
			n := int64(30)
			if i == 0 {
				n = 490 - 15*30
			}
			passed := n
			if i < 10 {
				passed--
			}
			class("farm_school", fmt.Sprintf("农%d", i%14), w.at("01", "2026-05-01", "training.enrolled", n), w.at("01", "2026-05-01", "training.examined", n),
				w.at("01", "2026-05-01", "training.passed", passed), w.at("01", "2026-05-01", "training.examined_classes", 1))
		}
		class("lecture", "讲座", w.at("01", "2026-05-01", "training.attendances", 80))
		y := year(2026)
		for code, want := range map[string]string{
			"training.sessions": "44", "training.short_classes": "28", "training.short_attendees": "5050", "training.short_subjects": "9",
			"training.farm_school_classes": "16", "training.farm_school_subjects": "14", "training.farm_school_students": "490",
			"training.farm_school_pass_rate": "97.96", "training.exam_pass_rate": "97.96", "training.examined_classes": "16",
			"training.attendees": "5050", "training.lectures": "1", "training.class_sessions": "", "training.people": "",
		} {
			w.is(y, code, want)
		}
		if f := w.figure(y, "training.class_sessions"); f.Reason != "45 个班没有填场次" {
			t.Errorf("sessions: %q", f.Reason)
		}
		if f := w.figure(y, "training.farm_school_pass_rate"); f.Text(indicator.Form{}) != "98%" {
			t.Errorf("printed %q", f.Text(indicator.Form{}))
		}
		f := w.figure(y, "training.short_attendees")
		if f.Text(indicator.Form{}) != "5050人次" || indicator.Rounded(f.Estimated, 0) != "161" {
			t.Errorf("printed %q, %s estimated", f.Text(indicator.Form{}), f.Estimated)
		}
		w.trace(y, "training.farm_school_pass_rate", indicator.Options{})
	})
}
