package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/zh"
)

// Says gives what a module puts into the head of a record from a version's body: Title, Unit, Place, Day, Life and Also. With stands it
// is the version that stands, and the head follows what lies beside it (Follow).
type Says func(ctx context.Context, tx *db.Tx, record, body string, stands bool) (Head, error)

// atOnce is how many records a check holds at a time.
const atOnce = 500

// CheckAll compares every record with its versions and its history, which the trail's log vouches for: state, versions with their
// bodies, writers and reasons, who sees it, what finds it. says has what each kind of record puts into its head. Each row that
// is not what it must be is reported.
func CheckAll(ctx context.Context, tx *db.Tx, says map[string]Says, report log.Report) error {
	for after := ""; ; {
		heads, err := db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE r.association = ? AND r.id > ? ORDER BY r.id LIMIT ?",
			org.Of(ctx), after, atOnce)
		if err != nil {
			return err
		}
		if len(heads) > 0 {
			if err := checkPage(ctx, tx, says, heads, report); err != nil {
				return err
			}
			after = heads[len(heads)-1].ID
		}
		if len(heads) < atOnce {
			break
		}
	}
	for _, check := range []func(context.Context, *db.Tx, log.Report) error{checkStrays, checkGone, checkSerials} {
		if err := check(ctx, tx, report); err != nil {
			return err
		}
	}
	return nil
}

// kept is a row of record_version.
type kept struct {
	Version
	record, body, head string
}

// shelf is what else is there of the records of a page.
type shelf struct {
	versions map[string][]kept
	events   map[string][]happened
	sees     map[string][]access.Sees
	search   map[string]string
	seats    seats
}

func checkPage(ctx context.Context, tx *db.Tx, says map[string]Says, heads []Head, report log.Report) error {
	s, err := readShelf(ctx, tx, heads)
	if err != nil {
		return err
	}
	for _, h := range heads {
		r, err := replay(s.events[h.ID])
		switch {
		case len(s.events[h.ID]) == 0:
			report(log.Difference{Table: "record", Row: h.ID, Ref: h.Ref(), Text: "没有办理经过，是绕过程序写进去的"})
			continue
		case err != nil:
			report(log.Difference{Table: "history", Row: strings.Fields(err.Error())[0], Ref: h.Ref(), Text: "办理经过接不上：%s", Args: []any{err.Error()}})
			continue
		}
		if odd := r.differs(h); len(odd) > 0 {
			report(log.Difference{Table: "record", Row: h.ID, Ref: h.Ref(), Text: "和办理经过不符：%s", Args: []any{strings.Join(odd, "；")}})
		}
		one := recordCheck{head: h, replayed: r, says: says[r.Kind], report: report}
		if err := one.versions(ctx, tx, s.versions[h.ID]); err != nil {
			return err
		}
		one.index(s)
	}
	return nil
}

func readShelf(ctx context.Context, tx *db.Tx, heads []Head) (s shelf, err error) {
	ids := make(db.List, len(heads))
	for i, h := range heads {
		ids[i] = h.ID
	}
	versions, err := db.All(ctx, tx, func(sc db.Scanner) (k kept, err error) {
		err = sc.Scan(&k.record, &k.Version.Version, &k.body, &k.Hash, &k.head, &k.Author, &k.AuthorName, &k.At, &k.Reason)
		return k, err
	}, `SELECT record, version, body, hash, head, author, author_name, at, reason FROM record_version
		WHERE association = ? AND record IN (?) ORDER BY record, version`, org.Of(ctx), ids)
	if err != nil {
		return s, err
	}
	events, err := eventsOf(ctx, tx, ids)
	if err != nil {
		return s, err
	}
	type found struct{ record, text string }
	sees, err := seesOf(ctx, tx, ids)
	if err != nil {
		return s, err
	}
	search, err := db.All(ctx, tx, func(sc db.Scanner) (f found, err error) {
		err = sc.Scan(&f.record, &f.text)
		return f, err
	}, "SELECT record, text FROM record_search WHERE association = ? AND record IN (?)", org.Of(ctx), ids)
	if err != nil {
		return s, err
	}
	s = shelf{versions: map[string][]kept{}, events: map[string][]happened{}, sees: sees, search: map[string]string{}}
	for _, v := range versions {
		s.versions[v.record] = append(s.versions[v.record], v)
	}
	for _, e := range events {
		s.events[e.record] = append(s.events[e.record], e)
	}
	for _, f := range search {
		s.search[f.record] = f.text
	}
	s.seats, err = loadSeats(ctx, tx, reach{all: true}, heads...)
	return s, err
}

// eventsOf reads what was done with records, oldest first.
func eventsOf(ctx context.Context, tx *db.Tx, ids db.List) ([]happened, error) {
	events, err := db.All(ctx, tx, func(sc db.Scanner) (e happened, err error) {
		var name string
		err = sc.Scan(&e.id, &e.record, &e.kind, &e.at, &e.account, &e.name, &name, &e.version, &e.number, &e.hash, &e.reason)
		e.action = Action(strings.TrimPrefix(name, "record."))
		return e, err
	}, `SELECT id, record, kind, at, account, name, action, version, number, hash, reason FROM history
		WHERE association = ? AND record IN (?) AND action >= 'record.' AND action < 'record/'`, org.Of(ctx), ids)
	// by id, which the machine's clock gives, not by at, which --today may move
	slices.SortFunc(events, func(a, b happened) int { return strings.Compare(a.id, b.id) })
	return events, err
}

// recordCheck compares one record with all that is there of it.
type recordCheck struct {
	head Head
	replayed
	says   Says
	report log.Report
	want   Head // what the standing body puts into the head
}

func (c *recordCheck) wrong(table, row, text string, args ...any) {
	c.report(log.Difference{Table: table, Row: row, Ref: c.head.Ref(), Text: text, Args: args})
}

func (c *recordCheck) versions(ctx context.Context, tx *db.Tx, all []kept) error {
	row := func(version int) string { return fmt.Sprintf("%s %d", c.head.ID, version) }
	seen := map[int]bool{}
	for _, v := range all {
		n := v.Version.Version
		seen[n] = true
		e, ok := c.written[n]
		if !ok {
			c.wrong("record_version", row(n), "办理经过里没有存过第 %d 版", n)
			continue
		}
		var odd []string
		for _, d := range []struct{ name, have, want string }{
			{"hash", v.Hash, e.hash}, {"author", v.Author, e.account}, {"author_name", v.AuthorName, e.name},
			{"at", fmt.Sprint(v.At), fmt.Sprint(e.at)}, {"reason", v.Reason, e.reason},
		} {
			if d.have != d.want {
				odd = append(odd, fmt.Sprintf("%s 是「%s」，应是「%s」", d.name, d.have, d.want))
			}
		}
		if hashOf(v.body) != e.hash {
			odd = append(odd, "内容和存的时候不同")
		}
		if c.says != nil && len(odd) == 0 {
			said, err := c.says(ctx, tx, c.head.ID, v.body, false)
			if err != nil {
				odd = append(odd, "读不出来："+err.Error())
			} else {
				odd = append(odd, c.later(v, said)...)
			}
			if err == nil && n == c.stands {
				if c.want, err = c.says(ctx, tx, c.head.ID, v.body, true); err != nil {
					return err
				}
			}
		}
		if len(odd) > 0 {
			c.wrong("record_version", row(n), "第 %d 版：%s", n, strings.Join(odd, "；"))
		}
	}
	for n := 1; n <= c.Version; n++ {
		if !seen[n] {
			c.wrong("record_version", row(n), "第 %d 版没有了", n)
		}
	}
	return nil
}

// later compares what a revision would make of the head with its body.
func (c *recordCheck) later(v kept, said Head) []string {
	if !c.revised[v.Version.Version] {
		if v.head != "" {
			return []string{"head 应为空"}
		}
		return nil
	}
	var l later
	if err := json.Unmarshal([]byte(v.head), &l); err != nil {
		return []string{"head 看不懂"}
	}
	return l.otherThan(said)
}

// otherThan names the columns that a module fills in which a head is not what the body says.
func (h Head) otherThan(said Head) []string {
	var odd []string
	for _, c := range []struct{ name, have, want string }{
		{"title", h.Title, said.Title}, {"unit", h.Unit, said.Unit}, {"place", h.Place, said.Place}, {"day", string(h.Day), string(said.Day)},
		{"life", h.Life, said.Life},
	} {
		if c.have != c.want {
			odd = append(odd, fmt.Sprintf("%s 是「%s」，内容写的是「%s」", c.name, c.have, c.want))
		}
	}
	return odd
}

// index compares the head's words, who sees the record and what finds it with the standing version.
func (c *recordCheck) index(s shelf) {
	if c.says == nil || c.want.Unit == "" { // the body is reported already, or no module knows the kind
		return
	}
	if odd := c.head.otherThan(c.want); len(odd) > 0 {
		c.wrong("record", c.head.ID, "%s", strings.Join(odd, "；"))
		return // who sees and what finds it follow from these
	}
	h := c.head
	h.Also = c.want.Also
	want, have := s.seats.sees(h), s.sees[h.ID]
	for _, one := range have {
		if !slices.Contains(want, one) {
			c.wrong("sees", h.ID+" "+one.Unit, "不该给这个单位看（%s）", one.Why)
		}
	}
	for _, one := range want {
		if !slices.Contains(have, one) {
			c.wrong("sees", h.ID+" "+one.Unit, "应给这个单位看（%s），少了这一行", one.Why)
		}
	}
	text, ok := s.search[h.ID]
	found := strings.Fields(text)
	missing := slices.DeleteFunc(strings.Fields(zh.SearchColumn(strings.Join([]string{h.Number, h.Short(), h.Title}, " "))),
		func(word string) bool { return slices.Contains(found, word) })
	if !ok || len(missing) > 0 {
		c.wrong("record_search", h.ID, "用编号或名称查不到，少了「%s」", strings.Join(missing, " "))
	}
}

// checkStrays finds rows about records that are not there.
func checkStrays(ctx context.Context, tx *db.Tx, report log.Report) error {
	for _, t := range []struct{ table, row string }{
		{"record_version", "t.record || ' ' || CAST(t.version AS TEXT)"}, {"sees", "t.record || ' ' || t.unit"}, {"record_search", "t.record"},
	} {
		rows, err := db.All(ctx, tx, db.Value[string], "SELECT "+t.row+" FROM "+t.table+` t WHERE t.association = ?
			AND NOT EXISTS (SELECT 1 FROM record r WHERE r.association = t.association AND r.id = t.record)`, org.Of(ctx))
		if err != nil {
			return err
		}
		for _, row := range rows {
			report(log.Difference{Table: t.table, Row: row, Text: "没有这一行的业务记录"})
		}
	}
	return nil
}

// checkGone finds records that were made, never deleted, and are not there.
func checkGone(ctx context.Context, tx *db.Tx, report log.Report) error {
	gone, err := db.All(ctx, tx, func(s db.Scanner) (d log.Difference, err error) {
		err = s.Scan(&d.Ref.Kind, &d.Ref.ID, &d.Number)
		d.Table, d.Row, d.Text = "record", d.Ref.ID, "办理经过里有，记录没有了"
		return d, err
	}, `SELECT h.kind, h.record, MIN(h.number) FROM history h WHERE h.association = ? AND h.action IN ('record.create', 'record.enter', 'record.import')
		AND NOT EXISTS (SELECT 1 FROM record r WHERE r.association = h.association AND r.id = h.record)
		AND NOT EXISTS (SELECT 1 FROM history d WHERE d.association = h.association AND d.record = h.record AND d.action = 'record.delete')
		GROUP BY h.kind, h.record ORDER BY h.record`, org.Of(ctx))
	for _, d := range gone {
		report(d)
	}
	return err
}

// checkSerials finds series that would give a number out again.
func checkSerials(ctx context.Context, tx *db.Tx, report log.Report) error {
	type series struct {
		kind       string
		year       int
		used, last int64
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (r series, err error) {
		err = s.Scan(&r.kind, &r.year, &r.used, &r.last)
		return r, err
	}, `SELECT r.kind, r.year, MAX(r.serial), COALESCE(MAX(s.last), 0) FROM record r
		LEFT JOIN record_serial s ON s.association = r.association AND s.kind = r.kind AND s.year = r.year
		WHERE r.association = ? GROUP BY r.kind, r.year`, org.Of(ctx))
	slices.SortFunc(all, func(a, b series) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.year, b.year)) })
	for _, s := range all {
		if s.last < s.used {
			report(log.Difference{Table: "record_serial", Row: fmt.Sprintf("%s %d", s.kind, s.year), Text: "编号已经用到 %d，这里记到 %d，会给重号", Args: []any{s.used, s.last}})
		}
	}
	return err
}
