package intake

import (
	"context"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// rules are what must hold between imports and the rows that they wrote elsewhere: a query that gives table, row, and what is
// wrong. The tables of imports themselves are staging.
var rules = []struct{ table, text, query string }{
	{"batch", "导入没有完，这一批却已经算数了", `SELECT i.id FROM import i WHERE i.association = ? AND i.state IN ('applying', 'stopped')
		AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.association = i.association AND b.id = i.id AND b.open)
		AND EXISTS (SELECT 1 FROM import_row w WHERE w.association = i.association AND w.import = i.id AND w.applied > 0)`}, // before the first row its job has not begun
	{"batch", "撤销没有完，这一批却已经算数了", `SELECT i.undo FROM import i WHERE i.association = ? AND i.state = 'undoing' AND i.undo <> ''
		AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.association = i.association AND b.id = i.undo AND b.open)`},
	{"batch", "导入或撤销已经完了，这一批却还不算数", `SELECT b.id FROM batch b WHERE b.association = ? AND b.open AND NOT EXISTS
		(SELECT 1 FROM import i WHERE i.association = b.association AND (i.id = b.id AND i.state IN ('applying', 'stopped', 'undoing') OR i.undo = b.id AND i.state = 'undoing'))`},
	{"batch", "这一批没有了", `SELECT i.id FROM import i WHERE i.association = ? AND i.state = 'done'
		AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.association = i.association AND b.id = i.id)`},
	{"record", "不是这一批导入的", `SELECT id FROM (SELECT association, id, batch FROM record WHERE association = ? AND batch <> ''
		EXCEPT SELECT association, record, import FROM import_row WHERE applied > 0) r`},
	{"record", "是导入的，批次却不对", `SELECT r.id FROM import_row w JOIN record r ON r.association = w.association AND r.id = w.record
		WHERE w.association = ? AND w.applied > 0 AND w.version = 0 AND r.batch <> w.import`},
}

// Verify reports batches that do not stand as their imports do, and records that are not of the import they name.
func Verify(ctx context.Context, tx *db.Tx, report log.Report) error {
	for _, r := range rules {
		rows, err := db.All(ctx, tx, db.Value[string], r.query, org.Of(ctx))
		if err != nil {
			return err
		}
		for _, row := range rows {
			d := log.Difference{Table: r.table, Row: row, Text: r.text}
			if r.table == "record" {
				d.Ref.ID = row
			}
			report(d)
		}
	}
	return nil
}
