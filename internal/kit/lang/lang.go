// Package lang translates the texts of the interface. The Chinese text itself is the key, as in gettext:
// code says lang.T(ctx, "核实通过"), and the English catalogue maps that text to its translation.
package lang

import (
	"context"
	"errors"
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

// Load adds translations from Chinese to English; called once at start with catalogue/lang/en.csv.
func Load(texts map[string]string) {
	mu.Lock()
	defer mu.Unlock()
	for zh, en := range texts {
		english[zh] = en
	}
}

// T gives text in the language of ctx, formatted with args. A text without translation stays Chinese.
func T(ctx context.Context, text string, args ...any) string {
	if From(ctx) == English {
		mu.RLock()
		en, ok := english[text]
		mu.RUnlock()
		if ok {
			text = en
		}
	}
	return errs.Sprintf(text, args)
}

// Error gives the sentences of err in the language of ctx: for errs.Error its text and fields, else one sentence that says the fault is ours.
func Error(ctx context.Context, err error) string {
	var e *errs.Error
	if !errors.As(err, &e) {
		return T(ctx, "程序内部出错，没有保存，请稍后再试")
	}
	var parts []string
	if e.Text != "" {
		parts = append(parts, T(ctx, e.Text, e.Args...))
	}
	for _, f := range e.Fields {
		parts = append(parts, T(ctx, f.Text, f.Args...))
	}
	return strings.Join(parts, T(ctx, "；"))
}
