package training

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
)

var sources = []db.Source{org.Migrations, log.Migrations, access.Migrations, ledger.Migrations, flow.Migrations, evidence.Migrations, intake.Migrations, Migrations}

func init() {
	var all []ledger.Measure
	for _, m := range []string{measureClasses, measureSessions, measureSessionsMissing, measureHours, measureAttendances, measureEnrolled,
		measureExamined, measurePassed, measureExaminedClasses, measureSubjects, measurePeople} {
		all = append(all, ledger.Measure{Code: m})
	}
	ledger.Measures(all...)
}

// county is 云岭县 with people and the import.
type county struct {
	t      testing.TB
	ctx    context.Context
	engine *intake.Engine
	tree   *org.Tree
}

func openCounty(t testing.TB, d *db.DB, files string) county {
	t.Helper()
	ctx, tree := orgtest.County(t, d)
	c := county{t: t, ctx: ctx, tree: tree, engine: engineOf(t, d, files)}
	if err := d.Update(ctx, func(tx *db.Tx) error {
		for _, a := range []access.NewAccount{
			{Login: "liwf", Name: "李文芳", Unit: tree.Office().ID, Grants: []access.Grant{{Role: access.Officer}}},
			{Login: "zhoumin", Name: "周敏", Unit: tree.Office().ID, Grants: []access.Grant{{Role: access.Officer}}},
			{Login: "zhaolei", Name: "赵磊", Unit: orgtest.Unit(t, tree, "u01").ID, Grants: []access.Grant{{Role: access.Clerk, Unit: orgtest.Unit(t, tree, "u01").ID}}},
		} {
			if _, err := access.CreateAccount(ctx, tx, a, access.NewSecret(ctx, "")); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// engineOf is the import as the application wires it.
func engineOf(t testing.TB, d *db.DB, dir string) *intake.Engine {
	t.Helper()
	catalogue, err := ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := evidence.ReadRules(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	service := New(d, catalogue, rules)
	return &intake.Engine{DB: d, Files: files, Targets: []intake.Target{service.Sheet()}, Bind: func(ctx context.Context, tx *db.Tx, rows []intake.Bound) error {
		papers := make([]evidence.Paper, len(rows))
		subjects := make([]evidence.Subject, len(rows))
		for i, r := range rows {
			papers[i] = evidence.Paper{Record: r.Ref.ID, Kind: evidence.Roster, Name: r.File, Sheet: r.Sheet, Line: r.Line, File: evidence.File{Hash: r.Hash, Size: r.Size}}
			subjects[i] = evidence.Subject{Ref: r.Ref, Subkind: r.Subkind, Day: day.Day(r.Day)}
		}
		if _, err := evidence.AttachMany(ctx, tx, papers); err != nil {
			return err
		}
		return rules.UpdateProofs(ctx, tx, subjects)
	}}
}

func (c county) as(login string) context.Context {
	c.t.Helper()
	var a access.Actor
	if err := c.engine.DB.View(c.ctx, func(tx *db.Tx) (err error) {
		a, err = access.ActorOf(c.ctx, tx, login)
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return access.With(c.ctx, a)
}

func (c county) run(login, name string, file []byte, o intake.Options, verifyAs string) intake.Result {
	c.t.Helper()
	r, err := c.engine.Run(c.as(login), Kind, name, bytes.NewReader(file), o, verifyAs)
	if err != nil {
		c.t.Fatalf("import %s: %v", name, err)
	}
	return r
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sums are the county's figures of 2024.
func (c county) sums() map[string]int64 {
	c.t.Helper()
	all := map[string]int64{}
	if err := c.engine.DB.View(c.ctx, func(tx *db.Tx) error {
		cells, err := ledger.Sums(c.ctx, tx, ledger.Filter{From: "2024-01-01", To: "2024-12-31",
			Measures: []string{measureClasses, measureAttendances, measureEnrolled, measureExamined, measurePassed}}, ledger.By{})
		for _, cell := range cells {
			all[cell.Measure] += cell.Amount
		}
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return all
}

func (c county) items(login string) []entry {
	c.t.Helper()
	service := c.engine.Targets[0].(*register.Sheet[Class, Words])
	items, err := service.List(c.as(login), Query{Filter: flow.Filter{Kinds: []string{Kind}}, Sort: "number"})
	if err != nil {
		c.t.Fatal(err)
	}
	return items
}

// consistent fails when rows and versions, or ledger and records, differ.
func (c county) consistent() {
	c.t.Helper()
	service := c.engine.Targets[0].(*register.Sheet[Class, Words])
	if err := c.engine.DB.View(c.ctx, func(tx *db.Tx) error {
		if err := service.CheckRows(c.ctx, tx, func(d log.Difference) { c.t.Error(d) }); err != nil {
			return err
		}
		statements, err := service.Restater().Each(c.ctx, tx, "", 300)
		if err != nil {
			return err
		}
		for _, s := range statements {
			standing, err := ledger.Standing(c.ctx, tx, s.Ref)
			if err != nil {
				return err
			}
			if len(standing) != len(s.Facts) {
				c.t.Errorf("%s has %d facts standing, %d stated", s.Ref, len(standing), len(s.Facts))
			}
		}
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
}

var want2024 = map[string]int64{measureClasses: 44, measureAttendances: 5050, measureEnrolled: 490, measureExamined: 490, measurePassed: 480}

func TestTheYearsWorkbookGoesIn(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		file := read(t, "testdata/000-records.xlsx")

		dry := c.run("liwf", "000-records.xlsx", file, intake.Options{DryRun: true}, "")
		if dry.State != intake.Checked || dry.Counts[intake.Rejected] != 28 || dry.Counts[intake.New] != 16 || len(c.items("liwf")) != 0 {
			t.Fatalf("without the villages: %v", dry.Counts)
		}
		villages := map[string]int{}
		for _, u := range dry.Unknown {
			villages[u.Township+u.Village]++
			if len(u.Near) == 0 || !strings.Contains(u.Where.String(), "短期培训") {
				t.Errorf("unknown %+v", u)
			}
		}
		if len(villages) != len(dry.Unknown) || villages["河东镇河东上村"] != 1 {
			t.Errorf("unknown places %v", villages)
		}
		if why := intake.Reasons(dry.Wrong[0].Notes); !strings.HasPrefix(why, "E5 ") || !strings.Contains(why, "河东上村") {
			t.Errorf("reason %q", why)
		}
		dry = c.run("liwf", "000-records.xlsx", file, intake.Options{DryRun: true, Create: true}, "")
		if dry.Counts[intake.New] != 44 || len(c.items("liwf")) != 0 {
			t.Fatalf("dry run that would create: %v", dry.Counts)
		}

		if _, err := c.engine.Run(c.as("liwf"), Kind, "000-records.xlsx", bytes.NewReader(file), intake.Options{Create: true}, "liwf"); !errs.Is(err, errs.Forbidden) {
			t.Errorf("verified by who imports: %v", err)
		}
		r := c.run("liwf", "000-records.xlsx", file, intake.Options{Create: true}, "zhoumin")
		if r.State != intake.Done || r.Created != 44 || r.Counts[intake.Rejected] != 0 || r.Done != 44 || r.Total != 44 {
			t.Fatalf("import: %+v %v", r.Counts, r.Wrong)
		}
		if got := c.sums(); !equal(got, want2024) {
			t.Errorf("figures %v, want %v", got, want2024)
		}
		items := c.items("liwf")
		if len(items) != 44 || items[0].Number != "PX-2024-0001" || items[0].State != flow.Verified || items[0].Missing != "" || items[0].Papers != 1 {
			t.Errorf("items %d, first %+v", len(items), items[0])
		}
		if about := items[11]; about.Body.Attendances.String() != "约161" || about.Body.Start != "2024-06-12" {
			t.Errorf("row 12 is %+v", about)
		}
		if farm := items[28]; farm.Title != "蔬菜种植农函大培训班第1期" || farm.Body.Kind != "farm_school" || farm.Body.Enrolled.N != 32 || farm.Body.End != "2024-04-26" {
			t.Errorf("first of the farm school is %+v", farm)
		}
		var entries []access.Entry
		var proof []evidence.Paper
		if err := d.View(c.ctx, func(tx *db.Tx) (err error) {
			if proof, err = evidence.Of(c.ctx, tx, items[0].Ref()); err != nil {
				return err
			}
			entries, err = access.HistoryOf(c.ctx, tx, items[0].Ref())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(entries) != 2 || entries[0].Action != flow.ActVerifies.Event() || entries[0].Name != "周敏" || entries[1].Name != "李文芳" {
			t.Errorf("history %+v", entries)
		}
		if len(proof) != 1 || proof[0].Sheet != "短期培训" || proof[0].Line != 5 {
			t.Errorf("papers %+v", proof)
		}
		c.consistent()

		again := c.run("liwf", "again.xlsx", file, intake.Options{Create: true}, "zhoumin")
		if !again.Again || again.ID != r.ID || len(c.items("liwf")) != 44 {
			t.Errorf("the same bytes: %+v", again.Import)
		}
		other := c.run("liwf", "other.xlsx", change(t, file, nil), intake.Options{}, "zhoumin")
		if other.Again || other.Counts[intake.Same] != 44 || other.Created+other.Revised != 0 || other.VanishedN != 0 {
			t.Errorf("other bytes, same rows: %v, vanished %v", other.Counts, other.Vanished)
		}
	})
}

// change writes the sheets of a workbook anew, with edits by «sheet address»; "-" leaves the row out.
func change(t testing.TB, file []byte, edits map[string]string) []byte {
	t.Helper()
	book, err := xlsx.Read(bytes.NewReader(file), int64(len(file)), "x.xlsx", xlsx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var tables []xlsx.Table
	for _, s := range book.Sheets {
		if s.Hidden {
			continue
		}
		table := xlsx.Table{Name: s.Name}
		var rows [][]any
		if err := s.Filled(func(r xlsx.Row) error {
			var row []any
			for i := range max(10, len(r.Cells)) {
				cell := r.At(i)
				text := cell.Text
				if edit, ok := edits[s.Name+" "+xlsx.Address(i, r.Number)]; ok {
					if edit == "-" {
						return nil
					}
					text = edit
				}
				row = append(row, text)
			}
			rows = append(rows, row)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range rows[0] {
			table.Columns = append(table.Columns, xlsx.Column{Kind: xlsx.AsText})
		}
		table.Rows = xlsx.Values(rows)
		tables = append(tables, table)
	}
	var out bytes.Buffer
	if err := xlsx.Write(&out, tables...); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
