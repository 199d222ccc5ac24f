package access_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// countWrites makes the database itself count the writes of last uses: rows on SQLite, and on PostgreSQL also statements that
// find nothing to write.
func (c county) countWrites() {
	c.update(func(tx *db.Tx) error {
		statements := []string{"CREATE TABLE written (used BIGINT NOT NULL)",
			"CREATE TRIGGER count_writes AFTER UPDATE ON session BEGIN INSERT INTO written VALUES (NEW.used); END"}
		if tx.Dialect == db.Postgres {
			statements = append(statements[:1], "CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES (0); RETURN NULL; END $$",
				"CREATE TRIGGER count_writes AFTER UPDATE ON session FOR EACH STATEMENT EXECUTE FUNCTION count_write()")
		}
		for _, s := range statements {
			if _, err := tx.Exec(c.ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestRequestsAtTheSameMomentWriteTheLastUseOnce(t *testing.T) {
	both(t, func(c county) {
		c.settle("zhoumin")
		token, _ := c.in("zhoumin", chosen, false)
		c.countWrites()
		for range 3 { // three minutes, each with thirty requests at once
			c.later(time.Minute)
			var wg sync.WaitGroup
			var refused atomic.Int64
			for range 30 {
				wg.Go(func() {
					if _, err := access.Authenticate(c.ctx, c.d, token); err != nil {
						refused.Add(1)
					}
				})
			}
			wg.Wait()
			if n := refused.Load(); n > 0 {
				t.Errorf("%d of 30 refused", n)
			}
		}
		c.update(func(tx *db.Tx) error {
			n, err := db.One(c.ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM written")
			if n != 3 {
				t.Errorf("%d writes in three minutes", n)
			}
			return err
		})
	})
}

func TestWhatIsEndedStaysEndedUnderLoad(t *testing.T) {
	both(t, func(c county) {
		c.settle("liwenfang")
		id := c.account("liwenfang").ID
		for round := range 10 {
			c.one["liwenfang"] = c.reset(id)
			token, _ := c.in("liwenfang", c.one["liwenfang"], false)
			var wg sync.WaitGroup
			var stop atomic.Bool
			for range 4 {
				wg.Go(func() {
					for !stop.Load() {
						_, _ = access.Authenticate(c.ctx, c.d, token)
					}
				})
			}
			time.Sleep(time.Millisecond)
			c.reset(id)
			for range 200 { // the clock stands, so what was remembered in the wrong moment would be believed for ever
				if _, err := access.Authenticate(c.ctx, c.d, token); !errs.Is(err, errs.SignIn) {
					t.Fatalf("round %d: open after the reset: %v", round, err)
				}
			}
			stop.Store(true)
			wg.Wait()
			if _, err := access.Authenticate(c.ctx, c.d, token); !errs.Is(err, errs.SignIn) {
				t.Fatalf("round %d: open again: %v", round, err)
			}
		}
	})
}

func (c county) reset(id string) (password string) {
	c.t.Helper()
	c.update(func(tx *db.Tx) (err error) {
		password, err = access.ResetPassword(c.ctx, tx, id, access.NewSecret(c.ctx, ""))
		return err
	})
	return password
}

func TestWhoBecomesKeeperIsNoLongerRemembered(t *testing.T) {
	both(t, func(c county) {
		c.settle("zhoumin")
		token, _ := c.in("zhoumin", chosen, true)
		id := c.account("zhoumin").ID
		c.update(func(tx *db.Tx) error {
			return access.SetGrants(c.ctx, tx, id, []access.Grant{{Role: access.Officer}, {Role: access.Security}})
		})
		if _, err := access.Authenticate(c.ctx, c.d, token); err != nil {
			t.Fatal(err)
		}
		c.later(15 * time.Minute)
		_, err := access.Authenticate(c.ctx, c.d, token)
		says(t, err, errs.SignIn, "15 分钟没有动，请重新登录")
	})
}

// BenchmarkAuthenticate is what a request pays for its session: read a moment ago, and read from SQLite.
func BenchmarkAuthenticate(b *testing.B) {
	for name, step := range map[string]time.Duration{"remembered": 0, "read": 6 * time.Second} {
		b.Run(name, func(b *testing.B) {
			clock := dbtest.Now
			d := dbtest.Open(b, db.Options{Dir: b.TempDir(), Now: func() time.Time { return clock }}, []db.Source{org.Migrations, log.Migrations, access.Migrations})
			ctx, tree := orgtest.County(b, d)
			password := ""
			if err := d.Update(ctx, func(tx *db.Tx) (err error) {
				password, err = access.CreateAccount(ctx, tx, access.NewAccount{Login: "zhoumin", Name: "周敏", Unit: tree.Office().ID, Grants: []access.Grant{{Role: access.Officer}}}, access.NewSecret(ctx, ""))
				return err
			}); err != nil {
				b.Fatal(err)
			}
			token, _, err := access.SignIn(ctx, d, "zhoumin", password, false, "")
			if err != nil {
				b.Fatal(err)
			}
			for n := 0; b.Loop(); n++ {
				if clock = clock.Add(step); n%7 == 6 { // never a minute away: without the write
					clock = dbtest.Now
				}
				if _, err := access.Authenticate(ctx, d, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
