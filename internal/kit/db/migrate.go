package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"shilu/internal/kit/errs"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package: which program brought which migration.
var Migrations = MustSource("db", migrations)

// MustSource is the source of the package of that name whose embedded folder is called migrations. It panics when there is none.
func MustSource(name string, embedded fs.FS) Source {
	folder, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err)
	}
	return Source{Name: name, FS: folder}
}

// Source is the migrations of one package: files YYYYMMDDHHMMSS_module_what.sql for both engines in its root, and in
// sqlite/ and postgres/ those that one text cannot serve. Versions are unique over all sources.
type Source struct {
	Name string
	FS   fs.FS
}

// Migrate brings the schema up to date. It refuses a schema that is newer than the program.
func (d *DB) Migrate(ctx context.Context, sources ...Source) error {
	p, err := d.provider(sources)
	if err != nil {
		return err
	}
	if err := d.refuseNewer(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return d.nameSteps(ctx, p)
}

// Plan lists the migrations that Migrate would apply, oldest first.
func (d *DB) Plan(ctx context.Context, sources ...Source) (paths []string, err error) {
	err = d.eachMigration(ctx, sources, goose.StatePending, func(m *goose.Source) { paths = append(paths, m.Path) })
	return paths, err
}

// Applied lists the versions of the migrations that the schema has.
func (d *DB) Applied(ctx context.Context, sources ...Source) (versions []int64, err error) {
	err = d.eachMigration(ctx, sources, goose.StateApplied, func(m *goose.Source) { versions = append(versions, m.Version) })
	return versions, err
}

// Versions lists the versions of all migrations for the engine, oldest first.
func (d *DB) Versions(sources ...Source) (versions []int64, err error) {
	p, err := d.provider(sources)
	if err != nil {
		return nil, err
	}
	for _, s := range p.ListSources() {
		versions = append(versions, s.Version)
	}
	return versions, nil
}

// eachMigration calls fn with the migrations in the state, oldest first. It refuses a schema that is newer than the program.
func (d *DB) eachMigration(ctx context.Context, sources []Source, state goose.State, fn func(*goose.Source)) error {
	p, err := d.provider(sources)
	if err != nil {
		return err
	}
	if err := d.refuseNewer(ctx, p); err != nil {
		return err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return fmt.Errorf("read the state of the schema: %w", err)
	}
	for _, s := range all {
		if s.State == state {
			fn(s.Source)
		}
	}
	return nil
}

// MigrateTo brings an empty schema to exactly those versions, as a backup of that time needs it; Migrate goes on from there.
// Conflict when the program does not know all of them. A version that only one engine has does not count.
func (d *DB) MigrateTo(ctx context.Context, versions []int64, sources ...Source) error {
	p, err := d.provider(sources)
	if err != nil {
		return err
	}
	here, elsewhere := map[int64]bool{}, map[int64]bool{}
	for _, s := range p.ListSources() {
		here[s.Version] = true
	}
	for _, engine := range []Dialect{SQLite, Postgres} {
		files, err := merge(sources, engine)
		if err != nil {
			return err
		}
		for name := range files {
			if v, err := goose.NumericComponent(name); err == nil {
				elsewhere[v] = true
			}
		}
	}
	for _, v := range versions {
		if !here[v] && !elsewhere[v] {
			return errs.E(errs.Conflict, "备份来自更新的版本（%d），这个程序不认识，请换用新版程序", v)
		}
	}
	if err := d.refuseNewer(ctx, p); err != nil {
		return err
	}
	for _, v := range versions {
		if !here[v] {
			continue
		}
		if _, err := p.ApplyVersion(ctx, v, true); err != nil && !errors.Is(err, goose.ErrAlreadyApplied) {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return nil
}

// appliedVersions are the migrations that the schema has; 0 is goose's own.
const appliedVersions = "SELECT DISTINCT version_id FROM goose_db_version WHERE is_applied ORDER BY version_id"

// refuseNewer keeps an old program from writing into a schema that it does not know: it names what it does not know, and which
// program does. From then on Update refuses once the schema has other migrations than those of p.
func (d *DB) refuseNewer(ctx context.Context, p *goose.Provider) error {
	if _, err := p.GetDBVersion(ctx); err != nil { // makes goose's table where there is none
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	versions := map[int64]bool{0: true}
	for _, s := range p.ListSources() {
		versions[s.Version] = true
	}
	var applied []int64
	steps := map[int64]step{}
	if err := d.View(ctx, func(tx *Tx) (err error) {
		if applied, err = All(ctx, tx, Value[int64], appliedVersions); err != nil {
			return err
		}
		steps, err = d.steps(ctx, tx)
		return err
	}); err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	var strange []string
	program := ""
	for _, v := range applied {
		if versions[v] {
			continue
		}
		name := strconv.FormatInt(v, 10)
		if s := steps[v]; s.name != "" {
			name, program = s.name, s.program
		}
		strange = append(strange, name)
	}
	switch {
	case len(strange) == 0:
		d.known.Store(&known{versions: versions})
		return nil
	case program == "":
		return errs.E(errs.Conflict, "库是更新的程序写的，这个程序不认识其中的升级 %s。请换用新版程序；没有改动任何内容", strings.Join(strange, "、"))
	}
	return errs.E(errs.Conflict, "库是更新的程序（%s）写的，这个程序不认识其中的升级 %s。请换用 %s 或更新的程序；没有改动任何内容", program, strings.Join(strange, "、"), program)
}

// step is a migration that was applied, and by which program.
type step struct{ name, program string }

const stepTable = "schema_step"

// steps reads the names of the migrations; none where the table is not there yet.
func (d *DB) steps(ctx context.Context, tx *Tx) (map[int64]step, error) {
	there, err := d.hasTable(ctx, tx, stepTable)
	if err != nil || !there {
		return nil, err
	}
	found := map[int64]step{}
	_, err = All(ctx, tx, func(s Scanner) (one step, err error) {
		var v int64
		if err = s.Scan(&v, &one.name, &one.program); err == nil {
			found[v] = one
		}
		return one, err
	}, "SELECT version, name, program FROM "+stepTable)
	return found, err
}

func (d *DB) hasTable(ctx context.Context, tx *Tx, table string) (bool, error) {
	query := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if d.Dialect == Postgres {
		query = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ?"
	}
	n, err := One(ctx, tx, Value[int64], query, table)
	return n > 0, err
}

// nameSteps writes down the names of the migrations that have none yet.
func (d *DB) nameSteps(ctx context.Context, p *goose.Provider) error {
	all, err := p.Status(ctx)
	if err != nil {
		return fmt.Errorf("read the state of the schema: %w", err)
	}
	return d.Update(ctx, func(tx *Tx) error {
		there, err := d.hasTable(ctx, tx, stepTable)
		if err != nil || !there {
			return err
		}
		var rows [][]any
		for _, s := range all {
			if s.State == goose.StateApplied {
				rows = append(rows, []any{s.Source.Version, path.Base(s.Source.Path), d.program, tx.Millis()})
			}
		}
		_, err = tx.Insert(ctx, "INSERT INTO "+stepTable+" (version, name, program, at)", "ON CONFLICT (version) DO NOTHING", rows...)
		return err
	})
}

// merge puts the migrations of all sources for an engine into one folder.
func merge(sources []Source, engine Dialect) (fstest.MapFS, error) {
	merged := fstest.MapFS{}
	for _, s := range sources {
		for _, dir := range []string{".", string(engine)} {
			files, err := fs.ReadDir(s.FS, dir)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("migrations of %s: %w", s.Name, err)
			}
			for _, f := range files {
				if f.IsDir() {
					continue
				}
				body, err := fs.ReadFile(s.FS, pathJoin(dir, f.Name()))
				if err != nil {
					return nil, fmt.Errorf("migrations of %s: %w", s.Name, err)
				}
				if merged[f.Name()] != nil {
					return nil, fmt.Errorf("two migrations are named %s", f.Name())
				}
				merged[f.Name()] = &fstest.MapFile{Data: body}
			}
		}
	}
	return merged, nil
}

func (d *DB) provider(sources []Source) (*goose.Provider, error) {
	merged, err := merge(sources, d.Dialect)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.Dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.write, merged, goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	if len(p.ListSources()) != len(merged) {
		return nil, fmt.Errorf("%d migration files, but only %d have a name that goose knows", len(merged), len(p.ListSources()))
	}
	return p, nil
}

func pathJoin(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// Tables lists the tables of the schema, for tests that look at it.
func (d *DB) Tables(ctx context.Context) ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if d.Dialect == Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	var names []string
	err := d.View(ctx, func(tx *Tx) (err error) {
		names, err = All(ctx, tx, Value[string], query)
		return err
	})
	sort.Strings(names)
	return names, err
}
