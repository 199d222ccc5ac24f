package flow

import (
	"fmt"
	"strings"
)

// happened is an event of the history that is about a record.
type happened struct {
	id, record, kind string
	at               int64
	account, name    string
	action           Action
	version          int
	number, hash     string
	reason           string
}

// replayed is what the history says of a record: its head as far as events settle it, and who saved which version.
type replayed struct {
	Head
	stands  int // the version whose words the head has: the verified one, else the latest
	written map[int]happened
	revised map[int]bool // versions that were saved beside a verified one
	stood   []int        // the versions that were verified, each on top of the one that stood before it
	deleted bool
}

// replay goes through what was done with a record, oldest first. The error names the event that cannot have happened: one is
// missing, or one that did not come from the program.
func replay(events []happened) (r replayed, err error) {
	r = replayed{written: map[int]happened{}, revised: map[int]bool{}}
	for i, e := range events {
		if (i == 0) != (e.action == ActCreate || e.action == ActEnter || e.action == ActImport) {
			return r, fmt.Errorf("%s 第 %d 步是「%s」", e.id, i+1, e.action.Title())
		}
		if i == 0 {
			r.begin(e)
		} else if err := r.follow(e); err != nil {
			return r, err
		}
		if e.version != r.Version {
			return r, fmt.Errorf("%s「%s」说的是第 %d 版，应是第 %d 版", e.id, e.action.Title(), e.version, r.Version)
		}
		r.Updated, r.Editor, r.Hash = e.at, e.name, e.hash
	}
	return r, nil
}

func (r *replayed) begin(e happened) {
	r.Head = Head{ID: e.record, Kind: e.kind, Number: e.number, State: Draft, Version: 1, Author: e.account, AuthorName: e.name, Created: e.at}
	r.stands, r.written[1] = 1, e
	if e.action != ActCreate {
		r.State, r.Submitted, r.Sender = Submitted, e.at, e.account
	}
}

// follow takes the step of an event, by the same table as the program does.
func (r *replayed) follow(e happened) error {
	action := e.action
	if action == ActVerifies {
		action = ActVerify
	}
	step, err := r.step(action)
	if err != nil {
		return fmt.Errorf("%s「%s」在「%s」之后不可能", e.id, e.action.Title(), strings.TrimSpace(r.State.Title()+" "+r.Revision.Title()))
	}
	r.State, r.Revision = step.to.state, step.to.revision
	switch action {
	case ActSave, ActRevise:
		r.Version++
		r.written[r.Version] = e
		if r.State == Verified {
			r.revised[r.Version] = true
		} else {
			r.stands = r.Version
		}
	case ActSubmit:
		r.Submitted, r.Sender, r.Remark = e.at, e.account, ""
	case ActReturn:
		r.Remark = e.reason
	case ActVoid, ActUndo:
		r.Remark, r.Verified, r.base = e.reason, 0, r.stands
	case ActVerify:
		r.Verified, r.base, r.Remark, r.stands = r.Version, r.Version, "", r.Version
		r.stood = append(r.stood, r.Version)
	case ActRestore:
		before, ok := r.before()
		if !ok {
			return fmt.Errorf("%s「%s」之前没有核实过别的版本", e.id, e.action.Title())
		}
		r.stood = r.stood[:len(r.stood)-1]
		r.Verified, r.stands, r.Remark = before, before, ""
	case ActWithdraw:
		r.Remark = ""
		if r.State == Verified && r.Revision == None { // the revision was given up
			r.base = r.Version
		}
	case ActDelete:
		r.deleted = true
	}
	return nil
}

// before is the verified version that stood before the one that stands now.
func (r *replayed) before() (version int, ok bool) {
	if len(r.stood) < 2 {
		return 0, false
	}
	return r.stood[len(r.stood)-2], true
}

// differs names the columns in which a head is not what its history says.
func (r replayed) differs(h Head) []string {
	var odd []string
	for _, c := range []struct {
		name       string
		have, want any
	}{
		{"kind", h.Kind, r.Kind}, {"number", h.Number, r.Number}, {"state", h.State, r.State}, {"revision", h.Revision, r.Revision},
		{"version", h.Version, r.Version}, {"verified", h.Verified, r.Verified}, {"base", h.base, r.base}, {"hash", h.Hash, r.Hash},
		{"author", h.Author, r.Author}, {"author_name", h.AuthorName, r.AuthorName}, {"sender", h.Sender, r.Sender}, {"editor", h.Editor, r.Editor},
		{"created", h.Created, r.Created}, {"updated", h.Updated, r.Updated}, {"submitted", h.Submitted, r.Submitted}, {"remark", h.Remark, r.Remark},
	} {
		if c.have != c.want {
			odd = append(odd, fmt.Sprintf("%s 是「%v」，应是「%v」", c.name, c.have, c.want))
		}
	}
	if !strings.HasSuffix(h.Number, Number("", h.Year, h.Serial)) {
		odd = append(odd, fmt.Sprintf("year、serial 是 %d、%d，编号是 %s", h.Year, h.Serial, h.Number))
	}
	return odd
}
