package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// token is what scanner.next found.
type token int

const (
	opened token = iota + 1 // name and attrs are set
	closed                  // name is set
	text                    // content is set
)

const (
	maxToken = 2 << 20 // a cell holds 32,767 characters, so a longer tag or text is not a sheet's
	maxDepth = 128
)

var errMarkup = errors.New("broken xml")

// scanner pulls tokens out of the xml of a part. A sheet has millions of them, so it hands out slices of its
// buffer, valid until the next call; encoding/xml takes five times as long and sets no bound on a token.
// Names are local: transitional and strict workbooks differ in name spaces only. Document types are refused.
type scanner struct {
	r        io.Reader
	buf      []byte
	pos, end int
	done     bool // r gave its last byte
	depth    int
	name     []byte
	attrs    []attr
	content  []byte
	scratch  []byte
	empty    bool // the last tag was <name/>: its close comes next
}

type attr struct {
	name     []byte
	value    []byte
	prefixed bool
}

// newScanner reads xml in UTF-8, or in UTF-16 with a byte order mark.
func newScanner(r io.Reader) *scanner {
	start := make([]byte, 3)
	n, _ := io.ReadFull(r, start) // an error comes again with the next read
	switch start = start[:n]; {
	case bytes.Equal(start, []byte("\xef\xbb\xbf")):
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
		r = transform.NewReader(io.MultiReader(bytes.NewReader(start), r), utf16.NewDecoder())
	default:
		r = io.MultiReader(bytes.NewReader(start), r)
	}
	return &scanner{r: r, buf: make([]byte, 64<<10)}
}

// fill reads more behind the bytes not yet used, which move to the front.
func (s *scanner) fill() error {
	if s.done {
		return io.ErrUnexpectedEOF
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxToken {
			return fmt.Errorf("%w: a token over %d bytes", errMarkup, maxToken)
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for tries := 0; tries < 100; tries++ {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if errors.Is(err, io.EOF) {
			s.done = true
			if n == 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// next gives the next token; io.EOF after the last one, an error when elements are still open there.
func (s *scanner) next() (token, error) {
	if s.empty {
		s.empty = false
		s.depth--
		return closed, nil
	}
	for {
		if s.pos == s.end {
			if err := s.fill(); err != nil {
				if errors.Is(err, io.ErrUnexpectedEOF) && s.depth == 0 {
					return 0, io.EOF
				}
				return 0, err
			}
		}
		if s.buf[s.pos] != '<' {
			n, err := s.until("<", 0)
			if errors.Is(err, io.ErrUnexpectedEOF) && s.depth == 0 {
				s.pos = s.end // white space behind the root
				return 0, io.EOF
			}
			if err != nil {
				return 0, err
			}
			s.content = s.unescape(s.buf[s.pos : s.pos+n])
			s.pos += n
			return text, nil
		}
		if err := s.have(2); err != nil {
			return 0, err
		}
		switch s.buf[s.pos+1] {
		case '?':
			if err := s.drop("?>"); err != nil {
				return 0, err
			}
		case '!':
			tok, err := s.declaration()
			if tok != 0 || err != nil {
				return tok, err
			}
		case '/':
			return s.closing()
		default:
			return s.opening()
		}
	}
}

// have makes sure that n bytes lie before the scanner.
func (s *scanner) have(n int) error {
	for s.end-s.pos < n {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// until says how far from pos the mark is, looking from pos+from on.
func (s *scanner) until(mark string, from int) (int, error) {
	for {
		if s.pos+from < s.end {
			if i := bytes.Index(s.buf[s.pos+from:s.end], []byte(mark)); i >= 0 {
				return from + i, nil
			}
			if next := s.end - s.pos - len(mark) + 1; next > from {
				from = next
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// drop skips to behind the mark without keeping what lies between.
func (s *scanner) drop(mark string) error {
	s.pos += 2
	for {
		if i := bytes.Index(s.buf[s.pos:s.end], []byte(mark)); i >= 0 {
			s.pos += i + len(mark)
			return nil
		}
		if keep := s.end - len(mark) + 1; keep > s.pos {
			s.pos = keep
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// declaration handles what starts with <!: comments are dropped, character data is text, the rest is refused.
func (s *scanner) declaration() (token, error) {
	if err := s.have(4); err != nil {
		return 0, err
	}
	if bytes.HasPrefix(s.buf[s.pos:s.end], []byte("<!--")) {
		s.pos += 2
		return 0, s.drop("-->")
	}
	const start = "<![CDATA["
	if err := s.have(len(start)); err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(s.buf[s.pos:s.end], []byte(start)) {
		return 0, fmt.Errorf("%w: a declaration", errMarkup)
	}
	n, err := s.until("]]>", len(start))
	if err != nil {
		return 0, err
	}
	s.content = s.buf[s.pos+len(start) : s.pos+n]
	s.pos += n + 3
	return text, nil
}

func (s *scanner) closing() (token, error) {
	n, err := s.until(">", 2)
	if err != nil {
		return 0, err
	}
	s.name, _ = local(bytes.TrimRight(s.buf[s.pos+2:s.pos+n], " \t\r\n"))
	s.pos += n + 1
	s.depth--
	if s.depth < 0 {
		return 0, fmt.Errorf("%w: a close without open", errMarkup)
	}
	return closed, nil
}

func (s *scanner) opening() (token, error) {
	// The end of the tag is the first > outside quotes.
	n, quote := 1, byte(0)
	for {
		if err := s.have(n + 1); err != nil {
			return 0, err
		}
		c := s.buf[s.pos+n]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			return 0, fmt.Errorf("%w: < in a tag", errMarkup)
		}
		if c == '>' && quote == 0 {
			break
		}
		n++
	}
	tag := s.buf[s.pos+1 : s.pos+n]
	s.pos += n + 1
	s.depth++
	if s.depth > maxDepth {
		return 0, fmt.Errorf("%w: deeper than %d", errMarkup, maxDepth)
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		s.empty = true
		tag = tag[:len(tag)-1]
	}
	i := 0
	for i < len(tag) && !space(tag[i]) {
		i++
	}
	s.name, _ = local(tag[:i])
	if len(s.name) == 0 {
		return 0, fmt.Errorf("%w: a tag without name", errMarkup)
	}
	return opened, s.attributes(tag[i:])
}

func (s *scanner) attributes(tag []byte) error {
	s.attrs = s.attrs[:0]
	for {
		tag = bytes.TrimLeft(tag, " \t\r\n")
		if len(tag) == 0 {
			return nil
		}
		eq := bytes.IndexByte(tag, '=')
		if eq <= 0 {
			return fmt.Errorf("%w: an attribute without value", errMarkup)
		}
		name, prefixed := local(bytes.TrimRight(tag[:eq], " \t\r\n"))
		tag = bytes.TrimLeft(tag[eq+1:], " \t\r\n")
		if len(tag) < 2 || tag[0] != '"' && tag[0] != '\'' {
			return fmt.Errorf("%w: an attribute without quotes", errMarkup)
		}
		end := bytes.IndexByte(tag[1:], tag[0])
		if end < 0 {
			return fmt.Errorf("%w: an attribute without end", errMarkup)
		}
		s.attrs = append(s.attrs, attr{name: name, value: tag[1 : 1+end], prefixed: prefixed})
		tag = tag[end+2:]
	}
}

// attr gives the attribute without prefix; "" when there is none.
func (s *scanner) attr(name string) []byte {
	for _, a := range s.attrs {
		if !a.prefixed && string(a.name) == name {
			return s.unescape(a.value)
		}
	}
	return nil
}

// related gives the attribute r:id, whatever the prefix is called.
func (s *scanner) related() string {
	for _, a := range s.attrs {
		if a.prefixed && string(a.name) == "id" {
			return string(s.unescape(a.value))
		}
	}
	return ""
}

// skip leaves the element just opened.
func (s *scanner) skip() error {
	for depth := s.depth; s.depth >= depth; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// inner appends the text of the element just opened to b, and leaves the element.
func (s *scanner) inner(b []byte) ([]byte, error) {
	for {
		tok, err := s.next()
		if err != nil {
			return b, err
		}
		switch tok {
		case closed:
			return b, nil
		case text:
			b = append(b, s.content...)
			if len(b) > maxToken {
				return b, fmt.Errorf("%w: a text over %d bytes", errMarkup, maxToken)
			}
		case opened:
			if err := s.skip(); err != nil {
				return b, err
			}
		}
	}
}

// each calls open for every element inside the one just opened (or at the top of the part); open must leave the
// element. Of alternate contents the fallback is read: the choice needs extensions that we don't know.
func (s *scanner) each(open func(name string) error) error {
	for {
		tok, err := s.next()
		if errors.Is(err, io.EOF) || tok == closed && err == nil {
			return nil
		}
		if err != nil {
			return err
		}
		if tok != opened {
			continue
		}
		switch string(s.name) {
		case "AlternateContent", "Fallback":
			err = s.each(open)
		case "Choice":
			err = s.skip()
		default:
			err = open(known(s.name))
		}
		if err != nil {
			return err
		}
	}
}

// known makes a string of the name without an allocation for the names that fill a sheet.
func known(name []byte) string {
	switch string(name) {
	case "c":
		return "c"
	case "v":
		return "v"
	case "row":
		return "row"
	case "is":
		return "is"
	case "t":
		return "t"
	case "f":
		return "f"
	case "r":
		return "r"
	case "si":
		return "si"
	case "mergeCell":
		return "mergeCell"
	}
	return string(name)
}

func (s *scanner) unescape(b []byte) []byte {
	if bytes.IndexByte(b, '&') < 0 {
		return b
	}
	out := s.scratch[:0]
	for len(b) > 0 {
		if b[0] != '&' {
			n := bytes.IndexByte(b, '&')
			if n < 0 {
				n = len(b)
			}
			out = append(out, b[:n]...)
			b = b[n:]
			continue
		}
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		r := rune(-1)
		if end > 0 {
			r = entity(string(b[1:end]))
		}
		if r < 0 {
			out, b = append(out, '&'), b[1:]
			continue
		}
		out, b = utf8.AppendRune(out, r), b[end+1:]
	}
	s.scratch = out
	return out
}

func entity(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	if len(name) < 2 || name[0] != '#' {
		return -1
	}
	base, digits := 10, name[1:]
	if digits[0] == 'x' || digits[0] == 'X' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return -1
	}
	return rune(n)
}

func local(name []byte) ([]byte, bool) {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:], true
	}
	return name, false
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
