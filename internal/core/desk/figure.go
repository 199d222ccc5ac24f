package desk

import (
	"net/url"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
)

// TraceHref is the address of a figure's trace.
func TraceHref(code string, scope indicator.Scope, tree *org.Tree) string {
	u := url.URL{Path: "/figures/" + code, RawQuery: scope.Query(tree).Encode()}
	return u.String()
}

// ProofOf is the seal of a figure as pages show it.
func ProofOf(f indicator.Figure) page.Proof {
	switch f.Seal {
	case indicator.Full:
		return page.ProofFull
	case indicator.Outline:
		return page.ProofOutline
	case indicator.Frozen:
		return page.ProofFrozen
	case indicator.NoSeal:
	}
	return page.ProofNone
}

// Figure is a figure as pages show it, linked to its trace.
func (v *Visit) Figure(f indicator.Figure) page.Figure {
	out := page.Figure{Name: f.Def.Short(), Value: f.Screen(v.Ctx), Unit: v.Unit(f.Unit(), f.Screen(v.Ctx)), Href: TraceHref(f.Def.Code, f.Scope, v.Tree), Proof: ProofOf(f), External: f.Typed()}
	if f.PendingRecords > 0 {
		out.Pending = v.T("另有 %d 条待核实", f.PendingRecords)
	}
	if !f.Available {
		out.Value, out.Href, out.Note = "", "", f.Reason
	}
	return out
}

// CountOf is a number of a record, with its word of exactness: 58, 约 50, 200 以上, 近 300. It has no trace of its own.
func (v *Visit) CountOf(n int64, e ledger.Exactness) string {
	return v.Worded(indicator.Commas(itoa(n)), e)
}

// Worded is CountOf for digits that are written already.
func (v *Visit) Worded(digits string, e ledger.Exactness) string {
	switch e {
	case ledger.About:
		return v.T("约 %s", digits)
	case ledger.AtLeast:
		return v.T("%s 以上", digits)
	case ledger.Nearly:
		return v.T("近 %s", digits)
	}
	return digits
}
