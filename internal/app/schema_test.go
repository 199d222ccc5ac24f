package app_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/kit/db"
)

// apart are the tables that do not belong to one association, each with its reason (design.md, 7). A name that ends in * stands
// for all that begin so.
var apart = map[string]string{
	"goose_db_version": "the migrations of the installation",
	"schema_step":      "likewise: which program brought them",
	"river_*":          "jobs of the installation: River's own tables, which stay on one node",
	"job_copy":         "the copies of the program that do jobs: likewise",
	"association":      "the tenants themselves: a reference table",
	"host":             "which tenant an address belongs to: a reference table, asked before the tenant is known",
	"record_words*":    "the inner tables of SQLite's full-text index over record_search; PostgreSQL has a column instead",
}

// odd are the columns of other types than TEXT, BIGINT and BOOLEAN, each with its reason.
var odd = map[string]string{
	"sqlite record_search.n INTEGER":        "the row number that the full-text index refers to",
	"postgres record_search.words TSVECTOR": "the full-text index, generated from text",
}

// loose are unique constraints that do not begin with the association, each with its reason.
var loose = map[string]string{
	"sqlite record_search n": "the row number that the full-text index refers to",
}

// column, key and reference are the schema as either engine tells it.
type (
	column    struct{ table, name, kind string }
	key       struct{ table, name, columns string } // a primary key or unique constraint; columns with spaces between, in order
	reference struct{ table, name, columns string }
)

type schema struct {
	columns    []column
	keys       []key
	references []reference
}

func apartFrom(table string) bool {
	for name := range apart {
		prefix, many := strings.CutSuffix(name, "*")
		if table == name || many && strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return false
}

func readSchema(ctx context.Context, t *testing.T, d *db.DB) (s schema) {
	t.Helper()
	columns := `SELECT m.name, p.name, UPPER(p.type) FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	keys := `SELECT m.name, l.name, (SELECT GROUP_CONCAT(i.name, ' ') FROM (SELECT * FROM pragma_index_info(l.name) ORDER BY seqno) i)
		FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table' AND l."unique" = 1
		UNION ALL SELECT m.name, 'primary key', (SELECT GROUP_CONCAT(p.name, ' ') FROM (SELECT * FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk) p)
		FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE pk > 0)`
	references := `SELECT m.name, f."table", GROUP_CONCAT(f."from", ' ') FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f."table", f.id`
	if d.Dialect == db.Postgres {
		columns = `SELECT c.table_name, c.column_name, UPPER(c.data_type) FROM information_schema.columns c
			JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'`
		keys = `SELECT r.relname, i.relname, (SELECT string_agg(a.attname, ' ' ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY k(attnum, n)
			JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.attnum)
			FROM pg_index x JOIN pg_class r ON r.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
			JOIN pg_namespace s ON s.oid = r.relnamespace WHERE x.indisunique AND s.nspname = current_schema()`
		references = `SELECT r.relname, f.relname, (SELECT string_agg(a.attname, ' ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
			JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.attnum)
			FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
			JOIN pg_namespace s ON s.oid = r.relnamespace WHERE c.contype = 'f' AND s.nspname = current_schema()`
	}
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		three := func(s db.Scanner) (r [3]string, err error) {
			err = s.Scan(&r[0], &r[1], &r[2])
			return r, err
		}
		for query, add := range map[string]func([3]string){
			columns:    func(r [3]string) { s.columns = append(s.columns, column{r[0], r[1], r[2]}) },
			keys:       func(r [3]string) { s.keys = append(s.keys, key{r[0], r[1], r[2]}) },
			references: func(r [3]string) { s.references = append(s.references, reference{r[0], r[1], r[2]}) },
		} {
			rows, err := db.All(ctx, tx, three, query)
			if err != nil {
				return err
			}
			for _, r := range rows {
				add(r)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema must work on an engine that spreads the associations over many nodes (design.md, 7): the association is the first
// column of every key, no foreign key leaves it, and only types are used that mean the same on both engines.
func TestSchemaSpreadsByAssociation(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s := readSchema(w.Ctx, t, w.App.DB)
		engine := string(w.App.DB.Dialect)
		keyed := map[string]bool{}
		used := map[string]bool{}
		for _, k := range s.keys {
			if apartFrom(k.table) {
				continue
			}
			keyed[k.table] = true
			if why := engine + " " + k.table + " " + k.columns; loose[why] != "" {
				used[why] = true
			} else if k.columns != "association" && !strings.HasPrefix(k.columns, "association ") {
				t.Errorf("%s: the key %s (%s) does not begin with the association", k.table, k.name, k.columns)
			}
		}
		own := 0
		for _, c := range s.columns {
			if apartFrom(c.table) {
				continue
			}
			own++
			if !keyed[c.table] {
				t.Errorf("%s has no key", c.table)
			}
			if why := fmt.Sprintf("%s %s.%s %s", engine, c.table, c.name, c.kind); odd[why] != "" {
				used[why] = true
			} else if !slices.Contains([]string{"TEXT", "BIGINT", "BOOLEAN"}, c.kind) {
				t.Errorf("%s.%s is %s; only TEXT, BIGINT and BOOLEAN mean the same everywhere", c.table, c.name, c.kind)
			}
		}
		for _, r := range s.references {
			if !apartFrom(r.table) && !strings.HasPrefix(r.columns, "association ") {
				t.Errorf("%s refers to %s by (%s), which does not begin with the association", r.table, r.name, r.columns)
			}
		}
		for why := range odd {
			if strings.HasPrefix(why, engine) && !used[why] {
				t.Errorf("the exception %q is not needed", why)
			}
		}
		for why := range loose {
			if strings.HasPrefix(why, engine) && !used[why] {
				t.Errorf("the exception %q is not needed", why)
			}
		}
		if own < 150 {
			t.Errorf("only %d columns seen: is the query broken?", own)
		}
	})
}

// Both engines have the same tables with the same columns, but for the listed exceptions.
func TestEnginesHaveTheSameSchema(t *testing.T) {
	seen := map[db.Dialect][]string{}
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		for _, c := range readSchema(w.Ctx, t, w.App.DB).columns {
			if line := fmt.Sprintf("%s.%s %s", c.table, c.name, c.kind); !apartFrom(c.table) && odd[string(w.App.DB.Dialect)+" "+line] == "" {
				seen[w.App.DB.Dialect] = append(seen[w.App.DB.Dialect], line)
			}
		}
	})
	lite, post := seen[db.SQLite], seen[db.Postgres]
	if len(lite) < 150 || len(post) < 150 {
		t.Errorf("only %d and %d columns seen: is the query broken?", len(lite), len(post))
	}
	for _, c := range lite {
		if !slices.Contains(post, c) {
			t.Errorf("only SQLite has %s", c)
		}
	}
	for _, c := range post {
		if !slices.Contains(lite, c) {
			t.Errorf("only PostgreSQL has %s", c)
		}
	}
}

var migrationName = regexp.MustCompile(`^\d{14}_[a-z]+_[a-z0-9_]+\.sql$`)

// Every migration file has a name that goose knows and that says its module, versions are given once, and all files are applied.
func TestMigrationFilesAreApplied(t *testing.T) {
	shared, only := map[string]string{}, map[db.Dialect]map[string]string{db.SQLite: {}, db.Postgres: {}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".sql" {
			return err
		}
		dir, name := filepath.Base(filepath.Dir(path)), filepath.Base(path)
		if !migrationName.MatchString(name) {
			t.Errorf("%s: a migration is named YYYYMMDDHHMMSS_module_what.sql", path)
			return nil
		}
		into := shared
		switch dir {
		case "migrations":
		case "sqlite", "postgres":
			into = only[db.Dialect(dir)]
		default:
			t.Errorf("%s: a migration lies in migrations/, migrations/sqlite/ or migrations/postgres/", path)
		}
		version := name[:14]
		if other := into[version]; other != "" || shared[version] != "" {
			t.Errorf("%s and %s %s have the same version", path, other, shared[version])
		}
		into[version] = path
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(shared) < 5 {
		t.Fatalf("only %d migrations found", len(shared))
	}
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		var applied []string
		if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
			applied, err = db.All(w.Ctx, tx, db.Value[string], "SELECT CAST(version_id AS TEXT) FROM goose_db_version WHERE version_id > 0 AND is_applied")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		mine := only[w.App.DB.Dialect]
		for _, version := range applied {
			if shared[version] == "" && mine[version] == "" {
				t.Errorf("version %s was applied; no file has it", version)
			}
		}
		for _, files := range []map[string]string{shared, mine} {
			for version, path := range files {
				if !slices.Contains(applied, version) {
					t.Errorf("%s was not applied", path)
				}
			}
		}
	})
}
