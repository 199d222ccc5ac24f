package zh

import (
	"testing"

	"shilu/internal/kit/errs"
)

func FuzzParseCount(f *testing.F) {
	for _, s := range []string{"191", "1,234", "约200余人次", "3.5万", "一百零五", "十来人", "1万2千", "32人(女20)", "-5", "99999999999999999999亿"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCount(s)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if c.N < 0 || c.Exactness == "" {
			t.Fatalf("%q: %+v", s, c)
		}
		again, err := ParseCount(Number(c.N))
		if err != nil || again.N != c.N {
			t.Fatalf("%q: %d is written %s and read %d, %v", s, c.N, Number(c.N), again.N, err)
		}
	})
}

func FuzzParseDays(f *testing.F) {
	for _, s := range []string{"2024.3.5", "3月5日-7日", "2024.3.5—3.7", "二〇二四年三月五日", "45355", "3月5日9:00-11:30", "12月30日至1月2日", "3月5日-7日(共3天)"} {
		f.Add(s, 2024, false)
	}
	f.Fuzz(func(t *testing.T, s string, year int, date1904 bool) {
		from, to, err := ParseDays(s, year, date1904)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if len(from) != 10 || len(to) != 10 || from > to {
			t.Fatalf("%q: %s to %s", s, from, to)
		}
		for _, again := range []string{string(from) + "至" + string(to), from.Long() + "—" + to.Long()} {
			if f2, t2, err := ParseDays(again, 0, false); err != nil || f2 != from || t2 != to {
				t.Fatalf("%q: %q reads %s %s %v", s, again, f2, t2, err)
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	f.Add("农技站 PX-2026")
	f.Fuzz(func(t *testing.T, s string) {
		if terms := SearchQuery(s); len(terms) > 0 && !holds(Pairs(s), terms) {
			t.Fatalf("%q does not find itself: %v in %v", s, terms, Pairs(s))
		}
	})
}
