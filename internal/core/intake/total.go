package intake

import (
	"strings"

	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// Total is a figure of a 合计 row beside the sum of the rows that it stands under. Unread says how many of those rows had a
// count that could not be read.
type Total struct {
	Cell   string `json:"cell"`
	Word   string `json:"word"` // 合计, 小计 …
	Key    string `json:"key"`
	Head   string `json:"head"`
	Stated int64  `json:"stated"`
	Sum    int64  `json:"sum"`
	Unread int    `json:"unread,omitempty"`
}

// OK reports whether the figure is the sum.
func (t Total) OK() bool { return t.Stated == t.Sum }

// sums adds the counts of a sheet up as its rows go by: since the last 小计, since the last 合计, and all.
type sums struct {
	fields               []Field
	part, section, whole []int64
	unread               []int
	rows                 int
	first                []Total // of a total that stands above its rows
}

func newSums(fields []Field, columns []Column) *sums {
	s := &sums{}
	for _, f := range fields {
		for _, c := range columns {
			if c.Key == f.Key && c.Type == Count {
				s.fields = append(s.fields, f)
			}
		}
	}
	n := len(s.fields)
	s.part, s.section, s.whole, s.unread = make([]int64, n), make([]int64, n), make([]int64, n), make([]int, n)
	return s
}

// countIn is the count of a cell; ok is false when it is blank or none.
func countIn(c xlsx.Cell) (n int64, blank, ok bool) {
	text := cellText(c)
	if c.Kind == xlsx.Empty || zh.Blank(text) {
		return 0, true, false
	}
	got, err := zh.ParseCount(text)
	return got.N, false, err == nil
}

func (s *sums) add(r xlsx.Row) {
	s.rows++
	for i, f := range s.fields {
		c := r.At(f.Column)
		if c.Filled { // a merged figure counts once
			continue
		}
		n, blank, ok := countIn(c)
		if !blank && !ok {
			s.unread[i]++
			continue
		}
		s.part[i] += n
		s.section[i] += n
		s.whole[i] += n
	}
}

// check compares the figures of a total row. A 小计 stands for the rows since the last one; a 合计 for those since the last 合计,
// or for all where that is what it says.
func (s *sums) check(r xlsx.Row, word string) []Total {
	var all []Total
	small := strings.Contains(word, "小计")
	for i, f := range s.fields {
		stated, blank, ok := countIn(r.At(f.Column))
		if blank || !ok || r.At(f.Column).Filled {
			continue
		}
		t := Total{Cell: xlsx.Address(f.Column, r.Number), Word: word, Key: f.Key, Head: f.Head, Stated: stated, Unread: s.unread[i]}
		switch {
		case small:
			t.Sum = s.part[i]
		case word == "总计" || word == "累计" || word == "总合计" || stated == s.whole[i]:
			t.Sum = s.whole[i]
		default:
			t.Sum = s.section[i]
		}
		all = append(all, t)
	}
	clear(s.part)
	if !small {
		clear(s.section)
	}
	if s.rows == 0 {
		s.first = append(s.first, all...)
		return nil
	}
	return all
}

// end gives the totals that stood above all rows.
func (s *sums) end() []Total {
	for i := range s.first {
		for j, f := range s.fields {
			if f.Key == s.first[i].Key {
				s.first[i].Sum, s.first[i].Unread = s.whole[j], s.unread[j]
			}
		}
	}
	return s.first
}
