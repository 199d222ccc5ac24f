package register

import (
	"context"
	"errors"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// notYet refuses a body by which something happened in a place before the place was there: it would stand above the line of a coverage and
// not below it. What the version before it, was, said already is let be, so that all else of an old record can be put right; nil for none.
func (b *Book[T, W]) notYet(tree *org.Tree, was *T, body T) error {
	if b.Beforehand || !tree.Dated() {
		return nil
	}
	said := b.saidIn(was)
	var wrong errs.Fields
	for _, h := range b.happenings(body) {
		if p := tree.Place(h.place); h.on < p.Opened && !said[h] {
			said[h] = true
			wrong.Add("place", "「%s」从%s起才有，不能有%s的事；请核对日期和地点，或者先改它从哪天起有", p.Name, p.Opened.Long(), h.on.Long())
		}
	}
	return wrong.Err()
}

// noMore refuses what somebody enters anew for a place that was merged into another by then. It counts for that one either way, so what
// comes in a workbook, or was entered before the merger, is let be. What the version before said already is let be, too.
func (b *Book[T, W]) noMore(tree *org.Tree, was *T, body T) error {
	said := b.saidIn(was)
	var wrong errs.Fields
	for _, h := range b.happenings(body) {
		if p := tree.Place(h.place); h.anew && !said[h] && p.ID != "" && h.on >= p.Closed {
			said[h] = true
			into := tree.Place(p.Parent).Name
			wrong.Add("place", "「%s」从%s起并入%s，%s的事请记在%s", p.Name, p.Closed.Long(), into, h.on.Long(), into)
		}
	}
	return wrong.Err()
}

// placed is notYet of a version that is to be verified: since it was written, the beginning of its place may have changed. record is that of a
// version over a standing one, "" for a new one. Conflict.
func (b *Book[T, W]) placed(ctx context.Context, tx *db.Tx, record string, body T) error {
	tree, err := treeToday(ctx, tx)
	if err != nil || !tree.Dated() {
		return err
	}
	var was *T
	if record != "" {
		h, err := flow.Get(ctx, tx, b.Ref(record))
		if err != nil {
			return err
		}
		if h.Verified > 0 {
			was = new(T)
			if err := flow.Body(ctx, tx, h.Ref(), h.Verified, was); err != nil {
				return err
			}
		}
	}
	var e *errs.Error
	if errors.As(b.notYet(tree, was, body), &e) {
		return errs.E(errs.Conflict, e.Fields[0].Text, e.Fields[0].Args...)
	}
	return nil
}

// happening is that something was in a place on a day. What happened anew chose its place then; what stands, stands where it stood also
// after its place was merged into another, and so does what happens at it.
type happening struct {
	place string
	on    day.Day
	anew  bool
}

// saidIn are the happenings of a version; none for nil.
func (b *Book[T, W]) saidIn(was *T) map[happening]bool {
	said := map[happening]bool{}
	if was != nil {
		for _, h := range b.happenings(*was) {
			said[h] = true
		}
	}
	return said
}

// happenings are where and when the body counts: by its head, and by the facts that count the place itself.
func (b *Book[T, W]) happenings(body T) (all []happening) {
	facts := b.Facts(body)
	if h := b.Head(body); len(facts) > 0 && h.Day != "" {
		all = append(all, happening{h.Place, h.Day, b.Beside == nil})
	}
	for _, f := range facts {
		if f.Key != "" {
			all = append(all, happening{f.Key, f.Day, f.Movement == "" && b.Beside == nil})
		}
	}
	return all
}

// treeToday is the trees of today, with since when each place is there.
func treeToday(ctx context.Context, tx *db.Tx) (*org.Tree, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return org.Load(ctx, tx, today)
}
