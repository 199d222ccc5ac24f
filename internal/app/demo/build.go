// Package demo is the demonstration county: 云岭县, fictional, with ten townships, 96 villages, 38 member units and three years of
// training, activities and facilities. Its people
// do everything through the same services as anybody else, on the days when it was done, so that numbers, history and logs are
// what they would be. Days and figures come from a seed and today; passwords do not.
package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/xlsx"
	"shilu/internal/work/activity"
	"shilu/internal/work/external"
	"shilu/internal/work/facility"
	"shilu/internal/work/training"
)

// Clock is one that is set by hand. It is safe for concurrent use.
type Clock struct{ millis atomic.Int64 }

// Set moves the clock.
func (c *Clock) Set(t time.Time) { c.millis.Store(t.UnixMilli()) }

// Now is where it stands.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.millis.Load()).UTC() }

// Services are what the county is made with. All go by Clock.
type Services struct {
	Clock    *Clock
	DB       *db.DB
	Files    *blob.Store
	Papers   evidence.Rules
	Training *training.Service
	Activity *activity.Service
	Facility *facility.Service
	External *external.Service
	Found    func(ctx context.Context, name, code, login, fullName string) error // as `shilu init` does
	Seal     func(ctx context.Context) error                                     // numbers and signs the logs
}

// Association is how the county's association is called; Code is its code.
const (
	Association = "云岭县科学技术协会"
	Code        = "yunling"
)

// builder makes the county once.
type builder struct {
	Services
	county
	ctx    context.Context // of the association
	tree   *org.Tree
	actors map[string]access.Actor
	steps  []step
	ahead  []func() // draw papers
	closed day.Day  // the ledger is closed up to here

	classes    func(*life[training.Class, training.Words]) // verified in one go with others
	activities func(*life[activity.Activity, activity.Words])
}

// step is something done at an instant.
type step struct {
	at time.Time
	do func() error
}

// Build creates the county as it stands on the morning of today. The database has no association yet.
func Build(ctx context.Context, s Services, today day.Day) error {
	c, err := readCounty()
	if err != nil {
		return err
	}
	c.seasons = s.Activity.Catalogue
	b := &builder{Services: s, county: c, actors: map[string]access.Actor{}}
	b.classes = onFridays[training.Class, training.Words](b, s.Training.VerifyMany)
	b.activities = onFridays[activity.Activity, activity.Words](b, func(ctx context.Context, picks []flow.Pick, why string) ([]flow.Head, error) {
		heads, err := s.Activity.VerifyMany(ctx, picks, why)
		if err != nil {
			return nil, err
		}
		return heads, b.verifyShares(ctx, heads, why)
	})
	first := at(day.Year(years(today)[0]).From.Add(1), 9, 0)
	s.Clock.Set(first)
	if err := b.found(ctx); err != nil {
		return err
	}
	for _, e := range c.plan(today) {
		if err := b.teach(e, today); err != nil {
			return err
		}
	}
	if err := b.gatherAll(today); err != nil {
		return err
	}
	if err := b.standAll(today); err != nil {
		return err
	}
	b.censusAll(today)
	b.closeAll(today)
	for _, year := range years(today) { // a checkpoint at the end of each month
		for month := range 12 {
			if last := day.Month(year, month+1).To; last < today {
				b.at(at(last, 20, 0), func() error { return s.Seal(b.ctx) })
			}
		}
	}
	slices.SortStableFunc(b.steps, func(x, y step) int { return x.at.Compare(y.at) })
	drawing, stop := context.WithCancel(ctx)
	drawn := make(chan struct{})
	go func() { // papers are drawn ahead of the steps that need them
		defer close(drawn)
		for _, draw := range b.ahead {
			if drawing.Err() != nil {
				return
			}
			draw()
		}
	}()
	defer func() { stop(); <-drawn }()
	for _, x := range b.steps {
		s.Clock.Set(x.at)
		if err := x.do(); err != nil {
			return fmt.Errorf("demonstration county, %s: %w", x.at.In(zone).Format("2006-01-02 15:04"), err)
		}
	}
	return nil
}

func (b *builder) at(t time.Time, do func() error) { b.steps = append(b.steps, step{t, do}) }

// found makes the association, its places, its units and its people.
func (b *builder) found(ctx context.Context) error {
	admin := b.people[slices.IndexFunc(b.people, func(p person) bool { return slices.Contains(p.roles, access.Admin) })]
	if err := b.Found(ctx, Association, Code, admin.login, admin.name); err != nil {
		return err
	}
	if err := b.DB.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err == nil {
			b.ctx = org.With(ctx, all[0].ID)
		}
		return err
	}); err != nil {
		return err
	}
	for _, name := range []string{"places.csv", "units.csv"} {
		if err := b.importOrg(name); err != nil {
			return err
		}
	}
	return b.DB.Update(b.ctx, func(tx *db.Tx) error {
		today, err := org.Today(b.ctx, tx)
		if err != nil {
			return err
		}
		if b.tree, err = org.Load(b.ctx, tx, today); err != nil {
			return err
		}
		for _, p := range b.people {
			if p.login != admin.login {
				if err := b.account(tx, p); err != nil {
					return err
				}
			}
			if b.actors[p.login], err = access.ActorOf(b.ctx, tx, p.login); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *builder) importOrg(name string) error {
	text, err := data.ReadFile("data/" + name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	book, err := xlsx.Read(bytes.NewReader(text), int64(len(text)), name, xlsx.Limits{})
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	return b.DB.Update(b.ctx, func(tx *db.Tx) error {
		done, err := org.ImportFile(b.ctx, tx, book, "")
		if err == nil && len(done.Problems) > 0 {
			err = fmt.Errorf("%s: %s", name, fmt.Sprintf(done.Problems[0].Text, done.Problems[0].Args...))
		}
		return err
	})
}

func (b *builder) account(tx *db.Tx, p person) error {
	n := access.NewAccount{Login: p.login, Name: p.name, Unit: b.tree.Office().ID}
	grant := access.Grant{}
	if p.unit != org.OfficeCode {
		u, ok := b.tree.UnitByCode(p.unit)
		if !ok {
			return fmt.Errorf("no unit %s for %s", p.unit, p.name)
		}
		n.Unit, grant.Unit = u.ID, u.ID
	}
	for _, role := range p.roles {
		grant.Role = role
		n.Grants = append(n.Grants, grant)
	}
	_, err := access.CreateAccount(b.ctx, tx, n, access.NewSecret(b.ctx, ""))
	return err
}

// as is the context of somebody acting.
func (b *builder) as(login string) context.Context {
	actor := b.actors[login]
	actor.MustChange = false // works at the machine itself, as `--as` does
	return access.With(b.ctx, actor)
}

// resolve puts the ids of the entry's unit and place where they belong.
func (b *builder) resolve(e *entry, unit, place *string) error {
	u, ok := b.tree.UnitByCode(e.unit)
	if e.unit == org.OfficeCode {
		u, ok = b.tree.Office(), true
	}
	if !ok {
		return fmt.Errorf("no unit %s", e.unit)
	}
	p := b.tree.Root()
	if e.place != "" {
		if p, ok = b.tree.PlaceByCode(e.place); !ok {
			return fmt.Errorf("no place %s", e.place)
		}
	}
	*unit, *place = u.ID, p.ID
	return nil
}

// Accounts gives every account of the county a fresh password that need not be changed.
func Accounts(ctx context.Context, d *db.DB) (all []Account, err error) {
	c, err := readCounty()
	if err != nil {
		return nil, err
	}
	secrets := map[string]access.Secret{}
	for _, p := range c.people {
		secrets[p.login] = access.NewSecret(ctx, "")
	}
	err = d.Update(ctx, func(tx *db.Tx) error {
		all = nil
		for _, p := range c.people {
			a, err := access.FindAccount(ctx, tx, p.login)
			if err != nil {
				return err
			}
			if a.Closed {
				continue
			}
			password, err := access.LastingPassword(ctx, tx, a.ID, secrets[p.login])
			if err != nil {
				return err
			}
			var roles []string
			for _, role := range p.roles {
				roles = append(roles, role.Title())
			}
			all = append(all, Account{Login: p.login, Password: password, Name: a.Name, Unit: a.UnitName, Role: strings.Join(roles, "、")})
		}
		return nil
	})
	return all, err
}

// Account is an account of the county with its password of this start.
type Account struct {
	Login, Password, Name, Unit, Role string
}
