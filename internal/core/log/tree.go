package log

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
)

// kept is the lowest level of which hashes are stored. Below it they are computed from the leaves, of which a proof then reads
// at most 256 more: a stored node for every leaf would double the log for nothing.
const kept = 8

// frontier is a Merkle tree as far as it must be known to grow: the hashes of its maximal complete subtrees, the largest first.
type frontier struct {
	size   int64
	hashes []tlog.Hash
}

// add appends a leaf. done is called for every subtree that it completes.
func (f *frontier) add(leaf tlog.Hash, done func(level int, n int64, h tlog.Hash)) {
	h := leaf
	for level := 0; f.size>>level&1 == 1; level++ {
		last := len(f.hashes) - 1
		h = tlog.NodeHash(f.hashes[last], h)
		f.hashes = f.hashes[:last]
		done(level+1, f.size>>(level+1), h)
	}
	f.hashes = append(f.hashes, h)
	f.size++
}

// root is the hash of the whole tree.
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	h := f.hashes[len(f.hashes)-1]
	for i := len(f.hashes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.hashes[i], h)
	}
	return h
}

// text and parseFrontier are the form of the head row.
func (f *frontier) text() string {
	words := make([]string, len(f.hashes))
	for i, h := range f.hashes {
		words[i] = h.String()
	}
	return strings.Join(words, " ")
}

func parseFrontier(size int64, text string) (*frontier, error) {
	f := &frontier{size: size}
	for word := range strings.FieldsSeq(text) {
		h, err := tlog.ParseHash(word)
		if err != nil {
			return nil, fmt.Errorf("frontier of the log: %w", err)
		}
		f.hashes = append(f.hashes, h)
	}
	n := 0
	for s := size; s > 0; s &= s - 1 {
		n++
	}
	if n != len(f.hashes) {
		return nil, fmt.Errorf("frontier of the log: %d hashes for size %d", len(f.hashes), size)
	}
	return f, nil
}

// head is the row of log_head.
type head struct {
	size           int64
	root, frontier string
}

func readHead(ctx context.Context, tx *db.Tx, log string) (head, error) {
	heads, err := db.All(ctx, tx, func(s db.Scanner) (h head, err error) {
		err = s.Scan(&h.size, &h.root, &h.frontier)
		return h, err
	}, "SELECT size, root, frontier FROM log_head WHERE association = ? AND log = ?", association.Of(ctx), log)
	if err != nil || len(heads) == 0 {
		return head{root: (&frontier{}).root().String()}, err
	}
	return heads[0], nil
}

// Size is how many entries of the log have a number. Sums «as known at size n» count those with seq < n.
func Size(ctx context.Context, tx *db.Tx, log string) (int64, error) {
	h, err := readHead(ctx, tx, log)
	return h.size, err
}

// hashes reads the tree's stored hashes for tlog's proofs.
func hashes(ctx context.Context, tx *db.Tx, log string) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, n := tlog.SplitStoredHashIndex(index)
			var err error
			if out[i], err = node(ctx, tx, log, level, n); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func node(ctx context.Context, tx *db.Tx, log string, level int, n int64) (tlog.Hash, error) {
	if level >= kept {
		text, err := db.One(ctx, tx, db.Value[string], "SELECT hash FROM log_node WHERE association = ? AND log = ? AND level = ? AND n = ?",
			association.Of(ctx), log, level, n)
		if err != nil {
			return tlog.Hash{}, fmt.Errorf("node %d of level %d: %w", n, level, err)
		}
		return tlog.ParseHash(text)
	}
	leaves, err := db.All(ctx, tx, db.Value[string], "SELECT hash FROM log_leaf WHERE association = ? AND log = ? AND seq >= ? AND seq < ? ORDER BY seq",
		association.Of(ctx), log, n<<level, (n+1)<<level)
	if err != nil {
		return tlog.Hash{}, err
	}
	if len(leaves) != 1<<level {
		return tlog.Hash{}, fmt.Errorf("leaves %d to %d: %d are missing", n<<level, (n+1)<<level-1, 1<<level-len(leaves))
	}
	var f frontier
	for _, text := range leaves {
		h, err := tlog.ParseHash(text)
		if err != nil {
			return tlog.Hash{}, err
		}
		f.add(h, func(int, int64, tlog.Hash) {})
	}
	return f.hashes[0], nil
}
