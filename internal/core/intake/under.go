package intake

import (
	"context"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Under is how a row names the record that it is under, the event of which a lecture is a part: by its number, by its name with the day on
// which it begins, or by its name alone. Where the number is that of a record of another name, as in a list of another county, the name counts.
type Under struct {
	Key    string // of the column
	Said   string // what the cell says
	Number string
	Title  string
	Day    day.Day
}

// called is the key by which a record is named by others: its name with its first day or the year of that.
func called(title string, since string) string { return plain(title) + "|" + since }

// call lets other rows of the file name a row.
func (c *check) call(d Draft, at place) {
	if d.Since == "" || d.Title == "" {
		return
	}
	for _, since := range []string{string(d.Since), d.Since.YearMonth()[:4]} {
		k := digestOf("called", called(d.Title, since))
		c.called[k] = append(c.called[k], at)
	}
}

// above is what a row is under: a record that is there, or a row of the file.
type above struct {
	known *Known
	at    place // line 0: no row
	wrong *Note
}

// aboveOf finds what a record is under.
func (c *check) aboveOf(j joined) (a above) {
	u := j.whole.Under
	cell := j.parts[0].Cell(u.Key)
	no := func(text string, args ...any) above {
		n := wrong(cell, text, args...)
		return above{wrong: &n}
	}
	if u.Number != "" {
		found := c.index.known[digestOf("number", u.Number)]
		if len(found) > 0 && (u.Title == "" || plain(found[0].Title) == plain(u.Title)) {
			return above{known: found[0]}
		}
		if u.Title == "" {
			return no("主活动「%s」：没有编号 %s 的活动，请核对", u.Said, u.Number)
		}
	}
	since := string(u.Day)
	if since == "" && j.whole.Since != "" {
		since = j.whole.Since.YearMonth()[:4]
	}
	k := digestOf("called", called(u.Title, since))
	ids := map[string]bool{}
	n, own := 0, false
	for _, found := range c.index.known[k] {
		if !ids[found.ID] {
			ids[found.ID] = true
			a.known, n = found, n+1
		}
	}
	for _, at := range c.called[k] {
		switch {
		case at == j.first():
			own = true
		case ids[c.claims[at]]: // the row is that record
		default:
			a.at, n = at, n+1
		}
	}
	switch {
	case n == 1 && a.at.line > 0:
		return above{at: a.at}
	case n == 1:
		return a
	case n > 1:
		return no("主活动「%s」有 %d 个，分不清是哪一个，请写编号，或者写成「名称 2026-03-05」", u.Said, n)
	}
	if own {
		return no("主活动「%s」就是这一行自己，请写别的活动，没有就空着", u.Said)
	}
	return no("主活动「%s」没有找到：表里和台账里都没有这个名称、这一天的活动；请写编号，或者写成「名称 2026-03-05」", u.Said)
}

// settleHung judges the rows that are under others, those first that others are under.
func (c *check) settleHung(ctx context.Context) error {
	pending := c.hung
	c.hung = nil
	if len(pending) == 0 {
		return nil
	}
	if err := c.engine.DB.View(ctx, func(tx *db.Tx) error {
		drafts := make([]Draft, len(pending))
		for i, j := range pending {
			drafts[i] = j.whole
			drafts[i].Number = j.whole.Under.Number
			if on := j.whole.Under.Day; on != "" {
				drafts = append(drafts, Draft{Day: on})
			}
		}
		if err := c.load(ctx, tx, drafts); err != nil {
			return err
		}
		for i := range pending {
			if err := c.nameVoided(ctx, tx, &pending[i]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	c.claims = map[place]string{}
	for record, at := range c.index.claimed {
		c.claims[at] = record
	}
	aboves, waits := make([]above, len(pending)), map[place]bool{}
	for i, j := range pending {
		aboves[i] = c.aboveOf(j)
		waits[j.first()] = true
	}
	for len(pending) > 0 {
		var now, later []joined
		var nowAbove, laterAbove []above
		for i, j := range pending {
			if a := aboves[i]; waits[a.at] && a.at.line > 0 {
				later, laterAbove = append(later, j), append(laterAbove, a)
			} else {
				now, nowAbove = append(now, j), append(nowAbove, a)
			}
		}
		if len(now) == 0 { // each is under another one of them
			for i, j := range later {
				n := wrong(j.parts[0].Cell(j.whole.Under.Key), "主活动一个套一个，又套回了自己，请核对")
				laterAbove[i] = above{wrong: &n}
			}
			now, nowAbove, later, laterAbove = later, laterAbove, nil, nil
		}
		if err := c.hang(ctx, now, nowAbove); err != nil {
			return err
		}
		for _, j := range now {
			delete(waits, j.first())
		}
		pending, aboves = later, laterAbove
	}
	return nil
}

// nameVoided lets a row that names by its number alone a record that was voided name it as that was called: a row of the file may make it
// anew.
func (c *check) nameVoided(ctx context.Context, tx *db.Tx, j *joined) error {
	u := *j.whole.Under
	if u.Number == "" || u.Title != "" || len(c.index.known[digestOf("number", u.Number)]) > 0 {
		return nil
	}
	h, err := flow.ByNumber(ctx, tx, c.target.Kind(), u.Number)
	if errs.Is(err, errs.NotFound) || err == nil && h.State != flow.Voided {
		return nil
	}
	if u.Title = h.Title; err == nil {
		j.whole.Under = &u
	}
	return err
}

// hang judges rows of which all that they are under is judged.
func (c *check) hang(ctx context.Context, rows []joined, aboves []above) error {
	for len(rows) > 0 {
		var out []staged
		n := 0
		made := map[place]string{} // ids of records that are still to be made
		if err := c.engine.DB.View(ctx, func(tx *db.Tx) error {
			for ; n < len(rows) && len(out) < page; n++ {
				if err := c.attach(ctx, tx, &rows[n], aboves[n], made); err != nil {
					return err
				}
				placed, err := c.place(ctx, tx, rows[n])
				if err != nil {
					return err
				}
				out = append(out, placed...)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := c.engine.DB.Update(ctx, func(tx *db.Tx) error {
			for at, record := range made {
				if _, err := tx.Exec(ctx, "UPDATE import_row SET record = ? WHERE association = ? AND import = ? AND sheet = ? AND line = ? AND verdict = ?",
					record, org.Of(ctx), c.im.ID, at.sheet, at.line, New); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if err := c.write(context.WithoutCancel(ctx), out); err != nil {
			return err
		}
		rows, aboves = rows[n:], aboves[n:]
	}
	return nil
}

// attach puts a record under what it names, or says why that cannot be.
func (c *check) attach(ctx context.Context, tx *db.Tx, j *joined, a above, made map[place]string) error {
	record, name := "", ""
	switch {
	case a.wrong != nil:
	case a.known != nil:
		record, name = a.known.ID, a.known.Number
	default:
		type row struct {
			verdict Verdict
			record  string
			depth   int
		}
		up, err := db.One(ctx, tx, func(s db.Scanner) (r row, err error) {
			err = s.Scan(&r.verdict, &r.record, &r.depth)
			return r, err
		}, "SELECT verdict, record, depth FROM import_row WHERE association = ? AND import = ? AND sheet = ? AND line = ?", org.Of(ctx), c.im.ID, a.at.sheet, a.at.line)
		if err != nil {
			return err
		}
		if up.record == "" {
			up.record = made[a.at]
		}
		switch up.verdict {
		case Rejected:
			n := wrong(j.parts[0].Cell(j.whole.Under.Key), "主活动在%s，那一行进不了，这一行也先不导入", c.where(a.at, j.first()))
			a.wrong = &n
		case New:
			if up.record == "" {
				up.record = id.New()
				made[a.at] = up.record
			}
			j.depth = up.depth + 1
		case Same, Changed, Joined:
		}
		record, name = up.record, j.whole.Under.Title
	}
	if a.wrong != nil {
		j.whole.Notes = append(j.whole.Notes, *a.wrong)
		j.out[0].draft.Notes = append(j.out[0].draft.Notes, *a.wrong)
		return nil
	}
	j.whole = c.reader.Attach(j.whole, record, name)
	return nil
}

// ReadUnder reads how a cell names a record whose numbers begin with prefix: HD-2026-0012, HD-0012 (of the year), 科普活动周 2026-05-23,
// 科普活动周 2026-05-23（HD-2026-0012）.
func ReadUnder(key, said, prefix string, year int, parse func(text string) (day.Day, error)) *Under {
	u := &Under{Key: key, Said: said, Title: strings.TrimSpace(said)}
	rest := strings.TrimRight(u.Title, "）) ")
	if at := strings.LastIndex(strings.ToUpper(rest), prefix+"-"); at >= 0 && strings.Trim(rest[at+len(prefix):], "-0123456789") == "" {
		u.Number, u.Title = strings.ToUpper(rest[at:]), strings.TrimRight(rest[:at], "（( ")
		if serial := strings.TrimPrefix(u.Number, prefix+"-"); !strings.Contains(serial, "-") && year > 0 {
			u.Number = errs.Sprintf("%s-%d-%s", []any{prefix, year, serial})
		}
	}
	if at := strings.LastIndexAny(u.Title, " \u3000\t"); at > 0 {
		if on, err := parse(strings.TrimSpace(u.Title[at:])); err == nil {
			u.Day, u.Title = on, strings.TrimSpace(u.Title[:at])
		}
	}
	return u
}
