package intake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// headings is how far down a heading may begin.
const headings = 30

// Field is a column of a sheet and what it was read as. Key "" is a column that is not used.
type Field struct {
	Column int    `json:"column"` // from 0
	Head   string `json:"head"`   // 培训时间/开始
	Sample string `json:"sample,omitempty"`
	Key    string `json:"key,omitempty"`
	Unit   string `json:"unit,omitempty"` // from brackets: 名
	Score  int    `json:"score,omitempty"`
	How    string `json:"how,omitempty"` // "head", "remembered", "chosen"
}

// header is a heading of one or two rows.
type header struct {
	first, last int // lines, from 1
	fields      []Field
	score       int
}

// shape names the heading: two sheets of the same shape are read alike.
func (h header) shape() string {
	sum := sha256.New()
	for _, f := range h.fields {
		sum.Write([]byte(squeeze(f.Head) + "\x1f"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

var brackets = regexp.MustCompile(`[(\[【]([^()\[\]【】]*)[)\]】]`)

// squeeze folds a heading and takes spaces, line breaks and closing marks out: «培 训\n专业:» is 培训专业.
func squeeze(s string) string {
	s = strings.Join(strings.Fields(zh.Fold(s)), "")
	return strings.TrimRight(s, ":*")
}

// bare is the heading without what stands in brackets, and that.
func bare(s string) (text, inBrackets string) {
	s = squeeze(s)
	if m := brackets.FindStringSubmatch(s); m != nil {
		inBrackets = m[1]
		s = brackets.ReplaceAllString(s, "")
	}
	return s, inBrackets
}

// wholes are the words of a lower row that say no more than the upper one: 参加人数/合计.
var wholes = strings.Fields("合计 小计 总计 总数 共计 计 人数 人次 数量")

// score says how well a heading fits a column: 100 the same, 90 the same in its last row, 60 one contains the other, 0 not.
func score(head string, c Column) int {
	text, unit := bare(head)
	if text == "" {
		return 0
	}
	best := 0
	parts := strings.Split(text, "/")
	last := parts[len(parts)-1]
	over := strings.Join(parts[:len(parts)-1], "")
	for i, name := range append([]string{c.Title}, c.Aliases...) {
		name, _ := bare(name)
		upper, lower, two := strings.Cut(name, "/")
		n := 0
		switch {
		case text == name:
			n = 100
		case over != "" && over+last == strings.ReplaceAll(name, "/", ""):
			n = 98
		case over != "" && last+over == name: // 参加人数/线上 is 线上参加人数
			n = 97
		case over != "" && two && last == lower && strings.HasSuffix(over, upper): // 活动参加人数/线上 as 人数/线上 is
			n = 95
		case over != "" && over == name && slices.Contains(wholes, last):
			n = 93
		case last == name:
			n = 90
		case len([]rune(name)) >= 2 && strings.HasSuffix(last, name) && len([]rune(last)) <= len([]rune(name))+4:
			n = 65
		case len([]rune(name)) >= 3 && strings.Contains(last, name) && len([]rune(last)) <= len([]rune(name))+6:
			n = 60
		}
		if i > 0 && n > 0 {
			n--
		}
		best = max(best, n)
	}
	if best > 0 && unit != "" && slices.Contains(c.Units, unit) {
		best += 5
	}
	return best
}

// assign gives every column at most one field and every field at most one column, the best fits first.
func assign(fields []Field, columns []Column) (total int) {
	type fit struct{ field, column, score int }
	var fits []fit
	for i, f := range fields {
		for j, c := range columns {
			if n := score(f.Head, c); n > 0 {
				fits = append(fits, fit{i, j, n})
			}
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return cmp.Compare(b.score, a.score) })
	taken := map[int]bool{}
	for _, f := range fits {
		if fields[f.field].Key != "" || taken[f.column] {
			continue
		}
		taken[f.column] = true
		_, unit := bare(fields[f.field].Head)
		fields[f.field].Key, fields[f.field].Score, fields[f.field].How, fields[f.field].Unit = columns[f.column].Key, f.score, "head", unit
		total += f.score
	}
	return total
}

// findHeader looks for the heading among the first rows (with merged cells filled).
func findHeader(rows []xlsx.Row, columns []Column) (header, bool) {
	var best header
	for i, r := range rows {
		if i > 0 && continues(rows[i-1], r) {
			continue
		}
		both := i+1 < len(rows) && secondRow(r, rows[i+1])
		if !both || !continues(r, rows[i+1]) { // what reaches into the next row is no heading without it
			h := header{first: r.Number, last: r.Number, fields: fieldsOf(r, nil)}
			h.score = assign(h.fields, columns)
			if good(h, columns) && h.score > best.score {
				best = h
			}
		}
		if !both {
			continue
		}
		two := header{first: r.Number, last: rows[i+1].Number, fields: fieldsOf(r, &rows[i+1])}
		two.score = assign(two.fields, columns)
		if good(two, columns) && two.score > best.score {
			best = two
		}
	}
	return best, best.score > 0
}

// header is the heading that the choice names, else the one that is found, else one that was named for an earlier file.
func (c Choice) header(top []xlsx.Row, g Guide) (header, bool) {
	if c.First > 0 {
		for _, h := range headersAt(top, g.Columns) {
			if h.first == c.First && (c.Last == 0 || h.last == c.Last) {
				return h, len(h.fields) > 0
			}
		}
		return header{}, false
	}
	if h, ok := findHeader(top, g.Columns); ok || g.Memory == nil {
		return h, ok
	}
	for _, h := range headersAt(top, g.Columns) {
		if _, known := g.Memory(h.shape()); known {
			return h, true
		}
	}
	return header{}, false
}

// headersAt are all rows as headings, whatever they say; of a row that the next one belongs to, that with both comes first if it
// is known better.
func headersAt(rows []xlsx.Row, columns []Column) (all []header) {
	for i, r := range rows {
		one := header{first: r.Number, last: r.Number, fields: fieldsOf(r, nil)}
		one.score = assign(one.fields, columns)
		if i+1 == len(rows) || rows[i+1].Number != r.Number+1 {
			all = append(all, one)
			continue
		}
		two := header{first: r.Number, last: r.Number + 1, fields: fieldsOf(r, &rows[i+1])}
		two.score = assign(two.fields, columns)
		if secondRow(r, rows[i+1]) && two.score > one.score {
			all = append(all, two, one)
		} else {
			all = append(all, one, two)
		}
	}
	return all
}

// continues reports whether cells merged with the row above reach into this one: no heading begins there.
func continues(above, r xlsx.Row) bool {
	again := 0 // cells that say what stands above them: a heading that was copied without its merges
	for i, c := range r.Cells {
		if c.Kind == xlsx.Empty || above.Number != r.Number-1 || above.At(i).Text != c.Text || r.At(i-1).Text == c.Text {
			continue
		}
		if again++; c.Filled {
			return true
		}
	}
	return again > 1
}

// good reports whether what was found is a heading at all: two columns known, one of them a main one, most texts short.
func good(h header, columns []Column) bool {
	known, mains := 0, 0
	for _, f := range h.fields {
		if f.Key == "" {
			continue
		}
		known++
		if i := slices.IndexFunc(columns, func(c Column) bool { return c.Key == f.Key }); columns[i].Main {
			mains++
		}
	}
	return known >= 2 && mains >= 1 && known*3 >= len(h.fields)
}

// secondRow reports whether b is the second row of a heading that begins with a: texts only, under merged or empty cells.
func secondRow(a, b xlsx.Row) bool {
	if b.Number != a.Number+1 {
		return false
	}
	under := false
	for i, c := range b.Cells {
		if c.Kind == xlsx.Empty || c.Filled && c.Text == a.At(i).Text {
			continue
		}
		if c.Kind != xlsx.Text || len([]rune(c.Text)) > 20 {
			return false
		}
		if one, next := a.At(i), a.At(i+1); one.Filled || one.Kind == xlsx.Empty || next.Filled || next.Kind == xlsx.Empty || one.Text == next.Text || one.Text == a.At(i-1).Text {
			under = true
		}
	}
	return under
}

// fieldsOf joins the rows of a heading by column. Without merged ranges (csv) an empty upper cell belongs to the one before it.
func fieldsOf(upper xlsx.Row, lower *xlsx.Row) []Field {
	width := len(upper.Cells)
	if lower != nil {
		width = max(width, len(lower.Cells))
	}
	var fields []Field
	above := ""
	for i := range width {
		head := squeeze(upper.At(i).Text)
		if lower != nil {
			below := squeeze(lower.At(i).Text)
			if head != "" {
				above = head
			}
			switch {
			case below != "" && head == "":
				head = above + "/" + below
			case below != "" && below != head:
				head += "/" + below
			}
		}
		if head = strings.Trim(head, "/"); head != "" {
			fields = append(fields, Field{Column: i, Head: head})
		}
	}
	return fields
}
