package training

import (
	"fmt"
	"strings"
	"testing"

	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// countWrites has the database note every row of an import that is written again; the function gives how often each line was.
func countWrites(t *testing.T, d *db.DB) func() map[int]int {
	t.Helper()
	make := []string{"CREATE TABLE written (line BIGINT)", "CREATE TRIGGER written AFTER UPDATE ON import_row BEGIN INSERT INTO written VALUES (NEW.line); END"}
	if d.Dialect == db.Postgres {
		make = []string{make[0], `CREATE FUNCTION written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES (NEW.line); RETURN NEW; END $$`,
			"CREATE TRIGGER written AFTER UPDATE ON import_row FOR EACH ROW EXECUTE FUNCTION written()"}
	}
	for _, s := range make {
		if _, err := d.SQL().ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return func() map[int]int {
		times := map[int]int{}
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			lines, err := db.All(t.Context(), tx, db.Value[int], "SELECT line FROM written")
			for _, l := range lines {
				times[l]++
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return times
	}
}

// TestManyRowsWithTheSameKey: however many rows are the same by their key, each is written once more, and the first names three of them.
func TestManyRowsWithTheSameKey(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		const rows = 2000
		text := strings.Builder{}
		text.WriteString("培训班名称,专业,乡镇,开始,结束,人次,授课教师\n")
		for n := range rows {
			fmt.Fprintf(&text, "甲班,养鸡,河东镇,2024-03-05,2024-03-05,%d,%s\n", 30+n, strings.Repeat("张", 30+n%50))
		}
		written := countWrites(t, d)
		if err := c.engine.Try(c.as("liwf"), Kind, "短期培训.csv", strings.NewReader(text.String()), intake.Options{}, "", func(r intake.Result) error {
			if r.Counts[intake.New] != 1 || r.Counts[intake.Rejected] != rows-1 {
				t.Fatalf("%v", r.Counts)
			}
			times := written()
			for line, n := range times {
				if n > 1 {
					t.Errorf("line %d is written %d times again", line, n)
				}
			}
			if len(times) != rows {
				t.Errorf("%d rows are written, want %d", len(times), rows)
			}
			first, err := c.engine.Rows(c.as("liwf"), r.ID, []intake.Verdict{intake.New}, intake.RowPage{})
			if err != nil || len(first) != 1 || len(first[0].Notes) != 4 {
				t.Fatalf("the first row says %+v %v", first, err)
			}
			says := encodeNotes(first[0].Notes)
			for _, want := range []string{"像是和第 3 行重复", "像是和第 5 行重复", "另有 1996 行"} {
				if !strings.Contains(says, want) {
					t.Errorf("the first row says %q, want %q", says, want)
				}
			}
			last, err := c.engine.Rows(c.as("liwf"), r.ID, nil, intake.RowPage{Line: rows})
			if err != nil || len(last) != 1 || !strings.Contains(intake.Reasons(last[0].Notes), "那一行培训人次「30」，这一行「2029」") ||
				strings.Contains(intake.Reasons(last[0].Notes), strings.Repeat("张", 41)) {
				t.Errorf("the last row says %+v %v", last, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
