package report

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"shilu/internal/core/access"
	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/zh"
)

// Service has the use cases of reports. It is filled once, at the start.
type Service struct {
	DB         *db.DB
	Files      *blob.Store
	Indicators *indicator.Catalogue
	Outlines   fs.FS // the catalogue, for the shipped outlines
	Seal       func(ctx context.Context) (log.Checkpoint, error)
	Version    string // of the program
}

// LongestText is how many characters an outline may have.
const LongestText = 60_000

// Shipped reads a shipped outline. NotFound names those that there are.
func (s *Service) Shipped(name string) (Outline, error) {
	text, err := Shipped(s.Outlines, name)
	if err != nil {
		return Outline{}, err
	}
	return ParseOutline(name, text)
}

// WriteInput is the text of a report and what it is about: a scope as an address writes it. The fields of Invalid are "text",
// whose sentence names the line, and "period".
type WriteInput struct {
	Outline string // name of the outline that it began with
	Text    string
	Scope   url.Values
}

// Create keeps a new draft. Invalid for a wrong text or scope, Forbidden without the right to write reports.
func (s *Service) Create(ctx context.Context, in WriteInput) (r Stored, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		r = Stored{ID: id.New(), Outline: in.Outline, State: Draft, Version: 1, Author: access.From(ctx).Account, AuthorName: access.From(ctx).Name,
			Created: tx.Millis(), Updated: tx.Millis()}
		if err := s.fill(ctx, tx, &r, in); err != nil {
			return err
		}
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		if err := fillOld(ctx, tx); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "report.create", Ref: r.Ref(), Version: r.Version, Reason: r.Title})
	})
	return r, err
}

// Save changes a draft; version is the one that was read. Invalid as in Create, Conflict when somebody else changed or froze it.
func (s *Service) Save(ctx context.Context, reportID string, version int, in WriteInput) (r Stored, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if r, err = s.draft(ctx, tx, reportID); err != nil {
			return err
		}
		old := r
		r.Version = version
		if err := s.fill(ctx, tx, &r, in); err != nil {
			return err
		}
		if r.Version == old.Version && r.Text == old.Text && r.Scope == old.Scope {
			return nil
		}
		if err := update(ctx, tx, &r); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "report.save", Ref: r.Ref(), Version: r.Version, Changes: changes(old, r)})
	})
	return r, err
}

// changes says what of a report was changed.
func changes(old, now Stored) (all []access.Change) {
	add := func(field, label, before, after string) {
		if before != after {
			all = append(all, access.Change{Field: field, Label: label, Before: before, After: after})
		}
	}
	add("title", "标题", old.Title, now.Title)
	add("period", "期间", old.Period.Words(), now.Period.Words())
	before, after := strings.Split(old.Text, "\n"), strings.Split(now.Text, "\n")
	for i := range max(len(before), len(after)) { // the first line that differs, to remember it by
		a, b := line(before, i), line(after, i)
		if a != b {
			add("text", "正文", a, b)
			break
		}
	}
	return all
}

// line is a line of a text, cut to what a history can show.
func line(all []string, i int) string {
	if i >= len(all) {
		return ""
	}
	return zh.Brief(all[i], 80)
}

// fill checks what is written and puts it into the report.
func (s *Service) fill(ctx context.Context, tx *db.Tx, r *Stored, in WriteInput) error {
	var wrong errs.Fields
	in.Text = strings.ReplaceAll(strings.TrimSpace(in.Text), "\r\n", "\n")
	if n := utf8.RuneCountInString(in.Text); n > LongestText {
		wrong.Add("text", "正文有 %d 个字，最多 %d 个，请分成几份写", n, LongestText)
		return wrong.Err()
	}
	query := url.Values{}
	for name, v := range in.Scope {
		if name != "asof" { // the figures of a draft are alive
			query[name] = v
		}
	}
	scope, tree, err := indicator.ParseScope(ctx, tx, query)
	if errs.Is(err, errs.Invalid) {
		wrong.Add("period", "%s", err.Error())
		return wrong.Err()
	} else if err != nil {
		return err
	}
	o, err := ParseOutline(r.Outline, in.Text)
	if err == nil {
		err = s.check(ctx, tx, o, scope.Period.To)
	}
	if errs.Is(err, errs.Invalid) {
		wrong.Add("text", "%s", err.Error())
		return wrong.Err()
	} else if err != nil {
		return err
	}
	if err := s.mayReport(ctx, o.Codes()); err != nil {
		return err
	}
	titled := o
	titled.Blocks = nil
	d, err := s.Compute(ctx, tx, titled, scope)
	if err != nil {
		return err
	}
	if err := s.maySee(ctx, tx, tree, scope, o); err != nil {
		return err
	}
	r.Text, r.Title, r.Scope, r.Unit, r.Place, r.Period = in.Text, d.Title, scope.Query(tree).Encode(), scope.Unit, scope.Place, scope.Period
	r.codes = codesOf(o)
	return nil
}

// check says which line asks for a figure that is not in force on the day.
func (s *Service) check(ctx context.Context, tx *db.Tx, o Outline, on day.Day) error {
	defs, err := s.Indicators.InForce(ctx, tx, on)
	if err != nil {
		return err
	}
	byCode := make(map[string]indicator.Def, len(defs))
	for _, d := range defs {
		byCode[d.Code] = d
	}
	return o.Check(func(code string) (indicator.Def, bool) {
		d, known := byCode[code]
		return d, known
	})
}

// draft reads a report to change it. NotFound when the actor may not see it, Forbidden when he only reads, Conflict when it is frozen.
func (s *Service) draft(ctx context.Context, tx *db.Tx, reportID string) (Stored, error) {
	r, err := s.Get(ctx, tx, reportID)
	if err != nil {
		return r, err
	}
	o, err := ParseOutline(r.Outline, r.Text)
	if err != nil {
		return r, err
	}
	if err := s.mayReport(ctx, o.Codes()); err != nil {
		return r, err
	}
	if r.State == Frozen {
		return r, conflict(ctx, tx, r.ID)
	}
	return r, nil
}

// Get reads a report. NotFound also when the actor may not see it: a draft is seen by who may write reports, a frozen one by
// who may read, each within his sight.
func (s *Service) Get(ctx context.Context, tx *db.Tx, reportID string) (Stored, error) {
	r, err := get(ctx, tx, reportID)
	if err != nil {
		return r, err
	}
	seen, err := s.seen(ctx, tx, []Stored{r})
	if err != nil {
		return r, err
	}
	if len(seen) == 0 {
		return Stored{}, errs.E(errs.NotFound, "没有这份报告，或者你看不到它")
	}
	return r, nil
}

// List lists the reports that the actor may see, the one changed last first.
func (s *Service) List(ctx context.Context, tx *db.Tx) ([]Stored, error) {
	all, err := list(ctx, tx)
	if err != nil {
		return nil, err
	}
	return s.seen(ctx, tx, all)
}

// seen keeps the reports that the actor may see.
func (s *Service) seen(ctx context.Context, tx *db.Tx, all []Stored) ([]Stored, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	tree, err := org.Load(ctx, tx, today)
	if err != nil {
		return nil, err
	}
	me, sights := access.From(ctx), map[string]access.Sight{}
	var wrong error
	kept := slices.DeleteFunc(slices.Clone(all), func(r Stored) bool {
		now, last, err := r.asked()
		if err != nil {
			wrong = err
			return true
		}
		for _, module := range s.modules(append(now, last...)) {
			right := access.Report
			if r.State == Frozen {
				right = access.Read
			}
			if !me.May(right, module) {
				return true
			}
			if _, known := sights[module]; !known {
				if sights[module], err = access.SightIn(ctx, tx, module); err != nil {
					wrong = err
					return true
				}
			}
			if !sights[module].Figures(tree, r.Unit, r.Place) {
				return true
			}
		}
		return false
	})
	return kept, wrong
}

// MayWrite reports whether the actor may change or freeze the report.
func (s *Service) MayWrite(ctx context.Context, r Stored) bool {
	now, last, err := r.asked()
	return err == nil && s.mayReport(ctx, append(now, last...)) == nil
}

// Document is what the report prints: computed now for a draft, what was kept for a frozen one. Invalid when a draft asks for a
// figure that there is no more; the sentence names the line.
func (s *Service) Document(ctx context.Context, tx *db.Tx, r Stored) (Document, error) {
	if r.State == Frozen {
		_, d, err := document(ctx, tx, r.ID)
		return d, err
	}
	return s.live(ctx, tx, r)
}

// live computes a report as it would be now.
func (s *Service) live(ctx context.Context, tx *db.Tx, r Stored) (Document, error) {
	o, scope, err := question(ctx, tx, r)
	if err != nil {
		return Document{}, err
	}
	if err := s.check(ctx, tx, o, scope.Period.To); err != nil {
		return Document{}, err
	}
	return s.Compute(ctx, tx, o, scope)
}

// question is the text of a report and what it is about.
func question(ctx context.Context, tx *db.Tx, r Stored) (Outline, indicator.Scope, error) {
	if r.Text == "" { // it comes from a list
		var err error
		if r, err = get(ctx, tx, r.ID); err != nil {
			return Outline{}, indicator.Scope{}, err
		}
	}
	o, err := ParseOutline(r.Outline, r.Text)
	if err != nil {
		return o, indicator.Scope{}, err
	}
	query, err := url.ParseQuery(r.Scope)
	if err != nil {
		return o, indicator.Scope{}, fmt.Errorf("read the scope of the report %s: %w", r.ID, err)
	}
	scope, _, err := indicator.ParseScope(ctx, tx, query)
	return o, scope, err
}

// Delete removes a draft. Conflict when somebody changed or froze it meanwhile.
func (s *Service) Delete(ctx context.Context, reportID string, version int) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		r, err := s.draft(ctx, tx, reportID)
		if err != nil {
			return err
		}
		if err := remove(ctx, tx, r.ID, version); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "report.delete", Ref: r.Ref(), Version: version,
			Changes: []access.Change{{Field: "title", Label: "标题", Before: r.Title}}})
	})
}

// Word opens the Word file of a frozen report, byte for byte as it was; the caller closes it.
func (s *Service) Word(ctx context.Context, r Stored) (*os.File, error) {
	if r.Final == nil {
		return nil, errs.E(errs.Conflict, "这份报告还没有定稿")
	}
	return s.Files.Open(ctx, org.Of(ctx), r.Final.Docx)
}
