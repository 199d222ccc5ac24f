package intake

import (
	"context"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Standing counts the rows of an import that are in by how their records stand now. A row is verified when what it brought is.
type Standing struct {
	Waiting  int `json:"waiting"`
	Verified int `json:"verified"`
	Back     int `json:"back"` // drafts and returned ones
	Voided   int `json:"voided"`
	// Unverified counts the rows that brought nothing new and whose records still wait.
	Unverified int `json:"unverified"`
}

// standing reads how the records of an import's rows stand.
func standing(ctx context.Context, tx *db.Tx, importID string) (s Standing, err error) {
	rows, err := tx.Query(ctx, `SELECT w.applied, r.state, r.revision, w.after <= r.verified, COUNT(*) FROM import_row w
		JOIN record r ON r.association = w.association AND r.id = w.record
		WHERE w.association = ? AND w.import = ? AND (w.applied = 1 AND w.verdict <> 'joined' OR w.verdict = ?) GROUP BY 1, 2, 3, 4`, org.Of(ctx), importID, Same)
	if err != nil {
		return s, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var applied, n int
		var state, revision flow.State
		var verified bool
		if err := rows.Scan(&applied, &state, &revision, &verified, &n); err != nil {
			return s, err
		}
		waits := state == flow.Submitted || revision == flow.Submitted
		switch {
		case applied != 1:
			if waits {
				s.Unverified += n
			}
		case state == flow.Voided:
			s.Voided += n
		case state == flow.Verified && verified:
			s.Verified += n
		case waits:
			s.Waiting += n
		default:
			s.Back += n
		}
	}
	return s, rows.Err()
}

// VerifiedRecords lists the records of an import whose rows are verified, at most limit.
func VerifiedRecords(ctx context.Context, tx *db.Tx, importID string, limit int) ([]string, error) {
	return db.All(ctx, tx, db.Value[string], `SELECT DISTINCT w.record FROM import_row w JOIN record r ON r.association = w.association AND r.id = w.record
		WHERE w.association = ? AND w.import = ? AND w.applied = 1 AND r.state = ? AND w.after <= r.verified ORDER BY w.record`+db.Limit(limit, 0),
		org.Of(ctx), importID, string(flow.Verified))
}
