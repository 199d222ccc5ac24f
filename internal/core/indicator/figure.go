package indicator

import (
	"math/big"

	"shilu/internal/core/ledger"
)

// Seal says how far a figure can be trusted (LOOK.md, 4).
type Seal string

// The seals: none for what cannot be computed; outlined while more is pending; full when nothing is; frozen when its period is
// closed or it is read as of a checkpoint.
const (
	NoSeal  Seal = ""
	Outline Seal = "outline"
	Full    Seal = "full"
	Frozen  Seal = "frozen"
)

// Figure is the value of an indicator for a scope.
type Figure struct {
	Def       Def
	Scope     Scope
	Value     *big.Rat // in the indicator's unit; percent for a ratio; nil when not available
	Available bool
	Reason    string // why it is not available, or, with AtLeast, what some records do not say
	// NotApplicable says why in a word: the unit has no records of it and serves no place that it could be divided by. That is
	// neither 0 nor a number that lacks.
	NotApplicable bool
	// Numerator and Denominator are the parts of a ratio, nil for any other kind. A ratio has no amount that is unproved,
	// estimated or pending: those of its parts say it.
	Numerator, Denominator *Figure
	Unproved               *big.Rat // part whose records lack a needed paper
	Estimated              *big.Rat // part that comes from 约, 余, 近
	Pending                *big.Rat // what is submitted and not verified; not in Value
	PendingRecords         int64
	Word                   ledger.Exactness // the word to print it with; "" for none
	AtLeast                bool             // some records do not say it: «至少 n»
	MissingRecords         int64            // how many
	Seal                   Seal
	Checkpoint             int64  // size of the log that it is read at
	Waiting                bool   // entries wait for their number: what it is may be a little ahead of Checkpoint
	Facts                  int64  // facts behind it, reversals included
	Basis                  string // what an external figure rests on: day, source, what was added up
	summed                 bool   // an external figure that is the sum of the places in it
}

// Typed reports whether the figure, or a part of a ratio, was stated by somebody else and typed in.
func (f Figure) Typed() bool {
	return f.Def.Kind == External || f.Numerator != nil && (f.Numerator.Typed() || f.Denominator.Typed())
}
