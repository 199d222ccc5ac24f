package backup

import (
	"encoding/json"
	"testing"
)

// FuzzDecode: a line of a foreign backup is either a row of the right kinds, which is written again as it was read, or refused.
func FuzzDecode(f *testing.F) {
	for _, line := range []string{`["a",1,true]`, `[null,null,null]`, `["a",9223372036854775807,false]`, `["a",9223372036854775808,false]`, `["a",1.5,true]`, `["a","1",true]`,
		`["a",1]`, `[`, `{"a":1}`, `[[],1,true]`, "[\"\\u0000\xff\",1,true]"} {
		f.Add([]byte(line))
	}
	kinds := []kind{text, integer, boolean}
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := decode(line, kinds)
		if err != nil {
			return
		}
		for i, v := range row {
			switch v.(type) {
			case nil:
			case string:
				if kinds[i] != text {
					t.Errorf("value %d is text", i)
				}
			case int64:
				if kinds[i] != integer {
					t.Errorf("value %d is a number", i)
				}
			case bool:
				if kinds[i] != boolean {
					t.Errorf("value %d is a boolean", i)
				}
			default:
				t.Errorf("value %d is a %T", i, v)
			}
		}
		again, err := encode(row)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := decode(again, kinds)
		if err != nil {
			t.Fatalf("%s was written as %s: %v", line, again, err)
		}
		a, _ := json.Marshal(row)
		b, _ := json.Marshal(twice)
		if string(a) != string(b) {
			t.Errorf("%s became %s", a, b)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	for _, line := range []string{`["a",9223372036854775808,false]`, `["a",1.5,true]`, `["a","1",true]`, `["a",1]`, `[`, `{"a":1}`, `[[],1,true]`} {
		if row, err := decode([]byte(line), []kind{text, integer, boolean}); err == nil {
			t.Errorf("%s was read as %v", line, row)
		}
	}
}
