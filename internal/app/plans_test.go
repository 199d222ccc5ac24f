package app_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/kit/db"
)

// growing are the tables that grow with every year of work.
var growing = []string{"record", "record_version", "fact", "posting", "statement", "evidence", "log_leaf", "sees", "history", "training_class", "activity", "facility", "facility_log", "activity_share"}

// TestDailyWorkWalksNoWholeTable: what people do all day, saving, handing over, verifying, opening, listing, asks SQLite nothing that
// makes it go through all rows of a table that grows. SQLite plans without statistics here: a query that is sorted by id is easily
// answered by walking a primary key, which nobody notices on small data.
func TestDailyWorkWalksNoWholeTable(t *testing.T) {
	t.Run("writing", func(t *testing.T) {
		w := apptest.Open(t, "")
		walksNone(t, w, func() {
			clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
			number := enter(t, clerk, classForm("act", "submit"))
			officer.Get("/training/" + number)
			if got := officer.Post("/training/"+number+"/verify", url.Values{"version": {"1"}}); !strings.Contains(got.Body, "已核实") {
				t.Fatalf("not verified: %d %s", got.Status, plain(got.Body))
			}
			clerk.Get("/training/" + number + "/edit")
			officer.Get("/training/" + number)
			for _, form := range []url.Values{activityForm(), activityForm("name", "科普月广场咨询", "parent", enterActivity(t, clerk, activityForm("name", "全国科普月", "onsite", "0")))} {
				event := "/activity/" + enterActivity(t, clerk, form)
				officer.Post(event+"/verify", url.Values{"version": {"1"}})
				officer.Get(event)
			}
			for list, form := range map[string]url.Values{"/facility": gallery(nil), "/external": population(nil)} {
				got := clerk.Post(list+"/new", form)
				if got.Status != 200 || got.Path == list+"/new" {
					t.Fatalf("%s: %d %s", list, got.Status, plain(got.Body))
				}
				path, _, _ := strings.Cut(got.Path, "?")
				officer.Post(path+"/verify", url.Values{"version": {"1"}})
				officer.Get(path)
			}
		})
	})
	t.Run("reading", func(t *testing.T) {
		w := apptest.Demo(t)
		walksNone(t, w, func() {
			clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
			for _, path := range []string{"/", "/todo", "/late", "/training", "/training?view=verify", "/training?view=unproved", "/training?q=核桃", "/training?sort=title", "/activity",
				"/activity?view=draft", "/facility", "/external", "/figures", "/figures/training.short_attendees", "/figures/event.activities"} {
				officer.Get(path)
				clerk.Get(path)
			}
			for _, list := range []string{"/training", "/activity", "/facility"} { // a record of each
				page := officer.Get(list).Body
				if m := regexp.MustCompile(`href="(` + list + `/[A-Z]{2}-[^"?]+)`).FindStringSubmatch(page); m == nil {
					t.Errorf("%s leads to no record", list)
				} else {
					officer.Get(m[1])
				}
			}
		})
	})
}

// walksNone looks at the plans of all that is asked while work is done.
func walksNone(t *testing.T, w *apptest.World, work func()) {
	t.Helper()
	var mu sync.Mutex
	asked := map[string]bool{}
	w.App.DB.Watch(func(query string) {
		mu.Lock()
		defer mu.Unlock()
		asked[query] = true
	})
	work()
	w.App.DB.Watch(nil)

	if len(asked) < 60 {
		t.Fatalf("only %d queries were asked", len(asked))
	}
	whole := regexp.MustCompile(`^(?:SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?(?: \(association=\?\))?$`)
	numbers := regexp.MustCompile(`^(?:SEARCH|SCAN) (r|record) USING (?:COVERING )?INDEX (sqlite_autoindex_record_2) \(association=\? AND kind=\?\)$`) // all of a kind, in the order of their numbers
	looked := 0
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
		for text := range asked {
			query := strings.TrimSpace(text)
			if !slices.ContainsFunc([]string{"SELECT", "UPDATE", "DELETE"}, func(verb string) bool { return strings.HasPrefix(query, verb) }) {
				continue
			}
			plan, err := planOf(w, tx, query)
			if err != nil {
				return err
			}
			looked++
			for _, step := range plan {
				m := whole.FindStringSubmatch(step)
				if m == nil {
					m = numbers.FindStringSubmatch(step)
				}
				if m == nil || m[2] == "record_waiting" { // few of all records wait
					continue
				}
				table := m[1]
				if alias := regexp.MustCompile(`(?:FROM|JOIN|,)\s+(\w+)\s+` + m[1] + `\b`).FindStringSubmatch(query); alias != nil {
					table = alias[1]
				}
				if slices.Contains(growing, table) {
					t.Errorf("walks all of %s (%s): %s", table, step, strings.Join(strings.Fields(query), " "))
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d queries, %d plans", len(asked), looked)
}

// planOf is how SQLite answers a query.
func planOf(w *apptest.World, tx *db.Tx, query string) ([]string, error) {
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = ""
	}
	rows, err := tx.SQL.QueryContext(w.Ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		plan = append(plan, step)
	}
	return plan, rows.Err()
}
