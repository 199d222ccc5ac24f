package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// Shape is what JSON of a Go type looks like: its fields with their names and types. Reading by it refuses what has another shape;
// what may be said in a field is for the book's Wrong, and told here to who writes programs.
type Shape struct {
	Type    string // object, array, string, integer, number, boolean; "" for anything
	Format  string // date
	Label   string // what people call it
	Fields  []Member
	Of      *Shape  // of a list's items, of the values of a map
	Blank   bool    // may be null
	Options Options // all that a text can be, or a name in a map; nil: anything
	Needed  Needed  // when it has to be said
}

// Option is one of the codes that a text can be, with what people call it; "" where that is the code itself. Of a name in a map it says
// what is written there: a number of which PerUnit make one Unit, or one of Values.
type Option struct {
	Code, Name string
	Unit       string
	PerUnit    int64
	Values     []string
}

// Options are all that a text can be.
type Options []Option

// With adds an option. A code that is there keeps its place and takes the name: catalogues have a row for every span of years.
func (all Options) With(code, name string) Options {
	if i := slices.IndexFunc(all, func(o Option) bool { return o.Code == code }); i >= 0 {
		all[i].Name = name
		return all
	}
	return append(all, Option{Code: code, Name: name})
}

// Codes are options that people call by their codes.
func Codes(codes ...string) (all Options) {
	for _, code := range codes {
		all = all.With(code, "")
	}
	return all
}

// Codes lists the codes.
func (all Options) Codes() []string {
	codes := make([]string, len(all))
	for i, o := range all {
		codes[i] = o.Code
	}
	return codes
}

// Needed says when a field of a body has to be said; "" for never, or not always.
type Needed string

// When a field has to be said.
const (
	ToSave   Needed = "save"
	ToSubmit Needed = "submit"
)

// BlankDay reports whether it is a day of a body that may be left blank: "" says so, and null.
func (s *Shape) BlankDay() bool { return s.Format == "date" && s.Needed != ToSave }

// valued is a text type that can only be one of some codes.
type valued interface{ Values() []string }

// Member is a field of an object. One that is left out is blank.
type Member struct {
	Name     string
	Optional bool
	*Shape
}

// deepest is how many objects and lists a body may have within each other; largest how many values.
const (
	deepest = 16
	largest = 50_000
	longest = 5_000 // characters of a text
)

// ShapeOf is the shape of a type that encoding/json writes by its fields. What people call a field stands in its tag "label", when it
// has to be said in its tag "needed". A text type with a method Values says what it can be.
func ShapeOf[T any]() *Shape { return shapeOf(reflect.TypeFor[T](), 0) }

func shapeOf(t reflect.Type, depth int) *Shape {
	if depth > deepest {
		panic("register: a body's type has no end: " + t.String())
	}
	s := &Shape{}
	if t.Kind() == reflect.Pointer {
		s = shapeOf(t.Elem(), depth+1)
		s.Blank = true
		return s
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		return s
	}
	switch t.Kind() {
	case reflect.String:
		s.Type = "string"
		if t == reflect.TypeFor[day.Day]() {
			s.Format = "date"
		}
		if v, ok := reflect.Zero(t).Interface().(valued); ok {
			s.Options = Codes(v.Values()...)
		}
	case reflect.Bool:
		s.Type = "boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.Type = "integer"
	case reflect.Float32, reflect.Float64:
		s.Type = "number"
	case reflect.Slice, reflect.Array:
		s.Type, s.Of, s.Blank = "array", shapeOf(t.Elem(), depth+1), true
	case reflect.Map:
		s.Type, s.Of, s.Blank = "object", shapeOf(t.Elem(), depth+1), true
	case reflect.Struct:
		s.Type, s.Fields = "object", members(t, depth)
	default:
		panic("register: a body cannot have a " + t.String())
	}
	return s
}

func members(t reflect.Type, depth int) (all []Member) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "": // its fields are as if they stood here
			all = append(all, members(f.Type, depth+1)...)
		case !f.IsExported() || name == "-":
		case name == "":
			panic("register: " + t.String() + "." + f.Name + " has no name in JSON")
		default:
			m := Member{Name: name, Shape: shapeOf(f.Type, depth+1)}
			m.Label, m.Needed = f.Tag.Get("label"), Needed(f.Tag.Get("needed"))
			m.Optional = m.Blank || strings.Contains(options, "omit")
			all = append(all, m)
		}
	}
	return all
}

// field is the member of the name.
func (s *Shape) field(name string) (*Shape, bool) {
	i := slices.IndexFunc(s.Fields, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return s.Fields[i].Shape, true
}

// offer sets the options of the field at a path of names, through lists and the values of maps. A path that leads nowhere is a mistake
// of who wrote the book.
func (s *Shape) offer(path string, options Options) {
	at := s
	for _, name := range strings.Split(path, ".") {
		for at.Of != nil {
			at = at.Of
		}
		next, ok := at.field(name)
		if !ok {
			panic("register: a body has no " + path)
		}
		at = next
	}
	for at.Of != nil && at.Type == "array" {
		at = at.Of
	}
	at.Options = options
}

// Read reads JSON into out, a pointer to the shape's type, and nothing but what the type has: Invalid names each unknown field, each
// one that is said twice and each value of another type, by its place in the text ("body.sessions.0.day" for at "body").
func (s *Shape) Read(text []byte, at string, out any) error {
	if !utf8.Valid(text) {
		return errs.E(errs.Invalid, "文字不是 UTF-8，请改用 UTF-8 再交")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	r := reading{d: d}
	if err := r.value(s, at, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errs.E(errs.Invalid, "JSON 后面还有别的内容，请只交一个对象")
	}
	if err := r.wrong.Err(); err != nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return notJSON(err)
	}
	return nil
}

// notJSON is the refusal of a text that is no JSON.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return errs.E(errs.Invalid, "不是完整的 JSON，第 %d 个字节前后写错了", syntax.Offset).Because(err)
	}
	return errs.E(errs.Invalid, "不是完整的 JSON，请核对后再交").Because(err)
}

// reading walks through a text beside a shape.
type reading struct {
	d     *json.Decoder
	wrong errs.Fields
	n     int
}

// mostWrong is how many faults are named at once.
const mostWrong = 50

func (r *reading) add(at, text string, args ...any) {
	if len(r.wrong) < mostWrong {
		r.wrong.Add(at, text, args...)
	}
}

// value reads one value. shape nil is a value of a field that there is not: it is read over.
func (r *reading) value(s *Shape, at string, depth int) error {
	token, err := r.d.Token()
	if err != nil {
		return notJSON(err)
	}
	return r.rest(token, s, at, depth)
}

func (r *reading) rest(token json.Token, s *Shape, at string, depth int) error {
	if r.n++; r.n > largest {
		return errs.E(errs.TooLarge, "一次最多收 %d 个值，请分开交", largest)
	}
	if depth > deepest {
		return errs.E(errs.Invalid, "一层套一层超过 %d 层，请核对", deepest)
	}
	is := ""
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return r.list(s, at, depth)
		}
		return r.object(s, at, depth)
	case nil:
		if s != nil && s.Type != "" && !s.Blank && !s.BlankDay() {
			r.add(at, "「%s」不能是 null，没有就不写这一项", last(at))
		}
		return nil
	case string:
		is = "string"
		r.text(token, at)
		if s != nil && s.Format == "date" && token != "" {
			if d, err := day.Parse(token); err != nil || string(d) != token {
				r.add(at, "日期「%s」看不懂，请写成 2026-03-05", token)
			}
		}
	case bool:
		is = "boolean"
	case json.Number:
		is = "number"
		if _, err := strconv.ParseInt(token.String(), 10, 64); err == nil {
			is = "integer"
		}
	}
	if s != nil && s.Type != "" && s.Type != is && (s.Type != "number" || is != "integer") {
		r.mismatch(s, at)
	}
	return nil
}

// text looks at a text, which no database may choke on and no page be filled by.
func (r *reading) text(s, at string) {
	switch n := utf8.RuneCountInString(s); {
	case strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }):
		r.add(at, "「%s」里有看不懂的字符，请删掉重写", last(at))
	case n > longest:
		r.add(at, "「%s」有 %d 个字，最多 %d 个，请写短一点", last(at), n, longest)
	}
}

func (r *reading) list(s *Shape, at string, depth int) error {
	var of *Shape
	if s != nil && s.Type == "array" {
		of = s.Of
	} else if s != nil && s.Type != "" {
		r.mismatch(s, at)
	}
	for i := 0; r.d.More(); i++ {
		if err := r.value(of, join(at, strconv.Itoa(i)), depth+1); err != nil {
			return err
		}
	}
	return r.end()
}

func (r *reading) object(s *Shape, at string, depth int) error {
	if s != nil && s.Type != "object" {
		if s.Type != "" {
			r.mismatch(s, at)
		}
		s = nil
	}
	said := map[string]bool{}
	for r.d.More() {
		token, err := r.d.Token()
		if err != nil {
			return notJSON(err)
		}
		name, _ := token.(string)
		below := join(at, name)
		r.text(name, at)
		var of *Shape
		known := true
		switch {
		case s == nil:
		case s.Of != nil:
			of = s.Of
		default:
			of, known = s.field(name)
		}
		switch {
		case said[name]:
			r.add(below, "「%s」写了两次，请只留一个", name)
		case !known:
			r.add(below, "没有「%s」这一项，请核对名称", name)
		}
		said[name] = true
		if err := r.value(of, below, depth+1); err != nil {
			return err
		}
	}
	return r.end()
}

func (r *reading) end() error {
	if _, err := r.d.Token(); err != nil {
		return notJSON(err)
	}
	return nil
}

// wanted says in words what a value must be.
var wanted = map[string]string{"object": "一个对象 {…}", "array": "一个列表 […]", "string": "文字 \"…\"", "integer": "整数", "number": "数字", "boolean": "true 或 false"}

func (r *reading) mismatch(s *Shape, at string) {
	r.add(at, "「%s」要写成%s", last(at), wanted[s.Type])
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func last(at string) string { return at[strings.LastIndexByte(at, '.')+1:] }
