package activity

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// along are the shares that count with an activity as the body says it, and which they are in words: those that are verified and,
// while the activity itself waits, those that will be verified with it. Who verifies is told of his own that another must verify.
func (s *Service) along(tx *db.Tx, v *desk.Visit, record string, a Activity, counted bool) (all []indicator.Posted, says string, err error) {
	shares, err := s.sharesOf(v.Ctx, tx, record)
	if err != nil || len(shares) == 0 {
		return nil, "", err
	}
	goes := func(sh EnteredShare) bool { return sh.State == flow.Submitted }
	if v.Actor.May(access.Check, ShareKind) {
		waiting, err := goAlong(v.Ctx, tx, shares)
		if err != nil {
			return nil, "", err
		}
		goes = func(sh EnteredShare) bool {
			return slices.ContainsFunc(waiting, func(h flow.Head) bool { return h.ID == sh.ID })
		}
	}
	event := &Event{Head: flow.Head{State: flow.Verified}, Body: a}
	var names []string
	others := 0
	for _, sh := range shares {
		switch {
		case sh.State == flow.Verified, !counted && goes(sh):
			body := sh.Body
			body.event = event
			all = append(all, indicator.Posted{Ref: sh.Ref(), Facts: s.shareFacts(body)})
			names = append(names, v.Tree.Unit(sh.Unit).Name)
		case sh.State == flow.Submitted:
			others++
		}
	}
	var parts []string
	if n := len(names); n > 0 {
		said := strings.Join(names[:min(n, 3)], v.T("、"))
		if n > 3 {
			said = v.T("%s等", said)
		}
		parts = append(parts, v.T("连 %d 份份额一起算：%s", n, said))
	}
	if others > 0 {
		parts = append(parts, v.T("另有 %d 份份额等核实，不算在内", others))
	}
	return all, strings.Join(parts, v.T("；")), nil
}

// left says how many shares of activities that were verified together still wait: their pages were not looked at.
func (s *Service) left(ctx context.Context, heads []flow.Head) (says string, err error) {
	n := 0
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		for _, h := range heads {
			waiting, err := s.waiting(ctx, tx, h.ID)
			if err != nil {
				return err
			}
			n += len(waiting)
		}
		return nil
	})
	if n > 0 {
		says = lang.T(ctx, "还有 %d 份份额等核实，请打开看过再核实", n)
	}
	return says, err
}

// sharesStay refuses a version that leaves out units whose shares would go on counting: taken off the partners, or not asked for shares
// any more. What was settled into a share stands whatever the partners are.
func (s *Service) sharesStay(ctx context.Context, tx *db.Tx, record string, was, a Activity, w Words) error {
	partner := func(a Activity, unit string) bool {
		return slices.ContainsFunc(a.Partners, func(p Partner) bool { return p.Unit == unit })
	}
	closes := was.Open && !a.Open
	if !closes && !slices.ContainsFunc(was.Partners, func(p Partner) bool { return p.Unit != "" && !partner(a, p.Unit) }) {
		return nil
	}
	shares, err := s.sharesOf(ctx, tx, record)
	if err != nil {
		return err
	}
	var f errs.Fields
	stay := 0
	for _, sh := range shares {
		switch {
		case sh.Body.Merged != "":
		case partner(was, sh.Unit) && !partner(a, sh.Unit):
			f.Add("partners", "%s已填份额，请先作废它的份额，或者留着这个单位", w.Tree.Unit(sh.Unit).Name)
		default:
			stay++
		}
	}
	if closes && stay > 0 {
		f.Add("open", "已有 %d 个单位填了份额，请先作废这些份额，或者照旧请各单位自己填", stay)
	}
	return f.Err()
}
