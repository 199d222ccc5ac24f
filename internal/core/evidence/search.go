package evidence

import (
	"context"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Found is a paper that a search found, with its record.
type Found struct {
	Paper string // id
	Name  string
	Kind  Kind
	Head  flow.Head
}

// Search finds papers of records in sight by the words of a text, all of which must occur in the name, the newest first. A
// workbook from which records were imported is not a paper of each of them here: intake.Engine.Search finds it once.
func Search(ctx context.Context, tx *db.Tx, text string, limit int) ([]Found, error) {
	where, args, err := flow.Filter{}.Where(ctx, tx, "r")
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return nil, nil
	}
	names := ""
	with := []any{org.Of(ctx)}
	for _, w := range words {
		names += ` AND LOWER(e.name) LIKE ? ESCAPE '!'`
		with = append(with, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)+"%")
	}
	// Ids are in the order of time, and in that of the key: of papers with a common name the first will do.
	row := func(s db.Scanner) (f Found, err error) {
		err = s.Scan(append(f.Head.Fields(), &f.Paper, &f.Name, &f.Kind)...)
		return f, err
	}
	return db.All(ctx, tx, row, "SELECT "+flow.Columns("r")+", e.id, e.name, e.kind FROM evidence e JOIN record r ON r.association = e.association AND r.id = e.record WHERE e.association = ? AND e.removed = 0 AND e.line = 0"+
		names+" AND "+where+" ORDER BY e.id DESC"+db.Limit(limit, 0), append(with, args...)...)
}
