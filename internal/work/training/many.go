package training

import (
	"context"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// VerifyMany makes several new classes count together («批量核实»): all of them or none. The error of the first that cannot be
// verified names its number.
func (s *Service) VerifyMany(ctx context.Context, picks []flow.Pick) (heads []flow.Head, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		if heads, err = flow.VerifyMany(ctx, tx, picks); err != nil {
			return err
		}
		for _, h := range heads {
			if h.Day > today {
				return flow.About(tx, h, errs.E(errs.Conflict, "这个班%s才结束，结束后再核实", h.Day.Short(today)))
			}
			if err := s.settle(ctx, tx, h); err != nil {
				return err
			}
		}
		return nil
	})
	return heads, err
}

// ReturnMany sends several classes back with one remark: all of them or none, as with VerifyMany.
func (s *Service) ReturnMany(ctx context.Context, picks []flow.Pick, remark string) (heads []flow.Head, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		heads = make([]flow.Head, len(picks))
		for i, p := range picks {
			h, err := flow.Get(ctx, tx, p.Ref)
			if err != nil {
				return err
			}
			if heads[i], err = flow.Return(ctx, tx, p.Ref, p.Version, remark); err != nil {
				return flow.About(tx, h, err)
			}
			if err := s.settle(ctx, tx, heads[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return heads, err
}

// Checked is what can be said of a class before it is saved: what may be wrong without blocking, and which may be the same.
type Checked struct {
	Words    Words
	Warnings []Warning
	Similar  []flow.Head
}

// Check says of a class what saving, or with submit submitting it, would say, and writes nothing. Invalid lists every wrong field.
func (s *Service) Check(ctx context.Context, tx *db.Tx, recordID string, c *Class, submit bool) (out Checked, err error) {
	if out.Words, err = s.words(ctx, tx, c.countingDay()); err != nil {
		return out, err
	}
	if code, known := out.Words.Subjects.Code(c.Subject); known {
		c.Subject = code
	}
	out.Warnings = c.warnings(out.Words.Rules, out.Words.Today)
	if c.Start != "" && c.Name != "" && c.Place != "" {
		if out.Similar, err = similar(ctx, tx, *c, recordID); err != nil {
			return out, err
		}
	}
	return out, c.wrong(out.Words, submit)
}
