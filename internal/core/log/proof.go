package log

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Inclusion proves to a stranger that an entry is in the log that a checkpoint signs: all he needs beside it is the public key.
type Inclusion struct {
	Seq        int64           `json:"seq"`
	Leaf       json.RawMessage `json:"leaf"` // hash exactly these bytes
	Proof      []tlog.Hash     `json:"proof"`
	Checkpoint string          `json:"checkpoint"`
}

// Check verifies the proof with the association's public keys and nothing of the database.
func (p Inclusion) Check(ctx context.Context, public ...string) error {
	c, err := openNote(ctx, public, p.Checkpoint)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(c.Root)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return tlog.CheckRecord(p.Proof, c.Size, root, p.Seq, tlog.RecordHash(p.Leaf))
}

// Seq is the number of an entry in the log. NotFound while it has none.
func Seq(ctx context.Context, tx *db.Tx, log, entry string) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], "SELECT seq FROM log_leaf WHERE association = ? AND log = ? AND entry = ?", association.Of(ctx), log, entry)
}

// Prove makes the proof that the entry is in the log of the checkpoint. NotFound when it has no number below its size.
func (k *Keeper) Prove(ctx context.Context, tx *db.Tx, c Checkpoint, id string) (Inclusion, error) {
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r struct {
		seq  int64
		kind string
	}, err error) {
		err = s.Scan(&r.seq, &r.kind)
		return r, err
	}, "SELECT seq, kind FROM log_leaf WHERE association = ? AND log = ? AND entry = ?", association.Of(ctx), c.Log, id)
	if err != nil {
		return Inclusion{}, err
	}
	if len(rows) == 0 || rows[0].seq >= c.Size {
		return Inclusion{}, errs.E(errs.NotFound, "这一笔不在第 %d 号存证点里，请用更新的存证点", c.Size)
	}
	bodies, err := k.bodies(ctx, tx, []entry{{id: id, kind: rows[0].kind}})
	if err != nil {
		return Inclusion{}, err
	}
	proof, err := tlog.ProveRecord(c.Size, rows[0].seq, hashes(ctx, tx, c.Log))
	if err != nil {
		return Inclusion{}, fmt.Errorf("prove entry %d: %w", rows[0].seq, err)
	}
	return Inclusion{Seq: rows[0].seq, Leaf: bodies[id], Proof: proof, Checkpoint: c.Note}, nil
}
