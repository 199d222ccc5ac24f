package pages

import (
	"net/http"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// postPreview answers what the record would count for as it is typed.
func (p *Pages[T, W]) postPreview(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		ref := p.Book.Ref(f.Values.Get("id"))
		var was T
		if f.Values.Get("version") == "" { // a new record counts by itself: the id of another would tell what that one has posted
			ref = p.Book.Ref(id.New())
		} else {
			h, err := flow.Get(v.Ctx, tx, ref)
			if err != nil {
				return err
			}
			rec, err := p.Book.GetIn(v.Ctx, tx, h.Number)
			if err != nil {
				return err
			}
			was = rec.Body
		}
		body, err := p.Form.Read(v.Ctx, tx, f, was)
		if err != nil {
			return err
		}
		box, err := p.preview(tx, v, f, body, ref)
		if err != nil {
			return err
		}
		return v.Part(w, page.PreviewSlot(box))
	})
}

// preview is «核实后计入» of a body as it is typed: numbers that are wrong count for nothing and say so.
func (p *Pages[T, W]) preview(tx *db.Tx, v *desk.Visit, f *web.Form, body T, ref id.Ref) (page.CountsHere, error) {
	checked, err := p.Book.Check(v.Ctx, tx, ref.ID, &body, false)
	wrong := v.AllErrors(f, err)
	if err != nil && !errs.Is(err, errs.Invalid) {
		return page.CountsHere{}, err
	}
	var lines []page.CountsRow
	for _, one := range p.Form.Numbers {
		if desk.ErrorOf(wrong, one.Field) != "" {
			one.Clear(&body)
			lines = append(lines, page.CountsRow{Name: v.T(one.Name), Wrong: v.T("先改正%s", v.T(one.Name))})
		}
	}
	facts, err := p.Book.FactsOf(v.Ctx, tx, body)
	if err != nil {
		return page.CountsHere{}, err
	}
	for _, field := range p.Form.Stops {
		if desk.ErrorOf(wrong, field) != "" {
			facts = nil
		}
	}
	h := p.Book.Head(body)
	if h.Unit == "" { // nobody's numbers are shown for a unit that is not his to write for
		facts = nil
	}
	box, err := p.counts(tx, v, ref, body, facts, false)
	if err != nil {
		return box, err
	}
	box.Rows = append(box.Rows, lines...)
	if h.Day != "" {
		box.Note = v.T("计入 %s", day.Month(h.Day.Year(), h.Day.Month()).Words())
		first, closed, err := reaches(v, tx, ref, h.Day, facts)
		if err != nil {
			return box, err
		}
		if first != "" {
			box.Not = append(box.Not, v.T("%s的账已经结了（结到%s）：可以交，核实后记为更正，要写明原因", v.T(first.Long()), v.T(closed.Long())))
		}
	}
	if town := elsewhere(v.Tree, h); town != "" {
		box.Not = append(box.Not, v.T("在%s办，计入%s", town, town))
	}
	for _, one := range checked.Warnings {
		box.Not = append(box.Not, v.T(one.Text, one.Args...))
	}
	if p.Form.Says != nil {
		box.Not = append(box.Not, p.Form.Says(v, body, checked)...)
	}
	return box, nil
}

// reaches is the first day on which a record counts otherwise once it is verified, where that is on closed days, and up to when these are;
// "" where it is not. What was wrong from the start of a facility is put right on days long before that of its record.
func reaches(v *desk.Visit, tx *db.Tx, ref id.Ref, on day.Day, facts []ledger.Fact) (first, closed day.Day, err error) {
	if closed, err = ledger.ClosedUpTo(v.Ctx, tx); err != nil || closed == "" {
		return "", "", err
	}
	if first, err = ledger.ChangedFrom(v.Ctx, tx, ref, facts); err != nil {
		return "", "", err
	}
	if first == "" || on <= closed {
		first = on
	}
	if first > closed {
		return "", "", nil
	}
	return first, closed, nil
}

// counts is «核实后计入», or «已计入», of a record with what counts along with it.
func (p *Pages[T, W]) counts(tx *db.Tx, v *desk.Visit, ref id.Ref, body T, facts []ledger.Fact, counted bool) (box page.CountsHere, err error) {
	var along []indicator.Posted
	says := ""
	if p.Along != nil && len(facts) > 0 {
		if along, says, err = p.Along(tx, v, ref.ID, body, counted); err != nil {
			return box, err
		}
	}
	box, err = v.Counts(tx, ref, facts, counted, along...)
	box.Not = append(nonEmpty(says), box.Not...)
	return box, err
}

// elsewhere is the township of the record's place when its unit serves another one; "" when there is nothing to say.
func elsewhere(tree *org.Tree, h flow.Head) string {
	at, inTown := tree.Township(h.Place)
	home, serves := tree.Township(tree.Unit(h.Unit).Place)
	if !inTown || !serves || at.ID == home.ID {
		return ""
	}
	return at.Name
}
