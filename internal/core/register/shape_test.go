package register_test

import (
	"encoding/json"
	"strings"
	"testing"

	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

type shaped struct {
	Name   string                    `json:"name" label:"名称"`
	Day    day.Day                   `json:"day,omitempty"`
	From   day.Day                   `json:"from" needed:"save"`
	N      *int64                    `json:"n,omitempty"`
	Rows   []shapedRow               `json:"rows,omitempty"`
	Counts map[string]register.Count `json:"counts,omitempty"`
	On     bool                      `json:"on,omitempty"`
	Any    json.RawMessage           `json:"any,omitempty"`
}

type shapedRow struct {
	Day day.Day `json:"day"`
	shapedSpot
}

type shapedSpot struct {
	Place string `json:"place"`
}

func TestABodyHasTheShapeOfItsType(t *testing.T) {
	s := register.ShapeOf[shaped]()
	for text, wrong := range map[string]string{
		`{"name":"a","day":"2026-01-02","n":3,"rows":[{"day":"2026-02-28","place":"y"}],"counts":{"on":{"n":3}},"on":true,"any":[{"x":1}]}`: "",
		`{"name":"a","n":null,"rows":null,"counts":null}`: "",
		`{"day":null,"rows":[{"day":null}]}`:              "",
		`{"from":null}`:                                   "b.from",
		`{"Name":"a"}`:                                    "b.Name",
		`{"name":null}`:                                   "b.name",
		`{"name":1}`:                                      "b.name",
		`{"name":"a","name":"b"}`:                         "b.name",
		`{"rows":[{"place":"y","plac":1}]}`:               "b.rows.0.plac",
		`{"rows":{}}`:                                     "b.rows",
		`{"counts":{"on":{"m":3}}}`:                       "b.counts.on.m",
		`{"rows":[{"day":"2026-02-30"}]}`:                 "b.rows.0.day",
		`{"n":1.5}`:                                       "b.n",
		`{"n":1e400}`:                                     "b.n",
		`[]`:                                              "b",
		`"x"`:                                             "b",
	} {
		var out shaped
		err := s.Read([]byte(text), "b", &out)
		var e *errs.Error
		switch {
		case wrong == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case wrong != "" && (!errs.Is(err, errs.Invalid) || !asErr(err, &e) || len(e.Fields) != 1 || e.Fields[0].Name != wrong):
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{``, `{`, `{}{}`, `{"a"}`, `{"name":"\ud800`, strings.Repeat("[", 100), `{"any":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
		`{"rows":[` + strings.Repeat("{},", 60000) + `{}]}`} {
		var out shaped
		if err := s.Read([]byte(text), "", &out); err == nil || errs.KindOf(err) == errs.Internal {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func asErr(err error, e **errs.Error) bool {
	known, ok := err.(*errs.Error) //nolint:errorlint // as it was made
	*e = known
	return ok
}

// FuzzBody: whatever is sent is read or refused with a sentence, and what is read says the same when it is written and read again.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"name":"a"}`, `{"rows":[{"day":"x"}]}`, `{"n":1e5}`, `{"name":"a","name":"b"}`, "[[[[", `{"any":{"a":[1,2]}}`, "\xff", `{"counts":{"":{"n":-0}}}`} {
		f.Add(seed)
	}
	s := register.ShapeOf[shaped]()
	f.Fuzz(func(t *testing.T, text string) {
		var out shaped
		err := s.Read([]byte(text), "", &out)
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		written, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		var again shaped
		if err := s.Read(written, "", &again); err != nil {
			t.Fatalf("%q was read, and %s is not: %v", text, written, err)
		}
	})
}
