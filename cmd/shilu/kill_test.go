package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"shilu/internal/app"
	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
)

// killToday is the day on which the county of these tests works.
const killToday = "2026-09-18"

// victim is a county on a data folder or a PostgreSQL database, whose programs are killed.
type victim struct {
	*testing.T
	dir, url  string
	ctx       context.Context // of the association
	app       *app.App        // open beside the victims, to look
	passwords map[string]string
}

// eachEngine makes a county with 李文芳, clerk of 青溪乡, and two officers, on either engine.
func eachEngine(t *testing.T, test func(v *victim)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Setenv(keys.Env, "")
			v := &victim{T: t, dir: t.TempDir(), passwords: map[string]string{}}
			if engine == "postgres" {
				v.url = dbtest.PostgresURL(t)
			}
			a, err := app.Prepare(t.Context(), app.Config{Data: v.dir, DatabaseURL: v.url, Now: app.FixedDay(killToday, time.Now)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Close)
			ctx, tree := orgtest.County(t, a.DB)
			v.ctx, v.app = ctx, a
			u06 := orgtest.Unit(t, tree, "u06").ID
			for login, grant := range map[string]access.Grant{"liwf": {Role: access.Clerk, Unit: u06}, "liyan": {Role: access.Officer}, "zhoumin": {Role: access.Officer}} {
				if err := a.DB.Update(ctx, func(tx *db.Tx) (err error) {
					v.passwords[login], err = access.CreateAccount(ctx, tx, access.NewAccount{Login: login, Name: login, Unit: u06, Grants: []access.Grant{grant}}, access.NewSecret(ctx, ""))
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
			test(v)
		})
	}
}

// program prepares a run of shilu on the county. The test binary is the program too (see TestMain).
func (v *victim) program(args ...string) *exec.Cmd {
	v.Helper()
	file, err := exec.LookPath("shilu")
	if err != nil {
		v.Fatal(err)
	}
	c := exec.Command(file, args...) //nolint:gosec // the program under test
	c.Env = append(os.Environ(), "SHILU_DATA="+v.dir, "SHILU_DATABASE_URL="+v.url, "SHILU_TODAY="+killToday)
	return c
}

// count counts rows as they are committed now.
func (v *victim) count(query string, args ...any) (n int64) {
	v.Helper()
	if err := v.app.DB.View(v.ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(v.ctx, tx, db.Value[int64], query, args...)
		return err
	}); err != nil {
		v.Fatal(err)
	}
	return n
}

// sound fails unless `shilu verify` has nothing to say.
func (v *victim) sound() {
	v.Helper()
	out, err := v.program("verify").CombinedOutput()
	if err != nil || len(out) > 0 {
		v.Errorf("verify: %v\n%.2000s", err, out)
	}
}

// server is one life of `shilu serve`.
type server struct {
	*exec.Cmd
	gone chan struct{}
}

// serve starts the server and waits until it answers.
func (v *victim) serve(addr string) (s server, took time.Duration) {
	v.Helper()
	s = server{v.program("serve", "--addr", addr), make(chan struct{})}
	var problems bytes.Buffer
	s.Stderr = &problems
	out, err := s.StdoutPipe()
	if err != nil {
		v.Fatal(err)
	}
	began := time.Now()
	if err := s.Start(); err != nil {
		v.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took = time.Since(began)
	go func() {
		defer close(s.gone)
		_, _ = io.Copy(io.Discard, out)
		_ = s.Wait()
	}()
	if err != nil {
		<-s.gone
		v.Fatalf("the server says %q: %v\n%s", line, err, problems.String())
	}
	return s, took
}

// kill ends the server as a power cut would.
func (s server) kill(t testing.TB) {
	t.Helper()
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.gone
}

var csrfMark = regexp.MustCompile(`<meta name="csrf" content="([^"]+)"`)

// desk is somebody at a browser. It does not follow redirects: that a form was taken is told by one.
type desk struct {
	client *http.Client
	base   string
	csrf   string
}

func (v *victim) desk(addr, login string) *desk {
	v.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.Fatal(err)
	}
	d := &desk{base: "http://" + addr, client: &http.Client{Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	password := "Kill-9-" + login[:2] + "-2026"
	for _, step := range []struct {
		path string
		form url.Values
	}{
		{"/login", url.Values{"account": {login}, "password": {v.passwords[login]}}},
		{"/password", nil},
		{"/password", url.Values{"old": {v.passwords[login]}, "password": {password}, "again": {password}}},
		{"/", nil},
	} {
		status, where, body, err := d.send(v.ctx, step.path, step.form)
		if err != nil || step.form != nil && status != http.StatusSeeOther {
			v.Fatalf("%s at %s: %d %s %v\n%.500s", login, step.path, status, where, err, body)
		}
	}
	return d
}

// send asks for a page, or posts a form if there is one.
func (d *desk) send(ctx context.Context, path string, form url.Values) (status int, where, body string, err error) {
	method, content := http.MethodGet, io.Reader(http.NoBody)
	if form != nil {
		method = http.MethodPost
		form.Set("csrf", d.csrf)
		content = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, d.base+path, content)
	if err != nil {
		return 0, "", "", err
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := d.client.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if m := csrfMark.FindSubmatch(text); m != nil {
		d.csrf = string(m[1])
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(text), err
}

// office posts classes and verifies them until it is told to stop. What is not acknowledged is sent again, the same form.
type office struct {
	*victim
	mu       sync.Mutex
	entered  map[string]string // acknowledged: id → number
	verified map[string]bool   // acknowledged, by number
	waiting  chan string       // numbers to be verified
	strange  []string          // answers that should not be
	retried  int
}

func (o *office) oddly(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.strange = append(o.strange, fmt.Sprintf(format, args...))
}

// enter is one client's work: it makes a form and sends it until it is acknowledged.
func (o *office) enter(stop <-chan struct{}, d *desk) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		record := id.New()
		for tries := 0; ; tries++ {
			status, where, body, err := d.send(o.ctx, "/training/new", url.Values{"id": {record}, "kind": {"short"}, "name": {"班" + record[24:]}, "subject": {"核桃嫁接"},
				"unit": {"u06"}, "place": {"青溪乡 青溪乡上村"}, "start": {"2026-09-15"}, "end": {"2026-09-16"}, "attendances": {"58"}, "exact": {"exact"}, "act": {"submit"}})
			if err != nil { // killed: try again, the server comes back
				time.Sleep(20 * time.Millisecond)
				continue
			}
			number, _, _ := strings.Cut(path.Base(where), "?")
			if status != http.StatusSeeOther || !strings.HasPrefix(number, "PX-") {
				o.oddly("POST /training/new: %d to %q: %.300s", status, where, body)
				return
			}
			o.mu.Lock()
			o.entered[record] = number
			if tries > 0 {
				o.retried++
			}
			o.mu.Unlock()
			select {
			case o.waiting <- number:
			default: // enough to verify
			}
			break
		}
	}
}

// gets waits until so many classes were entered and verified, ten seconds at most.
func (o *office) gets(entered, verified int) {
	for range 1000 {
		o.mu.Lock()
		done := len(o.entered) >= entered && len(o.verified) >= verified
		o.mu.Unlock()
		if done {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// check verifies what was entered, one at a time.
func (o *office) check(stop <-chan struct{}, d *desk) {
	for {
		var number string
		select {
		case <-stop:
			return
		case number = <-o.waiting:
		}
		for {
			status, where, body, err := d.send(o.ctx, "/training/"+number+"/verify", url.Values{"version": {"1"}})
			if err != nil {
				time.Sleep(20 * time.Millisecond)
				continue
			}
			if done := status == http.StatusConflict && strings.Contains(body, "已核实"); status != http.StatusSeeOther && !done {
				o.oddly("verify %s: %d to %q: %.300s", number, status, where, body)
				return
			}
			o.mu.Lock()
			o.verified[number] = true
			o.mu.Unlock()
			break
		}
	}
}

// TestKilledServersLoseNothing kills the server again and again while people enter and verify classes. Whatever was acknowledged
// is there, once; what was sent again after a kill is not doubled; and the books are sound.
func TestKilledServersLoseNothing(t *testing.T) {
	const kills = 50
	eachEngine(t, func(v *victim) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			v.Fatal(err)
		}
		addr := l.Addr().String()
		_ = l.Close()
		s, _ := v.serve(addr)
		clerk, officer := v.desk(addr, "liwf"), v.desk(addr, "zhoumin")
		o := &office{victim: v, entered: map[string]string{}, verified: map[string]bool{}, waiting: make(chan string, 200)}
		stop := make(chan struct{})
		var working sync.WaitGroup
		for range 4 {
			working.Go(func() { o.enter(stop, clerk.copy()) })
		}
		working.Go(func() { o.check(stop, officer) })
		var slowest time.Duration
		for n := range kills {
			o.gets(n+1, n/2+1)                                              // on a slow machine no kill comes before there is work to lose
			time.Sleep(time.Duration(30+rand.IntN(300)) * time.Millisecond) //nolint:gosec // any moment will do
			s.kill(v)
			var took time.Duration
			s, took = v.serve(addr)
			slowest = max(slowest, took)
		}
		close(stop)
		working.Wait()
		s.kill(v)

		v.Logf("%d kills; %d classes acknowledged, of them %d after sending again, %d verified; slowest start %v", kills, len(o.entered), o.retried, len(o.verified), slowest.Round(time.Millisecond))
		for _, what := range o.strange {
			v.Error(what)
		}
		if len(o.entered) < kills || len(o.verified) < kills/2 || o.retried == 0 {
			v.Errorf("%d entered, %d sent again, %d verified: too few for %d kills to mean anything", len(o.entered), o.retried, len(o.verified), kills)
		}
		if n := v.count("SELECT COUNT(*) FROM record"); n != int64(len(o.entered)) {
			v.Errorf("%d records, %d were acknowledged", n, len(o.entered))
		}
		for record, number := range o.entered {
			if n := v.count("SELECT COUNT(*) FROM record WHERE id = ? AND number = ? AND title = ?", record, number, "班"+record[24:]); n != 1 {
				v.Errorf("%s was acknowledged as %s; %d are there", record, number, n)
			}
		}
		for number := range o.verified {
			if n := v.count("SELECT COUNT(*) FROM record WHERE number = ? AND state = 'verified'", number); n != 1 {
				v.Errorf("%s was acknowledged as verified and is not", number)
			}
		}
		if n, want := v.count("SELECT COALESCE(SUM(amount), 0) FROM fact WHERE measure = 'training.classes'"), v.count("SELECT COUNT(*) FROM record WHERE state = 'verified'"); n != want {
			v.Errorf("the ledger counts %d classes, %d are verified", n, want)
		}
		v.sound()
	})
}

// copy is another window of the same person.
func (d *desk) copy() *desk {
	c := *d
	return &c
}

// manyRows is a csv of n classes of a year.
func manyRows(year, n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d年短期培训台账\n", year)
	b.WriteString("序号,培训班名称,专业,乡镇,村,开始,结束,人次,授课教师\n")
	for i := range n {
		town := orgtest.Townships[i%len(orgtest.Townships)]
		on := time.Date(year, 1, 1+i%360, 0, 0, 0, 0, time.UTC)
		fmt.Fprintf(&b, "%d,%s%d年第%d期,核桃嫁接,%s,%s上村,%s,%s,%d,李文华\n", i+1, town, year, i, town, town, on.Format("2006.1.2"), on.Format("1月2日"), 50+i%100)
	}
	return b.Bytes()
}

// TestKilledImportsComeInOnce kills `shilu import` of workbooks of 2,000 rows and runs it again: until the whole of one is in nothing
// of it is seen, then each row once.
func TestKilledImportsComeInOnce(t *testing.T) {
	const kills, rows = 10, 2000
	eachEngine(t, func(v *victim) {
		const seen = `SELECT COUNT(*) FROM record r WHERE r.association = ? AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.association = r.association AND b.id = r.batch AND b.open)`
		done, killed := 0, 0
		for killed < kills {
			year := 2025 - done
			name := filepath.Join(v.dir, fmt.Sprintf("%d.csv", year))
			if err := os.WriteFile(name, manyRows(year, rows), 0o600); err != nil {
				v.Fatal(err)
			}
			for finished := false; !finished; {
				c := v.program("import", name, "--as", "liyan", "--verify-as", "zhoumin")
				var out bytes.Buffer
				c.Stdout, c.Stderr = &out, &out
				if err := c.Start(); err != nil {
					v.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- c.Wait() }()
				patience := time.Duration(200+rand.IntN(700)) * time.Millisecond //nolint:gosec // any moment will do
				if killed >= kills {
					patience = time.Minute
				}
				select {
				case err := <-ended:
					var code *exec.ExitError
					if err != nil && !errors.As(err, &code) || code != nil {
						v.Fatalf("import: %v\n%s", err, out.String())
					}
					finished = true
					done++
				case <-time.After(patience):
					if err := c.Process.Kill(); err != nil {
						v.Fatal(err)
					}
					<-ended
					killed++
				}
				if n := v.count(seen, org.Of(v.ctx)); n != int64(done*rows) && (finished || n != int64((done+1)*rows)) {
					v.Fatalf("%d records are seen after %d kills, %d workbooks of %d rows are in", n, killed, done, rows)
				}
			}
		}
		v.Logf("%d kills, %d workbooks", killed, done)
		if n := v.count("SELECT COUNT(DISTINCT title) FROM record"); n != int64(done*rows) {
			v.Errorf("%d names of %d rows", n, done*rows)
		}
		if n := v.count("SELECT COALESCE(SUM(amount), 0) FROM fact WHERE measure = 'training.classes'"); n != int64(done*rows) {
			v.Errorf("the ledger counts %d classes of %d rows", n, done*rows)
		}
		v.sound()
	})
}
