// Package access knows who acts, what each may do and which records each may see, and keeps the history of what was done
// (design.md, section 6).
package access

import (
	"context"
	"embed"
	"slices"

	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package. They need those of core/org and core/log.
var Migrations = db.MustSource("access", migrations)

// Actor is who acts in a request or job.
type Actor struct {
	Association    string
	Account        string  // id
	User, Name     string  // login name, name shown
	Unit, UnitName string  // home unit
	Grants         []Grant // those that hold today
	Address        string  // network address, for the history
	Request        string  // number of the request, for the history
	MustChange     bool    // the password is a one-time one: nothing is allowed but to change it
	MustCode       bool    // the sign-in waits for the code: the session opens nothing yet (Codes.Finish)
}

type key struct{}

// With sets who acts.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From gives who acts; the zero Actor, which may do nothing, when nobody is signed in.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(key{}).(Actor)
	return a
}

// SignedIn reports whether somebody acts.
func (a Actor) SignedIn() bool { return a.Account != "" }

// Has reports whether the actor holds the role anywhere.
func (a Actor) Has(role Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == role })
}
