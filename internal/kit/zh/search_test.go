package zh

import (
	"database/sql"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

func TestPairs(t *testing.T) {
	if got := strings.Join(Pairs("农技站 PX-2026 Café 农技"), "|"); got != "农技|技站|站|px|2026|cafe|技" {
		t.Error(got)
	}
	if got := MatchFTS5(SearchQuery("农技站 px20")); got != `"农技" "技站" "px" "20"*` {
		t.Error(got)
	}
	if got := MatchTSQuery(SearchQuery("鸡")); got != `'鸡':*` {
		t.Error(got)
	}
	if len(SearchQuery(" —、!'\"&|")) != 0 {
		t.Error("punctuation is searched for")
	}
}

var texts = []string{"河东镇科学养鸡及预防培训班", "河西镇科学养猪及饲料配方培训班", "PX-2026-0073 核桃嫁接", "px0073 Café 5G 1e5 a@b.cn http://x.cn/y", "二〇二四年 \u20bb7 \U0002a6d6王",
	"鸡", "e站 第3期 3.14 -7 100%", "ꆈꌠ 彝文", "H5N1 禽流感 don't co-op A&B", "朱䶮 \u9fcf 鿏", "stop the words and of"}

var queries = []string{"养鸡", "鸡", "养", "河东", "河东镇", "东镇河", "px", "PX-2026", "0073", "007", "cafe", "Café", "5g", "1e5", "a@b.cn", "二零二四", "二〇", "\U0002a6d6王", "\U0002a6d6",
	"e站", "3期", "3.14", "-7", "100%", "ꆈꌠ", "ꆈ", "h5n1", "流感", "co-op", "A&B", "䶮", "朱䶮", "鿏", "the", "of", "班", "训班", "x.cn", "\u9fcf", "don't"}

// The same text gives the same hits in both databases; PostgreSQL where TEST_DATABASE_URL is set.
func TestSameHits(t *testing.T) {
	lite, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	lite.SetMaxOpenConns(1)
	if _, err := lite.Exec("CREATE VIRTUAL TABLE s USING fts5(tokens, tokenize='unicode61')"); err != nil {
		t.Fatal(err)
	}
	for i, s := range texts {
		if _, err := lite.Exec("INSERT INTO s(rowid, tokens) VALUES (?, ?)", i, SearchColumn(s)); err != nil {
			t.Fatal(err)
		}
	}
	engines := map[string]func(terms []Term) []int{"sqlite": func(terms []Term) []int {
		return numbers(t, lite, "SELECT rowid FROM s WHERE s MATCH ? ORDER BY rowid", MatchFTS5(terms))
	}}
	if url := os.Getenv("TEST_DATABASE_URL"); url != "" {
		pg, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer pg.Close()
		pg.SetMaxOpenConns(1)
		if _, err := pg.Exec("CREATE TEMP TABLE s (id BIGINT, tokens TEXT)"); err != nil {
			t.Fatal(err)
		}
		for i, s := range texts {
			if _, err := pg.Exec("INSERT INTO s VALUES ($1, $2)", i, SearchColumn(s)); err != nil {
				t.Fatal(err)
			}
		}
		engines["postgres"] = func(terms []Term) []int {
			return numbers(t, pg, "SELECT id FROM s WHERE to_tsvector('simple', tokens) @@ to_tsquery('simple', $1) ORDER BY id", MatchTSQuery(terms))
		}
	}
	for _, q := range queries {
		terms := SearchQuery(q)
		var want []int
		for i, s := range texts {
			if holds(Pairs(s), terms) {
				want = append(want, i)
			}
		}
		if len(want) == 0 && q != "东镇河" {
			t.Errorf("%q finds nothing", q)
		}
		for name, hits := range engines {
			if got := hits(terms); !slices.Equal(got, want) {
				t.Errorf("%s: %q (%v) finds %v, want %v", name, q, terms, got, want)
			}
		}
	}
}

func holds(tokens []string, terms []Term) bool {
	for _, term := range terms {
		if !slices.ContainsFunc(tokens, func(t string) bool { return t == term.Text || term.Prefix && strings.HasPrefix(t, term.Text) }) {
			return false
		}
	}
	return len(terms) > 0
}

func numbers(t *testing.T, db *sql.DB, query, arg string) []int {
	t.Helper()
	rows, err := db.Query(query, arg)
	if err != nil {
		t.Fatalf("%s: %v", arg, err)
	}
	defer rows.Close()
	var all []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNearest(t *testing.T) {
	known := []string{"河东镇", "河西镇", "大营镇", "磨盘山乡", "龙泉乡", "石门镇"}
	for in, want := range map[string]string{"磨盘乡": "磨盘山乡", "大营": "大营镇", "河东乡": "河东镇", "龙全乡": "龙泉乡", "门石镇": "石门镇"} {
		if got := Nearest(in, known, 3); len(got) == 0 || got[0] != want || len(got) > 3 {
			t.Errorf("%s: %v, want %s first", in, got, want)
		}
	}
	if got := Nearest("北京市", known, 3); len(got) != 0 {
		t.Error(got)
	}
}
