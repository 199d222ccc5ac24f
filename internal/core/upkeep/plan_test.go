package upkeep

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"shilu/internal/kit/errs"
)

var china = time.FixedZone("UTC+8", 8*3600)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, china)
	if err != nil {
		panic(err)
	}
	return t
}

func TestABackupIsDueOnceTheHourHasPassed(t *testing.T) {
	plan := Usual // noon
	off := plan
	off.On = false
	for name, c := range map[string]struct {
		plan              Plan
		now, last, failed string
		due               bool
	}{
		"before the hour":                           {plan, "2026-09-18 11:59", "2026-09-17 12:00", "2000-01-01 00:00", false},
		"at the hour":                               {plan, "2026-09-18 12:00", "2026-09-17 12:00", "2000-01-01 00:00", true},
		"made already":                              {plan, "2026-09-18 15:00", "2026-09-18 12:01", "2000-01-01 00:00", false},
		"made by hand in the morning":               {plan, "2026-09-18 12:01", "2026-09-18 09:00", "2000-01-01 00:00", true},
		"the machine was off at noon of Friday":     {plan, "2026-09-21 08:30", "2026-09-17 12:01", "2000-01-01 00:00", true},
		"it made up for it":                         {plan, "2026-09-21 08:40", "2026-09-21 08:31", "2000-01-01 00:00", false},
		"the last try failed a moment ago":          {plan, "2026-09-18 12:10", "2026-09-17 12:00", "2026-09-18 12:00", false},
		"the last try failed more than an hour ago": {plan, "2026-09-18 13:01", "2026-09-17 12:00", "2026-09-18 12:00", true},
		"off": {off, "2026-09-18 12:00", "2026-09-01 12:00", "2000-01-01 00:00", false},
	} {
		if got := c.plan.due(at(c.now), at(c.last), at(c.failed)); got != c.due {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestGenerations lets two years of days pass: what is left is the latest of each of the last days, weeks and months.
func TestGenerations(t *testing.T) {
	plan := Plan{Daily: 3, Weekly: 2, Monthly: 4}
	var kept []File
	upgrade := File{Name: UpgradeName(at("2025-01-15 08:00")), At: at("2025-01-15 08:00"), Upgrade: true}
	kept = append(kept, upgrade)
	most := 0
	for now := at("2025-01-01 12:00"); !now.After(at("2026-12-31 12:00")); now = now.AddDate(0, 0, 1) {
		if now.Weekday() == time.Sunday {
			continue // the office is closed
		}
		kept = append(kept, File{Name: FileName(now), At: now})
		slices.SortFunc(kept, func(a, b File) int { return b.At.Compare(a.At) })
		for _, f := range plan.spare(kept) {
			kept = slices.DeleteFunc(kept, func(k File) bool { return k.Name == f.Name })
		}
		most = max(most, len(kept))
	}
	var names []string
	for _, f := range kept {
		names = append(names, f.At.Format("01-02"))
	}
	want := []string{"12-31", "12-30", "12-29", "12-26", "11-30", "10-31", "09-30", "01-15"}
	if !slices.Equal(names, want) {
		t.Errorf("kept %v, want %v", names, want)
	}
	if most > 3+2+4+1 {
		t.Errorf("at most %d lay there", most)
	}
	if again := plan.spare(kept); len(again) != 0 {
		t.Errorf("a second look takes away %v more", again)
	}
	if one := (Plan{}).spare([]File{{Name: "a", At: at("2026-01-02 12:00")}, {Name: "b", At: at("2026-01-01 12:00")}}); len(one) != 1 || one[0].Name != "b" {
		t.Errorf("a plan of nothing must keep the latest; it takes away %v", one)
	}
}

// TestOnlyOurOwnFilesAreListed: what the keeper put into the folder himself is neither shown nor ever deleted.
func TestOnlyOurOwnFilesAreListed(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"shilu-20260918-120000.zip", "shilu-before-upgrade-20260917-080000.zip", "shilu-copy.zip", "county.zip", "shilu-20260918-120000.zip.bak",
		"shilu-20261399-120000.zip", "shilu-20260918-120000.zip.12345.part", "shilu-20260916-120000.zip.1.part"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "shilu-20260901-120000.zip"), 0o700); err != nil {
		t.Fatal(err)
	}
	all, err := Files(folder, china)
	if err != nil || len(all) != 2 || all[0].Name != "shilu-20260918-120000.zip" || !all[1].Upgrade || all[0].Size != 1 || !all[0].At.Equal(at("2026-09-18 12:00")) {
		t.Errorf("listed %v, %v", all, err)
	}
	if none, err := Files(filepath.Join(folder, "none"), china); err != nil || none != nil {
		t.Errorf("no folder: %v, %v", none, err)
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(folder, "shilu-20260916-120000.zip.1.part"), old, old); err != nil {
		t.Fatal(err)
	}
	sweep(folder, time.Now())
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 8 {
		t.Errorf("after a sweep %d are left: %v, %v", len(left), left, err)
	}
}

func TestAPlanIsChecked(t *testing.T) {
	data := t.TempDir()
	file := filepath.Join(data, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(p *Plan)
		field  string
	}{
		"the usual":           {func(*Plan) {}, ""},
		"elsewhere":           {func(p *Plan) { p.Folder = filepath.Join(data, "other") }, ""},
		"hour 24":             {func(p *Plan) { p.Hour = 24 }, "hour"},
		"no day":              {func(p *Plan) { p.Daily = 0 }, "daily"},
		"weeks below nothing": {func(p *Plan) { p.Weekly = -1 }, "weekly"},
		"too many months":     {func(p *Plan) { p.Monthly = 121 }, "monthly"},
		"never told":          {func(p *Plan) { p.Stale = 0 }, "stale"},
		"drills every day":    {func(p *Plan) { p.Drill = 1 }, "drill"},
		"not from the root":   {func(p *Plan) { p.Folder = "backups" }, "folder"},
		"beside the papers":   {func(p *Plan) { p.Folder = filepath.Join(data, "files", "x") }, "folder"},
		"a file":              {func(p *Plan) { p.Folder = file }, "folder"},
		"nowhere":             {func(p *Plan) { p.Folder = filepath.Join(file, "below") }, "folder"},
	} {
		p := Usual
		c.change(&p)
		err := p.check(data)
		if (err == nil) != (c.field == "") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err != nil {
			var e *errs.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Name != c.field {
				t.Errorf("%s: %+v", name, err)
			}
		}
	}
}
