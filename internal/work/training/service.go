package training

import (
	"context"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Service has the use cases of training. Each write is one transaction: record, history, standing row and facts together.
type Service struct {
	DB        *db.DB
	Catalogue Catalogue
	Papers    evidence.Rules // which papers a class needs
}

// Ref names a class's record.
func Ref(recordID string) id.Ref { return id.Ref{Kind: Kind, ID: recordID} }

// Entered is what a write gives back: the record's head, and what may be wrong without blocking.
type Entered struct {
	flow.Head
	Warnings []Warning
	Similar  []flow.Head // may be the same class: asked about, never merged
}

// CreateInput is a new class. ID, made by the caller, makes sending twice safe; Submit hands it over at once.
type CreateInput struct {
	ID     string
	Class  Class
	Submit bool
}

// Create enters a class as a draft, or submits it at once. Invalid lists every wrong field.
func (s *Service) Create(ctx context.Context, in CreateInput) (out Entered, err error) {
	h := in.Class.head()
	h.ID, h.Prefix = in.ID, Prefix
	if in.Submit {
		h.State = flow.Submitted
	}
	if err := flow.Reserve(ctx, s.DB, &h); err != nil {
		return out, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		h, c := h, in.Class
		w, err := s.check(ctx, tx, &c, in.Submit)
		if err != nil {
			return err
		}
		h.Search = c.search(w)
		if err := flow.Create(ctx, tx, &h, c); err != nil {
			return err
		}
		if err := put(ctx, tx, c, h.ID, h.Version); err != nil {
			return err
		}
		if err := s.state(ctx, tx, h, c); err != nil {
			return err
		}
		out, err = entered(ctx, tx, h, c, w)
		return err
	})
	return out, err
}

// SaveInput changes a class. Version is the one that the caller read. Reason is required to open a revision.
type SaveInput struct {
	ID      string
	Version int
	Class   Class
	Reason  string
	Submit  bool
}

// Save writes a new version of a draft, a returned class or an open revision; on a verified class it opens a revision.
// Conflict when someone else saved in between: nothing is lost or overwritten.
func (s *Service) Save(ctx context.Context, in SaveInput) (out Entered, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err := flow.Get(ctx, tx, Ref(in.ID))
		if err != nil {
			return err
		}
		opens := h.State == flow.Verified && h.Revision == flow.None
		was := h.Version
		if opens {
			was = h.Verified // a later version may have been given up
		}
		var old Class
		if err := flow.Body(ctx, tx, h.Ref(), was, &old); err != nil {
			return err
		}
		c := in.Class
		w, err := s.check(ctx, tx, &c, in.Submit)
		if err != nil {
			return err
		}
		h.Version, h.Prefix, h.Title, h.Unit, h.Place, h.Day, h.Search = in.Version, Prefix, c.Name, c.Unit, c.Place, c.countingDay(), c.search(w)
		if opens {
			err = flow.Revise(ctx, tx, &h, c, changes(old, c, w), in.Reason)
		} else {
			err = flow.Save(ctx, tx, &h, c, changes(old, c, w), in.Reason)
		}
		if err != nil {
			return err
		}
		if in.Submit {
			if h, err = flow.Submit(ctx, tx, h.Ref(), h.Version); err != nil {
				return err
			}
		}
		if err := s.settle(ctx, tx, h); err != nil {
			return err
		}
		out, err = entered(ctx, tx, h, c, w)
		return err
	})
	return out, err
}

// check fills in the subject's code and says all that is wrong with a class; submit also asks for what must be there by then.
func (s *Service) check(ctx context.Context, tx *db.Tx, c *Class, submit bool) (Words, error) {
	w, err := s.words(ctx, tx, c.countingDay())
	if err != nil {
		return w, err
	}
	if c.Subject != "" {
		code, known := w.Subjects.Code(c.Subject)
		if !known && w.Subjects.Title(c.Subject) == c.Subject {
			if code, err = org.AddTerm(ctx, tx, SubjectVocabulary, c.Subject); err != nil {
				return w, err
			}
			if w.Subjects, err = org.Terms(ctx, tx, SubjectVocabulary); err != nil {
				return w, err
			}
		}
		if code != "" {
			c.Subject = code
		}
	}
	return w, c.wrong(w, submit)
}

func entered(ctx context.Context, tx *db.Tx, h flow.Head, c Class, w Words) (Entered, error) {
	same, err := similar(ctx, tx, c, h.ID)
	return Entered{Head: h, Warnings: c.warnings(w.Rules, w.Today), Similar: same}, err
}

// search are the words by which a class is found, beside number and title.
func (c Class) search(w Words) string {
	words := append([]string{w.Subjects.Title(c.Subject), w.Tree.PlaceName(c.Place), c.Venue, c.Material}, c.Teachers...)
	return strings.Join(append(words, c.Partners...), " ")
}

// settle lets the standing row and the ledger follow the record: facts when it is verified, none when it is voided, else what it
// would post. An open revision changes neither.
func (s *Service) settle(ctx context.Context, tx *db.Tx, h flow.Head) error {
	if h.State == flow.Verified && h.Revision != flow.None {
		return nil
	}
	var c Class
	if err := flow.Body(ctx, tx, h.Ref(), h.Standing(), &c); err != nil {
		return err
	}
	if err := put(ctx, tx, c, h.ID, h.Standing()); err != nil {
		return err
	}
	return s.state(ctx, tx, h, c)
}

// state tells the ledger what the class c, the standing version of h, says.
func (s *Service) state(ctx context.Context, tx *db.Tx, h flow.Head, c Class) error {
	if err := s.Papers.UpdateProof(ctx, tx, c.subject(h.ID)); err != nil {
		return err
	}
	facts := c.facts(s.Catalogue.On(c.countingDay()))
	if h.State != flow.Verified && h.State != flow.Voided {
		return ledger.Expect(ctx, tx, h.Ref(), string(h.State), facts...)
	}
	statement, err := s.statement(ctx, tx, h, facts)
	if err != nil {
		return err
	}
	return ledger.Set(ctx, tx, statement)
}

// head is what the class puts into the head of its record.
func (c Class) head() flow.Head {
	return flow.Head{Kind: Kind, Title: c.Name, Unit: c.Unit, Place: c.Place, Day: c.countingDay()}
}

// subject is what decides which papers the class needs.
func (c Class) subject(recordID string) evidence.Subject {
	return evidence.Subject{Ref: Ref(recordID), Subkind: c.Kind, Day: c.countingDay()}
}

// statement is what the ledger is told of a record: nothing for a voided one.
func (s *Service) statement(ctx context.Context, tx *db.Tx, h flow.Head, facts []ledger.Fact) (ledger.Statement, error) {
	papers, err := evidence.Hashes(ctx, tx, h.Ref())
	if err != nil {
		return ledger.Statement{}, err
	}
	hash, reason := h.Hash, h.Remark
	if h.Version > 1 { // the standing version may not be the latest, and why it was revised stands at the version that began it
		versions, err := flow.Versions(ctx, tx, h.Ref())
		if err != nil {
			return ledger.Statement{}, err
		}
		for _, v := range versions {
			if v.Version > h.Standing() {
				break
			}
			hash = v.Hash
			if v.Reason != "" {
				reason = v.Reason
			}
		}
	}
	if h.State == flow.Voided {
		facts, reason = nil, h.Remark
	}
	return ledger.Statement{Ref: h.Ref(), Version: h.Standing(), FactsVersion: FactsVersion, RecordHash: hash, Papers: papers,
		Reason: reason, Batch: h.Batch, Account: access.From(ctx).Account, Facts: facts}, nil
}

// Submit hands a class over. Invalid lists what is still missing.
func (s *Service) Submit(ctx context.Context, recordID string, version int) (flow.Head, error) {
	return s.move(ctx, recordID, func(tx *db.Tx, c Class) (flow.Head, error) {
		if _, err := s.check(ctx, tx, &c, true); err != nil {
			return flow.Head{}, err
		}
		return flow.Submit(ctx, tx, Ref(recordID), version)
	})
}

// Withdraw takes a submitted class back, or gives an open revision up.
func (s *Service) Withdraw(ctx context.Context, recordID string, version int) (flow.Head, error) {
	return s.move(ctx, recordID, func(tx *db.Tx, _ Class) (flow.Head, error) {
		return flow.Withdraw(ctx, tx, Ref(recordID), version)
	})
}

// Return sends a class back with a remark.
func (s *Service) Return(ctx context.Context, recordID string, version int, remark string) (flow.Head, error) {
	return s.move(ctx, recordID, func(tx *db.Tx, _ Class) (flow.Head, error) {
		return flow.Return(ctx, tx, Ref(recordID), version, remark)
	})
}

// Verify makes a class count. A class that is not over yet is refused: what is planned posts nothing.
func (s *Service) Verify(ctx context.Context, recordID string, version int) (flow.Head, error) {
	return s.move(ctx, recordID, func(tx *db.Tx, c Class) (flow.Head, error) {
		today, err := org.Today(ctx, tx)
		if err != nil {
			return flow.Head{}, err
		}
		if c.countingDay() > today {
			return flow.Head{}, errs.E(errs.Conflict, "这个班%s才结束，结束后再核实", c.countingDay().Short(today))
		}
		return flow.Verify(ctx, tx, Ref(recordID), version)
	})
}

// Void strikes a class out; its facts are taken back.
func (s *Service) Void(ctx context.Context, recordID string, version int, reason string) (flow.Head, error) {
	return s.move(ctx, recordID, func(tx *db.Tx, _ Class) (flow.Head, error) {
		return flow.Void(ctx, tx, Ref(recordID), version, reason)
	})
}

// Delete removes a draft that was never submitted.
func (s *Service) Delete(ctx context.Context, recordID string, version int) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := flow.Delete(ctx, tx, Ref(recordID), version); err != nil {
			return err
		}
		if err := drop(ctx, tx, recordID); err != nil {
			return err
		}
		return ledger.Expect(ctx, tx, Ref(recordID), "")
	})
}

// move takes a step of the flow and lets the standing row and the ledger follow.
func (s *Service) move(ctx context.Context, recordID string, step func(tx *db.Tx, latest Class) (flow.Head, error)) (h flow.Head, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		before, err := flow.Get(ctx, tx, Ref(recordID))
		if err != nil {
			return err
		}
		var c Class
		if err := flow.Body(ctx, tx, before.Ref(), before.Version, &c); err != nil {
			return err
		}
		if h, err = step(tx, c); err != nil {
			return err
		}
		return s.settle(ctx, tx, h)
	})
	return h, err
}
