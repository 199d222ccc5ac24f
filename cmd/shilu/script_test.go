package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/keys"
)

// TestMain lets the scripts of testdata/script run the program as an operator does: `exec shilu import …`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"shilu": main})
}

// The scripts run on both engines. Beside the commands of testscript they have:
//
//	exits N shilu ARGS…    runs it and wants the exit code N
//	refused shilu ARGS…    wants the exit code 2, one sentence on stderr and nothing on stdout
//	figure CODE VALUE …    wants the figures in the JSON on stdout, with exactly the fields that are promised; VALUE is
//	                       NUMBER, null or NUMBER=NUMERATOR/DENOMINATOR
//	member PATH VALUE      wants a value in the JSON document on stdout: state, counts.new, facts.0.record
//	tamper TABLE SQL       changes rows by hand behind the back of the program, its triggers taken off
func TestScripts(t *testing.T) {
	for name, address := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return dbtest.PostgresURL(t) }} {
		t.Run(name, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir:                 "testdata/script",
				RequireExplicitExec: true,
				Setup: func(env *testscript.Env) error {
					records, err := filepath.Abs("../../docs/samples/000-records.xlsx")
					env.Setenv("RECORDS", records)
					env.Setenv("SHILU_DATA", filepath.Join(env.WorkDir, "county"))
					env.Setenv("SHILU_DATABASE_URL", address())
					if name == "sqlite" { // $ELSEWHERE is a database of the other engine
						env.Setenv("ELSEWHERE", dbtest.PostgresURL(t))
					}
					env.Setenv("SHILU_TODAY", "2024-12-20")
					env.Setenv(keys.Env, "")
					return err
				},
				Condition: func(cond string) (bool, error) { return cond == name, nil },
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"exits": exits, "refused": refused, "figure": figure, "member": member, "tamper": tamper,
				},
			})
		})
	}
}

// execute runs a program of the script and gives its exit code.
func execute(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	var left *exec.ExitError
	if errors.As(err, &left) {
		return left.ExitCode()
	}
	ts.Check(err)
	return 0
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N shilu ARGS")
	}
	if got := execute(ts, args[1:]); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: refused shilu ARGS")
	}
	got, said := execute(ts, args), strings.TrimSpace(ts.ReadFile("stderr"))
	switch {
	case got != exitNothing:
		ts.Fatalf("exit code %d, want %d", got, exitNothing)
	case ts.ReadFile("stdout") != "":
		ts.Fatalf("a refusal writes to stdout")
	case !strings.HasPrefix(said, "shilu: ") || strings.Contains(said, "\n") || strings.Contains(said, "goroutine"):
		ts.Fatalf("a refusal is one sentence, not %q", said)
	}
}

// document reads the one JSON document on stdout.
func document(ts *testscript.TestScript) any {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	var v any
	ts.Check(d.Decode(&v))
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("stdout has more than one JSON document")
	}
	return v
}

// promised are the fields of a figure; others script them.
var promised = []string{"available", "basis", "checkpoint", "code", "denominator", "estimated", "kind", "name", "numerator", "pending", "reason", "typed", "unit", "unproved", "value"}

func figure(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args)%2 != 0 {
		ts.Fatalf("usage: figure CODE VALUE …")
	}
	figures := map[string]map[string]any{}
	list, ok := document(ts).([]any)
	if !ok {
		ts.Fatalf("stdout is not a JSON array")
	}
	for _, one := range list {
		f, _ := one.(map[string]any)
		fields := make([]string, 0, len(f))
		for k := range f {
			fields = append(fields, k)
		}
		slices.Sort(fields)
		if !slices.Equal(fields, promised) {
			ts.Fatalf("a figure has the fields %v, promised are %v", fields, promised)
		}
		code, _ := f["code"].(string)
		figures[code] = f
		for _, k := range []string{"value", "numerator", "denominator", "unproved", "estimated", "pending"} {
			checkNumber(ts, code+"."+k, f[k])
		}
		if available := f["available"] == true; available != (f["value"] != nil) || available != (f["reason"] == "") {
			ts.Fatalf("%s: available %v, value %v, reason %q", code, f["available"], f["value"], f["reason"])
		}
	}
	for i := 0; i < len(args); i += 2 {
		f := figures[args[i]]
		got := fmt.Sprint(f["value"])
		if strings.Contains(args[i+1], "=") {
			got = fmt.Sprintf("%v=%v/%v", f["value"], f["numerator"], f["denominator"])
		}
		if got = strings.ReplaceAll(got, "<nil>", "null"); got != args[i+1] {
			ts.Fatalf("%s is %s, want %s", args[i], got, args[i+1])
		}
	}
}

// checkNumber wants null or a number with at most two decimals.
func checkNumber(ts *testscript.TestScript, where string, v any) {
	if v == nil {
		return
	}
	n, ok := v.(json.Number)
	if !ok {
		ts.Fatalf("%s is %v, not a JSON number", where, v)
	}
	if _, decimals, _ := strings.Cut(n.String(), "."); len(decimals) > 2 || strings.ContainsAny(n.String(), "eE") {
		ts.Fatalf("%s is %s: more than two decimals", where, n)
	}
}

func member(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: member PATH VALUE")
	}
	v := document(ts)
	for _, step := range strings.Split(args[0], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			n, err := strconv.Atoi(step)
			if step == "length" {
				v = len(at)
				continue
			}
			if err != nil || n >= len(at) {
				ts.Fatalf("%s: there are %d", args[0], len(at))
			}
			v = at[n]
		default:
			v = nil
		}
	}
	if got := fmt.Sprint(v); (got == args[1]) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tamper TABLE SQL")
	}
	ctx := context.Background()
	address := ts.Getenv("SHILU_DATABASE_URL")
	driver, without := "pgx", []string{"ALTER TABLE " + args[0] + " DISABLE TRIGGER USER"}
	if address == "" {
		driver, address, without = "sqlite", filepath.Join(ts.Getenv("SHILU_DATA"), "shilu.db"), nil
	}
	d, err := sql.Open(driver, address)
	ts.Check(err)
	defer func() { _ = d.Close() }()
	if driver == "sqlite" {
		rows, err := d.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", args[0])
		ts.Check(err)
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			ts.Check(rows.Scan(&name))
			without = append(without, "DROP TRIGGER "+name)
		}
		ts.Check(rows.Err())
	}
	for _, s := range append(without, args[1]) {
		done, err := d.ExecContext(ctx, s)
		ts.Check(err)
		if n, err := done.RowsAffected(); s == args[1] && (err != nil || n == 0) {
			ts.Fatalf("%s touched no row: %v", s, err)
		}
	}
}

// What the program prints on stdout and stderr when its arguments are handed to run, as main hands them.
func TestRunGivesTheExitCode(t *testing.T) {
	for args, want := range map[string]int{"--help": 0, "import --help": 0, "nosuch": 2, "": 2, "indicators --period": 2} {
		var out, errors bytes.Buffer
		if got := run(t.Context(), strings.Fields(args), &out, &errors); got != want {
			t.Errorf("shilu %s exits with %d, want %d: %s", args, got, want, errors.String())
		}
		if want != 0 && (out.Len() > 0 || errors.Len() == 0) {
			t.Errorf("shilu %s writes %q to stdout and %q to stderr", args, out.String(), errors.String())
		}
	}
}

// full is a disk without room for more.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestOutputThatIsCutOffIsAnError(t *testing.T) {
	t.Setenv(keys.Env, "")
	t.Setenv("SHILU_DATABASE_URL", "")
	for room, want := range map[int]int{0: exitWrong, 10_000: exitDone} {
		var says bytes.Buffer
		got := run(t.Context(), []string{"init", "--data", t.TempDir(), "--name", "云岭县科协", "--code", "yunling", "--admin", "admin"}, &full{room}, &says)
		if got != want || (want == exitDone) != (says.Len() == 0) {
			t.Errorf("with room for %d bytes it exits with %d, want %d: %s", room, got, want, says.String())
		}
	}
}

// readGolden compares with a golden file of testdata, or writes it with -update.
func readGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is printed now; look at the difference, then go test ./cmd/shilu -update:\n%s", file, got)
	}
}
