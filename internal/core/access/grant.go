package access

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// Grant is a role in a unit and all below it; Unit "" is the whole association. Modules limits it, empty means all. It holds on
// the days [From, To); "" is no limit.
type Grant struct {
	Role     Role
	Unit     string
	Modules  []string
	From, To day.Day
}

func (g Grant) from() day.Day { return max(g.From, org.Always) }

func (g Grant) to() day.Day {
	if g.To == "" {
		return day.Forever
	}
	return g.To
}

func (g Grant) holds(on day.Day) bool { return g.from() <= on && on < g.to() }

func scanGrant(s db.Scanner) (g Grant, err error) {
	var modules string
	err = s.Scan(&g.Role, &g.Unit, &modules, &g.From, &g.To)
	g.Modules = splitModules(modules)
	if g.From == org.Always {
		g.From = ""
	}
	if g.To == day.Forever {
		g.To = ""
	}
	return g, err
}

const grantColumns = "role, unit, modules, from_day, to_day"

// keeper reports whether the role is one of the three keepers'.
func (r Role) keeper() bool { return r == Admin || r == Security || r == Auditor }

// keeps reports whether the actor is one of the three keepers.
func (a Actor) keeps() bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role.keeper() })
}

// checkGrants holds the rules of roles: keepers keep the whole association, and who is audited does not audit (GB/T 22239).
func checkGrants(ctx context.Context, tx *db.Tx, grants []Grant) error {
	var wrong errs.Fields
	held := make(map[Role]bool)
	for i, g := range grants {
		held[g.Role] = true
		switch {
		case !slices.Contains(Roles(), g.Role):
			wrong.Add("grants", "没有「%s」这个角色，请重新选", string(g.Role))
		case g.Role.keeper() && (g.Unit != "" || len(g.Modules) > 0):
			wrong.Add("grants", "%s管整个科协，不能只给一个单位或几个模块", g.Role.Title())
		case g.to() <= g.from():
			wrong.Add("grants", "%s的结束日要晚于开始日", g.Role.Title())
		case slices.ContainsFunc(grants[:i], func(o Grant) bool {
			return o.Role == g.Role && o.Unit == g.Unit && o.from() < g.to() && g.from() < o.to()
		}):
			wrong.Add("grants", "%s在同一个单位给了两次，请删掉一次", g.Role.Title())
		}
	}
	if held[Auditor] && (held[Admin] || held[Security]) {
		wrong.Add("grants", "审计管理员不能同时是系统管理员或安全管理员，请交给两个人")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	for _, g := range grants {
		if err := checkUnits(ctx, tx, g.Unit); err != nil {
			return err
		}
	}
	return nil
}

func writeGrants(ctx context.Context, tx *db.Tx, account string, grants []Grant) error {
	if _, err := tx.Exec(ctx, "DELETE FROM account_grant WHERE association = ? AND account = ?", org.Of(ctx), account); err != nil {
		return err
	}
	rows := make([][]any, len(grants))
	for i, g := range grants {
		rows[i] = []any{org.Of(ctx), account, string(g.Role), g.Unit, strings.Join(g.Modules, " "), g.from(), g.to()}
	}
	if _, err := tx.Insert(ctx, "INSERT INTO account_grant (association, account, "+grantColumns+")", "", rows...); err != nil {
		return err
	}
	return record(ctx, tx, account)
}

// grantWords writes grants for the history: 填报人（青溪乡科协，2026-08-01 起，2026-09-01 止）.
func grantWords(ctx context.Context, tx *db.Tx, grants []Grant) (string, error) {
	all := make([]string, len(grants))
	for i, g := range grants {
		var more []string
		if g.Unit != "" {
			name, err := unitName(ctx, tx, g.Unit)
			if err != nil {
				return "", err
			}
			more = append(more, name)
		}
		if len(g.Modules) > 0 {
			more = append(more, strings.Join(g.Modules, "、"))
		}
		if g.From != "" {
			more = append(more, string(g.From)+" 起")
		}
		if g.To != "" {
			more = append(more, string(g.To)+" 止")
		}
		all[i] = g.Role.Title()
		if len(more) > 0 {
			all[i] += "（" + strings.Join(more, "，") + "）"
		}
	}
	return strings.Join(all, "、"), nil
}

// unitName is the latest name of a unit, for the history; "" for "".
func unitName(ctx context.Context, tx *db.Tx, unit string) (string, error) {
	if unit == "" {
		return "", nil
	}
	return db.One(ctx, tx, db.Value[string], "SELECT name FROM unit_name WHERE association = ? AND unit = ? AND to_day = ?", org.Of(ctx), unit, day.Forever)
}

// SetGrants replaces the roles of an account; its open sessions have them at once. Conflict when nobody would be left as
// system administrator.
func SetGrants(ctx context.Context, tx *db.Tx, account string, grants []Grant) error {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	if err := checkGrants(ctx, tx, grants); err != nil {
		return err
	}
	before, err := grantWords(ctx, tx, a.Grants)
	if err != nil {
		return err
	}
	after, err := grantWords(ctx, tx, grants)
	if err != nil {
		return err
	}
	if err := writeGrants(ctx, tx, account, grants); err != nil {
		return err
	}
	if err := adminLeft(ctx, tx, a); err != nil {
		return err
	}
	forget(ctx, tx, account)
	return Log(ctx, tx, Event{Action: "account.grants", Ref: id.Ref{Kind: AccountKind, ID: account},
		Changes: []Change{{Field: "grants", Label: "角色", Before: before, After: after}}})
}

// adminLeft refuses a change that leaves nobody as system administrator today and without end. It is asked after the change.
func adminLeft(ctx context.Context, tx *db.Tx, changed Account) error {
	if !slices.ContainsFunc(changed.Grants, func(g Grant) bool { return g.Role == Admin }) {
		return nil
	}
	// Two changes at the same time must not each rely on the other's administrator: they wait for each other on this row.
	if _, err := tx.Exec(ctx, "UPDATE association SET zone = zone WHERE id = ?", org.Of(ctx)); err != nil {
		return err
	}
	n, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM account_grant g JOIN account a ON a.association = g.association AND a.id = g.account
		WHERE g.association = ? AND g.role = ? AND g.from_day <= ? AND g.to_day = ? AND NOT a.closed`, org.Of(ctx), string(Admin), changed.today, day.Forever)
	if err == nil && n == 0 {
		return errs.E(errs.Conflict, "%s是最后一个系统管理员，请先让另一个人也当系统管理员", changed.Name)
	}
	return err
}

// KeepersReminder is the standing reminder when one person is both system and security administrator, which a small county may
// allow; "" when nobody is.
func KeepersReminder(ctx context.Context, tx *db.Tx) (string, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return "", err
	}
	const held = "EXISTS (SELECT 1 FROM account_grant g WHERE g.association = a.association AND g.account = a.id AND g.role = ? AND g.from_day <= ? AND g.to_day > ?)"
	names, err := db.All(ctx, tx, db.Value[string], "SELECT name FROM account a WHERE association = ? AND NOT closed AND "+held+" AND "+held+" ORDER BY name",
		org.Of(ctx), string(Admin), today, today, string(Security), today, today)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return lang.T(ctx, "%s一人兼任系统管理员和安全管理员；等级保护要求分开，有人手时请交给两个人", strings.Join(names, "、")), nil
}
