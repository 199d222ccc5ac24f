package report

import (
	"context"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// Compute computes an outline for a scope, all figures of a period together in few queries. Forbidden when the actor may not see
// figures of the scope; an indicator that cannot be computed leaves a visible mark in the text, never a 0.
func (s *Service) Compute(ctx context.Context, tx *db.Tx, o Outline, scope indicator.Scope) (Document, error) {
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return Document{}, err
	}
	if err := s.maySee(ctx, tx, tree, scope, o); err != nil {
		return Document{}, err
	}
	return s.compute(ctx, tx, o, scope)
}

// inChinese is ctx for the paper itself: a report is the same whoever reads the page around it in English.
func inChinese(ctx context.Context) context.Context { return lang.With(ctx, lang.Chinese) }

// compute is Compute for whoever was asked already, and for verification, which nobody in particular does.
func (s *Service) compute(ctx context.Context, tx *db.Tx, o Outline, scope indicator.Scope) (Document, error) {
	ctx = inChinese(ctx)
	c := computing{Service: s, ctx: ctx, tx: tx, scope: scope, figures: map[asked]indicator.Figure{}, names: map[asked][]string{}}
	var err error
	if c.tree, err = org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf); err != nil {
		return Document{}, err
	}
	if c.association, err = org.Get(ctx, tx); err != nil {
		return Document{}, err
	}
	if c.doc.Day, err = org.Today(ctx, tx); err != nil {
		return Document{}, err
	}
	if c.doc.Day < scope.Period.To {
		c.doc.Until = c.doc.Day
	}
	if err := c.read(o); err != nil {
		return Document{}, err
	}
	c.doc.Outline, c.doc.Association, c.doc.Program, c.doc.Checkpoint = o.Name, c.association.Name, s.Version, c.checkpoint
	c.doc.Scope = ScopeText{Words: s.Indicators.Words(ctx, scope, c.tree), Query: scope.Query(c.tree).Encode(), Period: scope.Period}
	for _, span := range c.spans(o.Title) {
		c.doc.titleParts = append(c.doc.titleParts, span.Text)
	}
	c.doc.Title = strings.Join(c.doc.titleParts, "")
	for _, b := range o.Blocks {
		p := Passage{Level: b.Level}
		if b.Table == nil {
			p.Spans = c.spans(b.Inline)
		} else if p.Table, err = c.table(*b.Table); err != nil {
			return Document{}, err
		}
		c.doc.Passages = append(c.doc.Passages, p)
	}
	return c.doc, nil
}

// maySee refuses a scope of which the actor sees no figures in one of the modules that the outline counts.
func (s *Service) maySee(ctx context.Context, tx *db.Tx, tree *org.Tree, scope indicator.Scope, o Outline) error {
	for _, module := range s.modules(o.Codes()) {
		if _, err := indicator.Sight(ctx, tx, tree, scope, module); err != nil {
			return err
		}
	}
	return nil
}

// modules are the kinds of work that an outline counts; "" stands for none in particular where it counts nothing.
func (s *Service) modules(codes []string) []string {
	seen, all := map[string]bool{}, []string(nil)
	for _, code := range codes {
		d, _ := s.Indicators.Def(code)
		if m := s.Indicators.Module(d); m != "" && !seen[m] {
			seen[m] = true
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// asked is a figure that the text asks for: of the period, or of the same period a year earlier.
type asked struct {
	code string
	last bool
}

// computing is one document in the making.
type computing struct {
	*Service
	ctx         context.Context
	tx          *db.Tx
	scope       indicator.Scope
	tree        *org.Tree
	association org.Association
	figures     map[asked]indicator.Figure
	names       map[asked][]string
	checkpoint  int64
	doc         Document
}

func (c *computing) scopeOf(last bool) indicator.Scope {
	s := c.scope
	if last {
		s.Period = s.Period.LastYear()
	}
	return s
}

// read asks for all figures of the text at once, and for names where they are wanted.
func (c *computing) read(o Outline) error {
	for _, last := range []bool{false, true} {
		codes, names := o.asks(last)
		if len(codes) == 0 {
			continue
		}
		all, err := c.Indicators.Values(c.ctx, c.tx, c.scopeOf(last), codes...)
		if err != nil {
			return err
		}
		for i, f := range all {
			c.figures[asked{codes[i], last}] = f
			c.checkpoint = f.Checkpoint
		}
		for _, code := range names {
			if !c.figures[asked{code, last}].Available {
				continue
			}
			if c.names[asked{code, last}], err = c.Indicators.Names(c.ctx, c.tx, c.scopeOf(last), code); err != nil {
				return err
			}
		}
	}
	return nil
}

// spans computes a line of text.
func (c *computing) spans(all []Inline) []Span {
	var out []Span
	for _, in := range all {
		switch {
		case in.Field == nil:
			out = append(out, Span{Text: in.Text})
		case in.Field.isWord():
			out = append(out, Span{Text: c.word(in.Field.Code)})
		default:
			out = append(out, c.figure(*in.Field))
		}
	}
	return out
}

// word is who or when.
func (c *computing) word(name string) string {
	switch name {
	case wordPeriod:
		return c.scope.Period.Words()
	case wordYear:
		return lang.T(c.ctx, "%d年", c.scope.Period.To.Year())
	case wordToday:
		return c.doc.Day.Long()
	case wordWhole:
		return c.whole()
	}
	if c.scope.Unit == "" && c.scope.Place == "" {
		return strings.Replace(c.association.Name, "科学技术协会", "科协", 1)
	}
	return c.scope.Who(c.ctx, c.tree)
}

// whole is what a text calls all of the period: 全年, 上半年 …, or up to which day it is when the period is not over, or no whole one.
func (c *computing) whole() string {
	p := c.scope.Period
	switch s := p.String(); {
	case c.doc.Until != "":
		return lang.T(c.ctx, "截至%s", c.doc.Until.Short(p.To))
	case p == day.Year(p.From.Year()):
		return lang.T(c.ctx, "全年")
	case strings.HasSuffix(s, "-H1"):
		return lang.T(c.ctx, "上半年")
	case strings.HasSuffix(s, "-H2"):
		return lang.T(c.ctx, "下半年")
	case strings.Contains(s, "-Q"):
		return lang.T(c.ctx, "本季度")
	case len(s) == len("2026-09"):
		return lang.T(c.ctx, "本月")
	case p.From == day.Year(p.To.Year()).From:
		return lang.T(c.ctx, "截至%s", p.To.Short(p.From))
	}
	return lang.T(c.ctx, "期内")
}

// figure prints a figure of the text and keeps where it comes from.
func (c *computing) figure(f Field) Span {
	key := asked{f.Code, f.Last}
	found := c.figures[key]
	kept := c.keep(found, c.scopeOf(f.Last))
	switch {
	case f.Names:
		kept.ListsNames, kept.Names = true, c.names[key]
		kept.Text = strings.Join(kept.Names, lang.T(c.ctx, "、"))
		if kept.Text == "" {
			kept.Text = lang.T(c.ctx, "［未填：%s的名称］", kept.Name)
			kept.Available = false
		}
	case found.NotApplicable:
		kept.Text = lang.T(c.ctx, "［不适用：%s］", kept.Name)
	case !found.Available:
		kept.Text = lang.T(c.ctx, "［未填：%s］", kept.Name)
	default:
		kept.Text = found.Text(f.form())
	}
	return c.add(kept)
}

// keep is what the document keeps of a figure of a scope.
func (c *computing) keep(f indicator.Figure, scope indicator.Scope) Figure {
	kept := figureOf(f)
	kept.Query = scope.Query(c.tree).Encode()
	scope.AsOf = 0 // the document says it once
	kept.Scope = c.Indicators.Words(c.ctx, scope, c.tree)
	return kept
}

func (c *computing) add(f Figure) Span {
	c.doc.Figures = append(c.doc.Figures, f)
	return Span{Text: f.Text, Figure: len(c.doc.Figures)}
}

// form is how the writer wants the figure.
func (f Field) form() indicator.Form {
	form := indicator.Form{Unit: f.Unit}
	switch f.Form {
	case Words:
		form.Numerals = true
	case Tens:
		form.Round = 10
	case Hundreds:
		form.Round = 100
	case Thousands:
		form.Round = 1000
	case Digits:
	}
	return form
}

// table computes a table; its last row is the whole, which for a distinct count is not the sum of the rows.
func (c *computing) table(t TableField) (*Table, error) {
	rows, err := c.Indicators.Breakdown(c.ctx, c.tx, c.scope, t.By, t.Codes...)
	if err != nil {
		return nil, err
	}
	first := lang.T(c.ctx, "乡镇")
	switch {
	case t.By == indicator.PerMonth:
		first = lang.T(c.ctx, "月份")
	case c.scope.Place != "":
		first = lang.T(c.ctx, "村（社区）")
	}
	out := &Table{By: t.By, Heads: []string{first}}
	whole, sums := make([]indicator.Figure, len(t.Codes)), true
	for i, code := range t.Codes {
		whole[i] = c.figures[asked{code, false}]
		sums = sums && (whole[i].Def.Kind == indicator.Sum || whole[i].Def.Kind == indicator.New)
		head := whole[i].Def.Short()
		if u := whole[i].Unit(); u != "" {
			head += lang.T(c.ctx, "（%s）", u)
		}
		out.Heads = append(out.Heads, head)
	}
	for _, r := range rows {
		out.Rows = append(out.Rows, c.row(r.Name, r.Figures, r.Scope))
	}
	name := lang.T(c.ctx, "合计")
	if !sums {
		name = c.scope.Who(c.ctx, c.tree)
	}
	out.Rows = append(out.Rows, c.row(name, whole, &c.scope))
	return out, nil
}

func (c *computing) row(name string, figures []indicator.Figure, scope *indicator.Scope) []Span {
	row := []Span{{Text: name}}
	for _, f := range figures {
		kept := figureOf(f)
		if scope != nil {
			kept = c.keep(f, *scope)
		}
		kept.Row, kept.Text = name, f.Text(indicator.Form{NoUnit: true})
		switch {
		case f.NotApplicable:
			kept.Text = lang.T(c.ctx, "不适用")
		case !f.Available:
			kept.Text = lang.T(c.ctx, "［未填］")
		}
		row = append(row, c.add(kept))
	}
	return row
}

// asks lists the codes that the outline asks for of the period, or of the year before, each once; names are those among them
// whose names are wanted.
func (o Outline) asks(last bool) (codes, names []string) {
	seen, named := map[string]bool{}, map[string]bool{}
	add := func(all []Inline) {
		for _, in := range all {
			f := in.Field
			if f == nil || f.isWord() || f.Last != last {
				continue
			}
			if !seen[f.Code] {
				seen[f.Code] = true
				codes = append(codes, f.Code)
			}
			if f.Names && !named[f.Code] {
				named[f.Code] = true
				names = append(names, f.Code)
			}
		}
	}
	add(o.Title)
	for _, b := range o.Blocks {
		add(b.Inline)
		if b.Table == nil || last {
			continue
		}
		for _, code := range b.Table.Codes {
			if !seen[code] {
				seen[code] = true
				codes = append(codes, code)
			}
		}
	}
	return codes, names
}

// mayReport is nil when the actor may write reports of all that an outline with these codes counts.
func (s *Service) mayReport(ctx context.Context, codes []string) error {
	for _, module := range s.modules(codes) {
		if err := access.Require(ctx, access.Report, module); err != nil {
			return err
		}
	}
	return nil
}
