package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// figure is a figure as programs read it.
type figure struct {
	Code       string          `json:"code" label:"指标代码"`
	Name       string          `json:"name" label:"名称"`
	Scope      string          `json:"scope" label:"口径，给人看"`
	Text       string          `json:"text" label:"数字，照页面的写法"`
	Seal       string          `json:"seal" label:"印：full 全部已核实、outline 还有待核实的、frozen 这段期间已结账，或写了 asof；空是没有"`
	Definition string          `json:"definition,omitempty" label:"口径的说明"`
	Source     string          `json:"source,omitempty" label:"来自哪张表"`
	Figure     json.RawMessage `json:"figure" label:"数值和组成，同 shilu indicators --json"`
	Trace      string          `json:"trace" label:"来处的地址"`
}

// traced is where a figure comes from, with a page of its facts.
type traced struct {
	Seal  string          `json:"seal" label:"印，同 figures"`
	AsOf  int64           `json:"asof" label:"按台账的前多少条算；翻页时不变；0 是还有账目等着编号，按当时的全部账目算"`
	Trace json.RawMessage `json:"trace" label:"来处，同 shilu trace --json；facts 是这一页的账目"`
	Next  string          `json:"next,omitempty" label:"下一页的 cursor，没有就是最后一页"`
}

// factMark is where a page of facts begins: so many in, of the log as it stood at the first page.
type factMark struct {
	Offset int
	AsOf   int64
}

var (
	figureShape  = register.ShapeOf[figure]()
	figuresShape = register.ShapeOf[listed[figure]]()
	tracedShape  = register.ShapeOf[traced]()
)

var scopeParameters = []parameter{{name: "place", says: "地点的代码"}, {name: "unit", says: "单位的代码；和 place 只写一个"}, {name: "period", says: "期间：2026、2026-Q3、2026-09、2026-03-01..2026-05-31；不写是今年到今天"},
	{name: "asof", says: "存证点：按台账的前多少条算", kind: "integer"}}

func (a *API) figureOperations() []operation {
	read := string(access.Read)
	all := []operation{
		{method: "GET", path: "/figures", right: read, handler: a.figures, id: "figures", title: "看全部数字", query: slices.Concat(scopeParameters, pageParameters), answer: figuresShape},
		{method: "GET", path: "/figures/{code}", right: read, handler: a.figure, id: "figure", title: "看一个数字", query: scopeParameters, answer: figureShape},
		{method: "GET", path: "/figures/{code}/trace", right: read, handler: a.trace, id: "figure_trace", title: "看一个数字的来处", says: "账目从新到旧，按第一页时的台账翻页。",
			query: slices.Concat(scopeParameters, pageParameters), answer: tracedShape},
	}
	for i := range all {
		all[i].tag = "数字"
	}
	return all
}

// scoped runs do with the scope of the address.
func (a *API) scoped(r *http.Request, q *asked, do func(ctx context.Context, tx *db.Tx, scope indicator.Scope, tree *org.Tree) error) error {
	if err := q.wrong.Err(); err != nil {
		return err
	}
	values := url.Values{}
	for _, p := range scopeParameters {
		if v := q.get(p.name); v != "" {
			values.Set(p.name, v)
		}
	}
	ctx := r.Context()
	return a.Desk.DB.View(ctx, func(tx *db.Tx) error {
		scope, tree, err := indicator.ParseScope(ctx, tx, values)
		if err != nil {
			return err
		}
		return do(ctx, tx, scope, tree)
	})
}

func figureOf(ctx context.Context, f indicator.Figure, words string, query string) (figure, error) {
	text, err := json.Marshal(f)
	at := Root + "/figures/" + f.Def.Code + "/trace"
	if query != "" {
		at += "?" + query
	}
	shown := ""
	if f.Available {
		shown = f.Screen(ctx)
	}
	return figure{Code: f.Def.Code, Name: lang.T(ctx, f.Def.Name), Scope: words, Text: shown, Seal: string(f.Seal), Definition: f.Def.Definition, Source: f.Def.Source, Figure: text, Trace: at}, err
}

// scopeQuery is the scope of an address as it was written.
func scopeQuery(q *asked) string {
	out := url.Values{}
	for _, p := range scopeParameters {
		if v := q.get(p.name); v != "" {
			out.Set(p.name, v)
		}
	}
	return out.Encode()
}

func (a *API) figures(w http.ResponseWriter, r *http.Request) error {
	q := ask(r, slices.Concat(scopeParameters, pageParameters))
	limit := q.limit()
	var after string
	q.cursor(&after)
	var page listed[figure]
	if err := a.scoped(r, q, func(ctx context.Context, tx *db.Tx, scope indicator.Scope, tree *org.Tree) error {
		defs, err := a.Desk.Indicators.InForce(ctx, tx, scope.Period.To)
		if err != nil {
			return err
		}
		var codes []string
		refused := map[string]error{} // by module
		for _, d := range defs {
			module := a.Desk.Indicators.Module(d)
			refusal, asked := refused[module]
			if !asked {
				_, refusal = indicator.Sight(ctx, tx, tree, scope, module)
				refused[module] = refusal
			}
			switch {
			case refusal != nil && !errs.Is(refusal, errs.Forbidden):
				return refusal
			case refusal == nil && d.Available():
				codes = append(codes, d.Code)
			}
		}
		if len(codes) == 0 {
			for _, refusal := range refused {
				if refusal != nil {
					return refusal
				}
			}
		}
		words := a.Desk.Indicators.Words(ctx, scope, tree)
		slices.Sort(codes)
		codes = slices.DeleteFunc(codes, func(c string) bool { return c <= after })
		codes = codes[:min(len(codes), limit+1)]
		if len(codes) == 0 {
			page = listed[figure]{Items: []figure{}}
			return nil
		}
		found, err := a.Desk.Indicators.Values(ctx, tx, scope, codes...)
		if err != nil {
			return err
		}
		var all []figure
		for _, f := range found {
			one, err := figureOf(ctx, f, words, scopeQuery(q))
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		page = paged(all, limit, func(last figure) any { return last.Code })
		return nil
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, page)
}

func (a *API) figure(w http.ResponseWriter, r *http.Request) error {
	q := ask(r, scopeParameters)
	var out figure
	if err := a.scoped(r, q, func(ctx context.Context, tx *db.Tx, scope indicator.Scope, tree *org.Tree) error {
		f, err := a.Desk.Indicators.Value(ctx, tx, scope, r.PathValue("code"))
		if err != nil {
			return err
		}
		if _, err := indicator.Sight(ctx, tx, tree, scope, a.Desk.Indicators.Module(f.Def)); err != nil {
			return err
		}
		out, err = figureOf(ctx, f, a.Desk.Indicators.Words(ctx, scope, tree), scopeQuery(q))
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

func (a *API) trace(w http.ResponseWriter, r *http.Request) error {
	q := ask(r, slices.Concat(scopeParameters, pageParameters))
	limit := q.limit()
	var mark factMark
	if q.cursor(&mark) && (mark.Offset < 1 || mark.AsOf < 0) {
		q.wrong.Add("cursor", "cursor 看不懂，请原样用上一页的 next")
	}
	var out traced
	if err := a.scoped(r, q, func(ctx context.Context, tx *db.Tx, scope indicator.Scope, _ *org.Tree) (err error) {
		scope.Held = scope.AsOf == 0
		waiting := false
		if mark.Offset > 0 {
			scope.AsOf = mark.AsOf
		} else if scope.AsOf == 0 {
			if waiting, err = log.Waits(ctx, tx, log.Ledger); err != nil {
				return err
			}
			if !waiting { // else it would not be the trace of the figure that is read at the same moment
				if scope.AsOf, err = log.Size(ctx, tx, log.Ledger); err != nil {
					return err
				}
			}
		}
		if scope.AsOf == 0 && !waiting && mark.Offset == 0 {
			return errs.E(errs.NotFound, "台账里还没有账目")
		}
		t, err := a.Desk.Indicators.Trace(ctx, tx, scope, r.PathValue("code"), indicator.Options{Limit: limit, Offset: mark.Offset})
		if err != nil {
			return err
		}
		out = traced{Seal: string(t.Seal), AsOf: scope.AsOf}
		if mark.Offset+limit < int(t.Total-t.Hidden) {
			out.Next = cursorOf(factMark{mark.Offset + limit, scope.AsOf})
		}
		out.Trace, err = json.Marshal(t)
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}
