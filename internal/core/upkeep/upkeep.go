// Package upkeep is what the keeper of an installation looks after while it serves: backups made by themselves, how many are kept,
// and drills that show whether one of them can be restored. What was done stands in the history.
//
// A backup is of the whole installation. Where it serves several associations, the first one's system administrator keeps it.
package upkeep

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/backup"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// The entries of the history.
const (
	backupDone   = "backup.make"
	backupFailed = "backup.fail"
	drillDone    = "backup.drill"
	drillFailed  = "backup.drill-fail"
)

const (
	backupRecord = "backup"
	drillRecord  = "backup-drill"
)

// Tried is what a restore drill found.
type Tried struct {
	backup.Manifest
	Found       int      // how many differences verification has told
	Differences []string // the first of them
}

// Service makes backups and drills. It is filled once, at the start.
type Service struct {
	DB   *db.DB
	Data string // the installation's folder
	// Standing is what else the keeper is told until it is put right.
	Standing []Warning
	// Write writes a backup to a file that is not there yet; Try restores one somewhere else, verifies it and takes it away again.
	Write func(ctx context.Context, file string, progress func(backup.Progress)) (backup.Manifest, error)
	Try   func(ctx context.Context, file string, progress func(backup.Progress)) (Tried, error)

	one sync.Mutex // one backup or drill at a time
}

// Keeper is the association whose system administrator keeps the installation. NotFound while there is none.
func Keeper(ctx context.Context, tx *db.Tx) (org.Association, error) {
	all, err := org.All(ctx, tx)
	if err != nil {
		return org.Association{}, err
	}
	if len(all) == 0 {
		return org.Association{}, errs.E(errs.NotFound, "还没有建立科协")
	}
	return all[0], nil
}

// When writes an instant as pages do, in the zone of the keeper's association, wherever the machine stands.
func (s *Service) When(ctx context.Context, t time.Time) (string, error) {
	keeper := org.Association{Zone: org.UsualZone}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		found, err := Keeper(ctx, tx)
		if err == nil {
			keeper = found
		}
		return err
	})
	if err != nil && !errs.Is(err, errs.NotFound) {
		return "", err
	}
	return t.In(keeper.Location()).Format("2006-01-02 15:04:05"), nil
}

// Event is a backup or a drill that was made or failed. The zero Event is none.
type Event struct {
	At          int64 // UTC milliseconds
	Name, Says  string
	File        string
	Rows, Size  int64
	Failed      bool
	Differences []string
}

// State is how the upkeep stands.
type State struct {
	Backup Event // the last that succeeded
	Failed Event // the last that failed, if it is later than that
	Drill  Event // the last that passed
	Fell   Event // the last that did not, if it is later than that
}

// State reads how the upkeep of the keeper's association stands.
func (s *Service) State(ctx context.Context, tx *db.Tx) (st State, err error) {
	for _, one := range []struct {
		record, action string
		into           *Event
	}{{backupRecord, backupDone, &st.Backup}, {backupRecord, backupFailed, &st.Failed}, {drillRecord, drillDone, &st.Drill}, {drillRecord, drillFailed, &st.Fell}} {
		e, err := access.LastOf(ctx, tx, one.record, one.action)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return st, err
		}
		*one.into = eventOf(e)
	}
	if st.Failed.At <= st.Backup.At {
		st.Failed = Event{}
	}
	if st.Fell.At <= st.Drill.At {
		st.Fell = Event{}
	}
	return st, nil
}

// drillsMost is how many of the last drills are looked through for those of the backups that are kept.
const drillsMost = 300

// Drills are the last drills by the name of the backup that they tried.
func (s *Service) Drills(ctx context.Context, tx *db.Tx) (map[string]Event, error) {
	all, err := access.LatestOf(ctx, tx, drillRecord, drillsMost, drillDone, drillFailed)
	if err != nil {
		return nil, err
	}
	drills := map[string]Event{}
	for _, e := range all {
		ev := eventOf(e)
		if _, later := drills[filepath.Base(ev.File)]; !later {
			drills[filepath.Base(ev.File)] = ev
		}
	}
	return drills, nil
}

func eventOf(e access.Entry) Event {
	ev := Event{At: e.At, Name: e.Name, Says: e.Reason, Failed: e.Action == backupFailed || e.Action == drillFailed}
	for _, c := range e.Changes {
		switch c.Field {
		case "file":
			ev.File = c.After
		case "rows":
			ev.Rows, _ = strconv.ParseInt(c.After, 10, 64)
		case "size":
			ev.Size, _ = strconv.ParseInt(c.After, 10, 64)
		default:
			ev.Differences = append(ev.Differences, c.After)
		}
	}
	return ev
}

// Due reports whether the plan asks for a backup now.
func (s *Service) Due(ctx context.Context, tx *db.Tx) (bool, error) {
	keeper, err := Keeper(ctx, tx)
	if err != nil {
		return false, err
	}
	ctx = org.With(ctx, keeper.ID)
	plan, err := s.Plan(ctx, tx)
	if err != nil || !plan.On {
		return false, err
	}
	st, err := s.State(ctx, tx)
	if err != nil {
		return false, err
	}
	founded, err := org.Founded(ctx, tx)
	if err != nil {
		return false, err
	}
	last := time.UnixMilli(max(st.Backup.At, founded)) // on its first day an installation has nothing to lose yet
	return plan.due(tx.Now.In(keeper.Location()), last, time.UnixMilli(st.Failed.At)), nil
}

// AtFiles is the note of a drill that is at the files: done and total count them, not rows.
const AtFiles = "files"

// Report tells how far a backup or drill is; total is 0 while nobody knows.
type Report func(ctx context.Context, done, total int64, note string) error

// reportEvery bounds how often the progress is written down.
const reportEvery = time.Second

// telling makes a Report of what the backup tells.
func telling(ctx context.Context, report Report, total int64) func(backup.Progress) {
	last := time.Now() //nolint:forbidigo // how long it takes, not what day it is
	return func(p backup.Progress) {
		if report == nil || time.Since(last) < reportEvery {
			return
		}
		last = time.Now() //nolint:forbidigo // as above
		if p.AtFiles() {
			_ = report(ctx, int64(p.Files), int64(p.OfFiles), AtFiles) // only what pages show: the next one comes
			return
		}
		of := max(total, p.OfRows)
		if of < p.Rows {
			of = 0
		}
		_ = report(ctx, p.Rows, of, "")
	}
}

// Make makes a backup in the plan's folder and takes away those that no generation needs. Its failure stands in the history.
func (s *Service) Make(ctx context.Context, report Report) error {
	s.one.Lock()
	defer s.one.Unlock()
	var plan Plan
	var st State
	var keeper org.Association
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if keeper, err = Keeper(ctx, tx); err != nil {
			return err
		}
		ctx = org.With(ctx, keeper.ID)
		if plan, err = s.Plan(ctx, tx); err != nil {
			return err
		}
		st, err = s.State(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	folder := plan.Dir(s.Data)
	file := filepath.Join(folder, FileName(s.DB.Now().In(keeper.Location())))
	if err := writable(folder); err != nil {
		return s.failed(ctx, backupFailed, backupRecord, file, errs.E(errs.Unavailable, "文件夹「%s」写不了，请看磁盘和权限，或换一个文件夹", folder).Because(err))
	}
	sweep(folder, time.Now()) //nolint:forbidigo // files have the machine's clock, whatever --today says
	m, err := s.Write(ctx, file, telling(ctx, report, st.Backup.Rows))
	if err != nil {
		return s.failed(ctx, backupFailed, backupRecord, file, err)
	}
	if err := s.Made(ctx, file, m); err != nil {
		return err
	}
	all, err := Files(folder, keeper.Location())
	if err != nil {
		return err
	}
	for _, f := range plan.spare(all) {
		if err := os.Remove(filepath.Join(folder, f.Name)); err != nil {
			slog.WarnContext(ctx, "remove an old backup", slog.String("file", f.Name), slog.Any("error", err))
		}
	}
	return nil
}

// Made writes a backup that was made into the history of the keeper's association.
func (s *Service) Made(ctx context.Context, file string, m backup.Manifest) error {
	info, err := os.Stat(file)
	if err != nil {
		return errs.E(errs.Unavailable, "备份 %s 写好后不见了，请看磁盘", file).Because(err)
	}
	says := errs.Sprintf("%s：%d 行，%d 个文件，%s", []any{filepath.Base(file), m.Rows(), m.Files, blob.Size(info.Size())})
	if n := len(m.Missing) + len(m.Damaged); n > 0 {
		says += errs.Sprintf("；有 %d 个文件缺失或变了，没有备份到", []any{n})
	}
	return s.log(ctx, access.Event{Action: backupDone, Ref: id.Ref{Kind: "upkeep", ID: backupRecord}, Reason: says, Changes: []access.Change{
		{Field: "file", Label: "文件", After: file}, {Field: "rows", Label: "行数", After: strconv.FormatInt(m.Rows(), 10)},
		{Field: "size", Label: "字节", After: strconv.FormatInt(info.Size(), 10)}}})
}

// DrillIn drills with one of the backups of the plan's folder. NotFound when it is none of them.
func (s *Service) DrillIn(ctx context.Context, name string, report Report) error {
	var folder string
	var all []File
	if err := s.DB.View(ctx, func(tx *db.Tx) error {
		keeper, err := Keeper(ctx, tx)
		if err != nil {
			return err
		}
		plan, err := s.Plan(org.With(ctx, keeper.ID), tx)
		if err != nil {
			return err
		}
		folder = plan.Dir(s.Data)
		all, err = Files(folder, keeper.Location())
		return err
	}); err != nil {
		return err
	}
	for _, f := range all {
		if f.Name == name {
			_, err := s.Drill(ctx, filepath.Join(folder, name), report)
			return err
		}
	}
	return errs.E(errs.NotFound, "没有备份「%s」，可能已按保留的份数清掉", name)
}

// Drill restores a backup somewhere else, verifies it, takes it away again and writes what was found into the history.
func (s *Service) Drill(ctx context.Context, file string, report Report) (Tried, error) {
	s.one.Lock()
	defer s.one.Unlock()
	if err := s.DB.View(ctx, func(tx *db.Tx) error {
		keeper, err := Keeper(ctx, tx)
		ctx = org.With(ctx, keeper.ID)
		return err
	}); err != nil {
		return Tried{}, err
	}
	tried, err := s.Try(ctx, file, telling(ctx, report, 0))
	if err != nil {
		return tried, s.failed(ctx, drillFailed, drillRecord, file, err)
	}
	e := access.Event{Action: drillDone, Ref: id.Ref{Kind: "upkeep", ID: drillRecord}, Changes: []access.Change{{Field: "file", Label: "文件", After: file}},
		Reason: errs.Sprintf("%s：恢复了 %d 行、%d 个文件，逐条核对无误", []any{filepath.Base(file), tried.Rows(), tried.Files})}
	if tried.Found > 0 {
		e.Action, e.Reason = drillFailed, errs.Sprintf("%s：恢复后核对有 %d 处不一致", []any{filepath.Base(file), tried.Found})
		for _, d := range tried.Differences {
			e.Changes = append(e.Changes, access.Change{Field: "difference", Label: "不一致", After: d})
		}
	}
	return tried, s.log(ctx, e)
}

// failed writes a failure into the history and gives the error as one that ends a job: it is tried again by the plan, not at once. A
// program that is stopped has not failed.
func (s *Service) failed(ctx context.Context, action, record, file string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if errs.KindOf(err) == errs.Internal {
		slog.ErrorContext(ctx, action, slog.Any("error", err))
		err = errs.E(errs.Unavailable, "没有做成，原因在程序日志里").Because(err)
	}
	if logged := s.log(ctx, access.Event{Action: action, Ref: id.Ref{Kind: "upkeep", ID: record}, Reason: err.Error(),
		Changes: []access.Change{{Field: "file", Label: "文件", After: file}}}); logged != nil {
		return logged
	}
	return err
}

// log writes an event into the history of the keeper's association.
func (s *Service) log(ctx context.Context, e access.Event) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		keeper, err := Keeper(ctx, tx)
		if err != nil {
			return err
		}
		ctx := org.With(ctx, keeper.ID)
		if !access.From(ctx).SignedIn() {
			ctx = access.With(ctx, access.Actor{Association: keeper.ID, Name: "本机"})
		}
		return access.Log(ctx, tx, e)
	})
}
