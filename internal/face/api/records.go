package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/once"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// record is a record as programs read it.
type record struct {
	Number     string          `json:"number" label:"编号"`
	ID         string          `json:"id" label:"编号之外的内部标识"`
	Kind       string          `json:"kind" label:"业务记录的种类"`
	Title      string          `json:"title" label:"名称"`
	Unit       string          `json:"unit" label:"单位（标识，见 /units）"`
	Place      string          `json:"place" label:"地点（标识，见 /places）"`
	Day        day.Day         `json:"day" label:"计入哪一天"`
	Life       string          `json:"life,omitempty" label:"状态：计划、已举办、在用等"`
	State      flow.State      `json:"state" label:"办到哪一步：draft 草稿、submitted 待核实、returned 已退回、verified 已核实、voided 已作废"`
	Revision   flow.State      `json:"revision,omitempty" label:"没办完的修订办到哪一步"`
	Version    int             `json:"version" label:"第几版，也是 ETag"`
	Verified   int             `json:"verified_version,omitempty" label:"已核实的是第几版"`
	Hash       string          `json:"hash" label:"这一版内容的 SHA-256"`
	AuthorName string          `json:"author" label:"填报人"`
	Remark     string          `json:"remark,omitempty" label:"退回或作废的原因"`
	Created    string          `json:"created" label:"建立时刻"`
	Updated    string          `json:"updated" label:"最后改动的时刻"`
	Submitted  string          `json:"submitted,omitempty" label:"提交时刻"`
	Body       json.RawMessage `json:"body" label:"内容"`
	Standing   json.RawMessage `json:"standing,omitempty" label:"修订没核实前仍计数的那一版"`
	Papers     *int64          `json:"papers,omitempty" label:"佐证件数（清单里才有）"`
	Missing    []string        `json:"missing,omitempty" label:"缺的佐证（清单里才有）"`
	Warnings   []said          `json:"warnings,omitempty" label:"请核对的地方，不拦提交"`
	Similar    []alike         `json:"similar,omitempty" label:"可能是同一件事的记录：名称相近、同日、同地；照样存下，由人看是不是重复（清单里没有）"`
	Links      links           `json:"links" label:"去哪里看更多"`
}

type said struct {
	Field  string `json:"field" label:"哪一项"`
	Detail string `json:"detail" label:"怎么了"`
}

// alike is a record that may be the same.
type alike struct {
	Number string     `json:"number" label:"编号"`
	Title  string     `json:"title" label:"名称"`
	Unit   string     `json:"unit" label:"单位（标识，见 /units）"`
	Day    day.Day    `json:"day" label:"计入哪一天"`
	State  flow.State `json:"state" label:"办到哪一步"`
	Self   string     `json:"self" label:"这条记录"`
}

type links struct {
	Self     string `json:"self" label:"这条记录"`
	History  string `json:"history" label:"经过"`
	Evidence string `json:"evidence" label:"佐证"`
	Page     string `json:"page" label:"给人看的页面"`
}

// instant writes UTC milliseconds; "" for never.
func instant(millis int64) string {
	if millis == 0 {
		return ""
	}
	return time.UnixMilli(millis).UTC().Format(time.RFC3339)
}

// recordPath is the address of something below a register.
func recordPath(kind, below string) string { return "/records/" + kind + below }

func (g registered) recordOf(ctx context.Context, p register.Plain) record {
	at := Root + recordPath(p.Kind, "/"+p.Number)
	r := record{Number: p.Number, ID: p.ID, Kind: p.Kind, Title: p.Title, Unit: p.Unit, Place: p.Place, Day: p.Day, Life: p.Life, State: p.State, Revision: p.Revision,
		Version: p.Version, Verified: p.Verified, Hash: p.Hash, AuthorName: p.AuthorName, Remark: access.Spoken(ctx, p.Remark), Created: instant(p.Created), Updated: instant(p.Updated), Submitted: instant(p.Submitted),
		Body: p.Body, Standing: p.Standing, Links: links{Self: at, History: at + "/history", Evidence: at + "/evidence", Page: desk.Href(p.Kind, p.Number)}}
	for _, f := range p.Warnings {
		r.Warnings = append(r.Warnings, said{g.Records.Path(f.Name), lang.T(ctx, f.Text, f.Args...)})
	}
	for _, h := range p.Similar {
		r.Similar = append(r.Similar, alike{h.Number, h.Title, h.Unit, h.Day, h.State, Root + recordPath(h.Kind, "/"+h.Number)})
	}
	return r
}

// The bodies of what is written.
type (
	newRecord struct {
		Body   json.RawMessage `json:"body" label:"内容"`
		Submit bool            `json:"submit,omitempty" label:"true：存好就提交核实"`
	}
	changedRecord struct {
		Body   json.RawMessage `json:"body" label:"内容，整份"`
		Reason string          `json:"reason,omitempty" label:"修订的原因；改已核实的记录时要写"`
		Submit bool            `json:"submit,omitempty" label:"true：存好就提交核实"`
	}
	because struct {
		Reason string `json:"reason,omitempty" label:"原因"`
	}
)

var (
	newShape     = register.ShapeOf[newRecord]()
	changedShape = register.ShapeOf[changedRecord]()
	becauseShape = register.ShapeOf[because]()
	recordShape  = register.ShapeOf[record]()
	recordsShape = register.ShapeOf[listed[record]]()
	historyShape = register.ShapeOf[listed[event]]()
)

// registered is a register at the API.
type registered struct {
	*API
	desk.Module
}

// fileTypes are those of lists.
var fileTypes = map[string]string{"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}

func (a *API) recordOperations(m desk.Module) []operation {
	g := registered{a, m}
	kind, title := m.Kind, m.Title
	base, one := recordPath(kind, ""), recordPath(kind, "/{number}")
	read, write, check := string(access.Read), string(access.Write), string(access.Check)
	name := strings.ReplaceAll(kind, ".", "_")
	all := []operation{
		{method: "GET", path: base, right: read, handler: g.list, id: name + "_list", title: "查%s", says: "按日期从近到远。Accept 写 xlsx 或 csv 的类型，给整个清单的文件。",
			query: g.listParameters(), answer: recordsShape, ref: kind, files: []string{fileTypes["xlsx"], fileTypes["csv"]}},
		{method: "GET", path: one, right: read, handler: g.one, id: name + "_get", title: "看一条%s", answer: recordShape, ref: kind, tagged: true},
		{method: "GET", path: one + "/history", right: read, handler: g.history, id: name + "_history", title: "看一条%s的经过", answer: historyShape},
	}
	if m.Records.Create != nil {
		all = append(all, operation{method: "POST", path: base, right: write, handler: g.create, id: name + "_create", title: "记一条%s", body: newShape, ref: kind, answer: recordShape, status: http.StatusCreated, once: true, tagged: true})
	}
	if m.Records.Save != nil {
		all = append(all, operation{method: "PUT", path: one, right: write, handler: g.save, id: name + "_save", title: "改一条%s",
			says: "整份内容换成新的一版。改已核实的记录是修订：原来的数在修订核实前照旧。", body: changedShape, ref: kind, answer: recordShape, match: true, tagged: true})
	}
	all = append(all, operation{method: "DELETE", path: one, right: write, handler: g.remove, id: name + "_delete", title: "删除没交过的草稿", match: true, status: http.StatusNoContent})
	verifying := m.Records.Verifying
	if verifying == "" {
		verifying = "谁写的谁不能核实。计入已结的账时要写原因。"
	}
	for _, s := range []struct {
		action flow.Action
		right  string
		title  string
		says   string
		step   func(ctx context.Context, tx *db.Tx, record string, version int, why string) (flow.Head, error)
	}{
		{flow.ActSubmit, write, "提交核实", "", m.Records.Submit},
		{flow.ActWithdraw, write, "撤回", "没核实的提交变回草稿；没核实的修订不要了。", m.Records.Withdraw},
		{flow.ActVerify, check, "核实通过", verifying, m.Records.Verify},
		{flow.ActReturn, check, "退回", "要写原因。", m.Records.Return},
		{flow.ActVoid, write, "作废", "要写原因。数字由更正冲回，记录仍查得到。", m.Records.Void},
	} {
		all = append(all, operation{method: "POST", path: one + "/" + string(s.action), right: s.right, handler: g.move(s.step), id: name + "_" + string(s.action), title: s.title, says: s.says,
			body: becauseShape, answer: recordShape, ref: kind, match: true, once: true, tagged: true})
	}
	for i := range all {
		all[i].module, all[i].tag, all[i].what = kind, title, title
	}
	return all
}

func (g registered) listParameters() []parameter {
	return append([]parameter{{name: "state", says: "办到哪一步", values: []string{"draft", "submitted", "returned", "verified", "voided"}},
		{name: "place", says: "地点的代码，连同下面的"}, {name: "unit", says: "单位的代码，连同下面的"}, {name: "from", says: "计入日期从这天起", kind: "date"}, {name: "to", says: "计入日期到这天止", kind: "date"},
		{name: "q", says: "名称、编号等里都有的词"}, {name: "unproved", says: "true：只要缺佐证的", values: []string{"true"}}}, pageParameters...)
}

// asks reads the filters of a list.
func (g registered) asks(ctx context.Context, tx *db.Tx, q *asked) (register.Query, error) {
	l := register.Query{Unproved: q.get("unproved") != ""}
	l.Kinds, l.Text = []string{g.Kind}, q.get("q")
	if s := q.get("state"); s != "" {
		l.States = []flow.State{flow.State(s)}
	}
	tree, err := treeToday(ctx, tx)
	if err != nil {
		return l, err
	}
	if code := q.get("place"); code != "" {
		p, ok := tree.PlaceByCode(code)
		if !ok {
			q.wrong.Add("place", "没有代码为「%s」的地点", code)
		}
		l.Place = p.ID
	}
	if code := q.get("unit"); code != "" {
		u, ok := tree.UnitByCode(code)
		if !ok {
			q.wrong.Add("unit", "没有代码为「%s」的单位", code)
		}
		l.Unit = u.ID
	}
	l.From, l.To = q.day("from"), q.day("to")
	return l, q.wrong.Err()
}

// day reads a day of an address.
func (q *asked) day(name string) day.Day {
	text := q.get(name)
	if text == "" {
		return ""
	}
	d, err := day.Parse(text)
	if err != nil {
		q.wrong.Add(name, "「%s」写的是「%s」，请写成 2026-03-05", name, text)
	}
	return d
}

func treeToday(ctx context.Context, tx *db.Tx) (*org.Tree, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return org.Load(ctx, tx, today)
}

func (g registered) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), ask(r, g.listParameters())
	limit := q.limit()
	var mark register.Mark
	later := q.cursor(&mark)
	for format, kind := range fileTypes {
		if accepts(r, kind) {
			return g.file(w, r, q, format)
		}
	}
	var page listed[record]
	if err := g.Desk.DB.View(ctx, func(tx *db.Tx) error {
		l, err := g.asks(ctx, tx, q)
		if err != nil {
			return err
		}
		if l.Limit = limit + 1; later {
			l.Only = []ledger.Condition{mark.After()}
		}
		found, err := g.Records.List(ctx, tx, l)
		if err != nil {
			return err
		}
		all := make([]record, len(found))
		for i, p := range found {
			all[i] = g.recordOf(ctx, p)
			all[i].Papers, all[i].Missing = &p.Papers, strings.Fields(p.Missing)
		}
		page = paged(all, limit, func(last record) any { return register.Mark{Day: last.Day, ID: last.ID} })
		return nil
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, page)
}

// file answers with the whole list as a file, by the columns of the register's export.
func (g registered) file(w http.ResponseWriter, r *http.Request, q *asked, format string) error {
	ctx := r.Context()
	if err := access.Require(ctx, access.Export, g.Kind); err != nil {
		return err
	}
	return g.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		l, err := g.asks(ctx, tx, q)
		if err != nil {
			return err
		}
		return g.Export(w, tx, v, l, format)
	})
}

func (g registered) one(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := ask(r, nil).wrong.Err(); err != nil {
		return err
	}
	var p register.Plain
	if err := g.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		p, err = g.Records.Get(ctx, tx, r.PathValue("number"))
		return err
	}); err != nil {
		return err
	}
	w.Header().Set("ETag", etag(p.Version))
	return web.JSON(w, http.StatusOK, g.recordOf(ctx, p))
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// answered is the answer that shows the record as it is now.
func (g registered) answered(ctx context.Context, tx *db.Tx, status int, number string) (once.Answer, error) {
	p, err := g.Records.Get(ctx, tx, number)
	if err != nil {
		return once.Answer{}, err
	}
	text, err := json.Marshal(g.recordOf(ctx, p))
	return once.Answer{Status: status, Headers: map[string]string{"ETag": etag(p.Version)}, Body: append(text, '\n')}, err
}

func (g registered) create(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var in newRecord
	text, err := body(r, newShape, &in)
	if err != nil {
		return err
	}
	if in.Body == nil {
		return missing("body", "请把内容写在 body 里")
	}
	record := id.New()
	return g.does(w, r, []string{string(text)}, func(tx *db.Tx) (once.Answer, error) {
		h, err := g.Records.Create(ctx, tx, register.New[json.RawMessage]{ID: record, Body: in.Body, Submit: in.Submit})
		if err != nil {
			return once.Answer{}, g.below(err)
		}
		a, err := g.answered(ctx, tx, http.StatusCreated, h.Number)
		if err == nil {
			a.Headers["Location"] = Root + recordPath(g.Kind, "/"+h.Number)
		}
		return a, err
	})
}

// missing is the refusal of a body that lacks a field.
func missing(field, text string) error {
	var f errs.Fields
	f.Add(field, text)
	return f.Err()
}

func (g registered) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	read, err := version(r)
	if err != nil {
		return err
	}
	var in changedRecord
	text, err := body(r, changedShape, &in)
	if err != nil {
		return err
	}
	if in.Body == nil {
		return missing("body", "请把内容写在 body 里")
	}
	return g.at(w, r, read, []string{string(text)}, func(tx *db.Tx, h flow.Head) (once.Answer, error) {
		out, err := g.Records.Save(ctx, tx, register.Change[json.RawMessage]{ID: h.ID, Version: read, Body: in.Body, Reason: in.Reason, Submit: in.Submit})
		if err != nil {
			return once.Answer{}, g.below(err)
		}
		return g.answered(ctx, tx, http.StatusOK, out.Number)
	})
}

// below says where in what was sent a body's fields stand; what has no field is said of all of it.
func (g registered) below(err error) error {
	var e *errs.Error
	if !asError(err, &e) {
		return err
	}
	for i, f := range e.Fields {
		switch {
		case f.Name == "":
			e.Fields[i].Name = "body"
		case f.Name != "body" && !strings.HasPrefix(f.Name, "body.") && f.Name != "reason":
			e.Fields[i].Name = "body." + g.Records.Path(f.Name)
		}
	}
	return err
}

// at does something with a record at the version that the caller has read; 412 when somebody was quicker.
func (g registered) at(w http.ResponseWriter, r *http.Request, read int, parts []string, do func(tx *db.Tx, h flow.Head) (once.Answer, error)) error {
	ctx, number := r.Context(), r.PathValue("number")
	return g.does(w, r, parts, func(tx *db.Tx) (once.Answer, error) {
		h, err := flow.ByNumber(ctx, tx, g.Kind, number)
		if err != nil {
			return once.Answer{}, err
		}
		a, err := do(tx, h)
		if errs.Is(err, errs.Conflict) && h.Version != read {
			err = web.With(http.StatusPreconditionFailed, err)
		}
		return a, err
	})
}

func (g registered) move(step func(ctx context.Context, tx *db.Tx, record string, version int, why string) (flow.Head, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		read, err := version(r)
		if err != nil {
			return err
		}
		var in because
		text, err := body(r, becauseShape, &in)
		if err != nil {
			return err
		}
		return g.at(w, r, read, []string{string(text)}, func(tx *db.Tx, h flow.Head) (once.Answer, error) {
			h, err := step(ctx, tx, h.ID, read, strings.TrimSpace(in.Reason))
			if err != nil {
				return once.Answer{}, reasoned(err)
			}
			return g.answered(ctx, tx, http.StatusOK, h.Number)
		})
	}
}

// reasoned says of the reason's field what it is called here.
func reasoned(err error) error {
	var e *errs.Error
	if asError(err, &e) {
		for i, f := range e.Fields {
			if f.Name == "remark" || f.Name == "why" {
				e.Fields[i].Name = "reason"
			}
		}
	}
	return err
}

func (g registered) remove(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	read, err := version(r)
	if err != nil {
		return err
	}
	return g.at(w, r, read, nil, func(tx *db.Tx, h flow.Head) (once.Answer, error) {
		return once.Answer{Status: http.StatusNoContent}, g.Records.Delete(ctx, tx, h.ID, read)
	})
}

// event is something that was done with a record.
type event struct {
	At      string   `json:"at" label:"何时"`
	Action  string   `json:"action" label:"做了什么"`
	Title   string   `json:"title" label:"做了什么，给人看"`
	Name    string   `json:"name" label:"谁"`
	Version int      `json:"version,omitempty" label:"第几版"`
	Reason  string   `json:"reason,omitempty" label:"原因"`
	Changes []change `json:"changes,omitempty" label:"改了什么"`
}

type change struct {
	Field  string `json:"field" label:"哪一项"`
	Label  string `json:"label" label:"叫什么"`
	Before string `json:"before" label:"原来"`
	After  string `json:"after" label:"现在"`
}

func (g registered) history(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all := listed[event]{Items: []event{}}
	if err := g.Desk.DB.View(ctx, func(tx *db.Tx) error {
		h, err := flow.ByNumber(ctx, tx, g.Kind, r.PathValue("number"))
		if err != nil {
			return err
		}
		entries, err := access.HistoryOf(ctx, tx, h.Ref())
		for _, e := range entries {
			one := event{At: instant(e.At), Action: e.Action, Title: lang.T(ctx, desk.ActionTitle(e.Action)), Name: e.Name, Version: e.Version, Reason: access.Spoken(ctx, e.Reason)}
			for _, c := range e.Changes {
				one.Changes = append(one.Changes, change{c.Field, lang.T(ctx, c.Label), c.Before, c.After})
			}
			all.Items = append(all.Items, one)
		}
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, all)
}
