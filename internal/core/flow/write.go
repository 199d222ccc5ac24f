package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// encode writes a body as it is kept and hashed: canonical JSON and its hex sha256.
func encode(body any) (text, hash string, err error) {
	b, err := log.Canonical(body)
	if err != nil {
		return "", "", fmt.Errorf("write a record: %w", err)
	}
	return string(b), hashOf(string(b)), nil
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// Create makes a record with its first version, as a draft or, with h.State Submitted, entered and submitted at once. It fills
// in what this package keeps, also ID and Number where they are empty (see Reserve). Forbidden for a unit where the actor may
// not write, Invalid for a unit that did not work on h.Day, Conflict when the ID is there already.
func Create(ctx context.Context, tx *db.Tx, h *Head, body any) error {
	r, err := reachOf(ctx, access.Write, h.Kind)
	if err != nil {
		return err
	}
	seats, err := loadSeats(ctx, tx, r, *h)
	if err != nil {
		return err
	}
	if err := seats.check(ctx, *h); err != nil {
		return err
	}
	action := ActCreate
	switch h.State {
	case None:
		h.State = Draft
	case Draft:
	case Submitted:
		action = ActEnter
	default:
		return fmt.Errorf("flow: a record cannot begin as %s", h.State)
	}
	actor := access.From(ctx)
	text, err := h.begin(tx, actor, body)
	if err != nil {
		return err
	}
	if h.Number == "" {
		if err := h.dateNumber(today(tx)); err != nil {
			return err
		}
		if h.Serial, err = takeSerials(ctx, tx, org.Of(ctx), h.Kind, h.Year, 1); err != nil {
			return err
		}
		h.Number = Number(h.Prefix, h.Year, h.Serial)
	}
	if _, err := tx.Insert(ctx, insertHead, "", h.row(org.Of(ctx))); err != nil {
		if db.IsUnique(err) {
			return errs.E(errs.Conflict, "这条记录已经收到过，不用再交").Because(err)
		}
		return err
	}
	if _, err := tx.Insert(ctx, insertVersion, "", h.versionRow(org.Of(ctx), text, "", "", actor, h.Created)); err != nil {
		return err
	}
	if _, err := tx.Insert(ctx, insertSearch, "", []any{org.Of(ctx), h.ID, h.words()}); err != nil {
		return err
	}
	if err := access.SetSeesMany(ctx, tx, map[id.Ref][]access.Sees{h.Ref(): seats.sees(*h)}); err != nil {
		return err
	}
	return access.Log(ctx, tx, h.event(action))
}

// begin fills in the head of a record that is new.
func (h *Head) begin(tx *db.Tx, actor access.Actor, body any) (text string, err error) {
	if h.ID == "" {
		h.ID = id.New()
	}
	h.Version, h.Verified, h.base, h.Revision = 1, 0, 0, None
	h.Author, h.AuthorName, h.Editor = actor.Account, actor.Name, actor.Name
	h.Created, h.Updated = tx.Millis(), tx.Millis()
	if h.State == Submitted {
		h.Submitted, h.Sender = h.Created, actor.Account
	}
	text, h.Hash, err = encode(body)
	return text, err
}

// Save writes a new version of a draft, of a returned record or of an open revision. h.Version is the version that the caller
// read and changed: when someone saved a later one, or moved the record on, it is a Conflict that says who and when. A save
// that changes nothing in the body writes nothing: all that a module puts into the head must follow from the body.
// changes are for the history.
func Save(ctx context.Context, tx *db.Tx, h *Head, body any, changes []access.Change, reason string) error {
	return saveAs(ctx, tx, ActSave, h, body, changes, reason)
}

// Revise opens a revision of a verified record: its first version beside the verified one, whose facts stand until the
// revision is verified. The reason is required. Version and Conflict as with Save.
func Revise(ctx context.Context, tx *db.Tx, h *Head, body any, changes []access.Change, reason string) error {
	if reason == "" {
		return fieldError("reason", "请写修订的原因，例如「数字抄错，按原件更正」")
	}
	return saveAs(ctx, tx, ActRevise, h, body, changes, reason)
}

func saveAs(ctx context.Context, tx *db.Tx, action Action, h *Head, body any, changes []access.Change, reason string) error {
	r, err := reachOf(ctx, access.Write, h.Kind)
	if err != nil {
		return err
	}
	old, err := read(ctx, tx, h.Ref())
	if err != nil {
		return err
	}
	if h.Version != old.Version {
		return old.conflict(ctx, tx)
	}
	step, err := old.step(action)
	if err != nil {
		return old.signed(ctx, tx, err)
	}
	seats, err := loadSeats(ctx, tx, r, *h, old)
	if err != nil {
		return err
	}
	if err := seats.mine(ctx, old); err != nil { // the right is needed where the record was, too
		return err
	}
	if err := seats.check(ctx, *h); err != nil {
		return err
	}
	text, hash, err := encode(body)
	if err != nil {
		return err
	}
	if hash == old.Hash && action == ActSave {
		*h = old.with(*h)
		return nil
	}
	actor := access.From(ctx)
	next := old
	next.State, next.Revision = step.to.state, step.to.revision
	next.Version, next.Hash = old.Version+1, hash
	next.Updated, next.Editor = tx.Millis(), actor.Name
	later := "" // what the head becomes once a revision is verified
	if next.State == Verified {
		if later, err = h.laterHead(); err != nil {
			return err
		}
	} else {
		next = next.with(*h)
	}
	if err := next.replace(ctx, tx, old, action); err != nil {
		return err
	}
	if _, err := tx.Insert(ctx, insertVersion, "", next.versionRow(org.Of(ctx), text, later, reason, actor, next.Updated)); err != nil {
		return err
	}
	if later == "" {
		if err := next.index(ctx, tx, seats.sees(next)); err != nil {
			return err
		}
	}
	*h = next.with(*h)
	event := h.event(action)
	event.Changes, event.Reason = changes, reason
	return access.Log(ctx, tx, event)
}

// event says in the history what was done with the record, and what it was at that moment.
func (h Head) event(action Action) access.Event {
	return access.Event{Action: action.Event(), Ref: h.Ref(), Version: h.Version, Number: h.Number, Hash: h.Hash}
}

// with gives h the fields that a module fills.
func (h Head) with(m Head) Head {
	h.Title, h.Unit, h.Place, h.Day, h.Life, h.Search, h.Also, h.Prefix = m.Title, m.Unit, m.Place, m.Day, m.Life, m.Search, m.Also, m.Prefix
	return h
}

// later is the part of a head that a revision changes when it is verified.
type later struct {
	Head
	Search string        `json:"search"`
	Also   []access.Sees `json:"also,omitempty"`
}

func (h Head) laterHead() (string, error) {
	b, err := json.Marshal(later{Head: Head{}.with(h), Search: h.Search, Also: h.Also})
	if err != nil {
		return "", fmt.Errorf("write the head of a revision: %w", err)
	}
	return string(b), nil
}

// index rewrites who sees the record and what finds it.
func (h Head) index(ctx context.Context, tx *db.Tx, sees []access.Sees) error {
	if err := access.SetSees(ctx, tx, h.Ref(), sees); err != nil {
		return err
	}
	_, err := tx.Insert(ctx, insertSearch, replaceSearch, []any{org.Of(ctx), h.ID, h.words()})
	return err
}

// replace writes the head over the one that was read. When someone else was quicker, it is a Conflict that says who.
func (h Head) replace(ctx context.Context, tx *db.Tx, old Head, action Action) error {
	n, err := tx.Exec(ctx, `UPDATE record SET state = ?, revision = ?, life = ?, version = ?, verified = ?, base = ?, hash = ?, title = ?, unit = ?,
		place = ?, day = ?, sender = ?, editor = ?, updated = ?, submitted = ?, remark = ?
		WHERE association = ? AND id = ? AND version = ? AND state = ? AND revision = ?`,
		h.State, h.Revision, h.Life, h.Version, h.Verified, h.base, h.Hash, h.Title, h.Unit,
		h.Place, h.Day, h.Sender, h.Editor, h.Updated, h.Submitted, h.Remark,
		org.Of(ctx), h.ID, old.Version, old.State, old.Revision)
	if err != nil || n == 1 {
		return err
	}
	now, err := read(ctx, tx, h.Ref())
	if err != nil {
		return err
	}
	if now.Version == old.Version {
		if _, err := now.step(action); err != nil {
			return now.signed(ctx, tx, err)
		}
	}
	return now.conflict(ctx, tx)
}

// conflict says that someone else changed the record since the caller read it.
func (h Head) conflict(ctx context.Context, tx *db.Tx) error {
	at, err := h.moment(ctx, tx)
	if err != nil {
		return err
	}
	return errs.E(errs.Conflict, "%s %s 改过这条记录，这次的改动没有存，请刷新后重填", h.Editor, at)
}

// signed adds to a refusal who brought the record where it is, and when.
func (h Head) signed(ctx context.Context, tx *db.Tx, err error) error {
	var refusal *errs.Error
	if !asError(err, &refusal) {
		return err
	}
	at, err := h.moment(ctx, tx)
	if err != nil {
		return err
	}
	refusal.Fields = errs.Fields{{Text: "最后办理：%s，%s", Args: []any{h.Editor, at}}}
	return refusal
}

func asError(err error, target **errs.Error) bool { return errors.As(err, target) }

// moment is when the record was last changed, as people say it: 17:42 of today, else 9月17日 17:42.
func (h Head) moment(ctx context.Context, tx *db.Tx) (string, error) {
	a, err := org.Get(ctx, tx)
	if err != nil {
		return "", err
	}
	at := time.UnixMilli(h.Updated).In(a.Location())
	switch now := tx.Now.In(a.Location()); {
	case at.Year() != now.Year():
		return at.Format("2006年1月2日 15:04"), nil
	case at.YearDay() != now.YearDay():
		return at.Format("1月2日 15:04"), nil
	}
	return at.Format("15:04"), nil
}
