package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
)

// jointEvent makes an activity in which so many units take part, and gives its number and their codes.
func (v *victim) jointEvent(units int) (number string, codes []string) {
	v.Helper()
	officer, err := v.app.As(v.ctx, "liyan")
	if err != nil {
		v.Fatal(err)
	}
	a := activity.Activity{Category: "consult", Name: "科普日一条街", Life: activity.Held, Start: killToday, End: killToday, Open: true, Counts: activity.Counts{"onsite": {N: 3000}}}
	if err := v.app.DB.Update(officer, func(tx *db.Tx) error {
		tree, err := org.Load(officer, tx, killToday)
		if err != nil {
			return err
		}
		a.Unit, a.Spot = tree.Office().ID, activity.Spot{Place: tree.Root().ID}
		for n := range units {
			u, err := org.AddUnit(officer, tx, org.Unit{Code: fmt.Sprintf("s%04d", n), Name: fmt.Sprintf("成员单位%04d", n), Kind: org.KindMember, Parent: tree.Office().ID})
			if err != nil {
				return err
			}
			codes = append(codes, u.Code)
			a.Partners = append(a.Partners, activity.Partner{Role: "参与", Unit: u.ID})
		}
		return nil
	}); err != nil {
		v.Fatal(err)
	}
	event, err := v.app.Activity.Create(officer, register.New[activity.Activity]{Body: a, Submit: true})
	if err != nil {
		v.Fatal(err)
	}
	return event.Number, codes
}

// TestKilledServersLoseNoShares kills the server while many units enter their shares of one joint event (W5). Whatever was
// acknowledged is there, once, and adds up; what was sent again after a kill is not doubled.
func TestKilledServersLoseNoShares(t *testing.T) {
	const units, kills = 300, 8
	eachEngine(t, func(v *victim) {
		number, codes := v.jointEvent(units)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			v.Fatal(err)
		}
		addr := l.Addr().String()
		_ = l.Close()
		s, _ := v.serve(addr)
		officer := v.desk(addr, "zhoumin")
		work := make(chan int)
		var mu sync.Mutex
		var done, again int
		var strange []string
		reached := func(n int) bool {
			mu.Lock()
			defer mu.Unlock()
			return done >= n || len(strange) > 0
		}
		var working sync.WaitGroup
		for range 6 {
			d := officer.copy()
			working.Go(func() {
				for n := range work {
					form := url.Values{"client": {id.New()}, "unit": {codes[n]}, "panels": {strconv.Itoa(n % 50)}, "staff": {"4"}}
					tries := 0
					for ; ; tries++ {
						status, where, body, err := d.send(v.ctx, "/activity/"+number+"/share", form)
						if err != nil { // killed: the same form again, the server comes back
							time.Sleep(20 * time.Millisecond)
							continue
						}
						if status != http.StatusSeeOther || strings.HasPrefix(where, "/login") {
							mu.Lock()
							strange = append(strange, fmt.Sprintf("share of %s: %d to %q: %.300s", codes[n], status, where, body))
							mu.Unlock()
						}
						break
					}
					mu.Lock()
					done++
					if tries > 0 {
						again++
					}
					mu.Unlock()
				}
			})
		}
		want := int64(0)
		for n := range units {
			want += int64(n % 50)
		}
		working.Go(func() {
			defer close(work)
			for n := range units {
				work <- n
			}
		})
		for n := range kills {
			for range 3000 { // no kill comes before there is work to lose, and all come before the end
				if reached((n + 1) * units / (kills + 2)) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond) //nolint:gosec // any moment will do
			s.kill(v)
			s, _ = v.serve(addr)
		}
		working.Wait()
		s.kill(v)

		v.Logf("%d kills; %d shares acknowledged, of them %d after sending again", kills, done, again)
		for _, what := range strange {
			v.Error(what)
		}
		if again == 0 {
			v.Error("no share was ever sent again: the kills mean nothing")
		}
		officerCtx, err := v.app.As(v.ctx, "liyan")
		if err != nil {
			v.Fatal(err)
		}
		joint, err := v.app.Activity.Joint(officerCtx, number)
		if err != nil {
			v.Fatal(err)
		}
		if n := v.count("SELECT COUNT(*) FROM activity_share"); len(joint.Shares) != units || n != units {
			v.Errorf("%d shares on the page, %d rows, %d were acknowledged", len(joint.Shares), n, units)
		}
		for _, n := range joint.Totals {
			if n.Code == "panels" && (n.Added == nil || n.Added.N != want) {
				v.Errorf("%v panels, %d were entered", n.Added, want)
			}
		}
		v.sound()
	})
}
