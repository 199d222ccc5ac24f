// Package app is the one place where all is wired: configuration, the list of modules, the server, the demonstration county.
package app

import (
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"shilu/internal/core/upkeep"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// Config is what the program is started with.
type Config struct {
	Data        string // folder of the SQLite database, the files and the keys
	DatabaseURL string // postgres://…; empty means SQLite in Data
	Files       string // s3://…, where several copies share the files; empty means the data folder
	Association string // code of the association to work for; may be empty when there is one
	Unattended  bool   // no backups by themselves: a demonstration
	Now         func() time.Time
	// Standing is what the keeper is told until it is put right: a data folder in a bad place, no TLS.
	Standing []upkeep.Warning
	Proxies  []netip.Prefix // whose X-Forwarded-* is believed
	// MetricsToken opens /metrics on the main address; "" closes it.
	MetricsToken string
	Authority    []byte // the own authority's certificate (PEM), where there is one
}

// Settled is NotFound when the folder of the configuration has no database yet, so that a reader does not make an empty one.
func (c Config) Settled() error {
	if c.DatabaseURL != "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(c.Data, "shilu.db")); err != nil {
		return errs.E(errs.NotFound, "文件夹 %s 里还没有实录的数据；请先运行 shilu init，或把 --data 写对", c.Data).Because(err)
	}
	return nil
}

// china is the zone in which --today is meant.
var china = time.FixedZone("UTC+8", 8*3600)

// FixedDay is a clock that always shows the given day in China, at the time of day that it really is.
func FixedDay(d day.Day, now func() time.Time) func() time.Time {
	return func() time.Time {
		n := now().In(china)
		t := d.Time()
		return time.Date(t.Year(), t.Month(), t.Day(), n.Hour(), n.Minute(), n.Second(), n.Nanosecond(), china).UTC()
	}
}

// dayAt is the day that it is in China.
func dayAt(t time.Time) day.Day { return day.At(t, china) }
