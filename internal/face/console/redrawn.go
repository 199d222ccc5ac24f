package console

import (
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/reorg"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// redrawn is what changed in the trees of units and places and may be why figures are others: since the size of the log that is asked
// about, or ever. Of one figure only where it counts places.
func (c *Console) redrawn(tx *db.Tx, v *desk.Visit, ask indicator.ChangesAsked) ([]reorg.Change, error) {
	if ask.Text != "" {
		return nil, nil // it asks for records
	}
	if ask.Code != "" {
		counts, err := v.Indicators.CountsPlaces(v.Ctx, tx, v.Scope, ask.Code)
		if err != nil || !counts {
			return nil, err
		}
	}
	all, err := reorg.Since(v.Ctx, tx, v.Tree, ask.Since, v.Scope.Unit, v.Scope.Place, v.Scope.Period.To)
	if !ask.Corrections {
		return all, err
	}
	var closed []reorg.Change
	for _, one := range all {
		if one.Closed {
			closed = append(closed, one)
		}
	}
	return closed, err
}

// namesShown is how many names of places a line says.
const namesShown = 8

// redrawnTitle says what was done: 新建 3 个村, 移到青溪乡.
func redrawnTitle(v *desk.Visit, r reorg.Change) string {
	name := func(id string) string {
		if r.Unit {
			return v.Tree.Unit(id).Name
		}
		return v.Tree.Place(id).Name
	}
	level := v.T(org.LevelTitle(r.Level))
	switch n := len(r.Names); {
	case r.What == org.Added && n > 1:
		return v.T("新建 %d 个%s（%s）", n, level, name(r.After))
	case r.What == org.Added && (r.Level == org.LevelTownship || name(r.After) == ""): // the county and its office hang under nothing
		return v.T("新建%s", level)
	case r.What == org.Added:
		return v.T("新建%s（%s）", level, name(r.After))
	case r.What == org.Opened:
		return v.T("从哪天起有：%s → %s", v.T(reorg.Words(day.Day(r.Before))), v.T(reorg.Words(day.Day(r.After))))
	case r.What == org.Merged:
		return v.T("并入%s", name(r.After))
	case r.What == org.Unmerged:
		return v.T("撤销并入%s", name(r.Before))
	}
	return v.T("从%s移到%s", name(r.Before), name(r.After))
}

func redrawnList(v *desk.Visit, all []reorg.Change) *page.List {
	l := page.List{Title: v.T("地点和单位变了"), At: v.At, Columns: []page.Column{{Label: v.T("哪些"), Kind: page.MainColumn}, {Label: v.T("变动"), Plain: true}, {Label: v.T("从哪天起"), Plain: true}, {Label: v.T("原因")}, {Label: v.T("谁"), Plain: true}, {Label: v.T("时间"), Kind: page.StateColumn}}}
	for _, r := range all {
		names := strings.Join(r.Names[:min(len(r.Names), namesShown)], v.T("、"))
		if more := len(r.Names) - namesShown; more > 0 {
			names = v.T("%s等 %d 个", names, len(r.Names))
		}
		l.Rows = append(l.Rows, page.Row{Correction: r.Closed, Cells: []templ.Component{page.Cell(names), page.Cell(redrawnTitle(v, r)), unbroken(v.T(reorg.Words(r.From))), page.Cell(reasonWords(v, r.Reason, r.Closed)),
			unbroken(r.Who), page.Faint(v.Instant(r.At))}})
	}
	return &l
}
