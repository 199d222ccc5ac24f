package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// logged reads the bodies of the log's entries of a kind, oldest first.
func logged[T any](ctx context.Context, tx *db.Tx, kind string) ([]T, error) {
	return db.All(ctx, tx, func(s db.Scanner) (v T, err error) {
		var body string
		if err = s.Scan(&body); err == nil {
			err = json.Unmarshal([]byte(body), &v)
		}
		return v, err
	}, "SELECT body FROM log_entry WHERE association = ? AND log = ? AND kind = ? ORDER BY at, id", association.Of(ctx), log.Ledger, kind)
}

// verifyAliases compares the merges in force with the log, where each one and each undoing is an entry.
func verifyAliases(ctx context.Context, tx *db.Tx, report log.Report) error {
	entries, err := logged[aliasEntry](ctx, tx, "alias")
	if err != nil {
		return err
	}
	want := make(map[string]string)
	for _, e := range entries {
		if want[e.Alias] = e.Into; e.Into == "" {
			delete(want, e.Alias)
		}
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r [3]string, err error) {
		err = s.Scan(&r[0], &r[1], &r[2])
		return r, err
	}, "SELECT alias, merged_into, target FROM key_alias WHERE association = ?", association.Of(ctx))
	if err != nil {
		return err
	}
	found := make(map[string]bool, len(rows))
	for _, r := range rows {
		found[r[0]] = true
		if target := end(want, r[1]); want[r[0]] != r[1] || target != r[2] {
			report(log.Difference{Table: "key_alias", Row: r[0], Text: "并入 %s、算到 %s 名下，日志里是并入「%s」", Args: []any{r[1], r[2], want[r[0]]}})
		}
	}
	for alias, into := range want {
		if !found[alias] {
			report(log.Difference{Table: "key_alias", Row: alias, Text: "日志里并入 %s，表里没有", Args: []any{into}})
		}
	}
	return nil
}

// verifyClosings compares the closings with the log.
func verifyClosings(ctx context.Context, tx *db.Tx, report log.Report) error {
	entries, err := logged[closingEntry](ctx, tx, closingKind)
	if err != nil {
		return err
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r closingRow, err error) {
		err = s.Scan(&r.id, &r.UpTo, &r.Account, &r.Reason)
		return r, err
	}, "SELECT id, up_to, account, reason FROM closing WHERE association = ? ORDER BY at, id", association.Of(ctx))
	if err != nil {
		return err
	}
	for i, r := range rows {
		if i >= len(entries) || entries[i] != r.closingEntry {
			report(log.Difference{Table: "closing", Row: r.id, Text: "结到%s，和日志里的不符", Args: []any{r.UpTo.Long()}})
		}
	}
	for i := len(rows); i < len(entries); i++ {
		report(log.Difference{Table: "closing", Row: fmt.Sprint(i + 1), Text: "日志里结到%s，表里没有", Args: []any{entries[i].UpTo.Long()}})
	}
	return nil
}

type closingRow struct {
	id string
	closingEntry
}
