package report

import "testing"

// What an earlier release froze as 0, where this one says that a figure does not apply, is no correction and no difference: nothing was counted
// then either. A number that is gone is one.
func TestAFrozenZeroIsNoCorrectionWhereTheFigureDoesNotApply(t *testing.T) {
	for _, c := range []struct {
		kept, now Figure
		want      bool
	}{
		{Figure{Exact: "0", Text: "0"}, Figure{Text: "不适用", NotApplicable: true}, true},
		{Figure{Exact: "5", Text: "5"}, Figure{Text: "不适用", NotApplicable: true}, false},
		{Figure{Exact: "0", Text: "0"}, Figure{Text: "［未填］"}, false},
		{Figure{Text: "不适用", NotApplicable: true}, Figure{Exact: "5", Text: "5"}, false},
	} {
		if got := c.kept.equal(c.now); got != c.want {
			t.Errorf("%+v and %+v are the same: %v", c.kept, c.now, got)
		}
	}
}

// In a table a figure that does not apply is nothing to fill in; a sentence cannot stay without it.
func TestWhatDoesNotApplyLacksInASentenceOnly(t *testing.T) {
	d := Document{Figures: []Figure{{NotApplicable: true, Row: "县妇联"}, {NotApplicable: true}, {Row: "县妇联"}, {Available: true}}}
	if n := d.Tally().Missing; n != 2 {
		t.Errorf("%d figures lack, want the sentence's and the one without a number", n)
	}
}
