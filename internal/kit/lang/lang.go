// Package lang translates the texts of the interface. The Chinese text itself is the key, as in gettext:
// code says lang.T(ctx, "核实通过"), and the English catalogue maps that text to its translation. There a word may stand in two forms,
// the one for 1 first: "%d {row|rows}" (plural.go).
package lang

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"sync"

	"shilu/internal/kit/errs"
)

// Tag is a language of the interface: "zh" or "en".
type Tag string

// The languages.
const (
	Chinese Tag = "zh"
	English Tag = "en"
)

type key struct{}

// With sets the language of ctx.
func With(ctx context.Context, tag Tag) context.Context { return context.WithValue(ctx, key{}, tag) }

// From gives the language of ctx; Chinese unless set.
func From(ctx context.Context) Tag {
	if tag, ok := ctx.Value(key{}).(Tag); ok {
		return tag
	}
	return Chinese
}

var (
	mu      sync.RWMutex
	english = map[string]string{}
)

// Read loads a catalogue of translations: a csv with the columns zh and en.
func Read(r io.Reader) error {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return err
	}
	texts := make(map[string]string, len(rows))
	for i, row := range rows {
		if i > 0 && row[1] != "" {
			texts[row[0]] = row[1]
		}
	}
	Load(texts)
	return nil
}

// Load adds translations from Chinese to English; called once at start with catalogue/lang/en.csv.
func Load(texts map[string]string) {
	mu.Lock()
	defer mu.Unlock()
	for zh, en := range texts {
		english[zh] = en
	}
}

// T gives text in the language of ctx, formatted with args. In English a day or period is written the English way, and so is an
// argument that is one, or a Sentence, or that is itself a text of the interface (the name of a state in a sentence). What has no translation
// stays as it is: the names of people, places and classes.
func T(ctx context.Context, text string, args ...any) string {
	if From(ctx) != English {
		return errs.Sprintf(text, args)
	}
	mu.RLock()
	defer mu.RUnlock()
	return inEnglish(text, args)
}

// inEnglish is a text with its arguments in English; mu is held.
func inEnglish(text string, args []any) string {
	en, ours := said(text)
	if len(args) == 0 {
		if ours {
			en = inForm(en, func(int) bool { return false })
		}
		return en
	}
	look := sync.OnceValues(func() ([]number, []int) { return numbers(en, args) })
	all := slices.Clone(args)
	for i, a := range all {
		switch a := a.(type) {
		case string:
			word, ours := said(a)
			if ours {
				word = inForm(word, func(int) bool { counted, places := look(); return oneAt(places[i], counted) })
			}
			all[i] = word
		case Sentence:
			all[i] = inEnglish(a.Text, a.Args)
		}
	}
	text = en
	if ours {
		text = inForm(en, func(at int) bool { counted, _ := look(); return oneAt(at, counted) })
	}
	return errs.Sprintf(text, all)
}

// said is one text in English, ours when the catalogue has it; mu is held.
func said(text string) (en string, ours bool) {
	if en, ok := english[text]; ok {
		return en, true
	}
	if days, ok := days(text); ok {
		return days, false
	}
	parts := strings.Split(text, "、")
	for i, p := range parts {
		en, ok := english[p]
		if !ok || len(parts) == 1 {
			return text, false
		}
		parts[i] = en
	}
	return strings.Join(parts, ", "), true
}

// Error gives the sentences of err in the language of ctx: for errs.Error its text and fields, else one sentence that says the fault is ours.
func Error(ctx context.Context, err error) string { return Said(err).In(ctx) }

// Unit is the unit beside a figure, in the language of ctx: village beside 1, villages beside any other.
func Unit(ctx context.Context, unit, figure string) string { return T(ctx, "%.0s%s", figure, unit) }
