package log

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Checkpoint is a signed state of a log. Who keeps its Note can prove later whether any entry below Size was changed.
type Checkpoint struct {
	Log  string `json:"log"`
	Size int64  `json:"size"`
	Root string `json:"root"` // base64
	At   int64  `json:"at"`   // milliseconds UTC
	Note string `json:"note"` // the signed text, as it is printed and mailed
}

// origin is the first line of a checkpoint; keyName names its signer.
func origin(ctx context.Context, log string) string {
	return "shilu/" + association.Of(ctx) + "/" + log
}
func keyName(ctx context.Context) string { return "shilu/" + association.Of(ctx) }

const instant = "2006-01-02T15:04:05.000Z"

// body is the text that is signed: origin, size and root as C2SP tlog-checkpoint has them, and the time as an extension line.
func (c Checkpoint) body(ctx context.Context) string {
	return fmt.Sprintf("%s\n%d\n%s\nat %s\n", origin(ctx, c.Log), c.Size, c.Root, time.UnixMilli(c.At).UTC().Format(instant))
}

func parseCheckpoint(ctx context.Context, text string) (Checkpoint, error) {
	bad := errs.E(errs.Invalid, "这不是本科协的存证点文本，请把整段原样贴进来，包括「—」开头的签名行")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return Checkpoint{}, bad
	}
	log, ours := strings.CutPrefix(lines[0], origin(ctx, ""))
	size, err1 := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := tlog.ParseHash(lines[2])
	at, err3 := time.Parse("at "+instant, lines[3])
	if err := errors.Join(err1, err2, err3); err != nil || !ours || size < 0 {
		return Checkpoint{}, bad.Because(err)
	}
	return Checkpoint{Log: log, Size: size, Root: root.String(), At: at.UnixMilli()}, nil
}

// sign makes the checkpoint of the present head, unless there is one.
func (k *Keeper) sign(ctx context.Context, log string) (Checkpoint, error) {
	var c Checkpoint
	var have []Checkpoint
	err := k.db.View(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, log)
		if err != nil {
			return err
		}
		c = Checkpoint{Log: log, Size: h.size, Root: h.root}
		have, err = checkpoints(ctx, tx, log, "ORDER BY size DESC LIMIT 1")
		if err != nil || len(have) == 1 && have[0].Size == c.Size {
			return err
		}
		signed := append([]Checkpoint{c}, have...)
		for _, s := range signed { // never sign what does not continue the last checkpoint
			root, err := tlog.TreeHash(s.Size, hashes(ctx, tx, log))
			if err != nil || root.String() != s.Root {
				return changed(log, s.Size, err)
			}
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	if len(have) == 1 && have[0].Size >= c.Size {
		if have[0].Size > c.Size || have[0].Root != c.Root {
			return c, changed(log, have[0].Size, nil)
		}
		return have[0], nil
	}
	err = k.db.Update(ctx, func(tx *db.Tx) error {
		signer, err := k.signer(ctx, tx)
		if err != nil {
			return err
		}
		c.At = tx.Millis()
		signed, err := note.Sign(&note.Note{Text: c.body(ctx)}, signer)
		if err != nil {
			return fmt.Errorf("sign the checkpoint: %w", err)
		}
		c.Note = string(signed)
		added, err := tx.Insert(ctx, "INSERT INTO log_checkpoint (association, log, size, root, at, note)", "ON CONFLICT (association, log, size) DO NOTHING",
			[]any{association.Of(ctx), log, c.Size, c.Root, c.At, c.Note})
		if err != nil || added == 1 {
			return err
		}
		c, err = CheckpointAt(ctx, tx, log, c.Size)
		return err
	})
	return c, err
}

func scanCheckpoint(s db.Scanner) (c Checkpoint, err error) {
	err = s.Scan(&c.Log, &c.Size, &c.Root, &c.At, &c.Note)
	return c, err
}

func checkpoints(ctx context.Context, tx *db.Tx, log, more string, args ...any) ([]Checkpoint, error) {
	return db.All(ctx, tx, scanCheckpoint, "SELECT log, size, root, at, note FROM log_checkpoint WHERE association = ? AND log = ? "+more,
		append([]any{association.Of(ctx), log}, args...)...)
}

// CheckpointAt is the checkpoint of the size. NotFound when none was signed there.
func CheckpointAt(ctx context.Context, tx *db.Tx, log string, size int64) (Checkpoint, error) {
	return db.One(ctx, tx, scanCheckpoint, "SELECT log, size, root, at, note FROM log_checkpoint WHERE association = ? AND log = ? AND size = ?",
		association.Of(ctx), log, size)
}

// Checkpoints lists the log's checkpoints below the size before (0: the newest), newest first.
func Checkpoints(ctx context.Context, tx *db.Tx, log string, before int64, limit int) ([]Checkpoint, error) {
	return CheckpointsIn(ctx, tx, log, 0, 0, before, limit)
}

// CheckpointsIn is Checkpoints for those signed from one instant to before another (0: for ever).
func CheckpointsIn(ctx context.Context, tx *db.Tx, log string, from, to, before int64, limit int) ([]Checkpoint, error) {
	const end = 1 << 62
	if before == 0 {
		before = end
	}
	if to == 0 {
		to = end
	}
	return checkpoints(ctx, tx, log, "AND size < ? AND at >= ? AND at < ? ORDER BY size DESC LIMIT ?", before, from, to, limit)
}

// signingKey is a row of signing_key.
type signingKey struct{ id, public, wrapped string }

func signingKeys(ctx context.Context, tx *db.Tx) ([]signingKey, error) {
	return db.All(ctx, tx, func(s db.Scanner) (r signingKey, err error) {
		err = s.Scan(&r.id, &r.public, &r.wrapped)
		return r, err
	}, "SELECT id, public, wrapped FROM signing_key WHERE association = ? ORDER BY since, id", association.Of(ctx))
}

func wrapPurpose(ctx context.Context) string { return "signing/" + association.Of(ctx) }

// signer opens the newest signing key of the association, or makes the first one. Forbidden when the master key does not open it.
func (k *Keeper) signer(ctx context.Context, tx *db.Tx) (note.Signer, error) {
	all, err := signingKeys(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, fmt.Errorf("make a signing key: %w", err)
		}
		text, err := note.NewEd25519VerifierKey(keyName(ctx), public)
		if err != nil {
			return nil, fmt.Errorf("make a signing key: %w", err)
		}
		// "1" is taken by one copy only; the other one reads what is there
		if _, err := tx.Insert(ctx, "INSERT INTO signing_key (association, id, public, wrapped, since)", "ON CONFLICT (association, id) DO NOTHING",
			[]any{association.Of(ctx), "1", text, k.master.Wrap(wrapPurpose(ctx), private.Seed()), tx.Millis()}); err != nil {
			return nil, err
		}
		if all, err = signingKeys(ctx, tx); err != nil {
			return nil, err
		}
	}
	return k.open(ctx, all[len(all)-1])
}

// open unwraps a signing key and refuses one whose public half was swapped.
func (k *Keeper) open(ctx context.Context, key signingKey) (note.Signer, error) {
	seed, err := k.master.Unwrap(wrapPurpose(ctx), key.wrapped)
	if err != nil {
		return nil, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	public, err := note.NewEd25519VerifierKey(keyName(ctx), private.Public().(ed25519.PublicKey))
	if err != nil || public != key.public {
		return nil, errs.E(errs.Conflict, "签名密钥 %s 的公钥被换过", key.id).Because(err)
	}
	hash := strings.SplitN(public, "+", 3)[1] // name+hash+key; neither name nor hash holds a plus
	return note.NewSigner("PRIVATE+KEY+" + keyName(ctx) + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)))
}

// PublicKeys lists the association's verifier keys in the form of package note ("name+hash+key"), oldest first. They belong
// beside the first checkpoint that leaves the house.
func PublicKeys(ctx context.Context, tx *db.Tx) ([]string, error) {
	all, err := signingKeys(ctx, tx)
	public := make([]string, len(all))
	for i, k := range all {
		public[i] = k.public
	}
	return public, err
}

// openNote checks a checkpoint's signature against the association's keys and reads it. Invalid when it is no checkpoint of
// this association or no key of it has signed it.
func openNote(ctx context.Context, public []string, text string) (Checkpoint, error) {
	var known []note.Verifier
	for _, p := range public {
		v, err := note.NewVerifier(p)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("public key %s: %w", p, err)
		}
		known = append(known, v)
	}
	n, err := note.Open([]byte(text), note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, errs.E(errs.Invalid, "存证点的签名不对，或者不是本科协签的").Because(err)
	}
	c, err := parseCheckpoint(ctx, n.Text)
	c.Note = text
	return c, err
}
