package facility

import (
	"reflect"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
)

// counts says from which day what stands counts as it does: from the last thing that happened to the facility, and of a move from where
// to where.
func (c *console) counts(v *desk.Visit, rec Record) string {
	steps := rec.Body.timeline()
	if len(steps) < 2 {
		return ""
	}
	before, last := steps[len(steps)-2], steps[len(steps)-1]
	on := v.T(last.day.Long())
	switch {
	case last.movement == ledger.Out:
		return v.T("从 %s起不再计入", on)
	case last.movement == ledger.MovedIn && before.Place != last.Place:
		from, to := rec.Words.between(before.Place, last.Place)
		return v.T("%s从%s搬到%s，从这天起计入%s", on, v.T(from), v.T(to), v.T(to))
	}
	return v.T("从 %s起按变化后的计入", on)
}

// between names two places by their townships, or in full where that is the same.
func (w Words) between(from, to string) (was, is string) {
	a, inA := w.Tree.Township(from)
	b, inB := w.Tree.Township(to)
	if inA && inB && a.ID != b.ID {
		return a.Name, b.Name
	}
	return w.Tree.PlaceName(from), w.Tree.PlaceName(to)
}

// history says what was done with the facility, each thing once: a change («变动») from its own day on and from what to what, what was put
// right («改正»), and what was sent in the same breath.
func (c *console) history(tx *db.Tx, v *desk.Visit, rec Record, entries []access.Entry) ([]page.Event, error) {
	var all []page.Event
	for i := 0; i < len(entries); i++ {
		e, sent := entries[i], false
		if next := i + 1; next < len(entries) && e.Action == flow.ActSubmit.Event() && writes(entries[next]) && e.At == entries[next].At && e.Account == entries[next].Account && e.Version == entries[next].Version {
			i, e, sent = next, entries[next], true
		}
		ev, err := c.event(tx, v, rec, e, entries[i+1:], sent)
		if err != nil {
			return nil, err
		}
		all = append(all, ev)
	}
	return all, nil
}

// writes reports whether an entry wrote a version over another one.
func writes(e access.Entry) bool {
	return e.Action == flow.ActSave.Event() || e.Action == flow.ActRevise.Event()
}

// event is one entry, earlier are those before it; sent says that it was submitted at once.
func (c *console) event(tx *db.Tx, v *desk.Visit, rec Record, e access.Entry, earlier []access.Entry, sent bool) (page.Event, error) {
	told, err := c.changesTold(tx, v, rec, e, earlier)
	if err != nil {
		return page.Event{}, err
	}
	also := told.words
	if told.known {
		e.Changes = slices.DeleteFunc(slices.Clone(e.Changes), func(ch access.Change) bool {
			if ch.Field == "changes" && repeats(e.Reason, ch.After) {
				e.Reason = told.note
			} else if ch.Field == "changes" && told.note != "" {
				also[0] = v.T("%s（%s）", also[0], told.note)
			}
			return ch.Field == "changes"
		})
	}
	began := slices.ContainsFunc(e.Changes, func(ch access.Change) bool { return ch.Field == "stage" })
	titles := [2]string{v.T(desk.ActionTitle(e.Action)), v.T("修改并提交")}
	switch {
	case told.onlyNew && len(e.Changes) == 0:
		titles = [2]string{v.T("记变动"), v.T("记变动并提交")}
	case e.Action == flow.ActRevise.Event() && !began:
		titles = [2]string{v.T("改正"), v.T("改正并提交")}
	case e.Action == flow.ActRevise.Event():
		titles[1] = v.T("修订并提交")
	}
	if sent {
		return v.Event(e, titles[1], also...), nil
	}
	return v.Event(e, titles[0], also...), nil
}

// repeats reports whether a reason only says again what a change says: the form of a change has no other.
func repeats(reason, change string) bool {
	for _, colon := range []string{"：", ": "} {
		if _, says, found := strings.Cut(reason, colon); found {
			if says = strings.TrimSuffix(says, "…"); says != "" && strings.Contains(change, says) {
				return true
			}
		}
	}
	return false
}

// changesTold is what an entry did to the changes of the facility.
type changesTold struct {
	known   bool     // else the entry's own words are all there is
	words   []string // 2026年6月1日起 长度 10 米 → 15 米
	note    string   // of the only one that was recorded
	onlyNew bool     // changes were recorded, and none that was there before was touched
}

// changesTold compares the version that an entry wrote with the one before it.
func (c *console) changesTold(tx *db.Tx, v *desk.Visit, rec Record, e access.Entry, earlier []access.Entry) (told changesTold, err error) {
	base := versionBefore(e, earlier)
	if base == 0 || !slices.ContainsFunc(e.Changes, func(ch access.Change) bool { return ch.Field == "changes" }) {
		return told, nil
	}
	var was, is Facility
	if err := flow.Body(v.Ctx, tx, rec.Ref(), base, &was); err != nil {
		return told, err
	}
	if err := flow.Body(v.Ctx, tx, rec.Ref(), e.Version, &is); err != nil {
		return told, err
	}
	gone, come := without(was.Changes, is.Changes), without(is.Changes, was.Changes)
	say := func(f Facility, at int, note bool) (text string) {
		if err == nil {
			text, err = c.changeSays(tx, v, f, at, note)
		}
		return text
	}
	switch {
	case len(gone)+len(come) == 0: // only what things are called
		return told, nil
	case len(gone) == 0:
		told.onlyNew = true
		if len(come) == 1 {
			told.note = is.Changes[come[0]].Note
		}
		for _, at := range come {
			told.words = append(told.words, say(is, at, len(come) > 1))
		}
	case len(gone) == len(come):
		for i, at := range come {
			told.words = append(told.words, v.T("变动「%s」改为「%s」", say(was, gone[i], true), say(is, at, true)))
		}
	default:
		for _, at := range gone {
			told.words = append(told.words, v.T("去掉变动「%s」", say(was, at, true)))
		}
		for _, at := range come {
			told.words = append(told.words, v.T("记变动「%s」", say(is, at, true)))
		}
	}
	told.known = true
	return told, err
}

// versionBefore is the version over which an entry wrote, 0 where the history does not say it: a revision goes on from what was verified,
// whatever was given up since.
func versionBefore(e access.Entry, earlier []access.Entry) int {
	switch e.Action {
	case flow.ActSave.Event():
		return e.Version - 1
	case flow.ActRevise.Event():
		for _, one := range earlier {
			switch one.Action {
			case flow.ActVerify.Event(), flow.ActVerifies.Event():
				return one.Version
			case flow.ActRestore.Event():
				return 0
			}
		}
	}
	return 0
}

// without are the indices of those changes that others do not have.
func without(all, others []Change) (left []int) {
	others = slices.Clone(others)
	for i, one := range all {
		if at := slices.IndexFunc(others, func(o Change) bool { return reflect.DeepEqual(o, one) }); at >= 0 {
			others = slices.Delete(others, at, at+1)
		} else {
			left = append(left, i)
		}
	}
	return left
}

// changeSays says what a change did and from which day it holds, with the names of that day: 2026年6月1日起 从青溪乡 上村搬到白塔乡 下村.
func (c *console) changeSays(tx *db.Tx, v *desk.Visit, f Facility, at int, note bool) (string, error) {
	ch := f.Changes[at]
	before := f
	before.Stage, before.Changes = InUse, nil
	for i, other := range f.Changes {
		if other.Day < ch.Day || other.Day == ch.Day && i < at {
			before.Changes = append(before.Changes, other)
		}
	}
	was := before.Last()
	w, err := c.WordsOn(v.Ctx, tx, ch.Day)
	if err != nil {
		return "", err
	}
	on := v.T("%s起", v.T(ch.Day.Long()))
	var text string
	switch {
	case ch.What == ledger.MovedIn && ch.Site != nil:
		text = v.T("%s 从%s搬到%s", on, w.siteAt(v.T(w.Tree.PlaceName(was.Place)), was.Site), w.siteAt(v.T(w.Tree.PlaceName(ch.Site.Place)), *ch.Site))
	case ch.What == ledger.Changed:
		text = v.T("%s %s", on, spoken(v, w.differences(was.Values, was.Values.with(ch.Values))))
	default:
		text = v.T("%s %s", on, v.T(movementTitle(ch.What)))
	}
	if note && ch.Note != "" {
		text = v.T("%s（%s）", text, ch.Note)
	}
	return text, nil
}
