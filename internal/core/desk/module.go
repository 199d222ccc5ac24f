// Package desk is what the pages of the console share between the request and the parts of core/page: who asks in which scope,
// the frame around a page, figures with their links, and how a record's flow, history, papers and effects are shown. A work
// module and a face call it; it knows no module.
package desk

import (
	"context"
	"net/http"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// The rights of routes besides those of core/access and web.Public.
const (
	SignedIn = "signed-in" // whoever is signed in
	Setup    = "setup"     // whoever has the code of the first run
	Password = "password"  // whoever is signed in, also with a one-time password that must be changed first
)

// Module is what a kind of work tells the application.
type Module struct {
	Kind       string // of its records; also the first part of their addresses and the module of its rights
	Title      string // 培训班
	Migrations db.Source
	Routes     []web.Route
	Nav        []Entry
	Restater   ledger.Restater
	Says       flow.Says // what a version's body puts into the head of the record
	Checks     []ledger.Check
	Intake     intake.Target
	// Subject says by what the proof of a record is settled.
	Subject func(ctx context.Context, tx *db.Tx, ref id.Ref) (evidence.Subject, error)
	// Subjects lists the records that count on the day or later, by id after the given one, whose proofs are settled anew when
	// the rules of papers change.
	Subjects func(ctx context.Context, tx *db.Tx, from day.Day, after string, limit int) ([]evidence.Subject, error)
	// TermUses counts by code the records in sight that use the words of a vocabulary; nil when it uses none.
	TermUses func(ctx context.Context, tx *db.Tx, vocabulary string) (map[string]int64, error)
	// Records are the register's, for programs; nil when it has none.
	Records *register.Records
	// Export answers with the records of a query as a file, "xlsx" or "csv"; nil with Records.
	Export func(w http.ResponseWriter, tx *db.Tx, v *Visit, q register.Query, format string) error
	// Settings are the module's own pages among the settings, open to whoever is signed in.
	Settings []SettingPage
	// Late says what is overdue in the scope of the visit beside records that wait too long, which home finds itself: galleries not
	// changed this quarter. nil when nothing of the kind can be.
	Late func(tx *db.Tx, v *Visit) ([]Late, error)
	// Asked are what is asked of the reader beside records to verify, returned ones and drafts: shares of joint activities. nil: nothing.
	Asked func(tx *db.Tx, v *Visit) ([]Asked, error)
	// AskedN counts them, for the number that every page shows: it must be quick. nil with Asked.
	AskedN func(tx *db.Tx, v *Visit) (int64, error)
	// Whole reports that what a record says of the county is of all of it: 全县人口, not what 县直 does.
	Whole bool
	// Named says by id what to-dos call records whose title alone does not tell them apart: the kind of a log and its day. nil: their titles.
	Named func(tx *db.Tx, v *Visit, heads []flow.Head) (map[string]string, error)
}

// Asked is a to-do about the record Head: the word of its badge, since or until when, and more.
type Asked struct {
	Head             flow.Head
	Word, Href, When string
	Says             string
}

// SettingPage is a page of the settings as their overview lists it.
type SettingPage struct{ Title, Href, Says string }

// Late is a line of what is late, as home shows it.
type Late struct {
	Name string // 画廊更换
	Says string // 磨盘山乡、红岩乡三季度一次未换
	Late string // by how much, in words: 差 31 期次, 逾期 13 天
	Href string // the list of what is late
}

// Entry is an entry of the navigation. It is shown to who has the right.
type Entry struct {
	Group  string // title of its group; "" for the first
	Label  string
	Path   string
	Right  string // as a route has it
	Module string
	Foot   bool
	// Count gives how many things wait there for the reader; nil counts nothing.
	Count func(t Todo) int64
}

// Todo is what waits for the reader, by kind of record.
type Todo struct {
	Verify, Returned, Drafts, Asked map[string]int64
	All                             int64 // all of them: what home, the header and /todo count
}

// allowed reports whether the actor may follow an entry.
func (e Entry) allowed(a access.Actor) bool {
	switch e.Right {
	case SignedIn, web.Public, "":
		return !a.MustChange
	}
	return a.May(access.Right(e.Right), e.Module)
}
