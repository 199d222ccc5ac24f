package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/db"
	"shilu/internal/kit/jobs"
)

// freeAddress is an address of this machine where nothing answers.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestOneProcessServesAFolder: a second server is told who has the folder; commands go on working beside it; a killed one is in nobody's way.
func TestOneProcessServesAFolder(t *testing.T) {
	eachEngine(t, func(v *victim) {
		addr := freeAddress(v.T)
		s, _ := v.serve(addr)
		if v.url == "" {
			for _, args := range [][]string{{"serve", "--addr", freeAddress(v.T)}, {"init", "--name", "又一个科协", "--admin", "x"}, {"migrate"}, {"demo", "--data", v.dir}} {
				out, err := v.program(args...).CombinedOutput()
				if err == nil || !strings.Contains(string(out), "进程 "+strconv.Itoa(s.Process.Pid)) || !strings.Contains(string(out), "http://"+addr) {
					v.Errorf("%v beside a server: %v\n%s", args, err, out)
				}
			}
		} else { // copies share a database and a folder
			second, _ := v.serve(freeAddress(v.T))
			second.kill(v)
		}
		for _, args := range [][]string{{"indicators"}, {"trace", "training.attendees"}, {"verify"}, {"checkpoint"}, {"user", "add", "wangfang", "--role", "viewer"}, {"backup", filepath.Join(v.TempDir(), "x.zip")}} {
			if out, err := v.program(args...).CombinedOutput(); err != nil {
				v.Errorf("%v beside a server: %v\n%s", args, err, out)
			}
		}
		s.kill(v)
		s, _ = v.serve(addr)
		s.kill(v)
		v.sound()
	})
}

// TestADataFolderInABadPlaceIsRefused: by default not at all, with the flag with a warning at every start.
func TestADataFolderInABadPlaceIsRefused(t *testing.T) {
	t.Setenv("SHILU_DATABASE_URL", "")
	bad := filepath.Join(t.TempDir(), "坚果云", "实录")
	try := func(args ...string) (int, string) {
		var out, errors strings.Builder
		code := run(t.Context(), append(args, "--data", bad), &out, &errors)
		return code, out.String() + errors.String()
	}
	if code, said := try("init", "--name", "云岭县科协", "--admin", "admin"); code != exitNothing || !strings.Contains(said, "由 坚果云 同步") || !strings.Contains(said, "--allow-drive") {
		t.Errorf("taken without a word: %d %s", code, said)
	}
	if _, err := os.Stat(bad); err == nil {
		t.Error("something was written there")
	}
	if code, said := try("init", "--name", "云岭县科协", "--admin", "admin", "--allow-drive"); code != exitDone || !strings.Contains(said, "请尽快搬到不同步的文件夹") {
		t.Errorf("with the flag: %d %s", code, said)
	}
	if code, said := try("migrate"); code != exitNothing || !strings.Contains(said, "坚果云") {
		t.Errorf("a later start: %d %s", code, said)
	}
}

// TestAKilledBackupLeavesNoHalfFile kills the server while it makes backups: every file with a backup's name is whole, and what was half-written has another name.
func TestAKilledBackupLeavesNoHalfFile(t *testing.T) {
	eachEngine(t, func(v *victim) {
		addr := freeAddress(v.T)
		folder := filepath.Join(v.dir, "backups")
		name := filepath.Join(v.dir, "2025.csv")
		if err := os.WriteFile(name, manyRows(2025, 3000), 0o600); err != nil {
			v.Fatal(err)
		}
		if out, err := v.program("import", name, "--as", "liyan", "--verify-as", "zhoumin").CombinedOutput(); err != nil {
			v.Fatalf("%v\n%s", err, out)
		}
		ask := func() {
			v.Helper()
			if err := v.app.DB.Update(v.ctx, func(tx *db.Tx) error {
				_, err := v.app.Jobs.Insert(v.ctx, tx, org.Of(v.ctx), upkeep.MakeJob{}, jobs.How{})
				return err
			}); err != nil {
				v.Fatal(err)
			}
		}
		halves := 0
		for range 6 {
			s, _ := v.serve(addr)
			ask()
			for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
				if parts, _ := filepath.Glob(filepath.Join(folder, "*.part")); len(parts) > halves {
					break // in the middle of writing
				}
			}
			s.kill(v)
			parts, _ := filepath.Glob(filepath.Join(folder, "*.part"))
			halves = max(halves, len(parts))
		}
		if halves == 0 {
			v.Error("no backup was caught half-way: the test shows nothing")
		}
		s, _ := v.serve(addr) // on SQLite what was interrupted is done now, on PostgreSQL in 15 minutes: another copy could be at it
		if v.url != "" {
			ask()
		}
		var whole []upkeep.File
		for end := time.Now().Add(30 * time.Second); len(whole) == 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			var err error
			if whole, err = upkeep.Files(folder, time.UTC); err != nil {
				v.Fatal(err)
			}
		}
		s.kill(v)
		v.Logf("%d half files, %d backups", halves, len(whole))
		if len(whole) == 0 {
			v.Fatal("no backup came of it")
		}
		for _, f := range whole {
			if _, err := v.app.Drill(v.ctx, filepath.Join(folder, f.Name), nil); err != nil {
				v.Errorf("%s: %v", f.Name, err)
			}
		}
		v.sound()
	})
}
