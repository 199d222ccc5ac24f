// Package backup writes the logical rows of a database and the files that they name into one zip, and reads them into an empty
// database of either engine: the way back after a loss, and the way from SQLite to PostgreSQL.
//
// The zip holds tables/NAME.jsonl (the names of the columns, then a row a line, each a JSON array), files/SPACE/HASH as they are,
// and at its end manifest.json. All rows are of one snapshot, whatever is written meanwhile. Nothing is kept in memory but a few
// hundred rows. The master key is never in it.
package backup

import (
	"context"
	"encoding/json"
	"time"

	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// Format is the version of the zip's layout that this program writes and reads.
const Format = 1

const (
	manifestName = "manifest.json"
	tablesDir    = "tables/"
	filesDir     = "files/"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // version of the program that wrote it
	Made    time.Time `json:"made"`    // of the snapshot
	Engine  string    `json:"engine"`  // where the rows came from
	Schema  []int64   `json:"schema"`  // migrations that were applied
	Key     string    `json:"key"`     // id of the master key, without which signatures cannot be continued
	Tables  []Table   `json:"tables"`
	Files   int       `json:"files"`
	Bytes   int64     `json:"bytes"` // of the files
	// Missing are files that rows name and the store has not: a backup of what is left is still one.
	Missing []string `json:"missing,omitempty"`
	// Damaged are files that are not what their name says any more; a restore leaves them out.
	Damaged []string `json:"damaged,omitempty"`
}

// Table is one table of a backup. SHA256 is that of its entry's bytes.
type Table struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Rows are all rows of the backup.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Place is where a backup is taken from or restored to.
type Place struct {
	DB    *db.DB
	Files *blob.Store
	// Sources are the migrations of the whole program.
	Sources []db.Source
	// Named are queries that give (association, hash) of each file that rows name.
	Named []string
	// Skips reports whether a table holds nothing to keep: jobs of the machine, sessions, indexes.
	Skips func(table string) bool
	// Called are the tables that people know, with what they call their rows: what a place that is not empty holds is said by them.
	Called []Called
	// Progress is told now and then how far it is; it may be nil.
	Progress func(Progress)
}

// Called is a table with what its number of rows is called: 业务记录 12 条.
type Called struct {
	Table string
	Says  func(n int64) lang.Sentence
}

// Progress is how much was written or read so far. A restore knows of how many; it reads the files first, then the rows.
type Progress struct {
	Rows, OfRows   int64
	Files, OfFiles int
}

// AtFiles reports whether a restore is at the files still: no row is read yet.
func (p Progress) AtFiles() bool { return p.Rows == 0 && p.OfFiles > 0 }

// column is a column of a table that holds something of its own; generated ones and row numbers do not.
type column struct {
	name string
	kind kind
}

type kind string

const (
	text    kind = "TEXT"
	integer kind = "BIGINT"
	boolean kind = "BOOLEAN"
)

// columns gives the columns of a table in their order, by the types that mean the same on both engines (docs/databases.md).
func columns(ctx context.Context, tx *db.Tx, table string) ([]column, error) {
	query := "SELECT name, UPPER(type) FROM pragma_table_info(?) ORDER BY cid"
	if tx.Dialect == db.Postgres {
		query = `SELECT column_name, UPPER(data_type) FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = ? AND is_generated = 'NEVER' ORDER BY ordinal_position`
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (c column, err error) {
		err = s.Scan(&c.name, &c.kind)
		return c, err
	}, query, table)
	var kept []column
	for _, c := range all {
		if c.kind == text || c.kind == integer || c.kind == boolean { // INTEGER is SQLite's own row number
			kept = append(kept, c)
		}
	}
	return kept, err
}

// encode writes a row as a line.
func encode(row []any) ([]byte, error) {
	line, err := json.Marshal(row)
	return append(line, '\n'), err
}
