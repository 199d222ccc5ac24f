package intake

import (
	"context"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Search finds the imports that List would show by the words of a text, all of which must occur in the name of the file, the latest first.
// Of each it reads what the list says.
func (e *Engine) Search(ctx context.Context, tx *db.Tx, text string, limit int) ([]Import, error) {
	words := strings.Fields(strings.ToLower(text))
	me := access.From(ctx)
	var all, own db.List
	for _, t := range e.Targets {
		switch {
		case !me.May(access.Import, t.Kind()):
		case me.MayEverywhere(access.Import, t.Kind()):
			all = append(all, t.Kind())
		default:
			own = append(own, t.Kind())
		}
	}
	if len(words) == 0 || len(all)+len(own) == 0 {
		return nil, nil
	}
	where, args := "association = ? AND hash <> ''", []any{org.Of(ctx)}
	for _, w := range words {
		where += " AND LOWER(file) LIKE ? ESCAPE '!'"
		args = append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)+"%")
	}
	var seen []string
	if len(all) > 0 {
		seen, args = append(seen, "target IN (?)"), append(args, all)
	}
	if len(own) > 0 {
		seen, args = append(seen, "target IN (?) AND account = ?"), append(args, own, me.Account)
	}
	return db.All(ctx, tx, func(s db.Scanner) (im Import, err error) {
		err = s.Scan(&im.ID, &im.Target, &im.File, &im.State, &im.Name, &im.Created, &im.Total, &im.Done)
		return im, err
	}, "SELECT id, target, file, state, account_name, created, total, done FROM import WHERE "+where+" AND ("+strings.Join(seen, " OR ")+") ORDER BY id DESC"+db.Limit(limit, 0), args...)
}
