package training

import (
	"strings"
	"testing"

	"shilu/internal/kit/errs"
)

// A sheet does not put a number over the sum of the sessions, and the sum itself adds nothing.
func TestARowDoesNotOverruleTheSessions(t *testing.T) {
	was := Class{Sessions: []Session{{Attendances: &Count{N: 60}}, {Attendances: &Count{N: 59}}}}
	now := was
	now.Attendances = &Count{N: 119}
	if err := over(was, &now); err != nil || now.Attendances != nil {
		t.Errorf("the sum itself: %v, %v", err, now.Attendances)
	}
	now.Attendances = &Count{N: 150}
	if err := over(was, &now); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "各场相加的119") || !strings.Contains(err.Error(), "150") {
		t.Errorf("another number: %v", err)
	}
	was.Sessions, now.Sessions = nil, nil
	if err := over(was, &now); err != nil || now.Attendances.N != 150 {
		t.Errorf("without sessions: %v, %v", err, now.Attendances)
	}
}
