package report

import (
	"context"
	"encoding/json"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Verify recomputes the figures of every frozen report as of its checkpoint, compares what is kept with what the log says was
// kept, and reads each Word file in full. It names each figure that differs (design.md, 4.7).
func (s *Service) Verify(ctx context.Context, tx *db.Tx, report log.Report) error {
	all, err := listOf(ctx, tx, columns)
	if err != nil {
		return err
	}
	entries, err := entries(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range all {
		say := func(text string, args ...any) {
			report(log.Difference{Table: "report_frozen", Row: r.ID, Ref: r.Ref(), Text: "报告「%s」：" + text, Args: append([]any{r.Title}, args...)})
		}
		if o, err := ParseOutline(r.Outline, r.Text); err == nil && r.codes != "" && r.codes != codesOf(o) {
			say("内容和存的时候不同")
		}
		switch {
		case r.State == Frozen && r.Final == nil:
			say("写着已定稿，定稿的内容不在")
		case r.State != Frozen && r.Final != nil:
			say("定稿过，现在写着是草稿")
		case r.Final == nil:
			continue
		}
		if r.Final == nil {
			continue
		}
		e, logged := entries[r.ID]
		delete(entries, r.ID)
		if !logged {
			say("存证里没有它的定稿")
		}
		if err := s.verify(ctx, tx, r, e, logged, say); err != nil {
			return err
		}
	}
	for reportID, e := range entries {
		report(log.Difference{Table: "report_frozen", Row: reportID, Text: "报告「%s」定稿过，现在不在了", Args: []any{e.Title}})
	}
	strays, err := db.All(ctx, tx, db.Value[string], `SELECT f.report FROM report_frozen f WHERE f.association = ? AND NOT EXISTS
		(SELECT 1 FROM report r WHERE r.association = f.association AND r.id = f.report)`, org.Of(ctx))
	for _, row := range strays {
		report(log.Difference{Table: "report_frozen", Row: row, Text: "定稿的内容在，报告不在"})
	}
	return err
}

// entries reads what the log says of frozen reports, by report.
func entries(ctx context.Context, tx *db.Tx) (map[string]entry, error) {
	found := map[string]entry{}
	_, err := db.All(ctx, tx, func(s db.Scanner) (e entry, err error) {
		var id, body string
		if err = s.Scan(&id, &body); err == nil {
			_ = json.Unmarshal([]byte(body), &e) // one that cannot be read says nothing: the log reports it
		}
		e.id = id
		found[e.Report] = e
		return e, err
	}, "SELECT id, body FROM log_entry WHERE association = ? AND log = ? AND kind = ?", org.Of(ctx), log.Ledger, entryKind)
	return found, err
}

func (s *Service) verify(ctx context.Context, tx *db.Tx, r Stored, e entry, logged bool, say func(text string, args ...any)) error {
	f := *r.Final
	text, kept, err := document(ctx, tx, r.ID)
	if err != nil {
		say("定稿的内容读不出来")
		return nil //nolint:nilerr // said: the rest is checked all the same
	}
	whole := logged && hashOf([]byte(text)) == e.Document
	if logged && (e.Checkpoint != f.Checkpoint || e.Root != f.Root || e.Program != f.Program || e.Docx != f.Docx || e.Title != r.Title || e.Scope != r.Scope || e.Account != f.Account ||
		e.Rows != r.digest() || e.id != f.entry) {
		say("标题、口径、存证点、文件或定稿人与存证里记的不同")
	}
	if logged && !whole {
		say("定稿的内容与存证里记的不同")
	}
	ok, err := s.Files.Check(ctx, org.Of(ctx), f.Docx)
	switch {
	case errs.Is(err, errs.NotFound):
		say("Word 文件 %s 不在", f.Docx)
	case err != nil:
		return err
	case !ok:
		say("Word 文件 %s 与定稿时不同", f.Docx)
	}
	if point, err := log.CheckpointAt(ctx, tx, log.Ledger, f.Checkpoint); errs.Is(err, errs.NotFound) || err == nil && point.Root != f.Root {
		say("没有它照着定稿的存证点 № %d", f.Checkpoint)
	} else if err != nil {
		return err
	}
	o, scope, err := question(ctx, tx, r)
	if errs.KindOf(err) == errs.Invalid || errs.Is(err, errs.NotFound) {
		say("正文或口径读不懂了：%s", err.Error())
		return nil
	} else if err != nil {
		return err
	}
	scope.AsOf = f.Checkpoint
	again, err := s.compute(ctx, tx, o, scope)
	if err != nil {
		if ctx.Err() == nil {
			say("照存证点 № %d 重算不出来：%s", f.Checkpoint, err.Error())
		}
		return ctx.Err()
	}
	for _, c := range differing(kept, again) {
		switch {
		case c.Figure.Exact != c.Now.Exact:
			say("「%s」%s定稿的值是 %s（%s），照存证点 № %d 重算是 %s", c.Figure.Name, c.Figure.Row, orNone(c.Figure.Exact), c.Figure.Text, f.Checkpoint, orNone(c.Now.Exact))
		case !whole: // a later release may write figures in another way; a text that was changed by hand is one that differs from the log
			say("「%s」%s定稿印的是「%s」，照存证点 № %d 是「%s」", c.Figure.Name, c.Figure.Row, c.Figure.Text, f.Checkpoint, c.Now.Text)
		}
	}
	return nil
}

func orNone(exact string) string {
	if exact == "" {
		return "没有"
	}
	return exact
}
