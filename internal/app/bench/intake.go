package bench

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/training"
)

// measureIntake is W1: classes entered and submitted through HTTP by 16 signed-in clients, beside the same rows written by plain
// SQL into the same tables, one commit a class.
func measureIntake(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	h, err := serve(ctx, s, c)
	if err != nil {
		return err
	}
	if err := h.signIn(ctx, "officer", c.once["officer"]); err != nil {
		return err
	}
	number, err := h.enter(ctx, c, -1, 0)
	if err != nil {
		return err
	}
	raw, err := newReplay(ctx, s, c, number)
	if err != nil {
		return err
	}
	// The two sides take turns, so that a busy moment of the machine falls on both.
	var ours, theirs []time.Duration
	var seconds, rawSeconds float64
	const turns = 4
	for turn := range turns {
		took, sec, err := loop(ctx, s.long()/turns, func(ctx context.Context, client, n int) error {
			_, err := h.enter(ctx, c, client, turn<<20|n)
			return err
		})
		if err != nil {
			return err
		}
		ours, seconds = append(ours, took...), seconds+sec
		if took, sec, err = loop(ctx, s.long()/turns, func(ctx context.Context, _, _ int) error { return raw.write(ctx) }); err != nil {
			return err
		}
		theirs, rawSeconds = append(theirs, took...), rawSeconds+sec
	}
	row := rates("W1", s.dialect(), sorted(ours), sorted(theirs), seconds, rawSeconds)
	row.Says, row.Required = fmt.Sprintf("classes entered through HTTP, %d clients", clients), "ratio ≥ 0.4, p99 ≤ 4 × raw p99"
	s.Report(row)
	return nil
}

// site is the served county with a signed-in client.
type site struct {
	url    string
	client *http.Client
	csrf   string
}

// serve serves the county on loopback until the stage closes.
func serve(ctx context.Context, s *stage, c *county) (*site, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: c.Handler(slog.New(slog.DiscardHandler)), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	s.undo = append(s.undo, func() { _ = server.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make a cookie jar: %w", err)
	}
	return &site{url: "http://" + listener.Addr().String(), client: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2 * clients},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

var csrfMeta = regexp.MustCompile(`<meta name="csrf" content="([^"]+)"`)

// do sends a request and gives the body and where the answer leads.
func (h *site) do(ctx context.Context, method, path string, form url.Values, want int) (body, where string, err error) {
	var content io.Reader
	if form != nil {
		content = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, h.url+path, content)
	if err != nil {
		return "", "", fmt.Errorf("%s %s: %w", method, path, err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return "", "", fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%s %s: status %d: %.2000s", method, path, answer.StatusCode, text)
	}
	return string(text), answer.Header.Get("Location"), err
}

func (h *site) token(ctx context.Context, path string) error {
	body, _, err := h.do(ctx, http.MethodGet, path, nil, http.StatusOK)
	if err != nil {
		return err
	}
	found := csrfMeta.FindStringSubmatch(body)
	if found == nil {
		return fmt.Errorf("GET %s: no token in the page", path)
	}
	h.csrf = found[1]
	return nil
}

func (h *site) signIn(ctx context.Context, login, once string) error {
	if _, _, err := h.do(ctx, http.MethodPost, "/login", url.Values{"account": {login}, "password": {once}}, http.StatusSeeOther); err != nil {
		return err
	}
	if err := h.token(ctx, "/password"); err != nil {
		return err
	}
	const fresh = "Mess-2026-Kraft"
	_, _, err := h.do(ctx, http.MethodPost, "/password", url.Values{"csrf": {h.csrf}, "old": {once}, "password": {fresh}, "again": {fresh}}, http.StatusSeeOther)
	return err
}

// enter posts the form of a class and gives its number.
func (h *site) enter(ctx context.Context, c *county, client, turn int) (string, error) {
	n := client + clients*turn
	village, _ := c.tree.FindPlace(townshipName((n+10)%10), fmt.Sprintf("第%d村", 1+(n/10+10)%10))
	on := day.Day("2025-01-01").Add((n/100 + 300) % 300)
	form := url.Values{"csrf": {h.csrf}, "id": {id.New()}, "kind": {"short"}, "name": {fmt.Sprintf("核桃嫁接培训班 %d-%d", client, turn)}, "subject": {"核桃嫁接"},
		"unit": {c.tree.Office().Code}, "place": {c.tree.PlaceName(village.ID)}, "start": {string(on)}, "end": {string(on)}, "attendances": {"58"}, "exact": {"exact"}, "hours": {"6"},
		"teachers": {"杨志远"}, "act": {"submit"}}
	_, where, err := h.do(ctx, http.MethodPost, "/training/new", form, http.StatusSeeOther)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(where)
	if err != nil || !strings.HasPrefix(u.Path, "/training/PX-") {
		return "", fmt.Errorf("POST /training/new leads to %q", where)
	}
	return strings.TrimPrefix(u.Path, "/training/"), nil
}

// replay writes the rows that one class made, again and again under new ids, by plain SQL.
type replay struct {
	db     *sql.DB
	tables []replayed
	record string
	ids    map[string]bool // ids that must be new each time
	serial atomic.Int64
}

type replayed struct {
	insert  string
	columns []string
	rows    [][]any
}

// newReplay reads the rows of the class and opens a second database of the same schema for writing them.
func newReplay(ctx context.Context, s *stage, c *county, number string) (*replay, error) {
	other, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	r := &replay{db: other.DB.SQL(), ids: map[string]bool{}}
	r.serial.Store(1)
	officer, err := c.as("officer")
	if err != nil {
		return nil, err
	}
	record, err := c.Training.Get(officer, number)
	if err != nil {
		return nil, err
	}
	r.record = record.ID
	return r, c.DB.View(officer, func(tx *db.Tx) error {
		for _, t := range []struct{ table, key string }{{"record", "id"}, {"record_version", "record"}, {"training_class", "id"}, {"expected", "record"}, {"sees", "record"},
			{"record_search", "record"}, {"proof", "record"}, {"history", "record"}} {
			if err := r.read(officer, tx, t.table, "SELECT * FROM "+t.table+" WHERE association = ? AND "+t.key+" = ?", org.Of(officer), record.ID); err != nil {
				return err
			}
		}
		for entry := range r.ids {
			if err := r.read(officer, tx, "log_pending", "SELECT * FROM log_pending WHERE association = ? AND entry = ?", org.Of(officer), entry); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *replay) read(ctx context.Context, tx *db.Tx, table, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	t := replayed{}
	if t.columns, err = rows.Columns(); err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	made := map[int]bool{} // columns that the database fills itself
	for i, name := range t.columns {
		made[i] = table == "record_search" && (name == "n" || name == "words")
	}
	for rows.Next() {
		values := make([]any, len(t.columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read %s: %w", table, err)
		}
		if table == "history" {
			r.ids[fmt.Sprint(values[1])] = true
		}
		t.rows = append(t.rows, without(values, made))
	}
	t.columns = without(t.columns, made)
	marks := make([]string, len(t.columns))
	for i := range marks {
		marks[i] = "?"
		if tx.Dialect == db.Postgres {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
	}
	t.insert = "INSERT INTO " + table + " (" + strings.Join(t.columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
	if len(t.rows) > 0 {
		r.tables = append(r.tables, t)
	}
	return rows.Err()
}

func without[T any](all []T, left map[int]bool) (kept []T) {
	for i, v := range all {
		if !left[i] {
			kept = append(kept, v)
		}
	}
	return kept
}

// write writes all rows of a new class in one transaction.
func (r *replay) write(ctx context.Context) error {
	serial := r.serial.Add(1)
	fresh := map[string]string{r.record: id.New()}
	for old := range r.ids {
		fresh[old] = id.New()
	}
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, t := range r.tables {
		for _, row := range t.rows {
			values := make([]any, len(row))
			for i, v := range row {
				values[i] = v
				if text, ok := v.(string); ok && fresh[text] != "" {
					values[i] = fresh[text]
				}
				switch t.columns[i] {
				case "serial":
					values[i] = serial
				case "number":
					values[i] = fmt.Sprintf("%s-%d", training.Prefix, serial)
				}
			}
			if _, err := tx.ExecContext(ctx, t.insert, values...); err != nil {
				return fmt.Errorf("%s: %w", t.insert, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
