package console

import (
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/insight/board"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
)

// shownFigure is the parameter that says which figure tiles and months show.
const shownFigure = "figure"

// pictured is the figure that tiles and months show: the one that the address names, else the first that has a number. all are
// those of the catalogue that the reader may see.
func (c *Console) pictured(tx *db.Tx, v *desk.Visit, known []compared) (f indicator.Figure, all []indicator.Def, err error) {
	defs, err := c.defsOf(tx, v, c.Shown.Charts...)
	if err != nil {
		return f, nil, err
	}
	var codes []string
	for _, d := range defs {
		if !d.Available() {
			continue
		}
		if _, err := indicator.Sight(v.Ctx, tx, v.Tree, v.Scope, v.Indicators.Module(d)); errs.Is(err, errs.Forbidden) {
			continue
		} else if err != nil {
			return f, nil, err
		}
		all, codes = append(all, d), append(codes, d.Code)
	}
	value := func(code string) (indicator.Figure, error) {
		if i := slices.IndexFunc(known, func(k compared) bool { return !k.NoRight && k.Now.Def.Code == code }); i >= 0 {
			return known[i].Now, nil
		}
		return glance(tx, v, v.Scope, code)
	}
	if asked := v.At.Get(shownFigure); slices.Contains(codes, asked) {
		f, err = value(asked)
		return f, all, err
	}
	for i, code := range codes {
		one, err := value(code)
		if err != nil {
			return f, nil, err
		}
		if i == 0 || one.Facts > 0 {
			f = one
		}
		if one.Facts > 0 {
			break
		}
	}
	return f, all, nil
}

// glance is a figure with its seal.
func glance(tx *db.Tx, v *desk.Visit, scope indicator.Scope, code string) (indicator.Figure, error) {
	all, err := v.Indicators.Glance(v.Ctx, tx, scope, code)
	if err != nil {
		return indicator.Figure{}, err
	}
	return all[0], nil
}

// homePictures are the tiles and the months of one figure.
func (c *Console) homePictures(tx *db.Tx, v *desk.Visit, figures []compared, h *homeShown) error {
	now, all, err := c.pictured(tx, v, figures)
	if err != nil || len(all) == 0 {
		return err
	}
	d := now.Def
	var choices []page.Option
	for _, one := range all {
		choices = append(choices, page.Option{Value: one.Code, Label: one.Short()})
	}
	h.Figure = page.Filter{Key: shownFigure, Label: v.T("指标"), Options: choices}
	h.FigureAt = v.At.With(shownFigure, d.Code)
	scope, title, ok, err := c.tileScope(tx, v, d)
	if err != nil {
		return err
	}
	if ok {
		t, err := board.TilesOf(v.Ctx, tx, v.Indicators, v.Tree, scope, d.Code)
		if err != nil {
			return err
		}
		whole := now
		if scope.Unit != v.Scope.Unit {
			if whole, err = glance(tx, v, scope, d.Code); err != nil {
				return err
			}
		}
		if len(t.Tiles) > 0 {
			h.Tiles, h.TilesTitle = tilesShown(v, t, whole, title), title
			if may(v, access.Trees) && !t.Placed && scope.Place == "" {
				h.TilesNote = page.Anchor("/settings/places", v.T("排方格图的位置"))
			}
		}
	}
	y, err := board.MonthsOf(v.Ctx, tx, v.Indicators, v.Scope, v.Today, d.Code)
	if err != nil {
		return err
	}
	whole := now
	if y.Scope.Period != v.Scope.Period {
		if whole, err = glance(tx, v, y.Scope, d.Code); err != nil {
			return err
		}
	}
	h.MonthsTitle = v.T("逐月%s", d.Short())
	h.MonthsNote = v.T(d.Unit)
	h.Months = monthsShown(v, y, whole, h.MonthsTitle)
	return nil
}

// tileScope is where the tiles stand: the townships of the county, the villages of a township or of the one that the unit of the
// scope serves. ok is false where there are none, or the reader may not see them.
func (c *Console) tileScope(tx *db.Tx, v *desk.Visit, d indicator.Def) (scope indicator.Scope, title string, ok bool, err error) {
	scope, title = v.Scope, v.T("各乡镇")
	if scope.Unit != "" {
		scope.Unit, scope.Place = "", v.Tree.Unit(scope.Unit).Place
		if scope.Place == "" || scope.Place == v.Tree.Root().ID {
			return scope, "", false, nil
		}
	}
	if scope.Place != "" && scope.Place != v.Tree.Root().ID {
		if v.Tree.Place(scope.Place).Level != org.LevelTownship {
			return scope, "", false, nil
		}
		title = v.T("%s各村（社区）", v.Tree.Place(scope.Place).Name)
	}
	if _, err = indicator.Sight(v.Ctx, tx, v.Tree, scope, v.Indicators.Module(d)); errs.Is(err, errs.Forbidden) {
		return scope, "", false, nil
	}
	return scope, title, err == nil, err
}

// partFigure is a figure of a part: it opens its trace and has no seal, which stands at the whole.
func partFigure(v *desk.Visit, f indicator.Figure) page.Figure {
	out := v.Figure(f)
	out.Size, out.Proof, out.Unit, out.Note, out.Pending, out.MarkLess = "plain", page.ProofNone, "", "", "", true
	return out
}

// noValue says that a figure has no value: that it lacks, or that there can be none.
func noValue(v *desk.Visit, f indicator.Figure) string {
	if f.NotApplicable {
		return v.T("不适用")
	}
	return v.T("没有数")
}

func partCell(v *desk.Visit, f indicator.Figure) templ.Component {
	if !f.Available {
		return page.Faint(noValue(v, f))
	}
	return page.FigureLink(partFigure(v, f))
}

func tilesShown(v *desk.Visit, t board.Tiles, whole indicator.Figure, title string) *page.Tiles {
	d := t.Def
	out := &page.Tiles{Name: title + v.T("，") + d.Short(), Cols: t.Cols}
	table := page.List{Title: out.Name, Columns: []page.Column{{Label: v.T("地点"), Kind: page.MainColumn}, {Label: strings.TrimSpace(d.Short() + " " + v.T(d.Unit)), Kind: page.NumColumn, Plain: true}}}
	for _, tile := range t.Tiles {
		f := partFigure(v, tile.Figure)
		f.Size = ""
		if tile.Class < 0 {
			f.Value, f.Href = noValue(v, tile.Figure), ""
		}
		out.Tiles = append(out.Tiles, page.Tile{Name: tile.Place.Name, Note: tile.Note, Row: tile.Row, Col: tile.Col, Class: tile.Class, Figure: f})
		name := tile.Place.Name
		if tile.Note != "" {
			name = v.T("%s（%s）", name, tile.Note)
		}
		table.Rows = append(table.Rows, page.Row{Cells: []templ.Component{page.Cell(name), partCell(v, tile.Figure)}})
	}
	if t.Own != nil {
		table.Rows = append(table.Rows, page.Row{Cells: []templ.Component{page.Cell(t.OwnName), page.Cell(t.Own.Screen(v.Ctx))}})
	}
	table.Foot = page.SumFoot(wholeFigure(v, whole), sumWords(v, d, t.Sum, len(table.Rows)))
	out.Table = table
	for i, bound := range t.Bounds {
		single := d.Decimals == 0 && t.Bounds[0].Cmp(big.NewRat(1, 1)) == 0 // each class is one number
		switch {
		case i == 0 && single:
			out.Legend = append(out.Legend, "0")
		case i == 0:
			out.Legend = append(out.Legend, v.T("%s 以下", d.Digits(bound)))
		}
		switch {
		case i == len(t.Bounds)-1:
			out.Legend = append(out.Legend, v.T("%s 以上", d.Digits(bound)))
		case single:
			out.Legend = append(out.Legend, d.Digits(bound))
		default:
			out.Legend = append(out.Legend, d.Digits(bound)+"—")
		}
	}
	return out
}

// sumWords says that the parts make the whole, or why they need not.
func sumWords(v *desk.Visit, d indicator.Def, sum *big.Rat, n int) string {
	if sum == nil {
		return v.T("各项各算，不相加")
	}
	return v.T("%d 项相加 = %s", n, d.Digits(sum))
}

// wholeFigure is the figure of all parts, with its seal.
func wholeFigure(v *desk.Visit, f indicator.Figure) page.Figure {
	out := v.Figure(f)
	out.Size, out.Note = "plain", ""
	return out
}

func monthsShown(v *desk.Visit, y board.Year, whole indicator.Figure, title string) *page.Chart {
	d := whole.Def
	year := y.Scope.Period.To.Year()
	now, last := page.Series{Name: v.T("%d年", year)}, page.Series{Name: v.T("%d年", year-1), Line: true}
	out := &page.Chart{Name: v.T("%s，%s和%s", title, now.Name, last.Name), Open: y.Open}
	table := page.List{Title: title, Columns: []page.Column{{Label: v.T("月份"), Kind: page.MainColumn}, {Label: now.Name, Kind: page.NumColumn}, {Label: last.Name, Kind: page.NumColumn}}}
	sum := new(big.Rat)
	for i, m := range y.Now {
		f := m.Figures[0]
		label := strconv.Itoa(m.Period.From.Month())
		if i == len(y.Now)-1 {
			label = v.T("%d月", m.Period.From.Month())
		}
		out.Labels = append(out.Labels, label)
		now.Points = append(now.Points, point(v, f))
		name := v.T("%d月", m.Period.From.Month())
		if y.Open && i == len(y.Now)-1 {
			name = v.T("%d月（到 %d日）", m.Period.From.Month(), y.Scope.Period.To.Date())
		}
		row := page.Row{Cells: []templ.Component{page.Cell(name), partCell(v, f)}}
		earlier := page.Faint(v.T("没有账目"))
		if y.Kept && i < len(y.Last) {
			last.Points = append(last.Points, point(v, y.Last[i].Figures[0]))
			earlier = partCell(v, y.Last[i].Figures[0])
		}
		row.Cells = append(row.Cells, earlier)
		table.Rows = append(table.Rows, row)
		if f.Value != nil {
			sum.Add(sum, f.Value)
		}
	}
	out.Series = []page.Series{now}
	if y.Kept {
		out.Series = append(out.Series, last)
	}
	if !d.Adds() || d.Kind == indicator.Closing { // what stands at the ends of months is no sum
		sum = nil
	}
	table.Foot = page.SumFoot(wholeFigure(v, whole), sumWords(v, d, sum, len(table.Rows)))
	out.Table = table
	return out
}

func point(v *desk.Visit, f indicator.Figure) page.Point {
	if f.Value == nil || !f.Available {
		return page.Point{None: true}
	}
	value, _ := f.Value.Float64()
	return page.Point{Value: value, Text: f.Screen(v.Ctx), Href: desk.TraceHref(f.Def.Code, f.Scope, v.Tree)}
}

// lateFilter is what of the records the scope shows; what is late is so whatever the period.
func lateFilter(v *desk.Visit) flow.Filter {
	return flow.Filter{Unit: v.Scope.Unit, Place: v.Scope.Place}
}

// lateNames are what is late, by the state in which it waits.
func lateName(v *desk.Visit, s flow.State) string {
	switch s {
	case flow.Returned:
		return v.T("退回没重填")
	case flow.Submitted:
		return v.T("交来没核实")
	}
	return v.T("草稿没提交")
}

// lateOf names what is late of a kind: 培训班退回没重填.
func lateOf(v *desk.Visit, kind string, s flow.State) string {
	if lang.From(v.Ctx) != lang.Chinese {
		return kind + ": " + lateName(v, s)
	}
	return kind + lateName(v, s)
}

// lateLines are what is late in the scope: records that wait too long, then what the modules say.
func (c *Console) lateLines(tx *db.Tx, v *desk.Visit) ([]desk.Late, error) {
	days, err := board.DaysOf(v.Ctx, tx, v.Today)
	if err != nil {
		return nil, err
	}
	all, err := board.LateOf(v.Ctx, tx, lateFilter(v), days, v.Today, v.Association.Location())
	if err != nil {
		return nil, err
	}
	var lines []desk.Late
	for _, l := range all {
		var names []string
		for _, u := range l.Units[:min(len(l.Units), 3)] {
			names = append(names, v.Tree.Unit(u).Name)
		}
		says := strings.Join(names, v.T("、"))
		if len(l.Units) > len(names) {
			says = v.T("%s等 %d 个单位", says, len(l.Units))
		}
		at := v.At.Scope("/late").With("view", string(l.State)).With("kind", l.Kind)
		lines = append(lines, desk.Late{Name: lateOf(v, v.T(c.kindTitle(l.Kind)), l.State), Says: says, Late: v.T("%d 条，最久逾期 %d 天", l.N, l.Over), Href: at.String()})
	}
	more, err := c.lateBeside(tx, v)
	return append(lines, more...), err
}

// lateBeside is what is late beside records that wait: what the modules say.
func (c *Console) lateBeside(tx *db.Tx, v *desk.Visit) (lines []desk.Late, err error) {
	for _, m := range c.Modules {
		if m.Late == nil || !v.Actor.May(access.Read, m.Kind) {
			continue
		}
		more, err := m.Late(tx, v)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

// lateMost bounds the list of what is late.
const lateMost = 300

// getLate lists what is late beside records, a line each, then the records that wait too long, the longest first.
func (c *Console) getLate(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		days, err := board.DaysOf(v.Ctx, tx, v.Today)
		if err != nil {
			return err
		}
		zone := v.Association.Location()
		patience := days.Patience(v.Today, zone)
		f := lateFilter(v)
		if kind := v.At.Get("kind"); kind != "" {
			f.Kinds = []string{kind}
		}
		f.Text = v.At.Get("q")
		counted, err := board.LateOf(v.Ctx, tx, f, days, v.Today, zone)
		if err != nil {
			return err
		}
		chosen := flow.State(v.At.Get("view"))
		views := []page.View{{Label: v.T("全部"), Href: v.At.Without("view").String(), Active: chosen == ""}}
		for _, s := range []flow.State{flow.Returned, flow.Submitted, flow.Draft} {
			view := page.View{Label: lateName(v, s), Href: v.At.With("view", string(s)).String(), Active: chosen == s}
			for _, l := range counted {
				if l.State == s {
					view.Count += l.N
				}
			}
			views[0].Count += view.Count
			views = append(views, view)
		}
		if _, known := patience[chosen]; known {
			patience = flow.Patience{chosen: patience[chosen]}
		}
		heads, err := flow.ListOverdue(v.Ctx, tx, f, patience, lateMost)
		if err != nil {
			return err
		}
		if as := v.At.Get("as"); as != "" {
			if err := access.Require(v.Ctx, access.Export, ""); err != nil {
				return err
			}
			return sendTable(w, v, as, v.T("逾期"), c.lateTable(v, heads, days))
		}
		l := page.List{Title: v.T("逾期"), At: v.At, Views: views, Search: v.T("名称、编号、地点"), Columns: []page.Column{{Label: v.T("情况"), Kind: page.StateColumn}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("名称"), Kind: page.MainColumn},
			{Label: v.T("单位"), Plain: true}, {Label: v.T("填报人"), Less: true}, {Label: v.T("从何时"), Plain: true}, {Label: v.T("逾期"), Plain: true}}}
		if chosen == "" && f.Text == "" && v.At.Get("kind") == "" {
			beside, err := c.lateBeside(tx, v)
			if err != nil {
				return err
			}
			for _, one := range beside {
				l.Rows = append(l.Rows, page.Row{Name: one.Name, Href: one.Href, Cells: []templ.Component{page.Faint(""), page.Faint(""), page.LinkCell(one.Href, v.T("%s：%s", one.Name, one.Says)),
					page.Faint(""), page.Faint(""), page.Faint(""), page.Late(one.Late)}})
			}
		}
		for _, h := range heads {
			href := desk.Href(h.Kind, h.Number)
			l.Rows = append(l.Rows, page.Row{ID: h.ID, Name: h.Title, Href: href, Cells: []templ.Component{page.StateBadge(string(h.Waiting())), page.Faint(v.Number(h)), page.LinkCell(href, h.Title),
				page.Cell(v.Tree.Unit(h.Unit).Name), page.Cell(h.AuthorName), page.Faint(v.Instant(h.Since())), page.Late(v.T("%d 天", days.Over(h.Waiting(), h.Since(), v.Today, zone)))}})
		}
		if len(heads) > 0 && v.Actor.May(access.Export, "") {
			l.Actions = exports(v)
		}
		l.Foot = page.Words(v.T("退回 %d 天、交来 %d 天、草稿 %d 天以上算逾期；期间不限", days.Returned, days.Submitted, days.Draft))
		if len(heads) == lateMost {
			l.Note = &page.Notice{Text: v.T("先列等得最久的 %d 条，办完再看其余的", lateMost)}
		}
		l.Empty = &page.Empty{Title: v.T("没有逾期的记录"), Reason: v.T("退回 %d 天、交来 %d 天、草稿 %d 天以上算逾期；期间不限", days.Returned, days.Submitted, days.Draft), Out: &page.Action{Label: v.T("回首页"), Href: v.At.Scope("/").String()}}
		return v.Render(w, r, desk.Page{Title: v.T("逾期"), Path: "/"}, page.ListPage(l))
	})
}

// lateTable is the list as a table of a file.
func (c *Console) lateTable(v *desk.Visit, heads []flow.Head, days board.Days) xlsx.Table {
	rows := make([][]any, len(heads))
	for i, h := range heads {
		over := days.Over(h.Waiting(), h.Since(), v.Today, v.Association.Location())
		rows[i] = []any{lateName(v, h.Waiting()), v.T(c.kindTitle(h.Kind)), h.Number, h.Title, v.Tree.Unit(h.Unit).Name, h.AuthorName, v.Instant(h.Since()), over}
	}
	return xlsx.Table{Name: v.T("逾期"), Columns: []xlsx.Column{{Title: v.T("情况"), Width: 14}, {Title: v.T("种类")}, {Title: v.T("编号"), Kind: xlsx.AsText, Width: 16}, {Title: v.T("名称"), Width: 34}, {Title: v.T("单位"), Width: 20},
		{Title: v.T("填报人")}, {Title: v.T("从何时"), Width: 16}, {Title: v.T("逾期天数")}}, Rows: xlsx.Values(rows)}
}
