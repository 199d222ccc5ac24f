package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"shilu/internal/kit/errs"
)

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
	return nil
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

// refuseNewer keeps an old program from writing into a schema that it does not know.
func (d *DB) refuseNewer(ctx context.Context, p *goose.Provider) error {
	current, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	known := map[int64]bool{0: true}
	for _, s := range p.ListSources() {
		known[s.Version] = true
	}
	if !known[current] {
		return errs.E(errs.Conflict, "库是更新的版本（%d）写的，这个程序不认识，请换用新版程序", current)
	}
	return nil
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
