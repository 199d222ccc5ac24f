// Package org knows the association, its two trees (units do the work, places are where it happens), its settings and
// its vocabularies. Trees are dated links; a query uses the tree of the last day of its period (design.md, 4.4).
package org

import (
	"context"
	"embed"
	"sync"
	"time"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package. They need those of core/log.
var Migrations = db.MustSource("org", migrations)

// With and Of carry the association's id in the context; see package association.
func With(ctx context.Context, id string) context.Context { return association.With(ctx, id) }

// Of gives the association of ctx.
func Of(ctx context.Context) string { return association.Of(ctx) }

// Always is the first day of a link or name that has no known beginning.
const Always day.Day = "0001-01-01"

// Association is the tenant: a county's, city's or province's 科协.
type Association struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Short  string `json:"short"`
	Parent string `json:"parent"`
	Zone   string `json:"zone"`
}

// Create adds an association with its root place (the county) and its office, the unit of its own staff.
// short is the county's name, "云岭县"; it names the root place.
func Create(ctx context.Context, tx *db.Tx, a Association) (Association, error) {
	if a.Name == "" {
		return a, errs.E(errs.Invalid, "请写科协的名称，例如「云岭县科学技术协会」")
	}
	if a.ID == "" {
		a.ID = id.New()
	}
	if a.Zone == "" {
		a.Zone = UsualZone
	}
	if a.Short == "" {
		a.Short = County(a.Name)
	}
	if a.Code == "" {
		a.Code = a.Name
	}
	if _, err := tx.Exec(ctx, "INSERT INTO association (id, code, name, short, parent, zone, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Code, a.Name, a.Short, a.Parent, a.Zone, tx.Millis()); err != nil {
		if db.IsUnique(err) {
			return a, errs.E(errs.Conflict, "已经有代码为「%s」的科协", a.Code)
		}
		return a, err
	}
	ctx = With(ctx, a.ID)
	if _, err := log.Append(ctx, tx, log.Ledger, associationEntry, a); err != nil {
		return a, err
	}
	root, err := AddPlace(ctx, tx, Place{Code: "0", Name: a.Short, Level: LevelCounty})
	if err != nil {
		return a, err
	}
	_, err = AddUnit(ctx, tx, Unit{Code: OfficeCode, Name: a.Short + "科协", Kind: KindOffice, Place: root.ID})
	return a, err
}

// County takes 云岭县 out of 云岭县科学技术协会.
func County(name string) string {
	for _, tail := range []string{"科学技术协会", "科协"} {
		if n := len(name) - len(tail); n > 0 && name[n:] == tail {
			return name[:n]
		}
	}
	return name
}

func scanAssociation(s db.Scanner) (a Association, err error) {
	err = s.Scan(&a.ID, &a.Code, &a.Name, &a.Short, &a.Parent, &a.Zone)
	return a, err
}

const associationColumns = "id, code, name, short, parent, zone"

// Get reads the association of ctx.
func Get(ctx context.Context, tx *db.Tx) (Association, error) {
	return db.One(ctx, tx, scanAssociation, "SELECT "+associationColumns+" FROM association WHERE id = ?", Of(ctx))
}

// All lists the associations that this installation serves, oldest first.
func All(ctx context.Context, tx *db.Tx) ([]Association, error) {
	return db.All(ctx, tx, scanAssociation, "SELECT "+associationColumns+" FROM association ORDER BY created, id")
}

// Founded is when the association was made here, in UTC milliseconds.
func Founded(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], "SELECT created FROM association WHERE id = ?", Of(ctx))
}

// ByHost finds whose address a host name is. With one association every host is its own. NotFound when the host is unknown.
func ByHost(ctx context.Context, tx *db.Tx, host string) (Association, error) {
	all, err := All(ctx, tx)
	if err != nil {
		return Association{}, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return db.One(ctx, tx, scanAssociation, "SELECT "+associationColumns+
		" FROM association WHERE id IN (SELECT association FROM host WHERE host = ?)", host)
}

// UsualZone is that of an association which names none.
const UsualZone = "Asia/Shanghai"

var zones sync.Map

// Location is the time zone of the association.
func (a Association) Location() *time.Location {
	if z, ok := zones.Load(a.Zone); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(a.Zone)
	if err != nil {
		z = time.FixedZone("UTC+8", 8*3600)
	}
	zones.Store(a.Zone, z)
	return z
}

// Today is the day that it is now in the association's zone, by the application's clock.
func Today(ctx context.Context, tx *db.Tx) (day.Day, error) {
	a, err := Get(ctx, tx)
	return day.At(tx.Now, a.Location()), err
}
