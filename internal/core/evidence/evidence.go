// Package evidence binds papers to records: notices, sign-in sheets, rosters, vouchers, links, photos (never required). A missing
// paper never blocks and never changes a value; the figure shows how much of it is unproved (design.md, section 2).
package evidence

import (
	"context"
	"embed"
	"net/url"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("evidence", migrations)

// Kind is what a paper is.
type Kind string

// The kinds (domain.md, 7). A link is an address on the web; an inspection is the record of a check on the spot.
const (
	Notice       Kind = "notice"
	Minutes      Kind = "minutes"
	SignIn       Kind = "sign_in"
	Roster       Kind = "roster"
	Voucher      Kind = "voucher"
	Material     Kind = "material"
	Photo        Kind = "photo"
	Link         Kind = "link"
	Confirmation Kind = "confirmation"
	Inspection   Kind = "inspection"
	Source       Kind = "source" // of a figure that others counted: a bulletin, a yearbook
	Other        Kind = "other"
)

// Kinds lists them in the order of forms.
func Kinds() []Kind {
	return []Kind{Notice, SignIn, Roster, Voucher, Material, Minutes, Confirmation, Inspection, Source, Photo, Link, Other}
}

// Title is the kind as pages write it.
func (k Kind) Title() string {
	return map[Kind]string{Notice: "通知文件", Minutes: "会议记录", SignIn: "签到册", Roster: "花名册", Voucher: "凭证", Material: "资料清单", Photo: "照片",
		Link: "媒体链接", Confirmation: "确认书", Inspection: "实地核查记录", Source: "来源文件", Other: "其他"}[k]
}

// Paper is one piece of evidence of a record. Instants are UTC milliseconds.
type Paper struct {
	ID       string `json:"id"`
	Record   string `json:"record"`
	Kind     Kind   `json:"kind"`
	File     File   `json:"file"` // zero for a link
	Link     string `json:"link,omitempty"`
	Name     string `json:"name"`
	Note     string `json:"note,omitempty"`
	Sheet    string `json:"sheet,omitempty"` // of the workbook that the record was imported from
	Line     int    `json:"line,omitempty"`
	Added    int64  `json:"added"`
	AddedBy  string `json:"added_by"` // name
	by       string // account
	Removed  int64  `json:"removed,omitempty"`
	RemoveBy string `json:"removed_by,omitempty"`
	Why      string `json:"why,omitempty"`
}

// Picture reports whether the paper is shown as a picture.
func (p Paper) Picture() bool { return p.File.Picture() }

// Attach binds a file that was received, or a link, to a record. p.Kind, p.File or p.Link, p.Name and p.Note are given. The actor
// must see the record and be allowed to write it; a verified record takes papers too, a voided one none. It tells where else
// the same file is used. The caller then calls UpdateProof.
func Attach(ctx context.Context, tx *db.Tx, ref id.Ref, p Paper) (Paper, []Use, error) {
	if err := p.check(); err != nil {
		return p, nil, err
	}
	h, err := Writable(ctx, tx, ref)
	if err != nil {
		return p, nil, err
	}
	if err := p.once(ctx, tx, h.ID); err != nil {
		return p, nil, err
	}
	var uses []Use
	if p.File.Hash != "" {
		if uses, err = Uses(ctx, tx, p.File.Hash, h.ID); err != nil {
			return p, nil, err
		}
	}
	p.Record = h.ID
	all, err := AttachMany(ctx, tx, []Paper{p})
	if err != nil {
		return p, nil, err
	}
	return all[0], uses, access.Log(ctx, tx, access.Event{Action: "evidence.attach", Ref: ref, Version: h.Version,
		Changes: []access.Change{{Field: string(p.Kind), Label: p.Kind.Title(), After: p.Name}}})
}

func (p *Paper) check() error {
	var f errs.Fields
	if p.Kind.Title() == "" {
		f.Add("kind", "请选佐证的种类")
	}
	p.Link = strings.TrimSpace(p.Link)
	if p.Kind == Link {
		u, err := url.Parse(p.Link)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			f.Add("link", "链接「%s」打不开，请从浏览器地址栏整条复制", p.Link)
		} else if p.Name == "" {
			p.Name = u.Host
		}
		p.File = File{}
	} else {
		p.Link = ""
		if p.File.Hash == "" {
			f.Add("file", "请选一个文件")
		}
		if p.Kind == Photo && !p.Picture() {
			f.Add("file", "「%s」不是图片，照片请传 jpg、png 或 webp", p.Name)
		}
	}
	return f.Err()
}

// AttachMany binds papers to records without asking and without history, for imports whose own entries say it: p.Record is
// given too. A workbook counts as the roster of its rows.
func AttachMany(ctx context.Context, tx *db.Tx, all []Paper) ([]Paper, error) {
	actor := access.From(ctx)
	files := map[string][]any{}
	var list [][]any
	rows := make([][]any, len(all))
	for i := range all {
		p := &all[i]
		p.ID, p.Added, p.AddedBy, p.by = id.New(), tx.Millis(), actor.Name, actor.Account
		rows[i] = []any{org.Of(ctx), p.ID, p.Record, p.Kind, p.File.Hash, p.Link, p.Name, p.Note, p.Sheet, p.Line, p.Added, actor.Account, actor.Name, 0, "", ""}
		if h := p.File.Hash; h != "" && files[h] == nil {
			files[h] = []any{org.Of(ctx), h, p.File.Size, p.File.Type, p.File.Width, p.File.Height, p.Added}
			list = append(list, files[h])
		}
	}
	if _, err := tx.Insert(ctx, "INSERT INTO file (association, hash, size, type, width, height, added)", "ON CONFLICT (association, hash) DO NOTHING", list...); err != nil {
		return nil, err
	}
	_, err := tx.Insert(ctx, `INSERT INTO evidence (association, id, record, kind, hash, link, name, note, sheet, line, added, added_by, added_name,
		removed, removed_name, removed_why)`, "", rows...)
	return all, err
}

// HasRow reports whether the record has the row of the workbook as a paper now.
func HasRow(ctx context.Context, tx *db.Tx, record, hash, sheet string, line int) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM evidence WHERE association = ? AND record = ? AND removed = 0 AND hash = ? AND sheet = ? AND line = ?",
		org.Of(ctx), record, hash, sheet, line)
	return n > 0, err
}

// Detach takes a paper off its record with a reason. It stays in the list, struck out, and the file stays.
func Detach(ctx context.Context, tx *db.Tx, paper, why string) (Paper, error) {
	return detach(ctx, tx, paper, why, false)
}

// TakeBack is Detach for undoing an import: whoever put the paper on may take it off a verified record, too, which was verified
// without it.
func TakeBack(ctx context.Context, tx *db.Tx, paper, why string) (Paper, error) {
	return detach(ctx, tx, paper, why, true)
}

func detach(ctx context.Context, tx *db.Tx, paper, why string, back bool) (Paper, error) {
	p, err := get(ctx, tx, paper)
	if err != nil {
		return p, err
	}
	head, err := flow.ByID(ctx, tx, p.Record)
	if err != nil {
		return p, err
	}
	if head, err = Writable(ctx, tx, head.Ref()); err != nil {
		return p, err
	}
	if mine := p.by == access.From(ctx).Account; head.State == flow.Verified && (!back || !mine) { // a checker has relied on it
		if err := flow.MayCheck(ctx, tx, head); err != nil {
			return p, errs.E(errs.Forbidden, "记录已经核实，佐证要由核实人取下；要换的可以再添加一份").Because(err)
		}
	}
	if why == "" {
		var f errs.Fields
		f.Add("why", "请写取下佐证的原因")
		return p, f.Err()
	}
	actor := access.From(ctx)
	n, err := tx.Exec(ctx, "UPDATE evidence SET removed = ?, removed_name = ?, removed_why = ? WHERE association = ? AND id = ? AND removed = 0",
		tx.Millis(), actor.Name, why, org.Of(ctx), paper)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, errs.E(errs.Conflict, "这份佐证已经被%s取下", p.RemoveBy)
	}
	p.Removed, p.RemoveBy, p.Why = tx.Millis(), actor.Name, why
	return p, access.Log(ctx, tx, access.Event{Action: "evidence.detach", Ref: head.Ref(), Version: head.Version, Reason: why,
		Changes: []access.Change{{Field: string(p.Kind), Label: p.Kind.Title(), Before: p.Name}}})
}

// once refuses a paper that the record has already: a form that was sent twice.
func (p Paper) once(ctx context.Context, tx *db.Tx, record string) error {
	n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM evidence WHERE association = ? AND record = ? AND removed = 0 AND kind = ? AND hash = ? AND link = ?",
		org.Of(ctx), record, p.Kind, p.File.Hash, p.Link)
	if err != nil || n == 0 {
		return err
	}
	var f errs.Fields
	if p.Kind == Link {
		f.Add("link", "这条记录已经有这个链接了")
	} else {
		f.Add("file", "「%s」已经是这条记录的%s了", p.Name, p.Kind.Title())
	}
	return f.Err()
}

// Writable gives the record if the actor may put papers to it: NotFound when it is not seen, Conflict when it is voided, Forbidden
// when it is not the actor's to write.
func Writable(ctx context.Context, tx *db.Tx, ref id.Ref) (flow.Head, error) {
	h, err := flow.Get(ctx, tx, ref)
	if err != nil {
		return h, err
	}
	if h.State == flow.Voided {
		return h, errs.E(errs.Conflict, "记录已作废，不再收佐证")
	}
	return h, flow.MayWrite(ctx, tx, h)
}

const paperColumns = `e.id, e.record, e.kind, e.hash, e.link, e.name, e.note, e.sheet, e.line, e.added, e.added_name, e.added_by, e.removed, e.removed_name, e.removed_why,
	COALESCE(f.size, 0), COALESCE(f.type, ''), COALESCE(f.width, 0), COALESCE(f.height, 0)
	FROM evidence e LEFT JOIN file f ON f.association = e.association AND f.hash = e.hash`

func scanPaper(s db.Scanner) (p Paper, err error) {
	err = s.Scan(&p.ID, &p.Record, &p.Kind, &p.File.Hash, &p.Link, &p.Name, &p.Note, &p.Sheet, &p.Line, &p.Added, &p.AddedBy, &p.by, &p.Removed, &p.RemoveBy, &p.Why,
		&p.File.Size, &p.File.Type, &p.File.Width, &p.File.Height)
	return p, err
}

func get(ctx context.Context, tx *db.Tx, paper string) (Paper, error) {
	return db.One(ctx, tx, scanPaper, "SELECT "+paperColumns+" WHERE e.association = ? AND e.id = ?", org.Of(ctx), paper)
}

// Get gives a paper if the actor sees its record, else NotFound.
func Get(ctx context.Context, tx *db.Tx, paper string) (Paper, error) {
	p, err := get(ctx, tx, paper)
	if err != nil {
		return p, err
	}
	_, err = flow.ByID(ctx, tx, p.Record)
	return p, err
}

// Of lists the papers of a record, oldest first, those taken off included. The caller has got the record by flow.Get.
func Of(ctx context.Context, tx *db.Tx, ref id.Ref) ([]Paper, error) {
	return db.All(ctx, tx, scanPaper, "SELECT "+paperColumns+" WHERE e.association = ? AND e.record = ? ORDER BY e.added, e.id", org.Of(ctx), ref.ID)
}

// OfRecords lists the papers that records have now, oldest first, by record. The caller has seen to it that the actor sees them.
func OfRecords(ctx context.Context, tx *db.Tx, records ...string) (map[string][]Paper, error) {
	all := map[string][]Paper{}
	for chunk := range slices.Chunk(records, 400) {
		papers, err := db.All(ctx, tx, scanPaper, "SELECT "+paperColumns+" WHERE e.association = ? AND e.record IN (?) AND e.removed = 0 ORDER BY e.added, e.id",
			org.Of(ctx), db.List(chunk))
		if err != nil {
			return nil, err
		}
		for _, p := range papers {
			all[p.Record] = append(all[p.Record], p)
		}
	}
	return all, nil
}

// HashesOf are the Hashes of many records, by their ids.
func HashesOf(ctx context.Context, tx *db.Tx, records []string) (map[string][]string, error) {
	found := make(map[string][]string)
	for chunk := range slices.Chunk(records, 900) {
		if _, err := db.All(ctx, tx, func(s db.Scanner) (hash string, err error) {
			var record string
			err = s.Scan(&record, &hash)
			found[record] = append(found[record], hash)
			return hash, err
		}, "SELECT record, hash FROM evidence WHERE association = ? AND record IN (?) AND removed = 0 AND hash <> ''", org.Of(ctx), db.List(chunk)); err != nil {
			return nil, err
		}
	}
	for record, hashes := range found {
		slices.Sort(hashes)
		found[record] = slices.Compact(hashes)
	}
	return found, nil
}

// Hashes are the contents of the papers that a record has now, sorted: what a ledger statement names as its papers.
func Hashes(ctx context.Context, tx *db.Tx, ref id.Ref) ([]string, error) {
	all, err := db.All(ctx, tx, db.Value[string], "SELECT hash FROM evidence WHERE association = ? AND record = ? AND removed = 0 AND hash <> ''", org.Of(ctx), ref.ID)
	slices.Sort(all) // here: asked to sort, SQLite would go through the papers of all records by their hash
	return slices.Compact(all), err
}
