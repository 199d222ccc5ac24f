package indicator

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Trace is 来处: the way from a figure to its facts, records, evidence and checkpoint, and what was left out and why.
type Trace struct {
	Figure
	Tree      *org.Tree `json:"-"`
	Formula   string    // 算法, in words
	Parts     []Part    // 构成
	PartsBy   string    // township, unit, month or tag:NAME
	AddsUp    bool      // the parts add up to the figure
	Why       string    // why they do not
	Lines     []Line    // one page of the facts
	Total     int64     // how many facts there are
	Hidden    int64     // facts on this page whose record the actor may not see
	Records   int64
	Papers    int64
	Estimates []Line // facts that are estimated, all of them
	LeftOut   []LeftOut
	Names     []string // of what a distinct figure counts, where keys are codes of a vocabulary
	Agrees    bool     // the facts, added up again one by one, make the figure
	Checked   int64    // how many facts were added up
	Sealed    log.Checkpoint
}

// Part is a row of the breakdown. Query is the scope of the part, for its own trace.
type Part struct {
	Name   string
	Figure Figure
	Share  float64 // 0 to 1 of the largest part
}

// Line is a fact with its record.
type Line struct {
	ledger.Posted
	Number, Title string
	Place         string
	Correction    string // "" or what became of it: 更正前, 更正
	Papers        int64
	Missing       string
}

// LeftOut says what does not count in the figure, and why.
type LeftOut struct {
	Why     string
	Records int64
	Amount  *big.Rat // in the indicator's unit; nil where it says nothing
	State   string
}

// Options choose the breakdown and the page of facts of a trace. Limit 0 gives all facts.
type Options struct {
	By            string
	Limit, Offset int
}

// Trace opens a figure. Forbidden for a scope that the actor may not see.
func (c *Catalogue) Trace(ctx context.Context, tx *db.Tx, scope Scope, code string, o Options) (t Trace, err error) {
	if t.Tree, err = org.Load(ctx, tx, scope.Period.To); err != nil {
		return t, err
	}
	sight, err := access.SightOf(ctx, tx)
	if err != nil {
		return t, err
	}
	if !sight.Figures(t.Tree, scope.Unit, scope.Place) {
		return t, errs.E(errs.Forbidden, "无权查看这个口径的数字，请选本单位或本乡镇")
	}
	if t.Figure, err = c.Value(ctx, tx, scope, code); err != nil {
		return t, err
	}
	d := t.Def
	t.Formula = c.formulaWords(d)
	if !d.Available() {
		return t, nil
	}
	f := scope.filter(d)
	f.Measures = d.measures()
	if t.Total, err = ledger.Count(ctx, tx, f); err != nil {
		return t, err
	}
	if t.Records, err = ledger.Records(ctx, tx, f); err != nil {
		return t, err
	}
	if t.Parts, t.PartsBy, t.AddsUp, t.Why, err = c.parts(ctx, tx, scope, d, o.By, t.Tree); err != nil {
		return t, err
	}
	all, err := ledger.List(ctx, tx, f, o.Limit, o.Offset)
	if err != nil {
		return t, err
	}
	if t.Lines, t.Hidden, err = lines(ctx, tx, all, t.Tree); err != nil {
		return t, err
	}
	if t.Estimates, err = c.estimates(ctx, tx, f, t.Tree); err != nil {
		return t, err
	}
	if t.LeftOut, err = c.leftOut(ctx, tx, scope, d); err != nil {
		return t, err
	}
	if d.Kind == DistinctKeys {
		if t.Names, err = c.Names(ctx, tx, scope, code); err != nil {
			return t, err
		}
	}
	if t.Papers, err = papers(ctx, tx, f); err != nil {
		return t, err
	}
	if t.Agrees, t.Checked, err = recount(ctx, tx, f, t.Figure); err != nil {
		return t, err
	}
	t.Sealed, err = log.CheckpointAt(ctx, tx, log.Ledger, t.Checkpoint)
	if errs.Is(err, errs.NotFound) {
		err = nil
	}
	return t, err
}

// formulaWords says how a definition computes, in a sentence.
func (c *Catalogue) formulaWords(d Def) string {
	name := func(code string) string { return "「" + c.measures[code].Name + "」" }
	var all []string
	for _, m := range d.Measures {
		all = append(all, name(m))
	}
	what := strings.Join(all, "与")
	words := ""
	switch d.Kind {
	case Sum:
		words = "期内" + what + "账目相加"
	case Closing:
		words = what + "自有账以来的增减累计到期末"
	case New:
		words = "期内" + what + "的新增账目相加"
	case DistinctKeys:
		words = "期内" + what + "按不同的项计数，同一项只记一次；不能由各乡镇相加"
	case DistinctAtEnd:
		words = "期末" + what + "按不同的项计数"
	case AllOf:
		words = "在" + what + "中都出现的不同的项"
	case Ratio:
		words = name(d.Numerator) + "之和 ÷ " + name(d.Denominator) + "之和"
	default:
		return ""
	}
	if len(d.Where) > 0 {
		var tags []string
		for _, t := range d.Where {
			tags = append(tags, TagName(t.Name)+"为"+strings.Join(TagValues(t.Name, t.Values), "或"))
		}
		words += "，只计" + strings.Join(tags, "、") + "的"
	}
	if d.Kind == Ratio {
		return words
	}
	by := "，按举办地归乡镇"
	if d.By == "unit" {
		by = "，按主办单位归属"
	}
	return words + "，按结束日期归期" + by
}

// tagNames are the tags as pages call them.
var tagNames = map[string]string{"kind": "类型", "subject": "专业", "mode": "方式", "audience": "人群", "campaign": "主题活动", "drive": "专项行动", "theme": "主题"}

// TagName is what pages call a tag.
func TagName(name string) string {
	if zh, ok := tagNames[name]; ok {
		return zh
	}
	return name
}

// kindNames are set by the modules: what the values of the tag "kind" are called.
var kindNames = map[string]string{}

// NameKinds tells what values of the tag "kind" are called; app does so at the start for every module.
func NameKinds(names map[string]string) {
	for code, name := range names {
		kindNames[code] = name
	}
}

// TagValues are values as pages write them.
func TagValues(name string, values []string) []string {
	out := slices.Clone(values)
	for i, v := range out {
		if zh, ok := kindNames[v]; ok && name == "kind" {
			out[i] = zh
		}
	}
	return out
}

// parts breaks a figure down. by is "township", "unit", "month" or "tag:NAME"; "" is what the definition goes by.
func (c *Catalogue) parts(ctx context.Context, tx *db.Tx, scope Scope, d Def, by string, tree *org.Tree) (parts []Part, used string, addsUp bool, why string, err error) {
	if by == "" {
		by = "township"
		if d.By == "unit" {
			by = "unit"
		}
	}
	addsUp = d.Kind == Sum || d.Kind == New || d.Kind == Closing && by != "month"
	switch {
	case d.Kind == Ratio:
		why = "比率不能相加，各项按自己的分子、分母算"
	case !addsUp:
		why = "按不同的项计数，同一项可能在几处出现，各项不能相加"
	}
	add := func(name string, s Scope) error {
		f, err := c.Value(ctx, tx, s, d.Code)
		if err != nil {
			return err
		}
		if f.Value != nil && f.Value.Sign() != 0 || f.PendingRecords > 0 {
			parts = append(parts, Part{Name: name, Figure: f})
		}
		return nil
	}
	switch tag, isTag := strings.CutPrefix(by, "tag:"); {
	case by == "month":
		for _, p := range scope.Period.Months() {
			s := scope
			s.Period = p
			if err = add(fmt.Sprintf("%d月", p.From.Month()), s); err != nil {
				return nil, by, false, why, err
			}
		}
	case isTag:
		values, err := c.tagValues(ctx, tx, scope, d, tag)
		if err != nil {
			return nil, by, false, why, err
		}
		for _, v := range values {
			s := scope
			s.Tags = append(slices.Clone(scope.Tags), ledger.TagIs{Name: tag, Values: []string{v}})
			if err = add(TagValues(tag, []string{v})[0], s); err != nil {
				return nil, by, false, why, err
			}
		}
		if tag == "audience" || tag == "campaign" {
			addsUp, why = false, "一条记录可以有几个"+TagName(tag)+"，各项不能相加"
		}
		sort.SliceStable(parts, func(i, j int) bool { return parts[i].amount().Cmp(parts[j].amount()) > 0 })
	default:
		var children []Scope
		var names []string
		if by == "unit" {
			children, names = unitParts(scope, tree)
		} else {
			children, names = placeParts(scope, tree)
		}
		for i, s := range children {
			if err = add(names[i], s); err != nil {
				return nil, by, false, why, err
			}
		}
		if rest, err := c.directly(ctx, tx, scope, d, by, parts); err != nil {
			return nil, by, false, why, err
		} else if rest != nil {
			parts = append(parts, *rest)
		}
		sort.SliceStable(parts, func(i, j int) bool { return parts[i].amount().Cmp(parts[j].amount()) > 0 })
	}
	most := new(big.Rat)
	for _, p := range parts {
		if p.amount().Cmp(most) > 0 {
			most = p.amount()
		}
	}
	for i := range parts {
		if most.Sign() > 0 {
			parts[i].Share, _ = new(big.Rat).Quo(parts[i].amount(), most).Float64()
		}
	}
	return parts, by, addsUp, why, nil
}

func (p Part) amount() *big.Rat {
	if p.Figure.Value == nil {
		return new(big.Rat)
	}
	return p.Figure.Value
}

func placeParts(scope Scope, tree *org.Tree) (children []Scope, names []string) {
	for _, p := range tree.Places() {
		in := p.Level == org.LevelTownship && scope.Place == "" || p.Parent == scope.Place && scope.Place != ""
		if in && p.Parent != "" {
			s := scope
			s.Unit, s.Place = "", p.ID
			if scope.Unit != "" { // a unit's work in the places
				s.Unit, s.Place = scope.Unit, ""
				continue
			}
			children, names = append(children, s), append(names, p.Name)
		}
	}
	return children, names
}

func unitParts(scope Scope, tree *org.Tree) (children []Scope, names []string) {
	parent := scope.Unit
	if parent == "" {
		parent = tree.Office().ID
	}
	for _, u := range tree.Units() {
		if u.Parent == parent {
			s := scope
			s.Unit, s.Place = u.ID, ""
			children, names = append(children, s), append(names, u.Name)
		}
	}
	return children, names
}

// directly is what stands at the scope itself and in none of its parts: 县直 for the county.
func (c *Catalogue) directly(ctx context.Context, tx *db.Tx, scope Scope, d Def, by string, parts []Part) (*Part, error) {
	if d.Kind != Sum && d.Kind != New && d.Kind != Closing {
		return nil, nil //nolint:nilnil // nothing stands there: the parts of such a figure do not add up anyway
	}
	whole, err := c.Value(ctx, tx, scope, d.Code)
	if err != nil || whole.Value == nil {
		return nil, err
	}
	rest := new(big.Rat).Set(whole.Value)
	for _, p := range parts {
		rest.Sub(rest, p.amount())
	}
	if rest.Sign() == 0 {
		return nil, nil //nolint:nilnil // nothing stands there
	}
	name := "县直"
	if scope.Place != "" || scope.Unit != "" || by == "unit" {
		name = "本级"
	}
	f := whole
	f.Value, f.Pending, f.PendingRecords = rest, new(big.Rat), 0
	return &Part{Name: name, Figure: f}, nil
}

// tagValues lists the values of a tag that occur in the scope.
func (c *Catalogue) tagValues(ctx context.Context, tx *db.Tx, scope Scope, d Def, tag string) ([]string, error) {
	f := scope.filter(d)
	f.Measures = d.measures()
	cells, err := ledger.Sums(ctx, tx, f, ledger.ByTag(tag))
	if err != nil {
		return nil, err
	}
	var values []string
	for _, cell := range cells {
		if cell.Group != "" && cell.Amount != 0 && !slices.Contains(values, cell.Group) {
			values = append(values, cell.Group)
		}
	}
	slices.Sort(values)
	return values, nil
}

// Names lists what a distinct figure counts by the names of the vocabulary that its keys are codes of, in the order in which
// they were first counted. Keys of persons have no names here.
func (c *Catalogue) Names(ctx context.Context, tx *db.Tx, scope Scope, code string) ([]string, error) {
	d, ok := c.Def(code)
	if !ok || d.Kind != DistinctKeys {
		return nil, errs.E(errs.Invalid, "指标「%s」数的不是不同的项，列不出名称", code)
	}
	f := scope.filter(d)
	f.Measures = d.Measures
	keys, err := ledger.Keys(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	terms, err := org.Terms(ctx, tx, "subject")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, k := range keys {
		if terms.Known(k) {
			names = append(names, terms.Title(k))
		}
	}
	return names, nil
}

// lines puts records to facts. Facts of records that the actor may not see are counted, not listed.
func lines(ctx context.Context, tx *db.Tx, facts []ledger.Posted, tree *org.Tree) (out []Line, hidden int64, err error) {
	heads := map[string]flow.Head{}
	papers := map[string]int64{}
	missing := map[string]string{}
	var ids []string
	for _, f := range facts {
		if !slices.Contains(ids, f.Ref.ID) {
			ids = append(ids, f.Ref.ID)
		}
	}
	for chunk := range slices.Chunk(ids, 400) {
		where, args, err := flow.Filter{IDs: chunk}.Where(ctx, tx, "r")
		if err != nil {
			return nil, 0, err
		}
		type row struct {
			flow.Head
			papers  int64
			missing string
		}
		rows, err := db.All(ctx, tx, func(s db.Scanner) (x row, err error) {
			err = s.Scan(append(x.Head.Fields(), &x.papers, &x.missing)...)
			return x, err
		}, "SELECT "+flow.Columns("r")+`, (SELECT COUNT(*) FROM evidence e WHERE e.association = r.association AND e.record = r.id AND e.removed = 0),
			COALESCE((SELECT p.missing FROM proof p WHERE p.association = r.association AND p.record = r.id), '') FROM record r WHERE `+where, args...)
		if err != nil {
			return nil, 0, err
		}
		for _, x := range rows {
			heads[x.ID], papers[x.ID], missing[x.ID] = x.Head, x.papers, x.missing
		}
	}
	for _, f := range facts {
		h, ok := heads[f.Ref.ID]
		if !ok {
			hidden++
			continue
		}
		l := Line{Posted: f, Number: h.Number, Title: h.Title, Place: tree.PlaceName(f.Fact.Place), Papers: papers[h.ID], Missing: missing[h.ID]}
		switch {
		case f.Reverses != "":
			l.Correction = "更正"
		case f.ReversedBy != "":
			l.Correction = "更正前"
		}
		out = append(out, l)
	}
	return out, hidden, nil
}

// estimates lists the standing facts that are not exact.
func (c *Catalogue) estimates(ctx context.Context, tx *db.Tx, f ledger.Filter, tree *org.Tree) ([]Line, error) {
	f.Inexact = true
	all, err := ledger.List(ctx, tx, f, 200, 0)
	if err != nil {
		return nil, err
	}
	var stands []ledger.Posted
	for _, p := range all {
		if p.Reverses == "" && p.ReversedBy == "" {
			stands = append(stands, p)
		}
	}
	out, _, err := lines(ctx, tx, stands, tree)
	return out, err
}

// leftOut names what the figure does not count: records that wait, drafts, returned and voided ones.
func (c *Catalogue) leftOut(ctx context.Context, tx *db.Tx, scope Scope, d Def) ([]LeftOut, error) {
	f := scope.filter(d)
	f.Measures = d.measures()
	waiting, err := ledger.Pending(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	whys := []struct{ state, why string }{{"submitted", "待核实"}, {"returned", "已退回，等填报人改好"}, {"draft", "还是草稿，没有提交"}}
	var out []LeftOut
	for _, w := range whys {
		l := LeftOut{Why: w.why, State: w.state, Amount: new(big.Rat)}
		for _, x := range waiting {
			if x.State == w.state && (d.Kind != Ratio || x.Measure == d.Denominator) {
				l.Amount.Add(l.Amount, big.NewRat(x.Amount, d.Divisor))
				l.Records = max(l.Records, x.Records)
			}
		}
		if l.Records > 0 {
			out = append(out, l)
		}
	}
	voided, err := ledger.Voided(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	if voided > 0 {
		out = append(out, LeftOut{Why: "已作废，账目已冲销", Records: voided, State: "voided"})
	}
	return out, nil
}

// papers counts the evidence of the records behind the facts.
func papers(ctx context.Context, tx *db.Tx, f ledger.Filter) (int64, error) {
	return ledger.Papers(ctx, tx, f)
}

// recount adds the facts up once more, one by one in the program, and compares with the figure.
func recount(ctx context.Context, tx *db.Tx, f ledger.Filter, figure Figure) (agrees bool, checked int64, err error) {
	x := &raw{inexact: map[ledger.Exactness]int64{}}
	keys := map[string]int64{}
	err = ledger.Each(ctx, tx, f, func(measure, key string, movement ledger.Movement, amount int64) {
		checked++
		switch {
		case figure.Def.Kind == New && movement != ledger.In:
		case figure.Def.Kind == Ratio && measure == figure.Def.Numerator:
			x.num += amount
		case figure.Def.Kind == Ratio:
			x.den += amount
		case figure.Def.Kind == DistinctKeys || figure.Def.Kind == DistinctAtEnd:
			keys[key] += amount
		default:
			x.amount += amount
		}
	})
	if err != nil {
		return false, checked, err
	}
	for k, n := range keys {
		switch {
		case k == "":
			x.keyless += n
		case n > 0:
			x.keys++
		}
	}
	if figure.Def.Kind == AllOf {
		return true, checked, nil // each key must be in every measure: there is no second way to count them
	}
	v, _ := x.value(figure.Def)
	if v == nil || figure.Value == nil {
		return (v == nil) == (figure.Value == nil) || x.amount == 0, checked, nil
	}
	return v.Cmp(figure.Value) == 0, checked, nil
}
