// Package pages has the pages that every register shares: the list with its views, filters, foot and exports; the form that loses
// nothing; the record with its flow, papers and effects. A module says what is its own by plain functions: which columns and fields
// there are, what they show, what else a record's page has.
package pages

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// Pages are the pages of one register, below /kind. It is filled once, at the start.
type Pages[T, W any] struct {
	Desk *desk.Desk
	Book *register.Book[T, W]

	Title string   // of a record and of the list: 培训班
	Noun  string   // measure word of a record: 期
	Group string   // of the navigation that the list stands in: 业务记录
	Tags  []string // offered in the scope bar, by name
	// Sheet is how workbooks are let in, and what the export of the list writes; nil: none are let in, and List.Export says the columns.
	Sheet *register.Sheet[T, W]

	// Elsewhere says that new records are made on another page, such as that of the event they are parts of: nothing leads to a form.
	Elsewhere bool

	List   List[T, W]
	Form   Form[T, W]
	Record Detail[T, W]

	// Along are the records that count along with one that says body, each with what it posts then, and in words which they are: the
	// shares of a joint activity. counted asks for those that count already. nil: a record counts alone.
	Along func(tx *db.Tx, v *desk.Visit, record string, body T, counted bool) (all []indicator.Posted, says string, err error)

	// Seen names the records that are verified along with one that waits, each as it is shown; Moves.VerifyAlong gets it back. nil: none are.
	Seen func(ctx context.Context, tx *db.Tx, record string) (string, error)

	// Moves puts the module's own steps in the place of the book's, where one does more than the book: verifying a joint activity with
	// the shares of its partners. nil: none.
	Moves func(m *desk.Moves)
}

// Module is what the register tells the application; the module adds what else it has.
func (p *Pages[T, W]) Module(migrations db.Source) desk.Module {
	b := p.Book
	records := b.Records()
	records.Title = p.Title
	m := desk.Module{Kind: b.Kind, Records: records, Export: p.export, Title: p.Title, Migrations: migrations, Restater: b.Restater(),
		Checks: []ledger.Check{{Name: b.Kind, Run: b.CheckRows}}, Says: b.Says, Subject: b.Subject, Subjects: b.Subjects,
		Nav: []desk.Entry{{Group: p.Group, Label: p.Title, Path: p.path(""), Right: string(access.Read), Module: b.Kind,
			Count: func(t desk.Todo) int64 { return t.Verify[b.Kind] + t.Returned[b.Kind] + t.Asked[b.Kind] }}},
		Routes: p.Routes(),
	}
	if p.Sheet != nil {
		m.Intake = p.Sheet
	}
	return m
}

// Routes are the addresses of the register, those of the flow among them.
func (p *Pages[T, W]) Routes() []web.Route {
	route := func(method, path string, right access.Right, h web.Handler) web.Route {
		return web.Route{Pattern: method + " " + p.path(path), Right: string(right), Module: p.Book.Kind, Handler: h}
	}
	return append([]web.Route{
		route("GET", "", access.Read, p.getList),
		route("GET", "/export", access.Export, p.getExport),
		route("POST", "/batch/export", access.Export, p.postExport),
		route("GET", "/new", access.Write, p.getNew),
		route("POST", "/new", access.Write, p.postNew),
		route("POST", "/new/drop", access.Write, p.postDrop),
		route("POST", "/keep", access.Write, p.postKeep),
		route("POST", "/preview", access.Write, p.postPreview),
		route("GET", "/{number}", access.Read, p.getRecord),
		route("GET", "/{number}/edit", access.Write, p.getEdit),
		route("POST", "/{number}/edit", access.Write, p.postEdit),
	}, p.MoveRoutes()...)
}

// MoveRoutes are the addresses of the flow.
func (p *Pages[T, W]) MoveRoutes() []web.Route {
	b := p.Book
	moves := desk.Moves{Kind: b.Kind, Title: p.Title, Noun: p.Noun, Submit: b.Submit, Withdraw: b.Withdraw, Verify: b.Verify,
		Return: b.Return, Void: b.Void, Delete: b.Delete, VerifyMany: b.VerifyMany, ReturnMany: b.ReturnMany, Record: p.ShowRecord, List: p.ShowList}
	if p.Moves != nil {
		p.Moves(&moves)
	}
	return p.Desk.MoveRoutes(moves)
}

// path is the address of something below the register.
func (p *Pages[T, W]) path(below string) string { return "/" + p.Book.Kind + below }

// Href is the page of a record with the list that one came from.
func Href(v *desk.Visit, h flow.Head) string {
	at := v.At
	at.Path = desk.Href(h.Kind, h.Number)
	return at.String()
}

// hrefOr is Href; "" for no record.
func hrefOr(v *desk.Visit, h flow.Head) string {
	if h.ID == "" {
		return ""
	}
	return Href(v, h)
}

// CountText is a count as pages show it; "" for blank.
func CountText(v *desk.Visit, c *register.Count) string {
	if c == nil {
		return ""
	}
	return v.CountOf(c.N, c.Exactness)
}

// PlaceWords is the place with a space between township and village, as columns read best.
func PlaceWords(tree *org.Tree, place string) string {
	at := tree.Place(place)
	town, ok := tree.Township(place)
	if !ok || town.ID == at.ID {
		return tree.PlaceName(place)
	}
	return town.Name + " " + at.Name
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// crumb leads back to the list.
func (p *Pages[T, W]) crumb(v *desk.Visit, href string) page.NavItem {
	return page.NavItem{Label: v.T(p.Title), Href: href}
}
