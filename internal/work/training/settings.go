package training

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// termUses counts the classes in sight by subject.
func termUses(ctx context.Context, tx *db.Tx, vocabulary string) (map[string]int64, error) {
	uses := map[string]int64{}
	if vocabulary != SubjectVocabulary {
		return uses, nil
	}
	sight, err := access.SightIn(ctx, tx, Kind)
	if err != nil {
		return nil, err
	}
	where, args := sight.Where("r")
	if where != "" {
		where = " AND " + where
	}
	type pair struct {
		code string
		n    int64
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.code, &p.n)
		return p, err
	}, `SELECT c.subject, COUNT(*) FROM record r JOIN training_class c ON c.association = r.association AND c.id = r.id
		WHERE r.association = ? AND r.kind = '`+Kind+`' AND r.state <> 'voided'`+where+" GROUP BY c.subject", append([]any{org.Of(ctx)}, args...)...)
	for _, p := range all {
		uses[p.code] = p.n
	}
	return uses, err
}
