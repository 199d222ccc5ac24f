package evidence

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

func TestPapersOfARecord(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		h := c.class("李文芳", "u06", "核桃嫁接")
		c.update(func(tx *db.Tx) error { return c.rules.UpdateProof(c.ctx, tx, subject(h)) })
		if got := c.lacks(h); got != "roster sign_in" {
			t.Fatalf("a record without papers lacks %q", got)
		}
		file, err := Receive(c.ctx, c.store, "签到册.pdf", strings.NewReader("%PDF-1.4\n签到"))
		if err != nil || file.Type != "application/pdf" || file.Size != 15 || file.Picture() {
			t.Fatalf("received %+v, %v", file, err)
		}
		p, uses, err := c.attach("李文芳", h, Paper{Kind: SignIn, File: file, Name: "签到册.pdf", Note: "2 页"})
		if err != nil || len(uses) != 0 || p.AddedBy != "李文芳" {
			t.Fatalf("attached %+v, %v, %v", p, uses, err)
		}
		if got := c.lacks(h); got != "" {
			t.Errorf("with its sign-in sheet it lacks %q", got)
		}
		entries := c.entries()
		c.update(func(tx *db.Tx) error { return c.rules.UpdateProof(c.ctx, tx, subject(h)) })
		if got := c.entries(); got != entries || got != 2 {
			t.Errorf("%d changes in the log, %d after nothing changed", entries, got)
		}
		if err := c.d.View(c.ctx, func(tx *db.Tx) error {
			hashes, err := Hashes(c.ctx, tx, h.Ref())
			if len(hashes) != 1 || hashes[0] != file.Hash {
				t.Errorf("the statement would name %v", hashes)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}

		if err := c.d.Update(c.ctx, func(tx *db.Tx) error { _, err := Detach(c.as("李文芳"), tx, p.ID, ""); return err }); !errs.Is(err, errs.Invalid) {
			t.Errorf("taken off without a reason: %v", err)
		}
		if err := c.d.Update(c.ctx, func(tx *db.Tx) error { _, err := Detach(c.as("赵永康"), tx, p.ID, "不对"); return err }); !errs.Is(err, errs.NotFound) {
			t.Errorf("taken off by an outsider: %v", err)
		}
		c.update(func(tx *db.Tx) error {
			off, err := Detach(c.as("周敏"), tx, p.ID, "传错了")
			if off.Removed == 0 || off.RemoveBy != "周敏" || off.Why != "传错了" {
				t.Errorf("taken off: %+v", off)
			}
			return errors.Join(err, c.rules.UpdateProof(c.ctx, tx, subject(h)))
		})
		if got := c.lacks(h); got != "roster sign_in" {
			t.Errorf("after it was taken off it lacks %q", got)
		}
		err = c.d.Update(c.ctx, func(tx *db.Tx) error { _, err := Detach(c.as("李文芳"), tx, p.ID, "再取一次"); return err })
		if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "周敏取下") {
			t.Errorf("taken off twice: %v", err)
		}
		if err := c.d.View(c.ctx, func(tx *db.Tx) error {
			all, err := Of(c.ctx, tx, h.Ref())
			if len(all) != 1 || all[0].Why != "传错了" || all[0].File.Type != "application/pdf" {
				t.Errorf("the list keeps %+v", all)
			}
			history, err2 := access.HistoryOf(c.as("周敏"), tx, h.Ref())
			did := ""
			for _, e := range history {
				did += e.Action + " "
			}
			if !strings.HasPrefix(did, "evidence.detach evidence.attach ") {
				t.Errorf("the history says %s", did)
			}
			return errors.Join(err, err2)
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhoMayPutPapers(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		h := c.class("李文芳", "u06", "核桃嫁接")
		link := Paper{Kind: Link, Link: "https://example.cn/1"}
		for who, want := range map[string]errs.Kind{"赵永康": errs.NotFound, "陈静": errs.Forbidden, "周敏": ""} {
			if _, _, err := c.attach(who, h, link); errs.KindOf(err) != want {
				t.Errorf("%s: %v, want %s", who, err, want)
			}
		}
		if _, _, err := c.attach("李文芳", h, link); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "已经有这个链接") {
			t.Errorf("the same link again: %v", err)
		}
		c.update(func(tx *db.Tx) error {
			_, err := flow.Void(c.as("周敏"), tx, h.Ref(), h.Version, "重复")
			return err
		})
		if _, _, err := c.attach("周敏", h, Paper{Kind: Link, Link: "https://example.cn/2"}); !errs.Is(err, errs.Conflict) {
			t.Errorf("on a voided record: %v", err)
		}
	})
}

// A right in one unit is none in another: who verifies for 河西镇 and writes for 青溪乡 takes nothing off what 青溪乡 has verified.
func TestWhoVerifiesElsewhereTakesNoPaperOff(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		h := c.class("李文芳", "u06", "核桃嫁接")
		p, _, err := c.attach("李文芳", h, Paper{Kind: Link, Link: "https://example.cn/1", Name: "报道"})
		if err != nil {
			t.Fatal(err)
		}
		c.update(func(tx *db.Tx) error { h, err = flow.Verify(c.as("周敏"), tx, h.Ref(), h.Version); return err })
		both := access.From(c.as("李文芳"))
		both.Grants = append(both.Grants, access.Grant{Role: access.Officer, Unit: orgtest.Unit(t, c.tree, "u02").ID})
		if err := c.d.Update(c.ctx, func(tx *db.Tx) error {
			_, err := Detach(access.With(c.ctx, both), tx, p.ID, "不要了")
			return err
		}); !errs.Is(err, errs.Forbidden) || !strings.Contains(err.Error(), "由核实人取下") {
			t.Errorf("taken off: %v", err)
		}
		c.update(func(tx *db.Tx) error { _, err := Detach(c.as("周敏"), tx, p.ID, "打不开"); return err })
	})
}

func TestWrongPapersAreRefused(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		h := c.class("李文芳", "u06", "核桃嫁接")
		pdf := File{Hash: strings.Repeat("a", 64), Size: 1, Type: "application/pdf"}
		for name, p := range map[string]Paper{
			"no kind":              {File: pdf, Name: "a.pdf"},
			"no file":              {Kind: SignIn},
			"a photo that is none": {Kind: Photo, File: pdf, Name: "a.pdf"},
			"a link that runs":     {Kind: Link, Link: "javascript:alert(1)"},
			"a link without host":  {Kind: Link, Link: "https:///x"},
			"a link to a file":     {Kind: Link, Link: "file:///etc/passwd"},
			"an empty link":        {Kind: Link},
		} {
			if _, _, err := c.attach("李文芳", h, p); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		got, _, err := c.attach("李文芳", h, Paper{Kind: Link, Link: " https://news.example.cn/a?b=1 ", File: pdf})
		if err != nil || got.Link != "https://news.example.cn/a?b=1" || got.Name != "news.example.cn" || got.File.Hash != "" {
			t.Errorf("a link: %+v, %v", got, err)
		}
	})
}

func TestTheSameFileElsewhere(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		mine, hers, third := c.class("李文芳", "u06", "核桃嫁接"), c.class("周敏", "u02", "养蜂"), c.class("李文芳", "u06", "核桃二期")
		file, err := Receive(c.ctx, c.store, "册.pdf", strings.NewReader("%PDF-1.4"))
		if err != nil {
			t.Fatal(err)
		}
		paper := Paper{Kind: SignIn, File: file, Name: "册.pdf"}
		if _, _, err := c.attach("周敏", hers, paper); err != nil {
			t.Fatal(err)
		}
		_, uses, err := c.attach("李文芳", mine, paper)
		if err != nil || len(uses) != 1 || uses[0].Number != "" || uses[0].Title != "" {
			t.Errorf("李文芳 does not see 河西镇's record, but is told %+v, %v", uses, err)
		}
		_, uses, err = c.attach("周敏", third, paper)
		if err != nil || len(uses) != 2 || uses[0].Number != hers.Number || uses[1].Number != mine.Number || uses[1].Title != "核桃嫁接" {
			t.Errorf("周敏 is told %+v, %v", uses, err)
		}
		if err := c.d.View(c.ctx, func(tx *db.Tx) error {
			shared, err := Shared(c.as("李文芳"), tx, mine.Ref())
			if all := shared[file.Hash]; len(all) != 2 || all[0].Number != "" || all[1].Number != third.Number {
				t.Errorf("shared: %+v", shared)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		// A workbook is the roster of all its rows: nobody is warned of that.
		rows := []Paper{{Record: mine.ID, Kind: Roster, File: File{Hash: strings.Repeat("b", 64)}, Name: "台账.xlsx", Sheet: "一", Line: 3},
			{Record: third.ID, Kind: Roster, File: File{Hash: strings.Repeat("b", 64)}, Name: "台账.xlsx", Sheet: "一", Line: 4}}
		c.update(func(tx *db.Tx) error {
			_, err := AttachMany(c.as("周敏"), tx, rows)
			return errors.Join(err, c.rules.UpdateProofs(c.ctx, tx, []Subject{subject(mine), subject(third)}))
		})
		if err := c.d.View(c.ctx, func(tx *db.Tx) error {
			shared, err := Shared(c.as("周敏"), tx, mine.Ref())
			if len(shared) != 1 {
				t.Errorf("with the workbook: %+v", shared)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	both(t, func(t *testing.T, c county) {
		h := c.class("李文芳", "u06", "核桃嫁接")
		file, err := Receive(c.ctx, c.store, "签到册.pdf", strings.NewReader("%PDF-1.4 "+strings.Repeat("签", 1000)))
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := c.attach("李文芳", h, Paper{Kind: SignIn, File: file, Name: "签到册.pdf"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.attach("李文芳", h, Paper{Kind: Link, Link: "https://example.cn"}); err != nil {
			t.Fatal(err)
		}
		found := func() string {
			t.Helper()
			var all []string
			if err := c.d.View(c.ctx, func(tx *db.Tx) error {
				return Verify(c.ctx, tx, c.store, func(d log.Difference) { all = append(all, d.String()) })
			}); err != nil {
				t.Fatal(err)
			}
			return strings.Join(all, "\n")
		}
		if got := found(); got != "" {
			t.Fatalf("nothing was touched, but it reports:\n%s", got)
		}
		var path string
		if err := filepath.WalkDir(c.files, func(at string, d os.DirEntry, err error) error {
			if d.Name() == file.Hash {
				path = at
			}
			return err
		}); err != nil || path == "" {
			t.Fatalf("no file %s: %v", file.Hash, err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		touched := append([]byte{}, whole...)
		touched[500] ^= 1
		if err := os.WriteFile(path, touched, 0o600); err != nil {
			t.Fatal(err)
		}
		named := func(what string) {
			t.Helper()
			if got := found(); !strings.Contains(got, file.Hash) || !strings.Contains(got, "签到册.pdf") || !strings.Contains(got, h.Number) || strings.Contains(got, "\n") {
				t.Errorf("%s: it reports %q", what, got)
			}
		}
		named("one bit of the file is another")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		named("the file is gone")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := found(); got != "" {
			t.Errorf("restored, but it reports %q", got)
		}
		c.update(func(tx *db.Tx) error {
			_, err := tx.Exec(c.ctx, "UPDATE evidence SET name = 'x' WHERE association = ? AND id = ?", org.Of(c.ctx), p.ID)
			return err
		})
		if got := found(); !strings.Contains(got, p.ID) {
			t.Errorf("renamed by hand: it reports %q", got)
		}
	})
}
