package demo

import (
	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// closeAll lets the chair close each quarter in the middle of the month after it, the year a little later.
func (b *builder) closeAll(today day.Day) {
	for _, year := range years(today) {
		for quarter := range 4 {
			last := day.Month(year, quarter*3+3).To
			when := last.Add(15)
			if quarter == 3 {
				when = last.Add(20)
			}
			for !works(when) {
				when = when.Add(1)
			}
			if when < today {
				b.at(at(when, 16, 20), func() error { return b.close(last) })
			}
		}
	}
}

// close closes the ledger as the page of closing does: what was done is sealed before and after it.
func (b *builder) close(upTo day.Day) error {
	if err := b.Seal(b.ctx); err != nil {
		return err
	}
	ctx := b.as("wang")
	was := ""
	if b.closed != "" {
		was = b.closed.Long()
	}
	if err := b.DB.Update(ctx, func(tx *db.Tx) error {
		if err := ledger.Close(ctx, tx, upTo, access.From(ctx).Account, ""); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "ledger.close", Ref: id.Ref{Kind: "ledger", ID: org.Of(ctx)},
			Changes: []access.Change{{Field: "closed", Label: "已结到", Before: was, After: upTo.Long()}}})
	}); err != nil {
		return err
	}
	b.closed = upTo
	return b.Seal(b.ctx)
}
