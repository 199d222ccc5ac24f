package indicator

import (
	"context"
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package. They need those of core/log.
var Migrations = db.MustSource("indicator", migrations)

// logKind is the kind of a definition's entry in the log.
const logKind = "definition"

// Local is a definition that an association made itself, or the end of one: from a day on it is in force instead of what was.
type Local struct {
	From    day.Day `json:"from"`
	Def     Def     `json:"definition"`
	Retired bool    `json:"retired,omitempty"` // from then on the shipped one holds again, or none
	By      string  `json:"by"`                // account
	At      int64   `json:"-"`
}

// Define puts a definition in force from a day on: an own one, whose code begins with local., or one that supersedes a shipped
// one. It is an entry of the log and stays in the history. Shipped definitions are never changed, and what they forbid to
// score stays so. Invalid says what is wrong; Forbidden without the right to change settings.
func (c *Catalogue) Define(ctx context.Context, tx *db.Tx, from day.Day, d Def) error {
	shipped, ships := c.Def(d.Code)
	var wrong errs.Fields
	if !ships && (!strings.HasPrefix(d.Code, LocalPrefix) || d.Code == LocalPrefix) {
		wrong.Add("code", "目录里没有「%s」，自己定的指标代码要以 %s 开头", d.Code, LocalPrefix)
	}
	if d.Name == "" || d.Unit == "" || d.Definition == "" {
		wrong.Add("definition", "名称、单位和口径都要写")
	}
	if _, err := day.Parse(string(from)); err != nil {
		wrong.Add("from", "请写从哪一天起用")
	}
	if d.Kind == External {
		wrong.Add("kind", "由外部提供的数要连同来源文件登记，不能只定一个指标")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	d.NotScorable = d.NotScorable || shipped.NotScorable
	d.From, d.To = "", ""
	if d.By == "" {
		d.By = ByPlace
	}
	d.Divisor = max(d.Divisor, 1)
	now, err := c.inForce(ctx, tx, from, 0)
	if err != nil {
		return err
	}
	if err := now.check(d); err != nil {
		return errs.E(errs.Invalid, "「%s」的算法不成立，请检查计量、分子和分母", d.Name).Because(err)
	}
	return put(ctx, tx, Local{From: from, Def: d})
}

// Retire ends an association's own definition from a day on: a superseded one is again what the catalogue says. NotFound when
// there is none.
func (c *Catalogue) Retire(ctx context.Context, tx *db.Tx, from day.Day, code string) error {
	all, err := Locals(ctx, tx, code)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errs.E(errs.NotFound, "「%s」没有自己定的算法", code)
	}
	return put(ctx, tx, Local{From: from, Def: Def{Code: code, Name: all[0].Def.Name, Kind: all[0].Def.Kind}, Retired: true})
}

func put(ctx context.Context, tx *db.Tx, l Local) error {
	if err := access.Require(ctx, access.Settings, ""); err != nil {
		return err
	}
	l.By = access.From(ctx).Account
	entry, err := log.Append(ctx, tx, log.Ledger, logKind, l)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO indicator_local (association, id, code, from_day, at) VALUES (?, ?, ?, ?, ?)",
		org.Of(ctx), entry, l.Def.Code, l.From, tx.Millis())
	return err
}

// Locals is the history of an association's own definition, the latest first; of all its definitions without a code.
func Locals(ctx context.Context, tx *db.Tx, code string) ([]Local, error) {
	if code != "" {
		return locals(ctx, tx, " AND i.code = ?", code)
	}
	return locals(ctx, tx, "")
}

// locals reads definitions from the log; the table of this package only finds them.
func locals(ctx context.Context, tx *db.Tx, and string, args ...any) ([]Local, error) {
	return db.All(ctx, tx, func(s db.Scanner) (l Local, err error) {
		var body string
		if err = s.Scan(&body, &l.At); err == nil {
			err = json.Unmarshal([]byte(body), &l)
		}
		l.Def.Local = true
		return l, err
	}, "SELECT e.body, i.at FROM indicator_local i JOIN log_entry e ON e.association = i.association AND e.id = i.id WHERE i.association = ?"+
		and+" ORDER BY i.from_day DESC, i.at DESC, i.id DESC", append([]any{org.Of(ctx)}, args...)...)
}

// inForce is the catalogue with the association's own definitions as they are in force on a day, as known at a size of the log
// (0: now).
func (c *Catalogue) inForce(ctx context.Context, tx *db.Tx, on day.Day, asOf int64) (*Catalogue, error) {
	and, args := " AND i.from_day <= ?", []any{on}
	if asOf > 0 {
		and += " AND i.id IN (SELECT l.entry FROM log_leaf l WHERE l.association = ? AND l.log = '" + log.Ledger + "' AND l.seq < ?)"
		args = append(args, org.Of(ctx), asOf)
	}
	all, err := locals(ctx, tx, and, args...)
	if err != nil || len(all) == 0 {
		return c, err
	}
	over := *c
	over.defs, over.byCode = slices.Clone(c.defs), maps.Clone(c.byCode)
	done := map[string]bool{}
	for _, l := range all {
		if done[l.Def.Code] {
			continue
		}
		done[l.Def.Code] = true
		i, known := over.byCode[l.Def.Code]
		switch {
		case l.Retired:
		case known:
			over.defs[i] = l.Def
		default:
			over.byCode[l.Def.Code] = len(over.defs)
			over.defs = append(over.defs, l.Def)
		}
	}
	return &over, nil
}

// InForce lists all definitions, the association's own included, as they are in force on a day.
func (c *Catalogue) InForce(ctx context.Context, tx *db.Tx, on day.Day) ([]Def, error) {
	over, err := c.inForce(ctx, tx, on, 0)
	if err != nil {
		return nil, err
	}
	return slices.Clone(over.defs), nil // the caller may sort and cut it
}

// Verify reports the rows of the table of local definitions that do not say what the log says.
func Verify(ctx context.Context, tx *db.Tx, report log.Report) error {
	type row struct {
		code, from string
		at         int64
	}
	read := func(query string, args ...any) (map[string]row, error) {
		all := map[string]row{}
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, body string
			var r row
			if err := rows.Scan(&id, &body, &r.code, &r.from, &r.at); err != nil {
				return nil, err
			}
			if body != "" { // of the log; one that cannot be read says nothing: the log reports it
				var l Local
				_ = json.Unmarshal([]byte(body), &l)
				r.code, r.from = l.Def.Code, string(l.From)
			}
			all[id] = r
		}
		return all, rows.Err()
	}
	have, err := read("SELECT id, '', code, from_day, at FROM indicator_local WHERE association = ?", org.Of(ctx))
	if err != nil {
		return err
	}
	want, err := read("SELECT id, body, '', '', at FROM log_entry WHERE association = ? AND log = ? AND kind = ?", org.Of(ctx), log.Ledger, logKind)
	if err != nil {
		return err
	}
	for id, r := range have {
		if w, ok := want[id]; !ok {
			report(log.Difference{Table: "indicator_local", Row: id, Text: "%s 从%s起的定义不在日志里", Args: []any{r.code, r.from}})
		} else if w != r {
			report(log.Difference{Table: "indicator_local", Row: id, Text: "是 %s 从%s起（%d），日志里是 %s 从%s起（%d）", Args: []any{r.code, r.from, r.at, w.code, w.from, w.at}})
		}
		delete(want, id)
	}
	for id, w := range want {
		report(log.Difference{Table: "indicator_local", Row: id, Text: "日志里有 %s 从%s起的定义，表里没有", Args: []any{w.code, w.from}})
	}
	return nil
}
