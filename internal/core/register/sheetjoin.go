package register

import (
	"context"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/zh"
)

// Joint is how several rows of a sheet become one record, as the stops of a tour do. Rows belong together when they name the same record in
// the column Key and have the same unit; nothing else joins them, what is only likely is asked about.
type Joint[T, W any] struct {
	Key  string   // of the column that names the record
	Own  []string // keys of the columns that speak of the part alone
	Name func(r *Reading[W], b *T) string
	// Join makes the body of its parts, in the order of the file, and says of their rows what does not fit.
	Join func(parts []JointPart[T, W]) T
	// Lay puts what Join made over a record that is there. Invalid when the rows do not say how.
	Lay func(w W, into *T, said T) error
	// Parts are what the parts of a record would be as records of their own: a row that is one of them is not entered once more.
	Parts func(b T) []T
	Count string // column of the row: how many parts a record has
	// Likely is what rows have in common that may be parts of one record though they do not say so; "" for none. Ask is the question, with
	// where the first of them stands.
	Likely func(w W, b T) string
	Ask    string
}

// JointPart is a row that is a part of a record, with the body that it would be by itself.
type JointPart[T, W any] struct {
	*Reading[W]
	Body T
}

// Join makes one draft of rows that are parts of one record (intake.Reader).
func (r *sheetReader[T, W]) Join(parts []intake.Part) intake.Draft {
	all := make([]JointPart[T, W], len(parts))
	var given []string
	sound := true
	for i, p := range parts {
		b, _ := p.Body.(T)
		w := r.on(r.Head(b).Day)
		all[i] = JointPart[T, W]{&Reading[W]{Row: p.Row, Words: w, Tree: r.Tree(w), Today: r.today}, b}
		for _, key := range p.Given {
			if !slices.Contains(r.Joint.Own, key) && !slices.Contains(given, key) {
				given = append(given, key)
			}
		}
		sound = sound && p.Place != "" && !slices.ContainsFunc(p.Draft.Notes, func(n intake.Note) bool { return n.Wrong })
	}
	number := joinedNumber(all)
	under := joinedUnder(all, parts)
	b := r.Joint.Join(all)
	in := all[0].Reading
	in.Words, in.given = r.on(r.Head(b).Day), given
	in.Tree = r.Tree(in.Words)
	if sound { // else it is said already, or the place is still to be made
		r.check(in, b, true, true)
	}
	d := r.draft(in, b, sound)
	d.Joins, d.Number, d.Loose, d.Named, d.Under = parts[0].Joins, number, "", true, under
	if d.Day != "" {
		d.Whole = wholeKey(d.Title, d.Unit, d.Day)
	}
	return d
}

// joinedNumber is the number that the rows of a record give; two numbers are refused.
func joinedNumber[T, W any](all []JointPart[T, W]) (number string) {
	for _, p := range all {
		switch n := zh.Fold(p.Text("number")); {
		case n == "" || n == number:
		case number == "":
			number = n
		default:
			p.Wrong("number", "同一条记录的各行写了两个编号：%s、%s，请核对", number, n)
		}
	}
	return number
}

// joinedUnder is what the rows of a record say that it is under; two things are refused.
func joinedUnder[T, W any](all []JointPart[T, W], parts []intake.Part) (under *intake.Under) {
	for i, p := range parts {
		switch u := p.Under; {
		case u == nil:
		case under == nil:
			under = u
		case u.Number != under.Number || folded(u.Title) != folded(under.Title) || u.Day != under.Day:
			all[i].Wrong(u.Key, "同一条记录的各行写了两个主活动：%s、%s，请核对", under.Said, u.Said)
		}
	}
	return under
}

// Seen is where the row stands as seen from another one.
func (p JointPart[T, W]) Seen(from JointPart[T, W]) lang.Sentence {
	if p.Sheet.Index == from.Sheet.Index {
		return lang.Say("第 %d 行", p.Line)
	}
	return intake.Address(p.Sheet.Name, p.Line)
}

// wholeKey is the key by which a record with parts is known again, wherever it begins.
func wholeKey(title, unit string, since day.Day) string {
	return folded(title) + "|" + unit + "|" + since.YearMonth()[:4]
}

// joins names the record of which the row is a part, and asks about rows that may be parts of one.
func (r *sheetReader[T, W]) joins(in *Reading[W], b T, name string) string {
	if r.Joint == nil {
		return ""
	}
	h := r.Head(b)
	called, other := "alone|"+folded(h.Title)+"|"+h.Unit, "part|"+folded(h.Title)+"|"+h.Unit
	if name != "" {
		called, other = other, called
	}
	title := r.columns[r.Joint.Key].Title
	if first, ok := r.called[other]; ok && name != "" {
		in.Warn("name", "%s也叫「%s」，那一行没有写「%s」，会另记一条；是同一个的，请在那一行也写上，或者删去那一行", first, h.Title, title)
	} else if ok {
		in.Warn("name", "%s写了「%s」是「%s」，这一行没有写，会另记一条；是同一个的，请也写上，或者删去这一行", first, title, h.Title)
	}
	here := intake.Address(in.Sheet.Name, in.Line)
	if _, ok := r.called[called]; !ok {
		r.called[called] = here
	}
	if name != "" {
		return folded(name) + "|" + h.Unit
	}
	if like := r.Joint.Likely(in.Words, b); like != "" {
		like = "like|" + folded(like) + "|" + h.Unit
		if first, ok := r.called[like]; ok {
			in.Warn("name", r.Joint.Ask, first)
		} else {
			r.called[like] = here
		}
	}
	return ""
}

// knownParts gives the records whose parts may lie in the period, with what those would be by themselves.
func (r *sheetReader[T, W]) knownParts(ctx context.Context, tx *db.Tx, p day.Period, where string, args []any, each func(intake.Known)) error {
	all, err := db.All(ctx, tx, func(s db.Scanner) (k intake.Known, err error) {
		var text string
		if err = s.Scan(&k.ID, &k.Number, &k.Title, &text); err != nil {
			return k, err
		}
		body, err := Decode[T](text)
		if err != nil {
			return k, err
		}
		for _, part := range r.Joint.Parts(body) {
			k.Parts = append(k.Parts, r.key(r.Same, part))
		}
		return k, nil
	}, "SELECT r.id, r.number, r.title, v.body FROM "+r.Row.Table+` c JOIN record r ON r.association = c.association AND r.id = c.id
		JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = `+flow.StandingVersion+
		" WHERE c.association = ? AND c."+r.Joint.Count+" > 0 AND c."+r.Since+" >= ? AND c."+r.Since+" <= ? AND r.state <> 'voided' AND "+where,
		append([]any{org.Of(ctx), p.From.Add(-366), p.To}, args...)...)
	for _, k := range all {
		each(k)
	}
	return err
}

// lay puts what joined rows say over a record, beside what its columns have laid.
func (r *sheetReader[T, W]) lay(now *T, said T, d intake.Draft) error {
	if d.Joins == "" {
		return nil
	}
	return r.Joint.Lay(r.on(r.Head(*now).Day), now, said)
}

// changesOf are the differences between what was and what is.
func (r *sheetReader[T, W]) changesOf(old, now T) []access.Change {
	return r.Fields.Changes(old, now, r.on(r.Head(now).Day))
}
