package log

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxInt is the largest number that every JSON reader keeps exactly (RFC 8785, section 3.2.2.3 and appendix D).
const maxInt = 1<<53 - 1

var errNumber = errors.New("a number in a log entry must be whole and below 2^53")

// Canonical writes v as JSON by RFC 8785: no spaces, keys in order, the shortest escapes. Numbers must be whole: two programs
// may write the same fraction differently, and a hash must not depend on who computes it.
func Canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	w := canonical{raw: raw}
	text, err := w.value(make([]byte, 0, len(raw)))
	if err == nil && w.at != len(raw) {
		err = errors.New("read JSON: more than one value")
	}
	return text, err
}

// canonical rewrites what json.Marshal wrote, which is valid and without spaces: only the order of keys, escapes and numbers may differ.
type canonical struct {
	raw []byte
	at  int
}

// member is a key with where it and its value were written.
type member struct {
	key      string
	from, to int
}

func (c *canonical) value(b []byte) (_ []byte, err error) {
	switch c.next() {
	case '{':
		return c.object(b)
	case '[':
		b = append(b, '[')
		for c.at++; c.next() != ']'; {
			if c.next() == ',' {
				b = append(b, ',')
				c.at++
			}
			if b, err = c.value(b); err != nil {
				return nil, err
			}
		}
		c.at++
		return append(b, ']'), nil
	case '"':
		s, err := c.text()
		return AppendText(b, s), err
	case 't', 'f', 'n':
		word := c.word()
		return append(b, word...), nil
	}
	word := c.word()
	n, err := strconv.ParseInt(string(word), 10, 64)
	if err != nil || n > maxInt || n < -maxInt {
		return nil, fmt.Errorf("%s: %w", word, errNumber)
	}
	return strconv.AppendInt(b, n, 10), nil
}

// object writes the members as they come and then in the order of their keys. Of a key that stands twice the last counts.
func (c *canonical) object(b []byte) (_ []byte, err error) {
	begin := len(b)
	var members []member
	for c.at++; c.next() != '}'; {
		if c.next() == ',' {
			c.at++
		}
		m := member{from: len(b)}
		if m.key, err = c.text(); err != nil {
			return nil, err
		}
		c.at++ // the colon
		if b, err = c.value(append(AppendText(b, m.key), ':')); err != nil {
			return nil, err
		}
		m.to = len(b)
		members = append(members, m)
	}
	c.at++
	written := slices.Clone(b[begin:])
	slices.SortStableFunc(members, func(x, y member) int { return compareKeys(x.key, y.key) })
	b = append(b[:begin], '{')
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		if len(b) > begin+1 {
			b = append(b, ',')
		}
		b = append(b, written[m.from-begin:m.to-begin]...)
	}
	return append(b, '}'), nil
}

// compareKeys compares by UTF-16 units, as RFC 8785 asks (section 3.2.3). The order of bytes differs from that only where one of the
// texts has something at or above U+E000.
func compareKeys(x, y string) int {
	if high := func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r >= 0xE000 }) }; high(x) || high(y) {
		return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
	}
	return strings.Compare(x, y)
}

// next is the byte that comes; 0 at the end, which no value begins with.
func (c *canonical) next() byte {
	if c.at < len(c.raw) {
		return c.raw[c.at]
	}
	return 0
}

// word reads a number, true, false or null.
func (c *canonical) word() []byte {
	from := c.at
	for c.at < len(c.raw) && !strings.ContainsRune(",]}", rune(c.raw[c.at])) {
		c.at++
	}
	return c.raw[from:c.at]
}

// text reads a string.
func (c *canonical) text() (string, error) {
	from, escaped := c.at, false
	for c.at++; c.next() != '"'; c.at++ {
		if c.at >= len(c.raw) {
			return "", errors.New("read JSON: a string does not end")
		}
		if c.raw[c.at] == '\\' {
			escaped = true
			c.at++
		}
	}
	c.at++
	if !escaped && utf8.Valid(c.raw[from:c.at]) {
		return string(c.raw[from+1 : c.at-1]), nil
	}
	var s string
	if err := json.Unmarshal(c.raw[from:c.at], &s); err != nil {
		return "", fmt.Errorf("read JSON: %w", err)
	}
	return s, nil
}

// AppendText writes a JSON string by RFC 8785. Bytes that are not UTF-8 become U+FFFD, as encoding/json does.
func AppendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case c == '\b':
			b = append(b, `\b`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\f':
			b = append(b, `\f`...)
		case c == '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(b, '"')
}
