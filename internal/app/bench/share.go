package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
)

// measureShares is W5: many units enter their shares of one joint activity through HTTP at the same time. All must be there
// afterwards, and add up.
func measureShares(ctx context.Context, s *stage) error {
	many := 1000
	if s.Short {
		many = 40
	}
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	event, units, err := jointEvent(c, many)
	if err != nil {
		return err
	}
	h, err := serve(ctx, s, c)
	if err != nil {
		return err
	}
	if err := h.signIn(ctx, "officer", c.once["officer"]); err != nil {
		return err
	}
	work := make(chan int)
	took, failed := make([]time.Duration, many), make([]error, many)
	var group sync.WaitGroup
	begin := time.Now()
	for range clients {
		group.Go(func() {
			for n := range work {
				at := time.Now()
				_, _, failed[n] = h.do(ctx, http.MethodPost, "/activity/"+event.Number+"/share", url.Values{"csrf": {h.csrf}, "client": {id.New()}, "unit": {units[n].Code},
					"panels": {strconv.Itoa(n % 50)}, "consults": {"30"}, "staff": {"4"}}, http.StatusSeeOther)
				took[n] = time.Since(at)
			}
		})
	}
	want := int64(0)
	for n := range many {
		want += int64(n % 50)
		work <- n
	}
	close(work)
	group.Wait()
	seconds := time.Since(begin).Seconds()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	officer, err := c.as("officer")
	if err != nil {
		return err
	}
	joint, err := c.Activity.Joint(officer, event.Number)
	if err != nil {
		return err
	}
	for _, n := range joint.Totals {
		if n.Code == "panels" && (len(joint.Shares) != many || n.Added == nil || n.Added.N != want) {
			return fmt.Errorf("%d shares with %v panels are there, %d with %d were entered", len(joint.Shares), n.Added, many, want)
		}
	}
	row := rates("W5", s.dialect(), sorted(took), nil, seconds, 0)
	row.Says, row.Required = fmt.Sprintf("%d shares of one joint activity through HTTP, %d clients", many, clients), "1,000 in 10 s, p99 < 300 ms, none lost"
	s.Report(row)
	return nil
}

// jointEvent makes an activity in which so many units take part.
func jointEvent(c *county, many int) (event register.Entered, units []org.Unit, err error) {
	officer, err := c.as("officer")
	if err != nil {
		return event, nil, err
	}
	var today day.Day
	if err := c.DB.Update(officer, func(tx *db.Tx) (err error) {
		units = make([]org.Unit, 0, many)
		for n := range many {
			u, err := org.AddUnit(officer, tx, org.Unit{Code: fmt.Sprintf("s%04d", n), Name: fmt.Sprintf("成员单位%04d", n), Kind: org.KindMember, Parent: c.tree.Office().ID})
			if err != nil {
				return err
			}
			units = append(units, u)
		}
		today, err = org.Today(officer, tx)
		return err
	}); err != nil {
		return event, nil, err
	}
	a := activity.Activity{Category: "consult", Name: "科普日一条街", Life: activity.Held, Start: today, End: today, Unit: c.tree.Office().ID, Spot: activity.Spot{Place: c.tree.Root().ID}, Open: true,
		Counts: activity.Counts{"onsite": {N: 3000}}}
	for _, u := range units {
		a.Partners = append(a.Partners, activity.Partner{Role: "参与", Unit: u.ID})
	}
	event, err = c.Activity.Create(officer, register.New[activity.Activity]{Body: a, Submit: true})
	return event, units, err
}
