package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Item is a record to create with many others.
type Item struct {
	Head *Head
	Body any
}

// BulkCreate creates many records in few statements: heads, first versions, what finds and who sees them, and one entry each in
// the history («导入», with reason). The states are Draft or Submitted; the actor is the author. It refuses as Create does, the
// error naming the record's title; then nothing is created.
func BulkCreate(ctx context.Context, tx *db.Tx, items []Item, reason string) error {
	return BulkCreateVerified(ctx, nil, tx, items, reason)
}

// BulkCreateVerified is BulkCreate of records of which some are verified in the same step («批量核实») by the actor of verifier:
// those whose state is Verified. For them it refuses what VerifyMany refuses.
func BulkCreateVerified(ctx, verifier context.Context, tx *db.Tx, items []Item, reason string) error {
	if len(items) == 0 {
		return nil
	}
	heads := make([]Head, len(items))
	kinds := map[string]bool{}
	for i, item := range items {
		heads[i] = *item.Head
		kinds[item.Head.Kind] = true
	}
	if len(kinds) > 1 {
		return fmt.Errorf("flow: BulkCreate of %d kinds at once", len(kinds))
	}
	r, err := reachOf(ctx, access.Write, heads[0].Kind)
	if err != nil {
		return err
	}
	seats, err := loadSeats(ctx, tx, r, heads...)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := seats.check(ctx, h); err != nil {
			return About(tx, h, err)
		}
	}
	actor := access.From(ctx)
	if err := mayVerifyNew(ctx, verifier, tx, heads, actor.Account); err != nil {
		return err
	}
	if err := number(ctx, tx, items); err != nil {
		return err
	}
	records, versions, search := make([][]any, len(items)), make([][]any, len(items)), make([][]any, len(items))
	sees := make(map[id.Ref][]access.Sees, len(items))
	events := make([]access.Event, len(items))
	var verified []access.Event
	for i, item := range items {
		h := item.Head
		verify := h.State == Verified
		if verify {
			h.State = Submitted
		}
		if h.State == None {
			h.State = Draft
		}
		if h.State != Draft && h.State != Submitted {
			return fmt.Errorf("flow: a record cannot begin as %s", h.State)
		}
		text, err := h.begin(tx, actor, item.Body)
		if err != nil {
			return err
		}
		action := ActImport
		if h.State == Draft {
			action = ActCreate // verification reads from the history where the record began
		}
		events[i] = h.event(action)
		events[i].Reason = reason
		if verify {
			h.verify(tx, access.From(verifier))
			verified = append(verified, h.event(ActVerifies))
		}
		records[i] = h.row(org.Of(ctx))
		versions[i] = h.versionRow(org.Of(ctx), text, "", reason, actor, h.Created)
		search[i] = []any{org.Of(ctx), h.ID, h.words()}
		sees[h.Ref()] = seats.sees(*h)
	}
	for _, t := range []struct {
		head string
		rows [][]any
	}{{insertHead, records}, {insertVersion, versions}} {
		if _, err := tx.Insert(ctx, t.head, "", t.rows...); err != nil {
			if db.IsUnique(err) {
				return errs.E(errs.Conflict, "其中有记录已经收到过，不用再交").Because(err)
			}
			return err
		}
	}
	if err := indexMany(ctx, tx, search); err != nil {
		return err
	}
	if err := access.SetSeesMany(ctx, tx, sees); err != nil {
		return err
	}
	if err := access.LogMany(ctx, tx, events); err != nil || len(verified) == 0 {
		return err
	}
	return access.LogMany(verifier, tx, verified)
}

// mayVerifyNew checks that the verifier may verify those of the new heads that are to be verified, and did not write them.
func mayVerifyNew(ctx, verifier context.Context, tx *db.Tx, heads []Head, author string) error {
	var some []Head
	for _, h := range heads {
		if h.State == Verified {
			some = append(some, h)
		}
	}
	switch {
	case len(some) == 0:
		return nil
	case verifier == nil:
		return fmt.Errorf("flow: a record cannot begin as %s: nobody verifies it", Verified)
	case access.From(verifier).Account == author:
		return About(tx, some[0], some[0].ownWork(ctx, tx, []string{author}))
	}
	return mayVerify(verifier, tx, some)
}

// verify makes the latest version of a head stand.
func (h *Head) verify(tx *db.Tx, by access.Actor) {
	h.State, h.Verified, h.base, h.Remark, h.Updated, h.Editor = Verified, h.Version, h.Version, "", tx.Millis(), by.Name
}

// indexMany adds rows to the search index, many in one statement: FTS5 writes its index out at the end of every statement.
func indexMany(ctx context.Context, tx *db.Tx, rows [][]any) error {
	for part := range slices.Chunk(rows, 250) {
		if _, err := tx.Exec(ctx, insertSearch+" VALUES (?, ?, ?)"+strings.Repeat(", (?, ?, ?)", len(part)-1), slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

// number gives the heads that have none their numbers, in their order, by kind and year.
func number(ctx context.Context, tx *db.Tx, items []Item) error {
	type series struct {
		kind string
		year int
	}
	var order []series
	waiting := map[series][]*Head{}
	for _, item := range items {
		h := item.Head
		if h.Number != "" {
			continue
		}
		if err := h.dateNumber(today(tx)); err != nil {
			return err
		}
		s := series{h.Kind, h.Year}
		if waiting[s] == nil {
			order = append(order, s)
		}
		waiting[s] = append(waiting[s], h)
	}
	for _, s := range order {
		first, err := takeSerials(ctx, tx, org.Of(ctx), s.kind, s.year, len(waiting[s]))
		if err != nil {
			return err
		}
		for i, h := range waiting[s] {
			h.Serial = first + int64(i)
			h.Number = Number(h.Prefix, h.Year, h.Serial)
		}
	}
	return nil
}

// Pick is a record at the version that the caller saw.
type Pick struct {
	Ref     id.Ref
	Version int
}

// VerifyMany verifies new records together («批量核实»): all of them or none, in few statements. The error of the first that
// cannot be verified names its number. Open revisions are refused: they are verified one by one, because each has differences to
// be looked at. why is the reason of those that count on closed days, "" where none does.
func VerifyMany(ctx context.Context, tx *db.Tx, picks []Pick, why string) ([]Head, error) {
	var done []Head
	for part := range slices.Chunk(picks, 400) {
		heads, err := verifyPart(ctx, tx, part, why)
		if err != nil {
			return nil, err
		}
		done = append(done, heads...)
	}
	return done, nil
}

func verifyPart(ctx context.Context, tx *db.Tx, picks []Pick, why string) ([]Head, error) {
	ids := make(db.List, len(picks))
	for i, p := range picks {
		ids[i] = p.Ref.ID
	}
	kind := picks[0].Ref.Kind
	if slices.ContainsFunc(picks, func(p Pick) bool { return p.Ref.Kind != kind }) {
		kind = ""
	}
	where, args, err := visible(ctx, tx, "r", kind)
	if err != nil {
		return nil, err
	}
	found, err := db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE r.association = ? AND r.id IN (?)"+where,
		append([]any{org.Of(ctx), ids}, args...)...)
	if err != nil {
		return nil, err
	}
	writers, err := writersOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Head, len(found))
	for _, h := range found {
		byID[h.ID] = h
	}
	if err := mayVerify(ctx, tx, found); err != nil {
		return nil, err
	}
	me := access.From(ctx)
	heads := make([]Head, len(picks))
	events := make([]access.Event, len(picks))
	pairs := make([]any, 0, 2*len(picks))
	for i, p := range picks {
		h, ok := byID[p.Ref.ID]
		if !ok || h.Kind != p.Ref.Kind { // one of another register would be verified and post nothing there
			return nil, errs.E(errs.NotFound, "有一条记录没有找到，可能已经删掉，请刷新后再核实")
		}
		switch _, err := h.step(ActVerify); {
		case h.Version != p.Version:
			return nil, About(tx, h, h.conflict(ctx, tx))
		case err != nil:
			return nil, About(tx, h, h.signed(ctx, tx, err))
		case h.State == Verified:
			return nil, About(tx, h, errs.E(errs.Conflict, "修订要逐条核实，请打开看过再核实"))
		case slices.Contains(writers[h.ID], me.Account):
			return nil, About(tx, h, h.ownWork(ctx, tx, writers[h.ID]))
		}
		h.verify(tx, me)
		heads[i] = h
		pairs = append(pairs, h.ID, h.Version)
		events[i] = h.event(ActVerifies)
		events[i].Reason = why
	}
	n, err := tx.Exec(ctx, `UPDATE record SET state = ?, verified = version, base = version, remark = '', updated = ?, editor = ?
		WHERE association = ? AND state = ? AND (id, version) IN (VALUES (?, CAST(? AS BIGINT))`+strings.Repeat(", (?, ?)", len(picks)-1)+")",
		append([]any{Verified, tx.Millis(), me.Name, org.Of(ctx), Submitted}, pairs...)...)
	if err != nil {
		return nil, err
	}
	if n != int64(len(picks)) {
		return nil, errs.E(errs.Conflict, "其中有记录刚被别人改过，这次一条也没有核实，请刷新后再核实")
	}
	return heads, access.LogMany(ctx, tx, events)
}

// mayVerify checks the right to verify over the units of all heads.
func mayVerify(ctx context.Context, tx *db.Tx, heads []Head) error {
	for kind, some := range byKind(heads) {
		r, err := reachOf(ctx, access.Check, kind)
		if err != nil || r.all {
			if err != nil {
				return err
			}
			continue
		}
		seats, err := loadSeats(ctx, tx, r, some...)
		if err != nil {
			return err
		}
		for _, h := range some {
			if err := seats.mine(ctx, h); err != nil {
				return About(tx, h, err)
			}
		}
	}
	return nil
}

func byKind(heads []Head) map[string][]Head {
	kinds := map[string][]Head{}
	for _, h := range heads {
		kinds[h.Kind] = append(kinds[h.Kind], h)
	}
	return kinds
}

// writersOf are the accounts that wrote what is waiting, by record.
func writersOf(ctx context.Context, tx *db.Tx, ids db.List) (map[string][]string, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT v.record, v.author FROM record_version v
		JOIN record r ON r.association = v.association AND r.id = v.record AND v.version > r.base
		WHERE v.association = ? AND v.record IN (?)`, org.Of(ctx), ids)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	all := map[string][]string{}
	for rows.Next() {
		var record, author string
		if err := rows.Scan(&record, &author); err != nil {
			return nil, err
		}
		all[record] = append(all[record], author)
	}
	return all, rows.Err()
}

// About says which of many records a refusal is about, for steps that are taken together.
func About(tx *db.Tx, h Head, err error) error {
	var e *errs.Error
	if !asError(err, &e) {
		return err
	}
	e.Fields = append(errs.Fields{{Name: "record", Text: "%s「%s」", Args: []any{h.NumberIn(today(tx)), h.Title}}}, e.Fields...)
	return e
}
