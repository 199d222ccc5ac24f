package ledger

import (
	"embed"
	"sync/atomic"

	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package. They need those of core/log.
var Migrations = db.MustSource("ledger", migrations)

// Measure is what a fact may measure. A posting of a stock must carry a movement, one of a flow has none.
type Measure struct {
	Code  string
	Stock bool
}

// register holds the catalogue's measures. The catalogue is part of the program, so there is one for the process.
var register atomic.Pointer[map[string]Measure]

// Measures tells the ledger which measures there are; Set and Expect refuse all others. Call it once at the start.
func Measures(all ...Measure) {
	known := make(map[string]Measure, len(all))
	for _, m := range all {
		known[m.Code] = m
	}
	register.Store(&known)
}

func measure(code string) (Measure, bool) {
	known := register.Load()
	if known == nil {
		return Measure{}, false
	}
	m, ok := (*known)[code]
	return m, ok
}
