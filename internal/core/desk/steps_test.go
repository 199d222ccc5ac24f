package desk

import (
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
)

// TestStepsOfARevisionFollowThoseOfTheVersionThatStands: the time of a revision's submission does not stand before the verification of the
// version before it; the revision has steps of its own, later in the line.
func TestStepsOfARevisionFollowThoseOfTheVersionThatStands(t *testing.T) {
	v := &Visit{Ctx: t.Context(), Today: "2026-09-18", Association: org.Association{Zone: org.UsualZone}}
	at := func(day int) int64 { return 1_788_192_000_000 + int64(day)*86_400_000 } // from 1 September 2026, 00:00
	done := func(action flow.Action, version, day int, name string) access.Entry {
		return access.Entry{Action: action.Event(), Version: version, At: at(day), Name: name}
	}
	history := []access.Entry{done(flow.ActSubmit, 2, 9, "张"), done(flow.ActRevise, 2, 8, "张"), done(flow.ActVerify, 1, 3, "李"), done(flow.ActSubmit, 1, 2, "张"), done(flow.ActCreate, 1, 1, "张")}
	h := flow.Head{State: flow.Verified, Revision: flow.Submitted, Version: 2, Verified: 1, AuthorName: "张", Editor: "张", Created: at(1), Day: "2026-09-01"}
	var says []string
	steps := v.Steps(h, history)
	for _, s := range steps {
		says = append(says, s.Name+" "+s.Who)
	}
	want := []string{"填报 张 9月2日", "提交 张 9月3日", "核实 李 9月4日", "入账并计入指标 计入2026年9月", "修订 张 9月10日", "核实修订 等待核实"}
	for i, w := range want {
		if i >= len(says) || !strings.HasPrefix(says[i], w) {
			t.Fatalf("steps %v, want %v", says, want)
		}
	}
	if steps[5].State != page.StepNow {
		t.Errorf("the revision waits, but its step is %q", steps[5].State)
	}
	// Once it is verified, the line is that of the revision.
	h.Revision, h.Verified = flow.None, 2
	history = append([]access.Entry{done(flow.ActVerify, 2, 10, "李")}, history...)
	if got := v.Steps(h, history); len(got) != 4 || !strings.HasPrefix(got[1].Who, "张 9月10日") || !strings.HasPrefix(got[2].Who, "李 9月11日") {
		t.Errorf("after it was verified: %+v", got)
	}
}
