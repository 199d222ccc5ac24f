package app_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// uncovered are the tables that verification does not look at, each with its reason. A name that ends in * stands for all that
// begin so.
var uncovered = map[string]string{
	"goose_db_version": "which migrations were applied; a wrong one stops the program at its start",
	"schema_step":      "which program brought a migration: only words for the refusal of an older one",
	"river_*":          "jobs: working data of the queue, which may run twice and change nothing by that",
	"job_copy":         "which copies of the program live; a wrong row costs a job seconds",
	"job_progress":     "what pages show of a job; the record of what it did is elsewhere",
	"host":             "which association an address shows: no figure depends on it, and who is signed in is an association's own",
	"org_edition":      "says only that trees must be read anew",
	"session":          "who is signed in now: secrets that end within days",
	"sign_in":          "wrong passwords of the last day",
	"request_answer":   "answers of the last day, which are only given again to who has had them",
	"account_password": "earlier passwords, which only must not come back",
	"restated":         "how far an upgrade has come; a wrong row leaves records as they are, which verification tells, or asks them once more",
	"saved_view":       "names that people gave to addresses of lists, each for himself",
	"unsent_form":      "forms that somebody has begun and not sent",
	"import":           "staging: how far an import is. What it wrote is checked where it is, its batches too",
	"import_sheet":     "staging: what the sheets of a workbook looked like",
	"import_row":       "staging: the rows as they were read. Sheet and line that a trace shows are the evidence row's, which is covered",
	"intake_mapping":   "staging: which columns were chosen last time, offered again and shown before they are used",
	"record_words*":    "the inner tables of SQLite's full-text index, which follow from record_search",
}

// tampered says how a table is tried. row is the name that verification gives its rows.
type tampered struct {
	row    string
	where  string            // which row is tried; "" is the first
	as     []string          // tables that a difference may name beside this one, where the change is seen from another side
	rows   string            // query of the rows that a difference may name beside the row itself; ? is the row
	change map[string]string // what a column becomes, where the usual change would be none or would not be accepted
	free   map[string]string // columns whose change is not seen, with the reason
	freely map[string]string // "delete" and "insert", likewise
	// numbered says that a row belongs to a record: the lines name the record's number, whatever is changed or taken out.
	numbered bool
}

var books = map[string]tampered{
	"association": {row: "id", freely: map[string]string{"delete": "verification is of an association", "insert": "likewise"},
		free: map[string]string{"id": "verification is of an association"}},
	"unit": {row: "id"}, "place": {row: "id"},
	"unit_name": {row: "unit || ' ' || from_day"}, "place_name": {row: "place || ' ' || from_day"},
	"unit_link": {row: "child || ' ' || from_day"}, "place_link": {row: "child || ' ' || from_day"},
	"unit_reach":  {row: "ancestor || ' ' || descendant || ' ' || from_day"},
	"place_reach": {row: "ancestor || ' ' || descendant || ' ' || from_day"},
	"setting":     {row: "name || ' ' || from_day || ' ' || CAST(set_at AS TEXT)"},
	"term":        {row: "vocabulary || ' ' || code"}, "term_alias": {row: "vocabulary || ' ' || alias"},

	"account": {row: "id", free: map[string]string{"phone": "personal: what is in the log can never be erased",
		"phone_shared": "says only that another account had the telephone before it could be one's alone", "used": "when the account was used last"}},
	"account_code": {row: "account", as: []string{"account"}, free: map[string]string{"step": "the code given last: it only must not be taken again"}},
	"account_grant": {row: "account || ' ' || role || ' ' || unit || ' ' || from_day", as: []string{"account"},
		rows: "SELECT account FROM account_grant WHERE account || ' ' || role || ' ' || unit || ' ' || from_day = ?"},
	"api_token": {row: "id", free: map[string]string{"used": "when it was used last"}},
	"history":   {row: "id"},
	"sees":      {numbered: true, row: "record || ' ' || unit"},

	"record":         {numbered: true, row: "id"},
	"record_version": {numbered: true, row: "record || ' ' || CAST(version AS TEXT)"},
	"record_serial": {row: "kind || ' ' || CAST(year AS TEXT)", change: map[string]string{"last": "last - 1"},
		freely: map[string]string{"insert": "a series that nobody uses only leaves numbers out"}},
	"record_search":  {numbered: true, row: "record", change: map[string]string{"text": "'x'"}},
	"training_class": {numbered: true, row: "id", where: "minutes IS NULL", change: map[string]string{"minutes": "7", "enrolled": "COALESCE(enrolled, 0) + 1", "examined": "COALESCE(examined, 0) + 1", "passed": "COALESCE(passed, 0) + 1"}},

	"activity":          {numbered: true, row: "id", change: map[string]string{"online": "COALESCE(online, 0) + 1", "panels": "COALESCE(panels, 0) + 1"}},
	"activity_campaign": {numbered: true, row: "record || ' ' || CAST(line AS TEXT)", change: map[string]string{"line": "line + 100"}},
	"activity_partner":  {numbered: true, row: "record || ' ' || CAST(line AS TEXT)", change: map[string]string{"line": "line + 100"}},
	"activity_share":    {numbered: true, row: "id"},

	"facility":     {numbered: true, row: "id"},
	"facility_log": {numbered: true, row: "id"},

	"external_figure": {numbered: true, row: "id"},

	"file":     {row: "hash"},
	"evidence": {numbered: true, row: "id"},
	"proof":    {numbered: true, row: "record"},

	"fact":    {numbered: true, row: "id", where: "reverses IS NOT NULL", change: map[string]string{"day": "'2020-01-01'"}},
	"posting": {numbered: true, row: "id", as: []string{"fact"}, rows: "SELECT id FROM fact WHERE posting = ?"},
	"tag_set": {row: "id"}, "tag_member": {row: "tags || ' ' || name || ' ' || value"},
	"statement": {numbered: true, row: "record"},
	"closing":   {row: "id"},
	"expected":  {numbered: true, row: "record || ' ' || CAST(line AS TEXT)", change: map[string]string{"line": "line + 1000000"}},
	"key_alias": {row: "alias"},

	"report":        {row: "id", where: "state = 'frozen'", as: []string{"report_frozen"}},
	"report_frozen": {row: "report"},

	"batch":       {row: "id", freely: map[string]string{"insert": "a batch without rows hides nothing"}},
	"log_entry":   {row: "id"},
	"log_pending": {row: "entry", where: "kind = 'fact'", as: []string{"fact", "history", "log_entry"}},
	"log_leaf":    {row: "CAST(seq AS TEXT)", where: "log = 'ledger' AND kind = 'fact'", change: map[string]string{"seq": "seq + 1000000"}, as: []string{"fact", "history", "log_entry"}, rows: "SELECT entry FROM log_leaf WHERE CAST(seq AS TEXT) = ?"},
	"log_node":    {row: "CAST(level AS TEXT) || '/' || CAST(n AS TEXT)", where: "log = 'ledger'"},
	"log_head":    {row: "log", where: "log = 'ledger'", freely: map[string]string{"insert": "a log that nothing writes"}},
	"log_checkpoint": {row: "CAST(size AS TEXT)", where: "log = 'ledger'",
		free:   map[string]string{"log": "as if it were deleted"},
		freely: map[string]string{"delete": "who holds a checkpoint misses it; the log can be checked against any copy that was kept"}},
	"signing_key": {row: "id", as: []string{"log_checkpoint"}, rows: "SELECT CAST(size AS TEXT) FROM log_checkpoint WHERE ? <> ''", free: map[string]string{"id": "only a name", "since": "orders the keys, of which each is opened and compared"},
		freely: map[string]string{"insert": "a copy of a key signs the same; a strange one does not open under the master key"}},
	"indicator_local": {row: "id"},
}

func isUncovered(table string) bool {
	for name := range uncovered {
		prefix, many := strings.CutSuffix(name, "*")
		if table == name || many && strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return false
}

// numberOfRecord is a record's number as a line of verification has it.
var numberOfRecord = regexp.MustCompile(`（[A-Z]{2}-`)

// TestTamperingIsNamed changes the database by hand as somebody with the file could, triggers taken away: every column of a row of
// every table, a row taken out, a row put in. Verification must name table and row each time. On PostgreSQL a sample is tried.
func TestTamperingIsNamed(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		busyCounty(t, w)
		var silent []log.Difference
		if err := w.App.Verify(w.Ctx, func(d log.Difference) { silent = append(silent, d) }); err != nil || silent != nil {
			t.Fatalf("before anything is changed: %v, %v", silent, err)
		}
		s := readSchema(w.Ctx, t, w.App.DB)
		tables := map[string][]column{}
		for _, c := range s.columns {
			if c.kind == "TSVECTOR" || c.table == "record_search" && c.name == "n" {
				continue // made by the engine
			}
			tables[c.table] = append(tables[c.table], c)
		}
		tried := 0
		for _, table := range sortedNames(tables) {
			how, covered := books[table]
			switch {
			case covered && isUncovered(table):
				t.Errorf("%s is covered and listed as uncovered", table)
			case !covered && !isUncovered(table):
				t.Errorf("%s is neither covered by verification nor listed with the reason why not", table)
			}
			if !covered {
				continue
			}
			tamper := tampering{World: w, t: t, table: table, how: how, columns: tables[table], schema: s}
			tamper.begin()
			attempts := tamper.attempts()
			if w.App.DB.Dialect == db.Postgres {
				attempts = attempts[:1+len(attempts)%2] // a sample: the code is the same, only types and collations differ
			}
			for _, a := range attempts {
				tried++
				tamper.attempt(a)
			}
		}
		t.Logf("%d changes tried", tried)
	})
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// tampering tries one table.
type tampering struct {
	*apptest.World
	t       *testing.T
	table   string
	how     tampered
	columns []column
	schema  schema
	key     []string // columns of the primary key, without the association
	row     string   // name of the row that is tried
	also    []string // other names that a difference may give
	own     string   // condition of the association
}

type attempt struct{ what, sql string }

const putIn = "a row put in" // mostly of a record that there is none of

func (p *tampering) begin() {
	p.own = "association = '" + org.Of(p.Ctx) + "'"
	if p.table == "association" {
		p.own = "id = '" + org.Of(p.Ctx) + "'"
	}
	for _, k := range p.schema.keys {
		if k.table == p.table && (k.name == "primary key" || k.name == p.table+"_pkey" || p.table == "record_search") {
			for _, c := range strings.Fields(k.columns) {
				if c != "association" && c != "n" && !slices.Contains(p.key, c) {
					p.key = append(p.key, c)
				}
			}
		}
	}
	where := p.own
	if p.how.where != "" {
		where += " AND " + p.how.where
	}
	names := p.names(p.Ctx, nil, fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY 1 LIMIT 1", p.how.row, p.table, where))
	if len(names) == 0 {
		p.t.Fatalf("%s has no row to try", p.table)
	}
	p.row = names[0]
	if p.how.rows != "" {
		p.also = p.names(p.Ctx, nil, strings.ReplaceAll(p.how.rows, "?", "'"+p.row+"'"))
	}
}

func (p *tampering) names(ctx context.Context, tx *db.Tx, query string) (all []string) {
	p.t.Helper()
	read := func(tx *db.Tx) (err error) {
		all, err = db.All(ctx, tx, db.Value[string], query)
		return err
	}
	var err error
	if tx == nil {
		err = p.App.DB.View(ctx, read)
	} else {
		err = read(tx)
	}
	if err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	return all
}

// attempts are a change of every column, a deletion and an insertion.
func (p *tampering) attempts() []attempt {
	one := fmt.Sprintf("WHERE %s AND %s = '%s'", p.own, p.how.row, p.row)
	if p.how.where != "" {
		one += " AND " + p.how.where
	}
	var all []attempt
	for _, c := range p.columns {
		if c.name == "association" || p.how.free[c.name] != "" {
			continue
		}
		to := p.how.change[c.name]
		if to == "" {
			to = other(c)
		}
		all = append(all, attempt{c.name, fmt.Sprintf("UPDATE %s SET %s = %s %s", p.table, c.name, to, one)})
	}
	if p.how.freely["delete"] == "" {
		all = append(all, attempt{"a row taken out", fmt.Sprintf("DELETE FROM %s %s", p.table, one)})
	}
	if p.how.freely["insert"] == "" {
		all = append(all, attempt{putIn, p.copied(one)})
	}
	return all
}

// other is another value than the one that a column has.
func other(c column) string {
	switch c.kind {
	case "BOOLEAN":
		return "NOT " + c.name
	case "BIGINT":
		return "COALESCE(" + c.name + ", 0) + 1"
	}
	return "COALESCE(" + c.name + ", '') || 'x'"
}

// copied puts a copy of the row in, under another key.
func (p *tampering) copied(one string) string {
	changed := map[string]bool{p.key[len(p.key)-1]: true}
	for _, k := range p.schema.keys {
		columns := strings.Fields(k.columns)
		if k.table == p.table && !slices.ContainsFunc(columns, func(c string) bool { return changed[c] }) && columns[len(columns)-1] != "n" {
			changed[columns[len(columns)-1]] = true
		}
	}
	var names, values []string
	for _, c := range p.columns {
		value := c.name
		if changed[c.name] {
			value = other(c)
			if c.kind == "BIGINT" {
				value = c.name + " + 1000000"
			}
		}
		names, values = append(names, c.name), append(values, value)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s %s", p.table, strings.Join(names, ", "), strings.Join(values, ", "), p.table, one)
}

var errUndo = errors.New("undone for the next attempt")

// attempt changes the row, verifies and undoes the change.
func (p *tampering) attempt(a attempt) {
	p.t.Helper()
	var found []log.Difference
	named := append([]string{p.row}, p.also...)
	err := p.App.DB.Update(p.Ctx, func(tx *db.Tx) error {
		all := fmt.Sprintf("SELECT %s FROM %s WHERE %s", p.how.row, p.table, p.own)
		before := p.names(p.Ctx, tx, all)
		for _, s := range append(unlocked(tx, p.table), a.sql) {
			n, err := tx.Exec(p.Ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			if n != 1 && s == a.sql {
				return fmt.Errorf("%s changed %d rows", s, n)
			}
		}
		for _, name := range p.names(p.Ctx, tx, all) {
			if !slices.Contains(before, name) {
				named = append(named, name)
				if p.how.rows != "" {
					named = append(named, p.names(p.Ctx, tx, strings.ReplaceAll(p.how.rows, "?", "'"+name+"'"))...)
				}
			}
		}
		if err := p.App.Books().Verify(p.Ctx, tx, func(d log.Difference) { found = append(found, d) }); err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		p.t.Errorf("%s, %s: %v", p.table, a.what, err)
		return
	}
	if !slices.ContainsFunc(found, func(d log.Difference) bool {
		return (d.Table == p.table || slices.Contains(p.how.as, d.Table)) && slices.Contains(named, d.Row)
	}) {
		p.t.Errorf("%s, %s: the row %q is not named\n\t%s\n\tfound %d: %.900v", p.table, a.what, named, a.sql, len(found), found)
	}
	if p.how.numbered && a.what != putIn && !slices.ContainsFunc(found, func(d log.Difference) bool { return numberOfRecord.MatchString(d.String()) }) {
		p.t.Errorf("%s, %s: no line has the number of the record\n\t%s\n\tfound %d: %.900v", p.table, a.what, a.sql, len(found), found)
	}
}

// unlocked takes the triggers of a table away, as somebody who owns the database can.
func unlocked(tx *db.Tx, table string) []string {
	if tx.Dialect == db.Postgres {
		return []string{"ALTER TABLE " + table + " DISABLE TRIGGER USER"}
	}
	rows, err := tx.SQL.Query("SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", table)
	if err != nil {
		return nil
	}
	defer func() { _ = rows.Close() }()
	var drops []string
	for rows.Next() {
		var drop string
		if rows.Scan(&drop) == nil {
			drops = append(drops, drop)
		}
	}
	return drops
}
