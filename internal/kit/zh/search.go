package zh

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The search index is a column of tokens that SQLite (FTS5 unicode61) and PostgreSQL (tsvector 'simple') take apart in
// the same way: words of lower-case letters, words of figures, and pairs of neighbouring Chinese characters. The last
// character of a run also stands alone, so that every character begins a token and a search for one is a search by prefix.

const maxWord = 40 // runes of a word that count

// Term is a word to search for.
type Term struct {
	Text   string
	Prefix bool // any token that starts so
}

// Pairs gives the tokens of the text, each once, in order of their first place.
func Pairs(text string) []string {
	var tokens []string
	seen := map[string]bool{}
	add := func(t string) {
		if !seen[t] {
			seen[t] = true
			tokens = append(tokens, t)
		}
	}
	runs(text, func(run []rune, han bool) {
		if !han {
			add(word(run))
			return
		}
		for i := range run {
			add(spell(run[i:min(i+2, len(run))]))
		}
	})
	return tokens
}

// SearchColumn is the text of the index column for the text.
func SearchColumn(text string) string { return strings.Join(Pairs(text), " ") }

// SearchQuery gives the terms that a text must all hold to be a hit. A lone Chinese character and the last word of
// letters or figures, which may be half typed, are searched by prefix. No terms means that there is nothing to search.
func SearchQuery(text string) []Term {
	var terms []Term
	seen := map[Term]bool{}
	add := func(t Term) {
		if !seen[t] {
			seen[t] = true
			terms = append(terms, t)
		}
	}
	last := -1
	runs(text, func(run []rune, han bool) {
		last = -1
		switch {
		case !han:
			last = len(terms)
			add(Term{Text: word(run)})
			if last == len(terms) { // seen before
				last = -1
			}
		case len(run) == 1:
			add(Term{Text: spell(run), Prefix: true})
		default:
			for i := 0; i+1 < len(run); i++ {
				add(Term{Text: spell(run[i : i+2])})
			}
		}
	})
	if last >= 0 {
		terms[last].Prefix = true
	}
	return terms
}

// MatchFTS5 is the query for SQLite: MATCH ?.
func MatchFTS5(terms []Term) string {
	return join(terms, " ", func(t Term) string {
		if t.Prefix {
			return `"` + t.Text + `"*`
		}
		return `"` + t.Text + `"`
	})
}

// MatchTSQuery is the query for PostgreSQL: @@ to_tsquery('simple', ?).
func MatchTSQuery(terms []Term) string {
	return join(terms, " & ", func(t Term) string {
		if t.Prefix {
			return `'` + t.Text + `':*`
		}
		return `'` + t.Text + `'`
	})
}

func join(terms []Term, with string, write func(Term) string) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = write(t)
	}
	return strings.Join(parts, with)
}

// runs cuts the text into runs of Chinese characters, of letters and of figures. Accents and case go, because
// unicode61 drops accents and 'simple' does not.
func runs(text string, each func(run []rune, han bool)) {
	var run []rune
	last := 0
	end := func() {
		if len(run) > 0 {
			each(run, last == 1)
		}
		run = run[:0]
	}
	for _, r := range norm.NFKD.String(strings.ReplaceAll(text, "〇", "零")) {
		kind := 0
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
			continue
		case unicode.Is(unicode.Han, r):
			kind = 1
		case unicode.IsLetter(r):
			kind = 2
		case r >= '0' && r <= '9':
			kind = 3
		}
		if kind != last {
			end()
			last = kind
		}
		if kind != 0 {
			run = append(run, unicode.ToLower(r))
		}
	}
	end()
}

func word(run []rune) string { return string(run[:min(len(run), maxWord)]) }

// spell writes characters newer than the tables of unicode61 (Unicode 6.1) by their number: they are no letters there.
func spell(run []rune) string {
	var b strings.Builder
	for _, r := range run {
		if r >= 0x3400 && r <= 0x4db5 || r >= 0x4e00 && r <= 0x9fcc {
			b.WriteRune(r)
		} else {
			b.WriteString("x" + strconv.FormatInt(int64(r), 16))
		}
	}
	return b.String()
}
