// Package flow has what every record shares, whatever its kind: a head with its number, title, unit, place and day; versions;
// and the one way from draft to verified (design.md, section 2). Who wrote any part of a version never verifies that version.
//
// A module keeps its own table with the standing version (or the only draft); the versions of an open revision live here alone
// until they are verified. All functions that write run in the caller's transaction and write head, version and history together.
package flow

import (
	"embed"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("flow", migrations)

// State is where a record stands in its flow, or where the open revision of a verified record stands.
type State string

// The states. None is that of a verified record without an open revision.
const (
	None      State = ""
	Draft     State = "draft"
	Submitted State = "submitted"
	Verified  State = "verified"
	Returned  State = "returned"
	Voided    State = "voided"
)

// Title is the state as pages write it (LOOK.md).
func (s State) Title() string {
	return map[State]string{Draft: "草稿", Submitted: "待核实", Verified: "已核实", Returned: "已退回", Voided: "已作废"}[s]
}

// Head is what all records have in common. A module fills the first group; the rest is kept by this package.
type Head struct {
	ID     string        `json:"id"`
	Kind   string        `json:"kind"`
	Prefix string        `json:"-"` // of the number, "PX"; needed by Create where Number is empty
	Title  string        `json:"title"`
	Unit   string        `json:"unit"`  // who did the work
	Place  string        `json:"place"` // where; may be empty
	Day    day.Day       `json:"day"`
	Life   string        `json:"life,omitempty"`
	Search string        `json:"-"` // further words that find it; number and title always do
	Also   []access.Sees `json:"-"` // further units that see it: partners, assignees
	Batch  string        `json:"batch,omitempty"`

	Number     string `json:"number"`
	Year       int    `json:"year"`
	Serial     int64  `json:"serial"`
	State      State  `json:"state"`
	Revision   State  `json:"revision,omitempty"`
	Version    int    `json:"version"`  // the latest saved
	Verified   int    `json:"verified"` // the one whose facts stand; 0 when none does
	Hash       string `json:"hash"`     // hex sha256 of the latest version's body
	Author     string `json:"author"`   // account that made the record
	AuthorName string `json:"author_name"`
	Sender     string `json:"-"` // account that submitted it last
	Editor     string `json:"-"` // name of who changed anything last
	Created    int64  `json:"created"`
	Updated    int64  `json:"updated"`
	Submitted  int64  `json:"submitted,omitempty"`
	Remark     string `json:"remark,omitempty"` // why it was returned or voided
	base       int
}

// Ref names the record.
func (h Head) Ref() id.Ref { return id.Ref{Kind: h.Kind, ID: h.ID} }

// Short is the number within its year: PX-0073 for PX-2026-0073.
func (h Head) Short() string { return Short(h.Number) }

// NumberIn is the record's number as it is said in the year of today: PX-0073 within its year, PX-2025-0073 in another.
func (h Head) NumberIn(today day.Day) string {
	if h.Year == today.Year() {
		return h.Short()
	}
	return h.Number
}

// Short takes the year out of a number.
func Short(number string) string {
	prefix, rest, ok := strings.Cut(number, "-")
	year, serial, ok2 := strings.Cut(rest, "-")
	if !ok || !ok2 || len(year) != 4 {
		return number
	}
	return prefix + "-" + serial
}

// Waiting is the state of what is being worked on: the open revision's, else the record's own.
func (h Head) Waiting() State {
	if h.Revision != None {
		return h.Revision
	}
	return h.State
}

// Standing is the version that the record says: the verified one, else the latest; of a voided record the one that was struck out,
// which a revision that was open or given up is not.
func (h Head) Standing() int {
	switch {
	case h.Verified > 0:
		return h.Verified
	case h.State == Voided:
		return h.base
	}
	return h.Version
}

// StandingVersion is Standing in SQL, for queries on record under the alias r.
const StandingVersion = "CASE WHEN r.verified > 0 THEN r.verified WHEN r.state = 'voided' THEN r.base ELSE r.version END"

// module is the module that a kind of record belongs to: the part before the first dot.
func module(kind string) string {
	m, _, _ := strings.Cut(kind, ".")
	return m
}
