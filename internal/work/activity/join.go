package activity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// JoinInput settles two records of one event: Stays is the event's, Goes becomes the share of its unit. Versions are those that the
// page showed.
type JoinInput struct {
	Stays, Goes               string // ids
	StaysVersion, GoesVersion int
	Reason                    string
}

// Join settles two records of the same event, reported by two units, into one joint event in one step: what the one says that goes
// becomes its unit's share of the other, to be verified, and the record itself is voided with the reason. People who came are counted
// where the event is; what the other unit counted stands in its share. Asked for by who may verify, never done silently.
func (s *Service) Join(ctx context.Context, in JoinInput) (share flow.Head, err error) {
	if strings.TrimSpace(in.Reason) == "" {
		return share, oneField("reason", "请写为什么是同一场活动，例如「两家联合办的，各报了一次」")
	}
	if err := access.Require(ctx, access.Check, Kind); err != nil {
		return share, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		share, err = s.join(ctx, tx, in)
		return err
	})
	return share, err
}

func (s *Service) join(ctx context.Context, tx *db.Tx, in JoinInput) (flow.Head, error) {
	stays, err := flow.Get(ctx, tx, Ref(in.Stays))
	if err != nil {
		return stays, err
	}
	goes, err := flow.Get(ctx, tx, Ref(in.Goes))
	if err != nil {
		return stays, err
	}
	if stays.Version != in.StaysVersion {
		return stays, errs.E(errs.Conflict, "%s刚被改过，请刷新看过再并", stays.Number)
	}
	if err := s.joinable(ctx, tx, stays, goes); err != nil {
		return stays, err
	}
	var a Activity
	if err := flow.Body(ctx, tx, goes.Ref(), goes.Standing(), &a); err != nil {
		return stays, err
	}
	r := s.Catalogue.On(a.countingDay())
	body := Share{Activity: stays.ID, Unit: goes.Unit, Day: stays.Day, Counts: Counts{}, Materials: a.Materials, Merged: goes.Number, Note: a.Note}
	for _, c := range r.counts {
		if n := a.total(c.Code); n != nil && c.ShareMeasure != "" {
			body.Counts[c.Code] = *n
		}
	}
	_, before, err := s.shareOf(ctx, tx, stays.ID, goes.Unit)
	if err != nil {
		return stays, err
	}
	entered, err := s.Shares.CreateIn(ctx, tx, register.New[Share]{ID: shareID(stays.ID, goes.Unit, before), Body: body, Submit: true})
	if err != nil {
		return stays, err
	}
	_, err = s.MoveIn(ctx, tx, goes.ID, func(tx *db.Tx, _ Activity) (flow.Head, error) {
		return flow.Void(ctx, tx, goes.Ref(), in.GoesVersion, fmt.Sprintf(oneEvent, stays.Number, in.Reason))
	})
	return entered.Head, err
}

// joinable says why two records cannot be settled into one event.
func (s *Service) joinable(ctx context.Context, tx *db.Tx, stays, goes flow.Head) error {
	switch {
	case stays.ID == goes.ID:
		return errs.E(errs.Invalid, "请选另一条活动")
	case stays.State == flow.Voided:
		return errs.E(errs.Conflict, "%s 已作废，不能并到它", stays.Number)
	case goes.State == flow.Voided:
		return errs.E(errs.Conflict, "%s 已作废，不用再并", goes.Number)
	case goes.Life != string(Held):
		return errs.E(errs.Conflict, "%s %s，没有举办，不能作为份额并进来；请把它作废", goes.Number, Life(goes.Life).Title())
	case goes.State == flow.Draft && goes.Submitted == 0:
		return errs.E(errs.Conflict, "%s 还是草稿，没有交过；请填报人删除，再在联合活动里填份额", goes.Number)
	case stays.Unit == goes.Unit:
		return errs.E(errs.Conflict, "两条都是同一个单位记的，是重复就作废一条，不用并")
	case stays.Life == string(Cancelled) || stays.Life == string(Postponed):
		return errs.E(errs.Conflict, "%s %s，不能并到它", stays.Number, Life(stays.Life).Title())
	}
	children, err := s.Children(ctx, tx, goes.ID)
	if err != nil {
		return err
	}
	if len(children) > 0 {
		return errs.E(errs.Conflict, "%s 有 %d 个子活动，请先把它们改到 %s 下面", goes.Number, len(children), stays.Number)
	}
	shares, err := s.sharesOf(ctx, tx, goes.ID)
	if err != nil {
		return err
	}
	if len(shares) > 0 {
		return errs.E(errs.Conflict, "%s 也是联合活动，已有 %d 个单位填了份额；请把另一条并到它", goes.Number, len(shares))
	}
	has, _, err := s.shareOf(ctx, tx, stays.ID, goes.Unit)
	if err == nil && has != nil {
		return errs.E(errs.Conflict, "这个单位已经在 %s 填了份额 %s，请把 %s 作废", stays.Number, has.Number, goes.Number)
	}
	return err
}

// lost is what an activity says that its share of another would not: a share takes counts and materials only. What the other says too
// is not lost. name is what it is called, n how many of the unit there are.
type lost struct {
	name, unit string
	n          int64
}

// losses lists what no longer counts, or is no longer said, when a becomes a share of stays.
func (a Activity) losses(stays Activity, r Rules) (all []lost) {
	add := func(name, unit string, n int64) {
		if n > 0 {
			all = append(all, lost{name, unit, n})
		}
	}
	for _, c := range r.counts {
		if n := a.total(c.Code); n != nil && c.ShareMeasure == "" {
			add(c.Name, c.Unit, n.N)
		}
	}
	add("媒体报道", "篇", int64(len(a.Media)))
	add("到的村", "个", others(villages(a), villages(stays)))
	add("到的学校", "所", others(a.Bodies.Schools, stays.Bodies.Schools))
	add("服务的企业科协", "家", others(a.Bodies.Enterprises, stays.Bodies.Enterprises))
	add("开放的单位", "个", others(a.Bodies.Opened, stays.Bodies.Opened))
	add("受赠单位", "个", others(a.Bodies.Receivers, stays.Bodies.Receivers))
	add("下乡小分队", "个", others(a.Bodies.Teams, stays.Bodies.Teams))
	if a.Key && !stays.Key {
		add("重点标记", "项", 1)
	}
	if a.Model && !stays.Model {
		add("示范标记", "项", 1)
	}
	add("专项行动", "项", others(a.drives(), stays.drives()))
	add("主题活动", "个", others(a.Campaigns, stays.Campaigns))
	add("重点工程", "项", others(a.Programme, stays.Programme))
	add("产业", "个", others(a.Industry, stays.Industry))
	add("参加单位", "个", others(a.partnerKeys(), append(stays.partnerKeys(), stays.Unit)))
	add("出席领导", "人", others(a.Leaders, stays.Leaders))
	if a.Summary != "" {
		add("小结", "段", 1)
	}
	add("面向的人群", "类", others(a.Audiences, stays.Audiences))
	if a.Cost != nil {
		add("经费", "元", (*a.Cost+50)/100)
	}
	return all
}

// partnerKeys are the partners: units by their ids, others by their names.
func (a Activity) partnerKeys() (all []string) {
	for _, p := range a.Partners {
		all = append(all, cmp.Or(p.Unit, p.Name))
	}
	return all
}

// drives are those that the activity belongs to.
func (a Activity) drives() (all []string) {
	for _, d := range a.Drives {
		if d.Drive != "" {
			all = append(all, d.Drive)
		}
	}
	return all
}

// villages are those that the activity reached, each once.
func villages(a Activity) (all []string) {
	for _, s := range a.spots() {
		if s.Village != "" && !slices.Contains(all, s.Village) {
			all = append(all, s.Village)
		}
	}
	return all
}

// others counts the keys that are not among those of the other.
func others(keys, there []string) (n int64) {
	for _, k := range keys {
		if !slices.Contains(there, k) {
			n++
		}
	}
	return n
}
