package evidence

import (
	"slices"
	"testing"
	"testing/fstest"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

func TestMissing(t *testing.T) {
	rules := Rules{{Paper: SignIn, Need: Needed, Group: "名册"}, {Paper: Roster, Need: Needed, Group: "名册"}, {Paper: Notice, Need: Needed}, {Paper: Material, Need: Expected}, {Paper: Photo, Need: Optional}}
	for _, c := range []struct {
		need Need
		have []Kind
		want []Kind
	}{
		{Needed, nil, []Kind{SignIn, Roster, Notice}},
		{Needed, []Kind{Roster}, []Kind{Notice}}, // one of the group is enough
		{Needed, []Kind{Notice, SignIn}, nil},
		{Needed, []Kind{Photo, Material, Other}, []Kind{SignIn, Roster, Notice}},
		{Expected, []Kind{Notice}, []Kind{Material}},
		{Expected, []Kind{Material}, nil},
	} {
		if got := rules.Missing(c.need, c.have); !slices.Equal(got, c.want) {
			t.Errorf("%s of %v: %v, want %v", c.need, c.have, got, c.want)
		}
	}
}

func TestRulesOfTheCatalogueAndOfTheCounty(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		h := c.class("李文芳", "u06", "核桃嫁接")
		if err := c.d.Update(c.ctx, func(tx *db.Tx) error {
			return org.Set(c.ctx, tx, Setting+"training", "2026-10-01", []Rule{{Kind: "training", Subkind: "short", Paper: Notice, Need: Needed}}, "周敏")
		}); err != nil {
			t.Fatal(err)
		}
		settle := func(s Subject) string {
			c.update(func(tx *db.Tx) error { return c.rules.UpdateProof(c.ctx, tx, s) })
			return c.lacks(h)
		}
		s := subject(h)
		if got := settle(s); got != "roster sign_in" {
			t.Errorf("in September: %q", got)
		}
		s.Day = "2026-10-02"
		if got := settle(s); got != "notice" {
			t.Errorf("by the county's own rule from October: %q", got)
		}
		s.Subkind = "farm_school" // the county's rules name another kind of class
		if got := settle(s); got != "" {
			t.Errorf("of another kind of class: %q", got)
		}
	})
}

func TestReadRulesRefusesWhatIsNone(t *testing.T) {
	const head = "kind,subkind,paper,need,group,note_zh\n"
	for name, text := range map[string]string{"header": "kind,paper\n", "empty": "", "paper": head + "training,,handshake,needed,,\n", "need": head + "training,,notice,always,,\n", "kind": head + ",,notice,needed,,\n", "row": head + "training,notice\n"} {
		if rules, err := ReadRules(fstest.MapFS{"papers.csv": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: %v", name, rules)
		}
	}
	rules, err := ReadRules(fstest.MapFS{"papers.csv": {Data: []byte(head + "training,short,notice,expected,组,\n")}})
	if err != nil || len(rules) != 1 || rules[0] != (Rule{"training", "short", Notice, Expected, "组"}) {
		t.Errorf("%v, %v", rules, err)
	}
	if _, err := ReadRules(fstest.MapFS{}); err == nil {
		t.Error("no file, no error")
	}
}
