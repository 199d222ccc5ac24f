package lang

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"shilu/internal/kit/errs"
)

// Sentence is a text of the interface that is kept, so that each reader has it in their language: the Chinese text, and its arguments,
// among which other sentences may be. As JSON it is {"text": …, "args": […]}; without arguments it is the text alone, and so is what was
// kept before there were sentences.
type Sentence struct {
	Text string
	Args Args
}

// Args are the arguments of a kept text: strings, int64 and Sentences.
type Args []any

// Say makes a sentence.
func Say(text string, args ...any) Sentence { return Sentence{text, keptArgs(args)} }

// Join makes one sentence of several by the text for two of them: "%s；%s".
func Join(two string, all ...Sentence) (joined Sentence) {
	for i, s := range all {
		if i == 0 {
			joined = s
			continue
		}
		joined = Say(two, joined, s)
	}
	return joined
}

// Said gives the sentences of err, as Error does, to be kept.
func Said(err error) Sentence {
	var e *errs.Error
	if !errors.As(err, &e) {
		return Say("程序内部出错，没有保存，请稍后再试")
	}
	var all []Sentence
	if e.Text != "" {
		all = append(all, Say(e.Text, e.Args...))
	}
	for _, f := range e.Fields {
		all = append(all, Say(f.Text, f.Args...))
	}
	return Join("%s；%s", all...)
}

// String is the sentence in Chinese.
func (s Sentence) String() string { return errs.Sprintf(s.Text, s.Args) }

// In gives the sentence in the language of ctx.
func (s Sentence) In(ctx context.Context) string { return T(ctx, s.Text, s.Args...) }

// keptArgs are the arguments as they are kept; what is none of the kinds is kept as fmt prints it.
func keptArgs(args []any) Args {
	if len(args) == 0 {
		return nil
	}
	all := make(Args, len(args))
	for i, a := range args {
		if s, ok := a.(Sentence); ok {
			all[i] = s
			continue
		}
		switch v := reflect.ValueOf(a); {
		case v.IsValid() && v.CanInt():
			all[i] = v.Int()
		case v.IsValid() && v.CanUint():
			all[i] = int64(v.Uint()) //nolint:gosec // counts
		case v.IsValid() && v.Kind() == reflect.String:
			all[i] = v.String()
		default:
			all[i] = fmt.Sprint(a)
		}
	}
	return all
}

// MarshalJSON writes the sentence.
func (s Sentence) MarshalJSON() ([]byte, error) {
	if len(s.Args) == 0 {
		return json.Marshal(s.Text)
	}
	return json.Marshal(keptSentence(s))
}

type keptSentence struct {
	Text string `json:"text"`
	Args Args   `json:"args,omitempty"`
}

// UnmarshalJSON reads a sentence, or a text alone.
func (s *Sentence) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '"' {
		*s = Sentence{}
		return json.Unmarshal(b, &s.Text)
	}
	var kept keptSentence
	err := json.Unmarshal(b, &kept)
	*s = Sentence(kept)
	return err
}

// UnmarshalJSON reads the arguments of a kept text.
func (a *Args) UnmarshalJSON(b []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	*a = nil
	for _, p := range parts {
		var n int64
		if json.Unmarshal(p, &n) == nil {
			*a = append(*a, n)
			continue
		}
		var s Sentence
		if err := s.UnmarshalJSON(p); err != nil {
			return err
		}
		if s.Args == nil {
			*a = append(*a, s.Text)
			continue
		}
		*a = append(*a, s)
	}
	return nil
}
