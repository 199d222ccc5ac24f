package register

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Records is a book without its types, for an entrance that serves every register alike: bodies are JSON in the body's own field
// names. All runs in the caller's transaction. A function that is nil is not there for programs.
type Records struct {
	Kind, Title string
	Body        *Shape                    // with what people call the fields
	Path        func(field string) string // where a field that is wrong stands in the body

	Create func(ctx context.Context, tx *db.Tx, in New[json.RawMessage]) (Entered, error)
	Save   func(ctx context.Context, tx *db.Tx, in Change[json.RawMessage]) (Entered, error)
	Get    func(ctx context.Context, tx *db.Tx, number string) (Plain, error)
	List   func(ctx context.Context, tx *db.Tx, q Query) ([]Plain, error)
	Count  func(ctx context.Context, tx *db.Tx, q Query) (int64, error)
	Delete func(ctx context.Context, tx *db.Tx, record string, version int) error
	// The steps of the flow; why is the reason, where the step has one.
	Verifying                              string // what programs are told of Verify, where there is more to say than of every register
	Submit, Withdraw, Verify, Return, Void func(ctx context.Context, tx *db.Tx, record string, version int, why string) (flow.Head, error)
}

// Plain is a record whose bodies are JSON.
type Plain struct {
	flow.Head
	Body     json.RawMessage
	Standing json.RawMessage // the verified version while a revision is open; else nil
	Warnings []errs.Field
	Similar  []flow.Head
	Papers   int64  // lists only: how many papers it has
	Missing  string // lists only: which needed papers it lacks
}

// Records is the book without its types.
func (b *Book[T, W]) Records() *Records {
	shape := ShapeOf[T]()
	for _, f := range b.Fields {
		if s, ok := shape.field(f.Key); ok && s.Label == "" {
			s.Label = f.Label
		}
	}
	for path, options := range b.Options {
		shape.offer(path, options)
	}
	read := func(text json.RawMessage) (body T, err error) { return body, shape.Read(text, "body", &body) }
	plain := func(step func(context.Context, *db.Tx, string, int) (flow.Head, error)) func(context.Context, *db.Tx, string, int, string) (flow.Head, error) {
		return func(ctx context.Context, tx *db.Tx, record string, version int, _ string) (flow.Head, error) {
			return step(ctx, tx, record, version)
		}
	}
	path := b.Path
	if path == nil {
		path = func(field string) string { return field }
	}
	return &Records{
		Kind: b.Kind, Body: shape, Path: path,
		Create: func(ctx context.Context, tx *db.Tx, in New[json.RawMessage]) (Entered, error) {
			body, err := read(in.Body)
			if err != nil {
				return Entered{}, err
			}
			return b.CreateIn(ctx, tx, New[T]{ID: in.ID, Body: body, Submit: in.Submit})
		},
		Save: func(ctx context.Context, tx *db.Tx, in Change[json.RawMessage]) (Entered, error) {
			body, err := read(in.Body)
			if err != nil {
				return Entered{}, err
			}
			return b.SaveIn(ctx, tx, Change[T]{ID: in.ID, Version: in.Version, Body: body, Reason: in.Reason, Submit: in.Submit})
		},
		Get: b.plainIn, List: b.plainList, Count: b.CountIn, Delete: b.DeleteIn,
		Submit: plain(b.SubmitIn), Withdraw: plain(b.WithdrawIn), Verify: b.VerifyIn, Return: b.ReturnIn, Void: b.VoidIn,
	}
}

func (b *Book[T, W]) plainIn(ctx context.Context, tx *db.Tx, number string) (p Plain, err error) {
	r, err := b.GetIn(ctx, tx, number)
	if err != nil {
		return p, err
	}
	p.Head, p.Warnings, p.Similar = r.Head, r.Warnings, r.Similar
	if p.Body, err = json.Marshal(r.Body); err == nil && r.Standing != nil {
		p.Standing, err = json.Marshal(r.Standing)
	}
	return p, err
}

func (b *Book[T, W]) plainList(ctx context.Context, tx *db.Tx, q Query) (all []Plain, err error) {
	for e, err := range b.Each(ctx, tx, q) {
		if err != nil {
			return nil, err
		}
		p := Plain{Head: e.Head, Papers: e.Papers, Missing: e.Missing}
		if p.Body, err = json.Marshal(e.Body); err != nil {
			return nil, fmt.Errorf("write %s: %w", e.Number, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// Mark is a place in a list by day, the latest first: what comes after it has an earlier day, or the same and a smaller id. It does
// not move when rows are added or taken out.
type Mark struct {
	Day day.Day
	ID  string
}

// After narrows a list to what comes after the mark. It is for the usual order, which Sort "" gives.
func (m Mark) After() ledger.Condition {
	return ledger.Condition{SQL: "(r.day, r.id) < (?, ?)", Args: []any{m.Day, m.ID}}
}
