package activity

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/zh"
)

// Service has the use cases of activities: those of register.Book, and beside them joint activities with their shares. Each write is
// one transaction.
type Service struct {
	*register.Book[Activity, Words]
	Shares    *register.Book[Share, ShareWords]
	Catalogue Catalogue
}

// New makes the service.
func New(d *db.DB, c Catalogue, papers evidence.Rules) *Service {
	s := &Service{Catalogue: c}
	s.Book = &register.Book[Activity, Words]{
		DB: d, Papers: papers, Kind: Kind, Prefix: Prefix, FactsVersion: FactsVersion,
		Words: s.words, Head: Activity.head, Search: Activity.search, Facts: s.facts, Subkind: func(a Activity) string { return a.Category },
		Code: s.code, Keep: s.keep, Wrong: Activity.wrong, Warnings: s.warnings, Similar: s.similar, NotYet: Activity.notYet, Sees: s.sees, Then: s.follow,
		Path: c.path, Options: c.options(), Fields: c.fields(), Row: row, Lines: []register.Lines[Activity]{campaignLines, partnerLines},
	}
	s.Shares = &register.Book[Share, ShareWords]{
		DB: d, Papers: papers, Kind: ShareKind, Prefix: SharePrefix, FactsVersion: FactsVersion,
		Words: s.shareWords, Head: Share.head, Now: Share.now, Search: Share.search, Beside: s.besides, Facts: s.shareFacts,
		Code: s.codeShare, Wrong: Share.wrong, NotYet: Share.notYet, Then: s.seat, Path: c.path, Options: c.shareOptions(), Fields: c.shareFields(), Row: shareRow,
	}
	return s
}

// Ref names an activity's record.
func Ref(record string) id.Ref { return id.Ref{Kind: Kind, ID: record} }

func (s *Service) facts(a Activity) []ledger.Fact { return a.facts(s.Catalogue.On(a.countingDay())) }

// head is what the activity puts into the head of its record.
func (a Activity) head() flow.Head {
	h := flow.Head{Title: a.Name, Unit: a.Unit, Place: a.Place, Day: a.countingDay(), Life: string(a.Life)}
	seen := map[string]bool{a.Unit: true}
	for _, p := range a.Partners {
		if p.Unit != "" && !seen[p.Unit] {
			seen[p.Unit] = true
			h.Also = append(h.Also, access.Sees{Unit: p.Unit, Why: "partner"})
		}
	}
	return h
}

// search are the words by which an activity is found, beside number and title.
func (a Activity) search(w Words) string {
	words := []string{a.Theme, w.Tree.PlaceName(a.Place), a.Venue, a.Host, strings.Join(a.Campaigns, " "), w.Tree.Unit(a.Unit).Name}
	for _, p := range a.Partners {
		words = append(words, w.partnerName(p))
	}
	for _, m := range a.Materials {
		words = append(words, w.Titles.Title(m.Title))
	}
	for _, s := range a.Stops {
		words = append(words, w.Tree.Place(s.Place).Name)
	}
	for _, keys := range [][]string{a.Bodies.Schools, a.Bodies.Enterprises, a.Bodies.Opened} {
		words = append(words, strings.ReplaceAll(w.bodyNames(keys), "、", " "))
	}
	return strings.Join(append(words, a.Leaders...), " ")
}

// notYet refuses to verify what is not over.
func (a Activity) notYet(today day.Day) error {
	if a.Life == Held && a.countingDay() > today {
		return errs.E(errs.Conflict, "这个活动%s才结束，结束后再核实", a.countingDay().Short(today))
	}
	return nil
}

func (s *Service) warnings(a Activity, w Words) []errs.Field {
	all := errs.Fields(a.warnings(w))
	for _, e := range a.asked(w.Running) {
		all.Add("campaigns", "正在「%s」期间（%s—%s），是它的活动就选上", e.Name, e.Days.From.Short(w.Today), e.Days.To.Short(w.Today))
	}
	for _, c := range a.Campaigns {
		if e, off := a.beside(c, w); off {
			all.Add("campaigns", "「%s」这一届是 %s—%s，这场不在里面，主题活动页不算它；日期或主题写错了请改", e.Name, e.Days.From.Short(w.Today), e.Days.To.Short(w.Today))
		}
	}
	return all
}

// beside reports whether the activity is marked with a campaign and lies on none of its days, and gives the edition that it is nearest to.
func (a Activity) beside(campaign string, w Words) (Edition, bool) {
	on := a.countingDay()
	if on == "" || slices.ContainsFunc(w.Running(on), func(e Edition) bool { return e.Code == campaign }) {
		return Edition{}, false
	}
	for year := on.Year(); year >= on.Year()-1; year-- {
		for _, e := range w.Editions(year) {
			if e.Code == campaign && e.Stretch().Contains(on) {
				return e, !e.AllYear()
			}
		}
	}
	return Edition{}, false
}

// similar finds activities in sight that may be the same one: days that overlap, the same place or village, and a name alike. Its
// own parent and children are none.
func (s *Service) similar(ctx context.Context, tx *db.Tx, a Activity, not string) ([]flow.Head, error) {
	if a.Start == "" || a.Name == "" || a.Place == "" {
		return nil, nil
	}
	found, err := s.Heads(ctx, tx, 200, "c.start_day <= ? AND c.start_day >= ? AND c.end_day >= ? AND r.place = ? AND r.state <> 'voided' AND r.life <> ? AND r.id <> ? AND r.id <> ? AND (c.parent = '' OR c.parent <> ?)",
		a.countingDay(), a.Start.Add(-200), a.Start, a.Place, Cancelled, not, a.Parent, not)
	if err != nil {
		return nil, err
	}
	var alike []flow.Head
	for _, h := range found {
		if alikeNames(a.Name, h.Title) && len(alike) < 5 {
			alike = append(alike, h)
		}
	}
	return alike, nil
}

// alikeNames reports whether two names may be those of one event: most characters of the shorter stand in the longer, in whatever
// order: 老年人健康讲座 and 健康讲座（老年人）.
func alikeNames(a, b string) bool {
	left := map[rune]int{}
	size := func(s string) (n int) {
		for _, r := range s {
			if unicode.IsLetter(r) {
				n++
			}
		}
		return n
	}
	a, b = zh.Fold(a), zh.Fold(b)
	for _, r := range b {
		left[r]++
	}
	common := 0
	for _, r := range a {
		if unicode.IsLetter(r) && left[r] > 0 {
			left[r]--
			common++
		}
	}
	return common > 0 && common*5 >= min(size(a), size(b))*3
}

// VerifyAlong is register.Book.Verify of an activity together with the shares that go along. seen is what Seen said of those when
// the actor looked at them: Conflict, and nothing is verified, when others wait now or one of them says something else. Verify and
// VerifyMany leave the shares waiting: then each is verified by itself.
func (s *Service) VerifyAlong(ctx context.Context, record string, version int, why, seen string) (h flow.Head, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if h, err = s.VerifyIn(ctx, tx, record, version, why); err != nil {
			return err
		}
		return s.verifyShares(ctx, tx, h, why, seen)
	})
	return h, err
}

// Delete removes a draft that was never submitted. Refused while units have entered shares of it.
func (s *Service) Delete(ctx context.Context, record string, version int) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error { return s.DeleteIn(ctx, tx, record, version) })
}

// DeleteIn is Delete in the caller's transaction.
func (s *Service) DeleteIn(ctx context.Context, tx *db.Tx, record string, version int) error {
	all, err := s.sharesOf(ctx, tx, record)
	if err != nil {
		return err
	}
	if n := len(all); n > 0 {
		return errs.E(errs.Conflict, "已有 %d 个单位填了份额，不能删除；不办了，请把状态改为已取消", n)
	}
	return s.Book.DeleteIn(ctx, tx, record, version)
}

// Children lists the activities in sight that are parts of this one.
func (s *Service) Children(ctx context.Context, tx *db.Tx, record string) ([]flow.Head, error) {
	return s.Heads(ctx, tx, 0, "c.parent = ? AND r.state <> 'voided'", record)
}

// Numbers of a count that a page shows: what the activity itself says, what the shares add, and both.
type Numbers struct {
	CountRule
	Own, Added, All *register.Count
}

// Totals are the counts of a joint activity as they grow: its own, those of the shares that are not voided, and the sum. What shares
// say of people who came is not added: the organiser counts them once.
func (s *Service) Totals(a Activity, shares []EnteredShare) []Numbers {
	r := s.Catalogue.On(a.countingDay())
	all := make([]Numbers, 0, len(r.counts))
	at := map[string]int{}
	for _, c := range r.counts {
		at[c.Measure] = len(all)
		all = append(all, Numbers{CountRule: c, Own: a.total(c.Code)})
	}
	for _, sh := range shares {
		for _, c := range r.counts {
			if i, ok := at[c.addsTo]; ok {
				all[i].Added = all[i].Added.Plus(sh.Body.Counts.of(c.Code))
			}
		}
	}
	for i, n := range all {
		all[i].All = n.Own.Plus(n.Added)
	}
	return all
}

// Given are the materials and the goods that were given away at a joint activity, as they grow: what Totals are for counts.
func Given(a Activity, shares []EnteredShare) (all [2]Numbers) {
	var own, more [2]*register.Count
	var added []Material
	for _, sh := range shares {
		added = append(added, sh.Body.Materials...)
	}
	own[0], own[1] = given(a.Materials)
	more[0], more[1] = given(added)
	for i, name := range []string{"发放资料", "宣传用品"} {
		if more[i].N == 0 {
			more[i] = nil // nothing was added
		}
		all[i] = Numbers{CountRule: CountRule{Name: name, Unit: []string{"份", "件"}[i]}, Own: own[i], Added: more[i], All: own[i].Plus(more[i])}
	}
	return all
}

// given adds up what was given away: materials, and goods for publicity.
func given(all []Material) (materials, goods *register.Count) {
	materials, goods = &register.Count{}, &register.Count{}
	for _, m := range all {
		switch m.Kind {
		case "giveaway":
			goods = goods.Plus(&m.Copies)
		case "ticket":
		default:
			materials = materials.Plus(&m.Copies)
		}
	}
	return materials, goods
}

// Joint is an activity with the shares of its partners and what they make together.
type Joint struct {
	register.Record[Activity, Words]
	Shares []EnteredShare
	Totals []Numbers
}

// Joint reads an activity with its shares by its number. NotFound also when the actor may not see it.
func (s *Service) Joint(ctx context.Context, number string) (j Joint, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		j, err = s.JointIn(ctx, tx, number)
		return err
	})
	return j, err
}

// JointIn is Joint in the caller's transaction.
func (s *Service) JointIn(ctx context.Context, tx *db.Tx, number string) (j Joint, err error) {
	if j.Record, err = s.GetIn(ctx, tx, number); err != nil {
		return j, err
	}
	if j.Shares, err = s.sharesOf(ctx, tx, j.ID); err != nil {
		return j, err
	}
	j.Totals = s.Totals(j.Body, j.Shares)
	return j, nil
}
