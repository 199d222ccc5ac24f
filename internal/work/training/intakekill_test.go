package training

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// manyRows is a csv of n classes in 2024.
func manyRows(n int) []byte {
	var b bytes.Buffer
	b.WriteString("2024年短期培训台账\n序号,培训班名称,专业,乡镇,村,开始,结束,人次,授课教师,备注\n")
	towns := []string{"河东镇", "河西镇", "松坪镇", "大营镇", "石门镇", "青溪乡", "白塔乡", "龙泉乡", "红岩乡", "磨盘山乡"}
	subjects := []string{"科学养鸡及预防", "核桃嫁接", "重楼种植", "当归种植", "羊肚菌种植"}
	for i := range n {
		town, day := towns[i%10], time.Date(2024, 1, 1+i%360, 0, 0, 0, 0, time.UTC)
		fmt.Fprintf(&b, "%d,%s%s培训班%d,%s,%s,%s上村,%s,%s,%d,李文华、王德明,集中授课\n", i+1, town, subjects[i%5], i, subjects[i%5], town, town,
			day.Format("2006.1.2"), day.Format("1月2日"), 50+i%100)
	}
	return b.Bytes()
}

const childEnv = "SHILU_INTAKE_CHILD"

// TestChild is the program that is killed: it imports, or goes on, in the database that the environment names.
func TestChild(t *testing.T) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		return // TestKilledImportsGoOn runs it again with the variable set
	}
	d, err := db.Open(t.Context(), db.Options{Dir: dir, URL: os.Getenv(childEnv + "_URL"), Now: func() time.Time { return dbtest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := org.With(context.Background(), os.Getenv(childEnv+"_ASSOCIATION"))
	c := county{t: t, ctx: ctx, engine: engineOf(t, d, filepath.Join(dir, "files"))}
	open, err := c.engine.Interrupted(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range open {
		if err := c.engine.Do(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	c.run("liwf", "many.csv", read(t, filepath.Join(dir, "many.csv")), intake.Options{}, "zhoumin")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestKilledImportsGoOn(t *testing.T) {
	const kills = 6
	for engine, rows := range map[string]int{"sqlite": 10_000, "postgres": 4000} { // enough that the last kill comes long before the end
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			o := db.Options{Dir: dir}
			if engine == "postgres" {
				o = db.Options{URL: dbtest.PostgresURL(t)}
			}
			d := dbtest.Open(t, o, sources)
			c := openCounty(t, d, filepath.Join(dir, "files"))
			if err := os.WriteFile(filepath.Join(dir, "many.csv"), manyRows(rows), 0o600); err != nil {
				t.Fatal(err)
			}
			// come is how many rows were read and how many of them became records, so far.
			come := func() (n int) {
				if err := d.View(c.ctx, func(tx *db.Tx) (err error) {
					n, err = db.One(c.ctx, tx, db.Value[int], "SELECT (SELECT COUNT(*) FROM import_row) + (SELECT COUNT(*) FROM record)")
					return err
				}); err != nil {
					t.Fatal(err)
				}
				return n
			}
			killed := 0
			for {
				child := exec.Command(os.Args[0], "-test.run=^TestChild$") //nolint:gosec // this test itself
				child.Env = append(os.Environ(), childEnv+"="+dir, childEnv+"_URL="+o.URL, childEnv+"_ASSOCIATION="+org.Of(c.ctx))
				var out bytes.Buffer
				child.Stdout, child.Stderr = &out, &out
				if err := child.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- child.Wait() }()
				if killed < kills { // at any moment, but on no machine before it has come so far
					again := time.After(time.Duration(rand.IntN(400)) * time.Millisecond) //nolint:gosec // any moment will do
					for waiting := true; waiting; {
						select {
						case err := <-ended:
							t.Fatalf("the import ended after %d kills: %v\n%s", killed, err, out.Bytes())
						case <-again:
							waiting = come() < killed*2*rows/(kills+1)
							again = time.After(20 * time.Millisecond)
						}
					}
					if err := child.Process.Kill(); err != nil {
						t.Fatal(err)
					}
					<-ended
					killed++
					if n := len(c.items("liwf")); n != 0 {
						t.Fatalf("%d records are seen after kill %d", n, killed)
					}
					continue
				}
				if err := <-ended; err != nil {
					t.Fatalf("%v\n%s", err, out.Bytes())
				}
				break
			}
			items := c.items("liwf")
			numbers, titles := map[string]bool{}, map[string]bool{}
			for _, i := range items {
				numbers[i.Number], titles[i.Title] = true, true
			}
			if len(items) != rows || len(numbers) != rows || len(titles) != rows {
				t.Errorf("%d records, %d numbers, %d names of %d rows", len(items), len(numbers), len(titles), rows)
			}
			if got := c.sums(); got[measureClasses] != int64(rows) {
				t.Errorf("figures %v", got)
			}
			c.consistent()
		})
	}
}
