package log_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"shilu/internal/core/log"
)

// treed writes JSON canonically by way of a tree: slower, and simpler to believe.
func treed(raw []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return "", err
	}
	var write func(v any) (string, error)
	each := func(all []any, name func(i int) string, open, end string) (string, error) {
		parts := make([]string, len(all))
		for i, v := range all {
			s, err := write(v)
			if err != nil {
				return "", err
			}
			parts[i] = name(i) + s
		}
		return open + strings.Join(parts, ",") + end, nil
	}
	write = func(v any) (string, error) {
		switch v := v.(type) {
		case string:
			return string(log.AppendText(nil, v)), nil
		case json.Number:
			n, err := strconv.ParseInt(v.String(), 10, 64)
			if err != nil || n >= 1<<53 || n <= -1<<53 {
				return "", fmt.Errorf("%s is no whole number", v)
			}
			return strconv.FormatInt(n, 10), nil
		case []any:
			return each(v, func(int) string { return "" }, "[", "]")
		case map[string]any:
			keys := slices.SortedFunc(maps.Keys(v), func(x, y string) int { return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y))) })
			all := make([]any, len(keys))
			for i, k := range keys {
				all[i] = v[k]
			}
			return each(all, func(i int) string { return string(log.AppendText(nil, keys[i])) + ":" }, "{", "}")
		case nil:
			return "null", nil
		}
		return fmt.Sprint(v), nil
	}
	return write(tree)
}

// FuzzCanonical: whatever JSON a body holds is written as the slow way writes it, or refused by both.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[true,false,null,{"z":"\u003c<&>\u2028\\\"","a":{}}],"":[]}`, `{"a":1,"a":{"x":2}}`, `{"\ue000":1,"😀":2,"é":3,"\ud83d":4}`, `-0`, `1e3`, `9007199254740992`, `"\ud800"`, "{\"a\":\"\xff\"}", `[[],[[]],{}]`, ` { "b" : 1 , "a" : "x" } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		want, wrong := treed(raw)
		got, err := log.Canonical(json.RawMessage(raw))
		if (err == nil) != (wrong == nil) || err == nil && string(got) != want {
			t.Errorf("%q is written as %q (%v), want %q (%v)", raw, got, err, want, wrong)
		}
	})
}

func BenchmarkCanonical(b *testing.B) {
	v := map[string]any{"name": "核桃高接换优技术培训班", "unit": "01HZX3", "counts": map[string]any{"onsite": 120, "online": 0}, "stops": []any{map[string]any{"day": "2026-03-05", "place": "x"}}, "note": "a<b & c"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := log.Canonical(v); err != nil {
			b.Fatal(err)
		}
	}
}
