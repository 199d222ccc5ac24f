package upkeep

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Setting is the name of the setting that holds the Plan.
const Setting = "upkeep.backup"

// Plan is how backups are made by themselves, and after how long their absence is told.
type Plan struct {
	On      bool   `json:"on"`
	Hour    int    `json:"hour"`   // of the association's day; a machine that was off then makes up for it once it runs
	Folder  string `json:"folder"` // "" is backups in the data folder
	Daily   int    `json:"daily"`  // of how many days, weeks and months the last backup is kept
	Weekly  int    `json:"weekly"`
	Monthly int    `json:"monthly"`
	Stale   int    `json:"stale"` // days after which a missing backup is told
	Drill   int    `json:"drill"` // days after which a missing drill is told
}

// Usual is the plan while nobody has set another. Noon: office PCs are off at night.
var Usual = Plan{On: true, Hour: 12, Daily: 7, Weekly: 4, Monthly: 12, Stale: 3, Drill: 90}

// Dir is where the backups are.
func (p Plan) Dir(data string) string {
	if p.Folder == "" {
		return filepath.Join(data, "backups")
	}
	return p.Folder
}

// check gives what is wrong with a plan, each with its field; the folder is tried.
func (p Plan) check(data string) error {
	var wrong errs.Fields
	for _, f := range []struct {
		name, label        string
		value, least, most int
	}{{"hour", "几点备份", p.Hour, 0, 23}, {"daily", "每天一份", p.Daily, 1, 60}, {"weekly", "每周一份", p.Weekly, 0, 60}, {"monthly", "每月一份", p.Monthly, 0, 120},
		{"stale", "几天没有备份就提醒", p.Stale, 1, 60}, {"drill", "几天没有演练就提醒", p.Drill, 7, 730}} {
		if f.value < f.least || f.value > f.most {
			wrong.Add(f.name, "「%s」填的是 %d，请填 %d 到 %d", f.label, f.value, f.least, f.most)
		}
	}
	switch {
	case p.Folder != "" && !filepath.IsAbs(p.Folder):
		wrong.Add("folder", "文件夹「%s」要写全路径，像 /mnt/backup 或 D:\\备份", p.Folder)
	case within(filepath.Join(data, "files"), p.Folder):
		wrong.Add("folder", "文件夹「%s」是放佐证的地方，请换一个", p.Folder)
	default:
		if err := writable(p.Dir(data)); err != nil {
			wrong.Add("folder", "文件夹「%s」写不了，请看它在不在、有没有权限，或换一个", p.Dir(data))
		}
	}
	return wrong.Err()
}

// within reports whether a path is the folder or lies in it.
func within(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return path != "" && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// writable makes the folder if need be and tries to write there.
func writable(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".shilu-*.part")
	if err != nil {
		return err
	}
	_ = f.Close()
	return os.Remove(f.Name())
}

// due reports whether a backup should be made now: the hour has passed since the last one. After one that failed, an hour is waited.
func (p Plan) due(now, last, failed time.Time) bool {
	if !p.On || now.Sub(failed) < time.Hour {
		return false
	}
	mark := time.Date(now.Year(), now.Month(), now.Day(), p.Hour, 0, 0, 0, now.Location())
	if mark.After(now) {
		mark = mark.AddDate(0, 0, -1)
	}
	return last.Before(mark)
}

// Plan is the plan in force. It belongs to the keeper's association.
func (s *Service) Plan(ctx context.Context, tx *db.Tx) (Plan, error) {
	p := Usual
	today, err := org.Today(ctx, tx)
	if err != nil {
		return p, err
	}
	return p, org.Setting(ctx, tx, Setting, today, &p)
}

// SetPlan changes the plan from today on. Invalid says what is wrong with it, Forbidden that it is not the actor's.
func (s *Service) SetPlan(ctx context.Context, tx *db.Tx, p Plan) error {
	if err := access.Require(ctx, access.Keep, ""); err != nil {
		return err
	}
	if keeper, err := Keeper(ctx, tx); err != nil {
		return err
	} else if keeper.ID != org.Of(ctx) {
		return errs.E(errs.Forbidden, "备份由%s的系统管理员管", keeper.Name)
	}
	if err := p.check(s.Data); err != nil {
		return err
	}
	before, err := s.Plan(ctx, tx)
	if err != nil || before == p {
		return err
	}
	today, err := org.Today(ctx, tx)
	if err != nil {
		return err
	}
	if err := org.Set(ctx, tx, Setting, today, p, access.From(ctx).Name); err != nil {
		return err
	}
	return access.Log(ctx, tx, access.Event{Action: "setting.change", Ref: id.Ref{Kind: "setting", ID: Setting},
		Changes: []access.Change{{Field: Setting, Label: "备份", Before: before.Words(), After: p.Words()}}})
}

// Words says the plan in one line, for histories.
func (p Plan) Words() string {
	folder := p.Folder
	if folder == "" {
		folder = "backups"
	}
	when := "不自动备份"
	if p.On {
		when = errs.Sprintf("每天 %d 点", []any{p.Hour})
	}
	return when + errs.Sprintf("，留 %d 天、%d 周、%d 月，放在 %s", []any{p.Daily, p.Weekly, p.Monthly, folder})
}
