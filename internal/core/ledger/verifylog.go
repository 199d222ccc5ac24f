package ledger

import (
	"context"
	"encoding/json"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// entry is what an entry of the log says, and when it was made.
type entry[T any] struct {
	says T
	at   int64
}

// logged reads the log's entries of a kind, oldest first. One that cannot be read says nothing: the log reports it.
func logged[T any](ctx context.Context, tx *db.Tx, kind string) ([]entry[T], error) {
	return db.All(ctx, tx, func(s db.Scanner) (e entry[T], err error) {
		var body string
		if err = s.Scan(&body, &e.at); err == nil {
			_ = json.Unmarshal([]byte(body), &e.says)
		}
		return e, err
	}, "SELECT body, at FROM log_entry WHERE association = ? AND log = ? AND kind = ? ORDER BY at, id", association.Of(ctx), log.Ledger, kind)
}

// verifyAliases compares the merges in force with the log, where each one and each undoing is an entry.
func verifyAliases(ctx context.Context, tx *db.Tx, report log.Report) error {
	entries, err := logged[aliasEntry](ctx, tx, "alias")
	if err != nil {
		return err
	}
	want, since := make(map[string]string), make(map[string]int64)
	for _, e := range entries {
		since[e.says.Alias] = e.at
		if want[e.says.Alias] = e.says.Into; e.says.Into == "" {
			delete(want, e.says.Alias)
		}
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r aliasRow, err error) {
		err = s.Scan(&r.alias, &r.into, &r.target, &r.since)
		return r, err
	}, "SELECT alias, merged_into, target, since FROM key_alias WHERE association = ?", association.Of(ctx))
	if err != nil {
		return err
	}
	found := make(map[string]bool, len(rows))
	for _, r := range rows {
		found[r.alias] = true
		if want[r.alias] != r.into || end(want, r.into) != r.target || since[r.alias] != r.since {
			report(log.Difference{Table: "key_alias", Row: r.alias, Text: "%d 并入 %s、算到 %s 名下，日志里是 %d 并入「%s」",
				Args: []any{r.since, r.into, r.target, since[r.alias], want[r.alias]}})
		}
	}
	for alias, into := range want {
		if !found[alias] {
			report(log.Difference{Table: "key_alias", Row: alias, Text: "日志里并入 %s，表里没有", Args: []any{into}})
		}
	}
	return nil
}

type aliasRow struct {
	alias, into, target string
	since               int64
}

// verifyClosings compares the closings with the log.
func verifyClosings(ctx context.Context, tx *db.Tx, report log.Report) error {
	entries, err := logged[closingEntry](ctx, tx, closingKind)
	if err != nil {
		return err
	}
	want := make(map[closingEntry]int64, len(entries))
	for _, e := range entries {
		want[e.says] = e.at
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (e entry[closingEntry], err error) {
		err = s.Scan(&e.says.ID, &e.says.UpTo, &e.says.Account, &e.says.Reason, &e.at)
		return e, err
	}, "SELECT id, up_to, account, reason, at FROM closing WHERE association = ? ORDER BY at, id", association.Of(ctx))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if at, ok := want[r.says]; !ok || at != r.at {
			report(log.Difference{Table: "closing", Row: r.says.ID, Text: "结到%s，和日志里的不符", Args: []any{r.says.UpTo}})
		}
		delete(want, r.says)
	}
	for e := range want {
		report(log.Difference{Table: "closing", Row: e.ID, Text: "日志里结到%s，表里没有", Args: []any{e.UpTo}})
	}
	return nil
}
