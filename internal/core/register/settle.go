package register

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
)

// Settle lets the standing row, the proof and the ledger follow the record: facts when it is verified, none when it is voided, else
// what it would post. An open revision changes none of them. Whatever moved the record or wrote a version of it calls Settle in
// the same transaction; the methods of Book do.
func (b *Book[T, W]) Settle(ctx context.Context, tx *db.Tx, h flow.Head) error {
	if h.State == flow.Verified && h.Revision != flow.None {
		return nil
	}
	body, err := b.standing(ctx, tx, h)
	if err != nil {
		return err
	}
	return b.stand(ctx, tx, h, body, "")
}

// standing is what the version that stands for the record says.
func (b *Book[T, W]) standing(ctx context.Context, tx *db.Tx, h flow.Head) (body T, err error) {
	err = flow.Body(ctx, tx, h.Ref(), h.Standing(), &body)
	return body, err
}

// stand writes the body as the standing version of h and tells the ledger what it says. why is the reason of whoever verified it.
func (b *Book[T, W]) stand(ctx context.Context, tx *db.Tx, h flow.Head, body T, why string) error {
	if err := b.put(ctx, tx, body, h.ID, h.Standing()); err != nil {
		return err
	}
	if err := b.Papers.UpdateProof(ctx, tx, b.SubjectOf(h.ID, body)); err != nil {
		return err
	}
	if err := b.besideOne(ctx, tx, &body); err != nil {
		return err
	}
	if err := b.followOne(ctx, tx, h, body); err != nil {
		return err
	}
	why, err := b.say(ctx, tx, h, b.Facts(body), why)
	if err != nil {
		return err
	}
	return b.then(ctx, tx, h, why)
}

// say tells the ledger what the standing version of h states, and gives the reason that it has for it. why is as in stand.
func (b *Book[T, W]) say(ctx context.Context, tx *db.Tx, h flow.Head, facts []ledger.Fact, why string) (string, error) {
	if h.State != flow.Verified && h.State != flow.Voided {
		return why, ledger.Expect(ctx, tx, h.Ref(), string(h.State), facts...)
	}
	statement, err := b.statement(ctx, tx, h, facts)
	if err != nil {
		return "", err
	}
	if statement.Reason == "" {
		statement.Reason = why
	}
	return statement.Reason, ledger.Set(ctx, tx, statement)
}

// statement is what the ledger is told of a record: nothing for a voided one.
func (b *Book[T, W]) statement(ctx context.Context, tx *db.Tx, h flow.Head, facts []ledger.Fact) (ledger.Statement, error) {
	papers, err := evidence.Hashes(ctx, tx, h.Ref())
	if err != nil {
		return ledger.Statement{}, err
	}
	hash, reason, origin := h.Hash, h.Remark, ""
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
			switch {
			case v.Reason == "":
			case access.ByImport(v.Reason): // that a row says so is no reason for a correction
				reason, origin = "", v.Reason
			default:
				reason, origin = v.Reason, ""
			}
		}
	}
	if h.State == flow.Voided {
		facts, reason, origin = nil, h.Remark, ""
	}
	return ledger.Statement{Ref: h.Ref(), Version: h.Standing(), FactsVersion: b.FactsVersion, RecordHash: hash, Papers: papers,
		Reason: reason, Origin: origin, Batch: h.Batch, Account: access.From(ctx).Account, Facts: facts}, nil
}
