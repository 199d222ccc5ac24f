package register

import (
	"context"
	"fmt"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// CheckRows compares every row of the book's tables with the version that its record stands for, and reports each that differs.
func (b *Book[T, W]) CheckRows(ctx context.Context, tx *db.Tx, report log.Report) error {
	const page = 500
	for after := ""; ; {
		pairs, err := b.pairs(ctx, tx, after, page)
		if err != nil {
			return err
		}
		bodies := map[string]T{}
		for _, p := range pairs {
			body, err := Decode[T](p.body)
			if err != nil {
				report(log.Difference{Table: "record_version", Row: fmt.Sprintf("%s %d", p.ID, p.Standing()), Ref: p.Ref(),
					Text: "第 %d 版读不出来：%s", Args: []any{p.Standing(), err.Error()}})
				continue
			}
			bodies[p.ID] = body
			wrong := func(text string, args ...any) {
				report(log.Difference{Table: b.Row.Table, Row: p.ID, Ref: p.Ref(), Text: text, Args: args})
			}
			switch want := written(b.Row.Values(body)); {
			case p.version == nil:
				wrong("没有这一行")
			case int(*p.version) != p.Standing() || want != p.have:
				wrong("是 %s（第 %d 版），记录第 %d 版写的是 %s", p.have, *p.version, p.Standing(), want)
			}
		}
		for _, l := range b.Lines {
			if err := b.checkLines(ctx, tx, l, pairs, bodies, report); err != nil {
				return err
			}
		}
		if len(pairs) < page {
			break
		}
		after = pairs[len(pairs)-1].ID
	}
	if err := b.strays(ctx, tx, b.Row.Table, "id", "id", report); err != nil {
		return err
	}
	for _, l := range b.Lines {
		if err := b.strays(ctx, tx, l.Table, "record", "record || ' ' || line", report); err != nil {
			return err
		}
	}
	return nil
}

// pair is a record with the body that stands for it and its row, written; version is nil when there is none.
type pair struct {
	stood
	have    string
	version *int64
}

func (b *Book[T, W]) pairs(ctx context.Context, tx *db.Tx, after string, limit int) ([]pair, error) {
	return db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
		have := make([]any, len(b.Row.Columns))
		into := append(p.Fields(), &p.hash, &p.body)
		for i := range have {
			into = append(into, &have[i])
		}
		err = s.Scan(append(into, &p.version)...)
		p.have = written(have)
		return p, err
	}, "SELECT "+flow.Columns("r")+", v.hash, v.body, c."+strings.Join(b.Row.Columns, ", c.")+`, c.version
		FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = `+flow.StandingVersion+`
		LEFT JOIN `+b.Row.Table+` c ON c.association = r.association AND c.id = r.id
		WHERE r.association = ? AND r.kind = ? AND r.id > ? ORDER BY r.id`+db.Limit(limit, 0), org.Of(ctx), b.Kind, after)
}

// line is a row of Lines, written.
type line struct {
	record string
	line   int64
	have   string
}

func (b *Book[T, W]) checkLines(ctx context.Context, tx *db.Tx, l Lines[T], pairs []pair, bodies map[string]T, report log.Report) error {
	if len(pairs) == 0 {
		return nil
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (one line, err error) {
		have := make([]any, len(l.Columns))
		into := []any{&one.record, &one.line}
		for i := range have {
			into = append(into, &have[i])
		}
		err = s.Scan(into...)
		one.have = written(have)
		return one, err
	}, "SELECT record, line, "+strings.Join(l.Columns, ", ")+" FROM "+l.Table+" WHERE association = ? AND record >= ? AND record <= ? ORDER BY record, line",
		org.Of(ctx), pairs[0].ID, pairs[len(pairs)-1].ID)
	if err != nil {
		return err
	}
	have := map[string]map[int64]string{}
	for _, one := range all {
		if have[one.record] == nil {
			have[one.record] = map[int64]string{}
		}
		have[one.record][one.line] = one.have
	}
	for _, p := range pairs {
		body, read := bodies[p.ID]
		if !read {
			continue
		}
		wrong := func(n int64, text string, args ...any) {
			report(log.Difference{Table: l.Table, Row: fmt.Sprintf("%s %d", p.ID, n), Ref: p.Ref(), Text: text, Args: args})
		}
		want := l.Values(body)
		for i, values := range want {
			n := int64(i + 1)
			switch is, there := have[p.ID][n]; {
			case !there:
				wrong(n, "没有这一行")
			case is != written(values):
				wrong(n, "是 %s，记录第 %d 版写的是 %s", is, p.Standing(), written(values))
			}
		}
		for n := range have[p.ID] {
			if n < 1 || n > int64(len(want)) {
				wrong(n, "记录第 %d 版没有这一行", p.Standing())
			}
		}
	}
	return nil
}

// strays reports the rows of a table whose record is none of the book's.
func (b *Book[T, W]) strays(ctx context.Context, tx *db.Tx, table, record, row string, report log.Report) error {
	rows, err := db.All(ctx, tx, db.Value[string], "SELECT "+row+" FROM "+table+` c WHERE association = ? AND NOT EXISTS
		(SELECT 1 FROM record r WHERE r.association = c.association AND r.id = c.`+record+` AND r.kind = ?) ORDER BY 1`, org.Of(ctx), b.Kind)
	for _, one := range rows {
		report(log.Difference{Table: table, Row: one, Text: "没有这一行的业务记录"})
	}
	return err
}
