// Package once lets a request that is sent twice happen once. The answer is kept in the transaction of what was done: both are there
// or neither, whatever is killed when, and however many copies of the program serve.
package once

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("once", migrations)

// Keep is how long an answer is given again.
const Keep = 24 * time.Hour

// LongestKey is how many bytes a key may have.
const LongestKey = 200

// Answer is what a request was answered.
type Answer struct {
	Status  int
	Headers map[string]string
	Body    []byte
	Again   bool // it was kept from the first time
}

// ErrOther is the cause when a key was used for another request.
var ErrOther = errs.E(errs.Invalid, "这个 Idempotency-Key 已经用在另一个请求上，新的请求请换一个")

// Hash is what a request is known by.
func Hash(parts ...string) string {
	sum := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Do does what the actor asks under the key, unless it was done within a day: then the answer is the one of that time, and do is not
// called. What do writes and the answer are one transaction; a request of the same key at the same moment waits for its end. When do
// fails, nothing is kept, and the key is free. ErrOther when the key stands for another request. Without a key do is just done.
func Do(ctx context.Context, d *db.DB, key, request string, do func(tx *db.Tx) (Answer, error)) (a Answer, err error) {
	err = d.Update(ctx, func(tx *db.Tx) (err error) {
		if key == "" {
			a, err = do(tx)
			return err
		}
		mine := []any{org.Of(ctx), access.From(ctx).Account, key}
		if _, err := tx.Exec(ctx, "DELETE FROM request_answer WHERE association = ? AND at < ?", org.Of(ctx), tx.Millis()-Keep.Milliseconds()); err != nil {
			return err
		}
		// The row comes first: whoever asks the same at the same moment waits here until it is committed or gone.
		n, err := tx.Exec(ctx, `INSERT INTO request_answer (association, account, idem_key, request, status, headers, body, at) VALUES (?, ?, ?, ?, 0, '', '', ?)
			ON CONFLICT (association, account, idem_key) DO NOTHING`, append(mine, request, tx.Millis())...)
		if err != nil {
			return err
		}
		if n == 0 {
			a, err = earlier(ctx, tx, request, mine)
			return err
		}
		if a, err = do(tx); err != nil {
			return err
		}
		headers, err := json.Marshal(a.Headers)
		if err != nil {
			return fmt.Errorf("keep an answer: %w", err)
		}
		_, err = tx.Exec(ctx, "UPDATE request_answer SET status = ?, headers = ?, body = ? WHERE association = ? AND account = ? AND idem_key = ?",
			append([]any{a.Status, string(headers), string(a.Body)}, mine...)...)
		return err
	})
	return a, err
}

// earlier is the answer that is kept.
func earlier(ctx context.Context, tx *db.Tx, request string, mine []any) (a Answer, err error) {
	var asked, headers, body string
	if _, err := db.One(ctx, tx, func(s db.Scanner) (struct{}, error) {
		return struct{}{}, s.Scan(&asked, &a.Status, &headers, &body)
	}, "SELECT request, status, headers, body FROM request_answer WHERE association = ? AND account = ? AND idem_key = ?", mine...); err != nil {
		return a, err
	}
	if asked != request {
		return a, ErrOther
	}
	a.Body, a.Again = []byte(body), true
	return a, json.Unmarshal([]byte(headers), &a.Headers)
}
