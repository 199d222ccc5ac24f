package indicator

import (
	"encoding/json"
	"math/big"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
)

// figureJSON is a figure as the command line and the API give it: numbers in the indicator's unit, half up, at most two
// decimals, null where there is none.
type figureJSON struct {
	Code        string          `json:"code"`
	Name        string          `json:"name"`
	Value       json.RawMessage `json:"value"`
	Unit        string          `json:"unit"`
	Kind        Kind            `json:"kind"`
	Available   bool            `json:"available"`
	Reason      string          `json:"reason"`
	Numerator   json.RawMessage `json:"numerator"`
	Denominator json.RawMessage `json:"denominator"`
	Unproved    json.RawMessage `json:"unproved"`
	Estimated   json.RawMessage `json:"estimated"`
	Pending     json.RawMessage `json:"pending"`
	Checkpoint  int64           `json:"checkpoint"` // 0 until all that it counts has its number
	Typed       bool            `json:"typed"`      // stated by somebody else, or divided by what is
	Basis       string          `json:"basis"`      // of what day and whose
}

func (f Figure) json() figureJSON {
	part := func(p *Figure) json.RawMessage {
		if p == nil {
			return number(nil)
		}
		return number(p.Value)
	}
	checkpoint := f.Checkpoint
	if f.Waiting { // it would not be found again in that one
		checkpoint = 0
	}
	return figureJSON{f.Def.Code, f.Def.Name, number(f.Value), f.Def.Unit, f.Def.Kind, f.Available, f.Reason, part(f.Numerator),
		part(f.Denominator), number(f.Unproved), number(f.Estimated), number(f.Pending), checkpoint, f.Typed(), f.Basis}
}

// MarshalJSON writes a figure as `shilu indicators --json` does.
func (f Figure) MarshalJSON() ([]byte, error) { return json.Marshal(f.json()) }

// number is a JSON number with at most two decimals, or null.
func number(v *big.Rat) json.RawMessage {
	if v == nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(trimmed(Rounded(v, 2)))
}

// trimmed drops decimals that are 0.
func trimmed(digits string) string {
	if !strings.Contains(digits, ".") {
		return digits
	}
	return strings.TrimRight(strings.TrimRight(digits, "0"), ".")
}

type partJSON struct {
	Name    string          `json:"name"`
	Note    string          `json:"note,omitempty"`
	Value   json.RawMessage `json:"value"`
	Records int64           `json:"records"`
}

type lineJSON struct {
	ID         string           `json:"id"`
	Seq        *int64           `json:"seq"` // null until it is numbered
	Kind       string           `json:"kind"`
	Record     string           `json:"record"` // its number
	RecordID   string           `json:"record_id"`
	Title      string           `json:"title"`
	Measure    string           `json:"measure"`
	Amount     int64            `json:"amount"` // in the measure's smallest unit
	Day        day.Day          `json:"day"`
	Unit       string           `json:"unit"`
	Place      string           `json:"place"`
	Tags       ledger.Tags      `json:"tags"`
	Exactness  ledger.Exactness `json:"exactness"`
	Movement   ledger.Movement  `json:"movement,omitempty"`
	Correction Correction       `json:"correction,omitempty"`
	Reverses   string           `json:"reverses,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	Papers     int64            `json:"papers"`
	Missing    string           `json:"missing,omitempty"`
	Source     *Source          `json:"source,omitempty"` // the row of a workbook
}

type leftJSON struct {
	Why     string          `json:"why"`
	State   string          `json:"state"`
	Records int64           `json:"records"`
	Amount  json.RawMessage `json:"amount"`
}

func (l Line) json() lineJSON {
	j := lineJSON{ID: l.ID, Kind: l.Ref.Kind, Record: l.Number, RecordID: l.Ref.ID, Title: l.Title, Measure: l.Fact.Measure,
		Amount: l.Fact.Amount, Day: l.Fact.Day, Unit: l.Unit, Place: l.Place, Tags: l.Fact.Tags, Exactness: l.Fact.Exactness, Movement: l.Fact.Movement,
		Correction: l.Correction, Reverses: l.Reverses, Reason: l.Reason, Papers: l.Papers, Missing: l.Missing}
	if l.Row > 0 {
		j.Source = &l.Source
	}
	if l.Seq >= 0 {
		j.Seq = &l.Seq
	}
	if j.Tags == nil {
		j.Tags = ledger.Tags{}
	}
	return j
}

// MarshalJSON writes a trace as `shilu trace --json` does: the figure's own fields, then how it came about.
func (t Trace) MarshalJSON() ([]byte, error) {
	lines := func(all []Line) []lineJSON {
		out := make([]lineJSON, len(all))
		for i, l := range all {
			out[i] = l.json()
		}
		return out
	}
	parts := make([]partJSON, len(t.Parts))
	for i, p := range t.Parts {
		parts[i] = partJSON{p.Name, p.Note, number(p.Figure.Value), p.Records}
	}
	left := make([]leftJSON, len(t.LeftOut))
	for i, l := range t.LeftOut {
		left[i] = leftJSON{l.Why, l.State, l.Records, number(l.Amount)}
	}
	var sealed *log.Checkpoint
	if t.Sealed.Note != "" {
		sealed = &t.Sealed
	}
	return json.Marshal(struct {
		figureJSON
		Definition string          `json:"definition"`
		Formula    string          `json:"formula"`
		Period     day.Period      `json:"period"`
		PartsBy    string          `json:"parts_by"`
		Parts      []partJSON      `json:"parts"`
		AddsUp     bool            `json:"adds_up"`
		Why        string          `json:"why_not,omitempty"`
		Facts      []lineJSON      `json:"facts"`
		Total      int64           `json:"facts_total"`
		Hidden     int64           `json:"facts_hidden"`
		Records    int64           `json:"records"`
		Papers     int64           `json:"papers"`
		Estimates  []lineJSON      `json:"estimates"`
		LeftOut    []leftJSON      `json:"left_out"`
		Names      []string        `json:"names,omitempty"`
		Agrees     bool            `json:"agrees"`
		Checked    int64           `json:"facts_added_up"`
		Sealed     *log.Checkpoint `json:"sealed"`
	}{t.json(), t.Def.Definition, t.Formula, t.Scope.Period, t.PartsBy, parts, t.AddsUp, t.Why, lines(t.Lines), t.Total, t.Hidden,
		t.Records, t.Papers, lines(t.Estimates), left, t.Names, t.Agrees, t.Checked, sealed})
}
