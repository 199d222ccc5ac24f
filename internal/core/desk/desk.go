package desk

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// Desk is what pages are made with. It is filled once, at the start.
type Desk struct {
	DB         *db.DB
	Files      *blob.Store
	Indicators *indicator.Catalogue
	Papers     evidence.Rules
	Nav        []Entry
	// AskedN are those of the modules that ask something beside records, by kind.
	AskedN map[string]func(tx *db.Tx, v *Visit) (int64, error)
	// Impacts add lines to «核实后计入» beside the indicators: what an assessment would say.
	Impacts []Impact
	// Uses gives what used the figures of a record, reports mostly: 用在 on its page. nil leaves that out.
	Uses    func(tx *db.Tx, v *Visit, ref id.Ref) ([]page.Use, error)
	Version string // of the program
}

// Visit is one request as pages see it: who asks, in which scope. Make it by Enter.
type Visit struct {
	*Desk
	Ctx         context.Context
	At          page.Address
	Association org.Association
	Actor       access.Actor
	Today       day.Day
	Scope       indicator.Scope
	Tree        *org.Tree    // as of the last day of the scope's period
	Sight       access.Sight // in all modules together
	tx          *db.Tx       // that of the page; the frame reads from it what only whole pages show
}

// Enter reads what every page needs, in the given transaction. Invalid when the scope in the address is not understood.
func (d *Desk) Enter(tx *db.Tx, r *http.Request) (*Visit, error) {
	v := &Visit{Desk: d, tx: tx, Ctx: r.Context(), At: page.AddressOf(r), Actor: access.From(r.Context())}
	var err error
	if v.Association, err = org.Get(v.Ctx, tx); err != nil {
		return nil, err
	}
	if v.Today, err = org.Today(v.Ctx, tx); err != nil {
		return nil, err
	}
	if own, ok := v.At.OwnPeriod(); ok { // the fields of the scope bar's own period
		v.At = own
	}
	if v.Scope, v.Tree, err = indicator.ParseScope(v.Ctx, tx, v.At.Query); err != nil {
		return nil, err
	}
	if v.Sight, err = access.SightOf(v.Ctx, tx); err != nil {
		return nil, err
	}
	if v.Scope.Unit == "" && v.Scope.Place == "" && v.At.Get("place") == "" {
		// A clerk's pages open on his unit, not on a county that he may not see.
		own := v.OwnScope()
		v.Scope.Unit, v.Scope.Place = own.Unit, own.Place
	}
	return v, nil
}

// View runs fn with a visit in one read transaction.
func (d *Desk) View(r *http.Request, fn func(tx *db.Tx, v *Visit) error) error {
	return d.DB.View(r.Context(), func(tx *db.Tx) error {
		v, err := d.Enter(tx, r)
		if err != nil {
			return err
		}
		return fn(tx, v)
	})
}

// todo counts what waits for the reader.
func (v *Visit) todo() (Todo, error) {
	t := Todo{Verify: map[string]int64{}, Returned: map[string]int64{}, Drafts: map[string]int64{}, Asked: map[string]int64{}}
	if !v.Actor.SignedIn() {
		return t, nil
	}
	found, err := flow.TodoCounts(v.Ctx, v.tx)
	if err != nil {
		return t, err
	}
	for _, c := range found {
		t.Verify[c.Kind] += c.Verify
		t.Returned[c.Kind] += c.Returned
		t.Drafts[c.Kind] += c.Drafts
		t.All += c.Verify + c.Returned + c.Drafts
	}
	for kind, count := range v.AskedN {
		n, err := count(v.tx, v)
		if err != nil {
			return t, err
		}
		t.Asked[kind] = n
		t.All += n
	}
	return t, nil
}

// Page says how a page stands in its frame.
type Page struct {
	Title   string
	Path    string // which entry of the navigation is marked; the address's own unless given
	NoScope bool   // no scope holds here: settings, accounts
	Wide    bool
	Tags    []string // tags offered in the scope bar, by name; kind and subject unless given
	Status  int      // of the answer; 0 is 200
}

// Render answers with the page around the body. It is called where the visit's transaction is still open.
func (v *Visit) Render(w http.ResponseWriter, r *http.Request, p Page, body templ.Component) error {
	f, err := v.frame(w, r, p)
	if err != nil {
		return err
	}
	ctx, err := v.savedViews(v.Ctx)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "HX-Target")
	if p.Status != 0 {
		w.WriteHeader(p.Status)
	}
	return page.FramePage(f).Render(templ.WithChildren(ctx, body), w)
}

// Part answers with a part of a page alone: a preview, the content of the drawer.
func (v *Visit) Part(w http.ResponseWriter, c templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "HX-Target")
	return c.Render(v.Ctx, w)
}

// T is lang.T in the language of the request.
func (v *Visit) T(text string, args ...any) string { return lang.T(v.Ctx, text, args...) }

// Unit is lang.Unit in the language of the request.
func (v *Visit) Unit(unit, figure string) string { return lang.Unit(v.Ctx, unit, figure) }
