package activity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// ShareWords are what ids and codes of a share are called.
type ShareWords struct{ Words }

func (s *Service) shareWords(ctx context.Context, tx *db.Tx) (func(on day.Day) (ShareWords, error), error) {
	words, err := s.words(ctx, tx)
	return func(on day.Day) (ShareWords, error) {
		w, err := words(on)
		return ShareWords{w}, err
	}, err
}

// shareFacts goes by the rules of the event's counting year.
func (s *Service) shareFacts(sh Share) []ledger.Fact {
	if sh.event == nil {
		return nil
	}
	return sh.facts(s.Catalogue.On(sh.event.Body.countingDay()))
}

// besides fills in the events that shares are parts of.
func (s *Service) besides(ctx context.Context, tx *db.Tx, shares []*Share) error {
	var ids []string
	for _, sh := range shares {
		if !slices.Contains(ids, sh.Activity) {
			ids = append(ids, sh.Activity)
		}
	}
	if err := flow.Still(ctx, tx, ids...); err != nil {
		return err
	}
	events, err := eventsOf(ctx, tx, ids)
	for _, sh := range shares {
		sh.event = events[sh.Activity]
	}
	return err
}

// codeShare puts codes in the place of words and lets the share follow its event: its name, day and place, and whether the unit may
// say anything about it now.
func (s *Service) codeShare(ctx context.Context, tx *db.Tx, sh *Share, w ShareWords, write bool) error {
	if err := flow.Still(ctx, tx, sh.Activity); err != nil {
		return err
	}
	h, err := flow.Get(ctx, tx, Ref(sh.Activity))
	if err != nil {
		return err
	}
	e := &Event{Head: h}
	if err := flow.Body(ctx, tx, h.Ref(), register.Current(h), &e.Body); err != nil {
		return err
	}
	if err := e.accepts(sh, w.Words); err != nil {
		return err
	}
	sh.event = e
	sh.Name, sh.Host, sh.Place, sh.Day = e.Body.Name, e.Body.Unit, e.Body.Place, e.Body.countingDay()
	c := &coder{ctx: ctx, tx: tx, w: w.Words, write: write}
	c.materials(sh.Materials)
	return c.err
}

// accepts says why a unit cannot enter a share now.
func (e *Event) accepts(sh *Share, w Words) error {
	switch a := e.Body; {
	case e.Head.State == flow.Voided:
		return errs.E(errs.Conflict, "活动 %s 已作废，不用再填份额", e.Head.Number)
	case a.Life == Cancelled || a.Life == Postponed:
		return errs.E(errs.Conflict, "活动%s，现在不用填份额", a.Life.Title())
	case sh.Merged != "": // settled by an officer
		return nil
	case sh.Unit == a.Unit:
		return errs.E(errs.Conflict, "主办单位自己的数填在活动里，不另填份额")
	case !a.Open:
		return errs.E(errs.Conflict, "这个活动没有请各单位自己填份额；要填，请主办单位在活动里打开")
	case !a.invites(sh.Unit):
		return errs.E(errs.Conflict, "「%s」不在这个活动的参加单位里；参加了，请主办单位补上", w.Tree.Unit(sh.Unit).Name)
	case a.Start > w.Today:
		return errs.E(errs.Conflict, "活动%s才开始，开始后再填份额", a.Start.Short(w.Today))
	}
	return nil
}

// ShareInput is what a unit enters. Client, made by the page, makes sending twice safe. Version is that of the share that the page
// showed, 0 for none yet. Reason is required once the share is verified: then it is a revision.
type ShareInput struct {
	Activity  string // id
	Unit      string
	Client    string
	Version   int
	Counts    Counts
	Materials []Material
	Note      string
	Reason    string
}

// EnterShare writes the share of a unit and hands it over. Who writes it must have the right to write for that unit; the event is
// not touched, so that any number of units enter theirs at once.
func (s *Service) EnterShare(ctx context.Context, in ShareInput) (flow.Head, error) {
	body := Share{Activity: in.Activity, Unit: in.Unit, Client: in.Client, Counts: in.Counts, Materials: in.Materials, Note: in.Note}
	var standing *EnteredShare
	before := 0
	if err := s.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		if err := flow.MayWrite(ctx, tx, flow.Head{Kind: ShareKind, Unit: in.Unit}); err != nil {
			return err
		}
		e, err := flow.Get(ctx, tx, Ref(in.Activity))
		if err != nil {
			return err
		}
		body.Day = e.Day // number and words go by it; coding the share settles it
		standing, before, err = s.shareOf(ctx, tx, in.Activity, in.Unit)
		return err
	}); err != nil {
		return flow.Head{}, err
	}
	if standing == nil {
		entered, err := s.Shares.Create(ctx, register.New[Share]{ID: shareID(in.Activity, in.Unit, before), Body: body, Submit: true})
		if !errs.Is(err, errs.Conflict) {
			return entered.Head, err
		}
		// Somebody entered it at the same moment, or this sending came through before.
		if again := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			standing, _, err = s.shareOf(ctx, tx, in.Activity, in.Unit)
			return err
		}); again != nil || standing == nil {
			return entered.Head, err
		}
	}
	return s.changeShare(ctx, *standing, in, body)
}

// changeShare writes a share that is there again.
func (s *Service) changeShare(ctx context.Context, was EnteredShare, in ShareInput, body Share) (h flow.Head, err error) {
	same := in.Client != "" && was.Body.Client == in.Client
	if same && sameShare(was.Body, body) {
		return was.Head, nil // the same sending once more
	}
	if in.Version == 0 && !same {
		return was.Head, errs.E(errs.Conflict, "%s已经填了这个单位的份额，请打开它再改", was.Editor)
	}
	if same && in.Version == 0 {
		in.Version = was.Version
	}
	body.Client, body.Merged = was.Body.Client, was.Body.Merged
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err = flow.Get(ctx, tx, was.Ref())
		if err != nil {
			return err
		}
		if h.Waiting() == flow.Submitted {
			if h, err = flow.TakeBack(ctx, tx, h.Ref(), in.Version); err != nil { // by a colleague too: the share is the unit's
				return err
			}
		}
		entered, err := s.Shares.SaveIn(ctx, tx, register.Change[Share]{ID: h.ID, Version: in.Version, Body: body, Reason: in.Reason, Submit: true})
		h = entered.Head
		return err
	})
	return h, err
}

// sameShare reports whether two sendings say the same.
func sameShare(a, b Share) bool {
	if len(a.Materials) == 0 && len(b.Materials) == 0 {
		a.Materials, b.Materials = nil, nil
	}
	if len(a.Counts) == 0 && len(b.Counts) == 0 {
		a.Counts, b.Counts = nil, nil
	}
	return a.Note == b.Note && reflect.DeepEqual(a.Counts, b.Counts) && reflect.DeepEqual(a.Materials, b.Materials)
}

// shareOf is the share of a unit, nil when it has none that is not voided, and how many it ever had: the id of its next one follows
// from it.
func (s *Service) shareOf(ctx context.Context, tx *db.Tx, activity, unit string) (*EnteredShare, int, error) {
	heads, err := everyShare(ctx, tx, activity, unit)
	if err != nil {
		return nil, 0, err
	}
	for _, h := range heads {
		if h.State != flow.Voided {
			e := &EnteredShare{Head: h}
			return e, len(heads), flow.Body(ctx, tx, e.Ref(), register.Current(e.Head), &e.Body)
		}
	}
	return nil, len(heads), nil
}

// everyShare lists all shares of an activity, also those that are voided: of a unit, or of all for "".
func everyShare(ctx context.Context, tx *db.Tx, activity, unit string) ([]flow.Head, error) {
	of, args := "", []any{org.Of(ctx), activity}
	if unit != "" {
		of, args = " AND c.unit = ?", append(args, unit)
	}
	// No order by number: SQLite would walk through all shares of the year for it.
	return db.All(ctx, tx, flow.Scan, "SELECT "+flow.Columns("r")+` FROM activity_share c JOIN record r ON r.association = c.association AND r.id = c.id
		WHERE c.association = ? AND c.activity = ?`+of, args...)
}

// shareID is the id of the n-th share of a unit: two that are entered at once are one.
func shareID(activity, unit string, n int) string {
	return id.Of(ShareKind, activity, unit, strconv.Itoa(n))
}

// follow lets the shares of an activity state anew what they add to it: its day, place, tags or state may have changed. Those of one
// that is struck out are struck out with it where the actor may.
func (s *Service) follow(ctx context.Context, tx *db.Tx, h flow.Head, why string) error {
	all, err := s.sharesOf(ctx, tx, h.ID)
	if err != nil {
		return err
	}
	for _, sh := range all {
		if h.State != flow.Voided || sh.State == flow.Draft && sh.Submitted == 0 {
			continue
		}
		_, err := flow.Void(ctx, tx, sh.Ref(), sh.Version, fmt.Sprintf(voidedWith, h.Number, h.Remark))
		if err != nil && !errs.Is(err, errs.Forbidden) {
			return err
		}
	}
	heads, err := everyShare(ctx, tx, h.ID, "")
	if err != nil || len(heads) == 0 {
		return err
	}
	if err := s.Reseat(ctx, tx, h); err != nil {
		return err
	}
	return s.Shares.Restand(ctx, tx, heads, why, fmt.Sprintf(follows, h.Number))
}

// What the program itself writes as the reason of what happens to shares and to a record that was settled into one.
var (
	voidedWith = access.Spoke("活动 %s 已作废：%s")
	follows    = access.Spoke("随活动 %s 变动")
	oneEvent   = access.Spoke("和 %s 是同一场活动，并为联合活动：%s")
)

// sees are the units that have a share of an activity: they see it as partners do, also where their own record was settled into it and it
// does not name them.
func (s *Service) sees(ctx context.Context, tx *db.Tx, activity string) ([]access.Sees, error) {
	return db.All(ctx, tx, func(row db.Scanner) (one access.Sees, err error) {
		one.Why = "partner"
		return one, row.Scan(&one.Unit)
	}, `SELECT DISTINCT c.unit FROM activity_share c JOIN record r ON r.association = c.association AND r.id = c.id
		WHERE c.association = ? AND c.activity = ? AND r.state <> 'voided'`, org.Of(ctx), activity)
}

// seat lets the activity be seen by the unit whose record was settled into a share of it, while that stands.
func (s *Service) seat(ctx context.Context, tx *db.Tx, h flow.Head, _ string) error {
	var sh Share
	if err := flow.Body(ctx, tx, h.Ref(), h.Standing(), &sh); err != nil || sh.Merged == "" {
		return err
	}
	events, err := eventsOf(ctx, tx, []string{sh.Activity})
	if err != nil || events[sh.Activity] == nil {
		return err
	}
	return s.Reseat(ctx, tx, events[sh.Activity].Head)
}

// verifyShares verifies the new shares of an activity that go along with it, as they were seen.
func (s *Service) verifyShares(ctx context.Context, tx *db.Tx, h flow.Head, why, seen string) error {
	waiting, err := s.waiting(ctx, tx, h.ID)
	if err != nil {
		return err
	}
	if digestOf(waiting) != seen {
		return errs.E(errs.Conflict, "份额刚有变动，没有核实；下面是现在的份额，看过再按一次「核实通过」")
	}
	if len(waiting) == 0 {
		return nil
	}
	picks := make([]flow.Pick, len(waiting))
	for i, w := range waiting {
		picks[i] = flow.Pick{Ref: w.Ref(), Version: w.Version}
	}
	_, err = s.Shares.VerifyManyIn(ctx, tx, picks, why)
	return err
}

// Seen names the shares that go along with an activity when the actor verifies it, each at its version; "" for none.
func (s *Service) Seen(ctx context.Context, tx *db.Tx, record string) (string, error) {
	waiting, err := s.waiting(ctx, tx, record)
	return digestOf(waiting), err
}

func digestOf(shares []flow.Head) string {
	if len(shares) == 0 {
		return ""
	}
	all := make([]string, len(shares))
	for i, h := range shares {
		all[i] = h.ID + "." + strconv.Itoa(h.Version)
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, " ")))
	return hex.EncodeToString(sum[:16])
}

// waiting are the shares of an activity that go along with it.
func (s *Service) waiting(ctx context.Context, tx *db.Tx, record string) ([]flow.Head, error) {
	all, err := s.sharesOf(ctx, tx, record)
	if err != nil {
		return nil, err
	}
	return goAlong(ctx, tx, all)
}

// goAlong are the new shares among them that the actor verifies with their activity: those that wait and that he did not write.
func goAlong(ctx context.Context, tx *db.Tx, shares []EnteredShare) ([]flow.Head, error) {
	f := flow.Filter{Kinds: []string{ShareKind}, ToVerify: true}
	for _, sh := range shares {
		if sh.State == flow.Submitted {
			f.IDs = append(f.IDs, sh.ID)
		}
	}
	if len(f.IDs) == 0 {
		return nil, nil
	}
	waiting, err := flow.List(ctx, tx, f, flow.Page{Limit: len(f.IDs)})
	return slices.DeleteFunc(waiting, func(h flow.Head) bool { return h.State != flow.Submitted }), err
}
