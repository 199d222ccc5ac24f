package ledger

import (
	"context"
	"fmt"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// aliasEntry is a merge in the log; an empty Into is its undoing.
type aliasEntry struct {
	Alias string `json:"alias"`
	Into  string `json:"into"`
}

// Alias says that two keys are one person (or subject): from now on a distinct count takes alias for into, and for whatever
// into was or will be merged into. It is an entry of the log; no fact changes. Saying it again changes nothing; Conflict when
// alias is merged into another key already, or into would be merged into itself.
func Alias(ctx context.Context, tx *db.Tx, alias, into string) error {
	if alias == "" || into == "" || max(len(alias), len(into)) > maxWord {
		return fmt.Errorf("alias %q into %q: both are ids", alias, into)
	}
	if err := lockAliases(ctx, tx); err != nil {
		return err
	}
	ways, err := aliases(ctx, tx)
	if err != nil {
		return err
	}
	if have, ok := ways[alias]; ok {
		if have == into {
			return nil
		}
		return errs.E(errs.Conflict, "这一条已经并到别的一条，请先撤销那次合并")
	}
	target := end(ways, into)
	if target == alias {
		return errs.E(errs.Conflict, "两条已经合并过，方向相反，请先撤销那次合并")
	}
	if _, err := tx.Exec(ctx, "UPDATE key_alias SET target = ? WHERE association = ? AND target = ?", target, association.Of(ctx), alias); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO key_alias (association, alias, merged_into, target, since) VALUES (?, ?, ?, ?, ?)",
		association.Of(ctx), alias, into, target, tx.Millis()); err != nil {
		return err
	}
	_, err = log.Append(ctx, tx, log.Ledger, "alias", aliasEntry{alias, into})
	return err
}

// Unalias undoes a merge, and only this one: what was merged into alias stays merged into it. NotFound when there is none.
func Unalias(ctx context.Context, tx *db.Tx, alias string) error {
	if err := lockAliases(ctx, tx); err != nil {
		return err
	}
	gone, err := tx.Exec(ctx, "DELETE FROM key_alias WHERE association = ? AND alias = ?", association.Of(ctx), alias)
	if err != nil {
		return err
	}
	if gone == 0 {
		return errs.E(errs.NotFound, "没有这次合并，可能已经撤销")
	}
	ways, err := aliases(ctx, tx)
	if err != nil {
		return err
	}
	for from := range ways {
		if target := end(ways, from); target == alias {
			if _, err := tx.Exec(ctx, "UPDATE key_alias SET target = ? WHERE association = ? AND alias = ?", target, association.Of(ctx), from); err != nil {
				return err
			}
		}
	}
	_, err = log.Append(ctx, tx, log.Ledger, "alias", aliasEntry{Alias: alias})
	return err
}

// lockAliases lets one merge at a time decide: two opposite ones at once would make a ring.
func lockAliases(ctx context.Context, tx *db.Tx) error {
	return tx.Lock(ctx, "key_alias", association.Of(ctx))
}

// aliases reads what was merged into what.
func aliases(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r [2]string, err error) {
		err = s.Scan(&r[0], &r[1])
		return r, err
	}, "SELECT alias, merged_into FROM key_alias WHERE association = ?", association.Of(ctx))
	ways := make(map[string]string, len(rows))
	for _, r := range rows {
		ways[r[0]] = r[1]
	}
	return ways, err
}

// end follows the merges from a key. A ring, which only a hand in the database can make, ends where it began.
func end(ways map[string]string, key string) string {
	for range len(ways) {
		next, ok := ways[key]
		if !ok {
			break
		}
		key = next
	}
	return key
}
