package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"shilu/catalogue"
	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/once"
	"shilu/internal/core/org"
	"shilu/internal/core/upkeep"
	"shilu/internal/face/console"
	"shilu/internal/insight/report"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/keys"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/metrics"
	"shilu/internal/work/activity"
	"shilu/internal/work/external"
	"shilu/internal/work/facility"
	"shilu/internal/work/training"
)

// Version names the program on pages and on frozen reports; releases set it by -ldflags.
var Version = "0.1"

// App is the whole program, wired: what commands and pages work with.
type App struct {
	Config     Config
	DB         *db.DB
	Files      *blob.Store
	Keeper     *log.Keeper
	Indicators *indicator.Catalogue
	Papers     evidence.Rules
	Training   *training.Service
	Activity   *activity.Service
	Facility   *facility.Service
	External   *external.Service
	Intake     *intake.Engine
	Reports    *report.Service
	Modules    []desk.Module
	Desk       *desk.Desk
	Shown      console.Shown
	Jobs       *jobs.Runner
	Upkeep     *upkeep.Service
	Upgraded   Upgraded // what the start did to the schema
	requests   metrics.Requests
	master     keys.Master
	Codes      access.Codes
	setupCode  string // opens the first-run pages; new with every start, kept in memory alone
}

// coreMigrations are the tables of kit and core, in the order in which they need each other.
var coreMigrations = []db.Source{db.Migrations, jobs.Migrations, log.Migrations, org.Migrations, access.Migrations, ledger.Migrations, flow.Migrations,
	evidence.Migrations, indicator.Migrations, intake.Migrations, desk.Migrations, once.Migrations}

// Migrations are all tables of the program.
func Migrations() []db.Source {
	return append(append([]db.Source{}, coreMigrations...), training.Migrations, activity.Migrations, facility.Migrations, external.Migrations, report.Migrations)
}

// Open opens the application. NotFound when nothing was set up in the folder yet, Conflict when the schema must be brought up to
// date first. The caller closes it.
func Open(ctx context.Context, c Config) (*App, error) {
	master, err := keys.Load(c.Data, os.Getenv(keys.Env))
	if err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, c.database())
	if err != nil {
		return nil, err
	}
	a, err := wire(ctx, c, d, master)
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return a, nil
}

// loadEnglish reads the English of the interface.
func loadEnglish() error {
	f, err := catalogue.FS.Open("lang/en.csv")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return lang.Read(f)
}

// wire puts the parts together. It is the one place that knows them all.
func wire(ctx context.Context, c Config, d *db.DB, master keys.Master) (*App, error) {
	if pending, err := d.Plan(ctx, Migrations()...); err != nil {
		return nil, err
	} else if len(pending) > 0 {
		return nil, errs.E(errs.Conflict, "数据库要先升级（%d 项），请运行 shilu migrate", len(pending))
	}
	a := &App{Config: c, DB: d, master: master, setupCode: rand.Text(), Keeper: log.NewKeeper(d, master, ledger.Source, access.TrailSource())}
	var err error
	if a.Files, err = c.files(ctx); err != nil {
		return nil, err
	}
	if a.Indicators, err = indicator.ReadCatalogue(catalogue.FS); err != nil {
		return nil, err
	}
	if err := loadEnglish(); err != nil {
		return nil, err
	}
	ledger.Measures(a.Indicators.LedgerMeasures()...)
	if a.Papers, err = evidence.ReadRules(catalogue.FS); err != nil {
		return nil, err
	}
	if a.Shown, err = console.ReadShown(catalogue.FS, func(code string) bool { _, ok := a.Indicators.Def(code); return ok }); err != nil {
		return nil, err
	}
	kinds, err := training.ReadCatalogue(catalogue.FS)
	if err != nil {
		return nil, err
	}
	a.Desk = &desk.Desk{DB: d, Files: a.Files, Indicators: a.Indicators, Papers: a.Papers, Version: Version}
	a.Codes = access.Codes{DB: d, Master: master}
	a.Training = training.New(d, kinds, a.Papers)
	activities, err := activity.ReadCatalogue(catalogue.FS)
	if err != nil {
		return nil, err
	}
	activities.Name(a.Indicators)
	a.Activity = activity.New(d, activities, a.Papers)
	facilities, err := facility.ReadCatalogue(catalogue.FS)
	if err != nil {
		return nil, err
	}
	facilities.Name(a.Indicators)
	a.Facility = facility.New(d, facilities, a.Papers)
	figures, err := external.ReadCatalogue(catalogue.FS)
	if err != nil {
		return nil, err
	}
	figures.Name(a.Indicators)
	a.External = external.New(d, figures, a.Papers)
	a.Reports = &report.Service{DB: d, Files: a.Files, Indicators: a.Indicators, Outlines: catalogue.FS, Seal: a.Seal, Version: Version}
	a.Modules = a.modules()
	a.Intake = &intake.Engine{DB: d, Files: a.Files, Bind: a.bindWorkbook}
	for _, m := range a.Modules {
		if m.Intake != nil {
			a.Intake.Targets = append(a.Intake.Targets, m.Intake)
		}
	}
	kinds.Name(a.Indicators)
	a.Upkeep = &upkeep.Service{DB: d, Data: c.Data, Standing: c.Standing, Write: a.Backup, Try: a.Drill}
	workers := jobs.NewWorkers()
	a.handleJobs(workers)
	a.Jobs, err = jobs.New(d, workers, jobs.Options{Enter: org.With})
	return a, err
}

// Close waits for writes that are under way and closes the database.
func (a *App) Close() { _ = a.DB.Close() }

// database says where the database is; a folder that is not there is made.
func (c Config) database() db.Options {
	return db.Options{URL: c.DatabaseURL, Dir: c.Data, Now: c.Now, Program: Version}
}

// In puts the association that the configuration names, or the only one, into the context.
func (a *App) In(ctx context.Context) (context.Context, error) {
	var found org.Association
	err := a.DB.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil {
			return err
		}
		found, err = a.Config.choose(all)
		return err
	})
	return org.With(ctx, found.ID), err
}

// As is In with the account of the login name acting, as `--as` asks for.
func (a *App) As(ctx context.Context, login string) (context.Context, error) {
	ctx, err := a.In(ctx)
	if err != nil {
		return ctx, err
	}
	var actor access.Actor
	if err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		actor, err = access.ActorOf(ctx, tx, login)
		return err
	}); err != nil {
		return ctx, err
	}
	actor.MustChange = false // who reaches the machine's files acts without the password
	return access.With(ctx, actor), nil
}

// AtMachine is In for a reader at the machine itself, who could read the files anyway: it sees everything and writes nothing.
func (a *App) AtMachine(ctx context.Context) (context.Context, error) {
	ctx, err := a.In(ctx)
	if err != nil {
		return ctx, err
	}
	return access.With(ctx, access.Actor{Association: org.Of(ctx), Account: "machine", User: "machine", Name: "本机", Grants: []access.Grant{{Role: access.Chair}}}), nil
}

// Books is all that a verification needs.
func (a *App) Books() ledger.Books {
	b := ledger.Books{Keeper: a.Keeper, Numbers: flow.NumbersEver, Checks: []ledger.Check{
		{Name: "org", Run: org.Verify}, {Name: "access", Run: access.Verify},
		{Name: "indicator", Run: indicator.Verify}, {Name: "intake", Run: intake.Verify},
		{Name: "evidence", Run: func(ctx context.Context, tx *db.Tx, report log.Report) error {
			return evidence.Verify(ctx, tx, a.Files, report)
		}},
		{Name: "records", Run: func(ctx context.Context, tx *db.Tx, report log.Report) error {
			says := make(map[string]flow.Says, len(a.Modules))
			for _, m := range a.Modules {
				says[m.Kind] = m.Says
			}
			return flow.CheckAll(ctx, tx, says, report)
		}},
		{Name: "trail", Run: func(ctx context.Context, tx *db.Tx, report log.Report) error {
			return a.Keeper.Verify(ctx, tx, log.Trail, report)
		}},
		{Name: "reports", Run: a.Reports.Verify},
	}}
	for _, m := range a.Modules {
		b.Restaters = append(b.Restaters, m.Restater)
		b.Checks = append(b.Checks, m.Checks...)
	}
	return b
}

// Verify recomputes the association of ctx and reports each difference.
func (a *App) Verify(ctx context.Context, report log.Report) error {
	return ledger.Verify(ctx, a.DB, a.Books(), report)
}

// Seal numbers and signs both logs of the association of ctx.
func (a *App) Seal(ctx context.Context) (log.Checkpoint, error) {
	if _, err := a.Keeper.Seal(ctx, log.Trail); err != nil {
		return log.Checkpoint{}, err
	}
	return a.Keeper.Seal(ctx, log.Ledger)
}

// sealEvery is how long a posting waits for its number while the program serves.
const sealEvery = 3 * time.Second

// sealAll seals the logs of all associations.
func (a *App) sealAll(ctx context.Context) error {
	all, err := a.associations(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if _, err := a.Seal(org.With(ctx, one.ID)); err != nil {
			return fmt.Errorf("seal the logs of %s: %w", one.Code, err)
		}
	}
	return nil
}

func (a *App) associations(ctx context.Context) (all []org.Association, err error) {
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		all, err = org.All(ctx, tx)
		return err
	})
	return all, err
}

// bindWorkbook makes the workbook of an import the roster of its rows. A record that has its row of the same file by an earlier import keeps that.
func (a *App) bindWorkbook(ctx context.Context, tx *db.Tx, rows []intake.Bound) error {
	papers := make([]evidence.Paper, 0, len(rows))
	subjects := make([]evidence.Subject, len(rows))
	for i, r := range rows {
		subjects[i] = evidence.Subject{Ref: r.Ref, Subkind: r.Subkind, Day: day.Day(r.Day)}
		if r.Changes {
			has, err := evidence.HasRow(ctx, tx, r.Ref.ID, r.Hash, r.Sheet, r.Line)
			if err != nil {
				return err
			}
			if has {
				continue
			}
		}
		kind := "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		if strings.EqualFold(filepath.Ext(r.File), ".csv") {
			kind = "text/plain"
		}
		papers = append(papers, evidence.Paper{Record: r.Ref.ID, Kind: evidence.Roster, Name: r.File, Sheet: r.Sheet, Line: r.Line,
			File: evidence.File{Hash: r.Hash, Size: r.Size, Type: kind}})
	}
	if _, err := evidence.AttachMany(ctx, tx, papers); err != nil {
		return err
	}
	return a.Papers.UpdateProofs(ctx, tx, subjects)
}
