package log

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Difference is a row that is not what it must be. Text is a Chinese sentence with fmt verbs for Args, as in errs.
type Difference struct {
	Table  string
	Row    string // the row's id, or its number in the log
	Ref    id.Ref // the record that it belongs to, where it has one; without Kind where only the id is known
	Number string // of that record; "" while nobody has looked it up, and where there is no such record
	Text   string
	Args   []any
}

// String is "fact 0199… (PX-2026-0012): what is wrong".
func (d Difference) String() string { return d.Where() + "：" + errs.Sprintf(d.Text, d.Args) }

// Where names the row and its record: by its number, else by its kind and id.
func (d Difference) Where() string {
	where := d.Table + " " + d.Row
	switch {
	case d.Number != "":
		where += "（" + d.Number + "）"
	case d.Ref.ID != "" && d.Ref.Kind != "":
		where += "（" + d.Ref.String() + "）"
	}
	return where
}

// recordIn is the record that the body of an entry says it is about.
func recordIn(body []byte) id.Ref {
	type about struct {
		Record string `json:"record"`
		Kind   string `json:"record_kind"`
	}
	var e struct {
		about
		Body about `json:"body"`
	}
	if json.Unmarshal(body, &e) != nil {
		return id.Ref{} // another shape: an entry that is about no record
	}
	return id.Ref{Kind: e.Kind + e.Body.Kind, ID: e.Record + e.Body.Record}
}

// Report takes the differences that a check finds.
type Report func(Difference)

// page is how many rows a verification holds at a time.
const page = 1000

// Verify recomputes the log: that every entry still says what it said when it got its number, that no number is missing, that
// tree, head and checkpoints follow from the leaves, that every signature is ours, and that every row of the sources is in the
// log or waits for it. It reports nothing when all is well, and holds one page of rows at a time.
func (k *Keeper) Verify(ctx context.Context, tx *db.Tx, log string, report Report) error {
	v := verification{Keeper: k, log: log, report: report, found: make(map[string]int64)}
	for _, check := range []func(context.Context, *db.Tx) error{v.signatures, v.leaves, v.ends, v.queue, v.sourceRows} {
		if err := check(ctx, tx); err != nil {
			return fmt.Errorf("verify the log %s: %w", log, err)
		}
	}
	return nil
}

// Check compares a checkpoint that was kept outside (printed, mailed) with the log as it is now. It reports when the log is
// shorter or another one. Invalid when the text is no checkpoint of this association; the log is the one that it names.
func (k *Keeper) Check(ctx context.Context, tx *db.Tx, text string, report Report) (Checkpoint, error) {
	public, err := PublicKeys(ctx, tx)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := openNote(ctx, public, text)
	if err != nil {
		return c, err
	}
	h, err := readHead(ctx, tx, c.Log)
	if err != nil {
		return c, err
	}
	if h.size < c.Size {
		report(Difference{Table: "log_head", Row: c.Log, Text: "存证点签到 %d 条，日志现在只有 %d 条", Args: []any{c.Size, h.size}})
		return c, nil
	}
	v := verification{Keeper: k, log: c.Log, report: func(Difference) {}, found: make(map[string]int64), until: c.Size}
	if err := v.leaves(ctx, tx); err != nil {
		return c, err
	}
	if root := v.tree.root().String(); root != c.Root || v.tree.size != c.Size {
		report(Difference{Table: "log_leaf", Row: fmt.Sprintf("0—%d", c.Size-1), Text: "前 %d 条算出的根是 %s，存证点签的是 %s", Args: []any{c.Size, root, c.Root}})
	}
	return c, nil
}

type verification struct {
	*Keeper
	log    string
	report Report
	until  int64 // stop before this number; 0 is the end
	tree   frontier
	found  map[string]int64 // rows that were found for numbers and queue, by source ("" is log_entry)
	signed []Checkpoint     // those that the leaves have not reached yet
	broken bool             // a number is missing: there is no tree to compare any more
}

// signatures checks each checkpoint by itself.
func (v *verification) signatures(ctx context.Context, tx *db.Tx) error {
	all, err := signingKeys(ctx, tx)
	if err != nil {
		return err
	}
	var public []string
	for _, key := range all {
		if _, err := v.open(ctx, key); err != nil {
			v.report(Difference{Table: "signing_key", Row: key.id, Text: "%s", Args: []any{err.Error()}})
			continue
		}
		public = append(public, key.public)
	}
	v.signed, err = checkpoints(ctx, tx, v.log, "ORDER BY size")
	for _, c := range v.signed {
		read, err := openNote(ctx, public, c.Note)
		if err != nil || read != c {
			v.report(Difference{Table: "log_checkpoint", Row: fmt.Sprint(c.Size), Text: "签名的文本和这一行对不上"})
		}
	}
	return err
}

// leaf is a row of log_leaf.
type leaf struct {
	seq  int64
	hash string
	entry
}

func (v *verification) leaves(ctx context.Context, tx *db.Tx) error {
	v.passCheckpoints()
	for next := int64(0); ; {
		rows, err := db.All(ctx, tx, func(s db.Scanner) (l leaf, err error) {
			err = s.Scan(&l.seq, &l.id, &l.kind, &l.hash)
			return l, err
		}, "SELECT seq, entry, kind, hash FROM log_leaf WHERE association = ? AND log = ? AND seq >= ? ORDER BY seq LIMIT ?", association.Of(ctx), v.log, next, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		if v.until > 0 {
			rows = slices.DeleteFunc(rows, func(l leaf) bool { return l.seq >= v.until })
			if len(rows) == 0 {
				return nil
			}
		}
		if err := v.page(ctx, tx, rows); err != nil {
			return err
		}
		next = rows[len(rows)-1].seq + 1
	}
}

func (v *verification) page(ctx context.Context, tx *db.Tx, rows []leaf) error {
	entries := make([]entry, len(rows))
	for i, l := range rows {
		entries[i] = l.entry
	}
	var bodies map[string][]byte
	nodes := make(map[[2]int64]string)
	if v.until == 0 { // Check wants the root only
		var err error
		if bodies, err = v.bodies(ctx, tx, entries); err != nil {
			return err
		}
		if nodes, err = v.nodes(ctx, tx, rows[0].seq, rows[len(rows)-1].seq); err != nil {
			return err
		}
	}
	for _, l := range rows {
		if v.tree.size != l.seq && !v.broken {
			v.broken = true
			v.report(Difference{Table: "log_leaf", Row: fmt.Sprint(v.tree.size), Text: "日志从这一号缺到第 %d 号，后面的根无法核对", Args: []any{l.seq - 1}})
		}
		h, err := tlog.ParseHash(l.hash)
		if err != nil {
			v.report(Difference{Table: "log_leaf", Row: fmt.Sprint(l.seq), Text: "散列看不懂：%s", Args: []any{l.hash}})
		}
		if v.until == 0 {
			v.body(l, h, bodies)
		}
		if v.broken {
			continue
		}
		v.tree.add(h, func(level int, n int64, h tlog.Hash) {
			if level < kept || v.until > 0 {
				return
			}
			if stored := nodes[[2]int64{int64(level), n}]; stored != h.String() {
				v.report(Difference{Table: "log_node", Row: fmt.Sprintf("%d/%d", level, n), Text: "第 %d—%d 号算出的散列是 %s，存的是「%s」",
					Args: []any{n << level, (n+1)<<level - 1, h, stored}})
			}
		})
		v.passCheckpoints()
	}
	return nil
}

// body compares what an entry says now with what its leaf was made of.
func (v *verification) body(l leaf, h tlog.Hash, bodies map[string][]byte) {
	source, table := v.sources[l.kind], "log_entry"
	if source.Table != "" {
		table = source.Table
	}
	switch body, ok := bodies[l.id]; {
	case !ok:
		v.report(Difference{Table: table, Row: l.id, Text: "日志第 %d 号有这一行，表里没有了", Args: []any{l.seq}})
	case tlog.RecordHash(body) != h:
		v.found[source.Kind]++
		v.report(Difference{Table: table, Row: l.id, Ref: recordIn(body), Text: "这一行和日志第 %d 号不符，行或日志被改过；现在是 %s", Args: []any{l.seq, string(body)}})
	default:
		v.found[source.Kind]++
	}
}

// nodes reads the stored hashes that the leaves from first to last complete.
func (v *verification) nodes(ctx context.Context, tx *db.Tx, first, last int64) (map[[2]int64]string, error) {
	found := make(map[[2]int64]string)
	for level := kept; level < 63 && 1<<level <= last+1; level++ {
		rows, err := db.All(ctx, tx, func(s db.Scanner) (r struct {
			n    int64
			hash string
		}, err error) {
			err = s.Scan(&r.n, &r.hash)
			return r, err
		}, "SELECT n, hash FROM log_node WHERE association = ? AND log = ? AND level = ? AND n >= ? AND n < ?",
			association.Of(ctx), v.log, level, first>>level, (last+1)>>level)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			found[[2]int64{int64(level), r.n}] = r.hash
		}
	}
	return found, nil
}

// passCheckpoints compares the checkpoints of the size that the leaves have just reached.
func (v *verification) passCheckpoints() {
	for len(v.signed) > 0 && v.signed[0].Size <= v.tree.size {
		c := v.signed[0]
		v.signed = v.signed[1:]
		if root := v.tree.root().String(); c.Size == v.tree.size && root != c.Root {
			v.report(Difference{Table: "log_checkpoint", Row: fmt.Sprint(c.Size), Text: "前 %d 条算出的根是 %s，签的是 %s", Args: []any{c.Size, root, c.Root}})
		}
	}
}

// ends compares the head with the leaves, and tells of checkpoints and nodes beyond the end.
func (v *verification) ends(ctx context.Context, tx *db.Tx) error {
	if v.broken {
		return nil
	}
	for _, c := range v.signed {
		v.report(Difference{Table: "log_checkpoint", Row: fmt.Sprint(c.Size), Text: "签到 %d 条，日志只有 %d 条", Args: []any{c.Size, v.tree.size}})
	}
	h, err := readHead(ctx, tx, v.log)
	if err != nil {
		return err
	}
	if h.size != v.tree.size || h.root != v.tree.root().String() || h.frontier != v.tree.text() {
		v.report(Difference{Table: "log_head", Row: v.log, Text: "日志头记着 %d 条，根 %s；日志有 %d 条，算出的根是 %s",
			Args: []any{h.size, h.root, v.tree.size, v.tree.root().String()}})
	}
	return v.spareNodes(ctx, tx)
}

// spareNodes finds stored hashes that no subtree has. Those that are missing or wrong were found on the way.
func (v *verification) spareNodes(ctx context.Context, tx *db.Tx) error {
	nodes, err := db.All(ctx, tx, func(s db.Scanner) (r [2]int64, err error) {
		err = s.Scan(&r[0], &r[1])
		return r, err
	}, "SELECT level, n FROM log_node WHERE association = ? AND log = ? ORDER BY level, n", association.Of(ctx), v.log)
	for _, r := range nodes {
		if level := r[0]; level < kept || level > 62 || r[1] >= v.tree.size>>level {
			v.report(Difference{Table: "log_node", Row: fmt.Sprintf("%d/%d", level, r[1]), Text: "日志只有 %d 条，没有这一段", Args: []any{v.tree.size}})
		}
	}
	return err
}

// queue checks that what waits for a number is there and has none.
func (v *verification) queue(ctx context.Context, tx *db.Tx) error {
	var after entry
	for {
		rows, err := db.All(ctx, tx, func(s db.Scanner) (e entry, err error) {
			err = s.Scan(&e.batch, &e.id, &e.kind)
			return e, err
		}, "SELECT batch, entry, kind FROM log_pending WHERE association = ? AND log = ? AND (batch, entry) > (?, ?) ORDER BY batch, entry LIMIT ?",
			association.Of(ctx), v.log, after.batch, after.id, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1]
		bodies, err := v.bodies(ctx, tx, rows)
		if err != nil {
			return err
		}
		ids := make(db.List, len(rows))
		for i, e := range rows {
			ids[i] = e.id
		}
		numbered, err := db.All(ctx, tx, db.Value[string], "SELECT entry FROM log_leaf WHERE association = ? AND log = ? AND entry IN (?)", association.Of(ctx), v.log, ids)
		if err != nil {
			return err
		}
		for _, e := range rows {
			switch {
			case slices.Contains(numbered, e.id):
				v.report(Difference{Table: "log_pending", Row: e.id, Ref: recordIn(bodies[e.id]), Text: "已经有号，却还在等"})
			case bodies[e.id] == nil:
				v.report(Difference{Table: "log_pending", Row: e.id, Text: "等着编号的这一行（%s）不在表里", Args: []any{e.kind}})
			default:
				v.found[v.sources[e.kind].Kind]++
			}
		}
	}
}

// sourceRows finds rows that are in no log: someone wrote them past the program. Counting is enough while all is well.
func (v *verification) sourceRows(ctx context.Context, tx *db.Tx) error {
	tables := map[string]string{"": "log_entry WHERE log = '" + v.log + "' AND"} // v.log is one of our constants
	for _, s := range v.sources {
		if s.Log == v.log {
			tables[s.Kind] = s.Table + " WHERE"
		}
	}
	for kind, from := range tables {
		count, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM "+from+" association = ?", association.Of(ctx))
		if err != nil {
			return err
		}
		if count == v.found[kind] {
			continue
		}
		strangers, err := db.All(ctx, tx, db.Value[string], "SELECT id FROM "+from+` association = ? EXCEPT SELECT entry FROM log_leaf WHERE association = ? AND log = ?
			EXCEPT SELECT entry FROM log_pending WHERE association = ? AND log = ?`,
			association.Of(ctx), association.Of(ctx), v.log, association.Of(ctx), v.log)
		if err != nil {
			return err
		}
		table := "log_entry"
		if kind != "" {
			table = v.sources[kind].Table
		}
		bodies, err := v.bodiesOf(ctx, tx, strangers, kind)
		if err != nil {
			return err
		}
		for _, row := range strangers {
			v.report(Difference{Table: table, Row: row, Ref: recordIn(bodies[row]), Text: "这一行不在日志里，是绕过程序写进去的，或者日志被删过"})
		}
	}
	return nil
}

// bodiesOf reads what rows of a source say. One of log_entry says its own kind, which may be none that the program knows.
func (v *verification) bodiesOf(ctx context.Context, tx *db.Tx, ids []string, kind string) (map[string][]byte, error) {
	bodies := make(map[string][]byte, len(ids))
	for part := range slices.Chunk(ids, page) {
		entries := make([]entry, len(part))
		for i, id := range part {
			entries[i] = entry{id: id, kind: kind}
		}
		found, err := v.bodies(ctx, tx, entries)
		if err != nil {
			return nil, err
		}
		maps.Copy(bodies, found)
	}
	return bodies, nil
}
