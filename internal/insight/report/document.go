package report

import (
	"context"
	"encoding/json"
	"math/big"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/day"
	"shilu/internal/kit/lang"
)

// Document is an outline computed for a scope: every text as printed, every figure with where it comes from. All writers print
// it, and a frozen report keeps it.
type Document struct {
	Outline     string    `json:"outline"`
	Title       string    `json:"title"`
	Association string    `json:"association"`     // signs
	Day         day.Day   `json:"day"`             // 成文日期
	Until       day.Day   `json:"until,omitempty"` // Day where the period was not over on it; the figures reach no further
	Scope       ScopeText `json:"scope"`
	Checkpoint  int64     `json:"checkpoint"` // size of the log that the figures are read at
	Program     string    `json:"program"`    // version
	Stamp       *Stamp    `json:"frozen"`     // nil for what is not frozen
	Passages    []Passage `json:"passages"`
	Figures     []Figure  `json:"figures"`
	titleParts  []string  // of the title, where its line may be broken
}

// ScopeText is the scope of a document in words and as an address asks for it.
type ScopeText struct {
	Words  string     `json:"words"`
	Query  string     `json:"query"`
	Period day.Period `json:"period"`
}

// Stamp is what a frozen document prints at its end. Whoever holds it can prove later whether the ledger was changed.
type Stamp struct {
	Checkpoint int64   `json:"checkpoint"`
	Root       string  `json:"root"`
	Day        day.Day `json:"day"`
	Program    string  `json:"program"`
}

// Passage is a heading, a paragraph or a table.
type Passage struct {
	Level int    `json:"level,omitempty"` // 0 paragraph, 1 一、, 2 （一）
	Spans []Span `json:"spans,omitempty"`
	Table *Table `json:"table,omitempty"`
}

// Span is text as printed; Figure is its place in the document's figures, from 1, 0 for plain text.
type Span struct {
	Text   string `json:"text"`
	Figure int    `json:"figure,omitempty"`
}

// Table is a table of figures by township or month; the first column names the row, the last row is the whole.
type Table struct {
	By    string   `json:"by"`
	Heads []string `json:"heads"`
	Rows  [][]Span `json:"rows"`
}

// UntilWords is the line under the title of a report whose period was not over when it was made; "" for one that was.
func (d Document) UntilWords(ctx context.Context) string {
	ctx = inChinese(ctx)
	if d.Until == "" {
		return ""
	}
	return lang.T(ctx, "（截至%s）", d.Until.Long())
}

// Figure is a figure of a document: what was printed, and how to ask for it again.
type Figure struct {
	Code           string         `json:"code"`
	Name           string         `json:"name"`
	Value          *json.Number   `json:"value"` // in the unit, half up, at most two places
	Unit           string         `json:"unit"`
	Text           string         `json:"text"`                  // as printed
	Row            string         `json:"row,omitempty"`         // of the table that it stands in
	ListsNames     bool           `json:"lists_names,omitempty"` // prints Names instead of how many
	Names          []string       `json:"names,omitempty"`
	Scope          string         `json:"scope"`
	Query          string         `json:"query"` // of its trace; "" for a row that no scope can say
	Available      bool           `json:"available"`
	Reason         string         `json:"reason,omitempty"`
	NotApplicable  bool           `json:"not_applicable,omitempty"` // indicator.Figure's
	Numerator      *json.Number   `json:"numerator"`
	Denominator    *json.Number   `json:"denominator"`
	Unproved       *json.Number   `json:"unproved"`
	Estimated      *json.Number   `json:"estimated"`
	Pending        *json.Number   `json:"pending"`
	PendingRecords int64          `json:"pending_records"`
	Facts          int64          `json:"facts"`
	Basis          string         `json:"basis,omitempty"` // of what day and whose, of what somebody else stated
	Seal           indicator.Seal `json:"seal"`
	Exact          string         `json:"exact,omitempty"` // the value as a fraction, to compare without rounding
}

// figureOf keeps what a document needs of a computed figure.
func figureOf(f indicator.Figure) Figure {
	out := Figure{Code: f.Def.Code, Name: f.Def.Short(), Value: number(f.Value), Unit: f.Def.Unit, Available: f.Available, Reason: f.Reason, NotApplicable: f.NotApplicable,
		Unproved: number(f.Unproved), Estimated: number(f.Estimated), Pending: number(f.Pending), PendingRecords: f.PendingRecords, Facts: f.Facts, Basis: f.Basis, Seal: f.Seal}
	if f.Numerator != nil && f.Denominator != nil {
		out.Numerator, out.Denominator = number(f.Numerator.Value), number(f.Denominator.Value)
		out.Unproved, out.Estimated = number(sum(f.Numerator.Unproved, f.Denominator.Unproved)), number(sum(f.Numerator.Estimated, f.Denominator.Estimated))
	}
	if f.Value != nil {
		out.Exact = f.Value.RatString()
	}
	return out
}

func sum(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	return new(big.Rat).Add(a, b)
}

// number is a value as JSON has it, nil where there is none.
func number(v *big.Rat) *json.Number {
	if v == nil {
		return nil
	}
	digits := indicator.Rounded(v, 2)
	n := json.Number(strings.TrimSuffix(strings.TrimRight(digits, "0"), "."))
	return &n
}

// positive reports whether there is such an amount and it is above 0.
func positive(n *json.Number) bool {
	return n != nil && *n != "0" && !strings.HasPrefix(string(*n), "-")
}

// Same reports whether two figures are the same question, whenever they are asked.
func (f Figure) Same(g Figure) bool {
	return f.Code == g.Code && f.Row == g.Row && f.ListsNames == g.ListsNames && timeless(f.Query) == timeless(g.Query)
}

// timeless is a query without the checkpoint that it is asked at.
func timeless(query string) string {
	var kept []string
	for _, part := range strings.Split(query, "&") {
		if !strings.HasPrefix(part, "asof=") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// Lacks reports whether the figure is one to be filled in. In a table one that is not applicable is none; in a sentence it is, for
// the sentence cannot stay.
func (f Figure) Lacks() bool { return !f.Available && (!f.NotApplicable || f.Row == "") }

// Tally is what a document's figures have to be known by: how many, and how many are not sure.
type Tally struct {
	Figures, Estimated, Unproved, Missing, Pending int
}

// Tally counts the figures of the document.
func (d Document) Tally() Tally {
	t := Tally{Figures: len(d.Figures)}
	for _, f := range d.Figures {
		switch {
		case f.Lacks():
			t.Missing++
			continue
		case f.PendingRecords > 0:
			t.Pending++
		}
		if positive(f.Estimated) {
			t.Estimated++
		}
		if positive(f.Unproved) {
			t.Unproved++
		}
	}
	return t
}

// Key is the same for figures that are the same question, whenever and wherever in the text they are asked.
func (f Figure) Key() string {
	key := f.question()
	if i := strings.IndexByte(key, '?'); i >= 0 {
		key = key[:i] + "?" + timeless(key[i+1:])
	}
	if f.Query == "" { // only its row tells it apart
		key += f.Row
	}
	return key
}

// placeholder is the paragraph that a shipped outline leaves to the writer.
const placeholder = "（请填写）"

// Placeholder reports whether the passage is still to be written.
func (p Passage) Placeholder() bool {
	return p.Table == nil && len(p.Spans) == 1 && p.Spans[0].Text == placeholder
}

// Placeholders counts the passages that are still to be written.
func (d Document) Placeholders() (n int) {
	for _, p := range d.Passages {
		if p.Placeholder() {
			n++
		}
	}
	return n
}
