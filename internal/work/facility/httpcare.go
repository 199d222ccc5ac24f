package facility

import (
	"math"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/xlsx"
)

// careRows is how many facilities a section of the page of care shows; the file has all.
const careRows = 100

// cared is what the page of care says, and its file.
type cared struct {
	overdue, libraries, points []Cared
}

func (p *console) cared(tx *db.Tx, v *desk.Visit) (c cared, err error) {
	if _, err = indicator.Sight(v.Ctx, tx, v.Tree, v.Scope, Kind); err != nil {
		return c, err
	}
	f := flow.Filter{Unit: v.Scope.Unit, Place: v.Scope.Place}
	if c.overdue, err = p.Overdue(v.Ctx, tx, f, v.Today); err != nil {
		return c, err
	}
	if c.libraries, err = p.Libraries(v.Ctx, tx, f, v.Scope.Period, v.Today); err != nil {
		return c, err
	}
	c.points, err = p.Understaffed(v.Ctx, tx, f, v.Today)
	for _, part := range []*[]Cared{&c.overdue, &c.libraries, &c.points} {
		*part = slices.DeleteFunc(*part, func(one Cared) bool { return !askedFor(v, one) })
	}
	return c, err
}

// askedFor reports whether search and filter of the address leave a facility.
func askedFor(v *desk.Visit, c Cared) bool {
	town, _ := v.Tree.Township(c.Place)
	if code := v.At.Get("town"); code != "" && town.Code != code {
		return false
	}
	q := v.At.Get("q")
	return q == "" || strings.Contains(c.Title+"\n"+c.Number+"\n"+v.Tree.PlaceName(c.Place), q)
}

// getCare shows what facilities need: content that is to be changed, libraries that are open too little or lend too little, points
// with too few people.
func (p *console) getCare(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		c, err := p.cared(tx, v)
		if err != nil {
			return err
		}
		late := 0
		for _, one := range c.overdue {
			if one.Late > 0 {
				late++
			}
		}
		title := page.List{Title: v.T("管护提醒"), At: v.At, Search: v.T("名称、地点、编号"), Filters: []page.Filter{p.townFilter(v)}}
		if v.Actor.May(access.Export, Kind) {
			title.Actions = append(title.Actions, v.ExportMenu("/"+Kind+"/care/export"))
		}
		changes, note := p.overdueTable(v, c.overdue), v.T("%d 处要定期更换，%d 处逾期", len(c.overdue), late)
		if len(changes.Rows) > careRows {
			changes.Rows = changes.Rows[:careRows]
			note += v.T("；这里只列前 %d 处，全部在导出的文件里", careRows)
		}
		parts := []templ.Component{page.TitleLine(title.Title, title.Actions), p.tabs(v, "care"), page.FilterBar(title),
			section("changes", v.T("版面更换"), note, changes, v.T("没有要定期更换的画廊、宣传栏")),
			section("libraries", v.T("图书室"), v.T("%s，按已核实的登记算", v.T(v.Scope.Period.Words())), p.libraryTable(v, c.libraries), v.T("没有图书室")),
			section("points", v.T("宣传点人数"), v.T("%d 处人数不合要求", len(c.points)), p.pointTable(v, c.points), v.T("各宣传点的人数都合要求"))}
		return v.Render(w, r, desk.Page{Title: title.Title, Path: "/" + Kind, Tags: []string{}}, templ.Join(parts...))
	})
}

// late says for home whose content should have been changed by now.
func (p *console) late(tx *db.Tx, v *desk.Visit) ([]desk.Late, error) {
	all, err := p.Overdue(v.Ctx, tx, flow.Filter{Unit: v.Scope.Unit, Place: v.Scope.Place}, v.Today)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c Cared) bool { return c.Late == 0 })
	if len(all) == 0 {
		return nil, nil
	}
	var names []string
	for _, c := range all[:min(len(all), 2)] {
		names = append(names, c.Title)
	}
	says := strings.Join(names, v.T("、"))
	if len(all) > 2 {
		says = v.T("%s等", says)
	}
	return []desk.Late{{Name: v.T("版面更换"), Says: says, Late: v.T("%d 处，最久逾期 %d 天", len(all), all[0].Late), Href: v.At.Scope("/" + Kind + "/care").String()}}, nil
}

// section is a table under its title, or a sentence where it has no rows.
func section(sectionID, title, note string, l page.List, empty string) templ.Component {
	body := page.Table(l)
	if len(l.Rows) == 0 {
		body = page.EmptyState(page.Empty{Title: empty, Small: true})
	}
	return page.Around(page.SectionBox(page.Section{ID: sectionID, Title: title, Note: note}), body)
}

func (p *console) overdueTable(v *desk.Visit, all []Cared) page.List {
	l := page.List{Title: v.T("版面更换"), At: v.At, Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true}, {Label: v.T("要求")},
		{Label: v.T("上次更换")}, {Label: v.T("按时")}, {Label: v.T("最迟")}, {Label: v.T("情况"), Kind: page.StateColumn}}}
	for _, c := range all {
		last := page.NotFilled(v.T("启用后还没有更换"))
		if n := len(c.Changes); n > 0 {
			last = page.Cell(v.T(c.Changes[n-1].Short(v.Today)))
		}
		done, of := kept(v.Scope.Period, c.Start, c.Changes, c.Rule)
		state := page.Cell(v.T("未到期"))
		if c.Late > 0 {
			state = page.LateBadge(c.Late)
		}
		row := page.Row{Name: c.Title, Href: desk.Href(Kind, c.Number), Cells: []templ.Component{page.LinkCell(desk.Href(Kind, c.Number), c.Title), page.Cell(v.Tree.PlaceName(c.Place)),
			page.Cell(v.T("每年 %d 次", c.Rule)), last, page.Cell(v.T("%d / %d 次", done, of)), page.Cell(v.T(c.Due.Short(v.Today))), state}}
		l.Rows = append(l.Rows, p.mayLog(v, row, c, logChange, &l))
	}
	return l
}

// mayLog puts the link to enter a log behind a row, for who may.
func (p *console) mayLog(v *desk.Visit, row page.Row, c Cared, kind string, l *page.List) page.Row {
	if !v.Actor.May(access.Write, Kind) {
		return row
	}
	if len(l.Rows) == 0 {
		l.Columns = append(l.Columns, page.Column{Label: v.T("去记"), Plain: true})
	}
	row.Cells = append(row.Cells, page.LinkCell(newLogHref(kind, c.Number), v.T("记一次")))
	return row
}

// newLogHref is the address of the form of logs, for one facility.
func newLogHref(kind, number string) string {
	q := url.Values{"kind": {kind}, "facility": {number}}
	return "/" + LogKind + "/new?" + q.Encode()
}

// turnover is how much of the holdings was lent, in percent, or nil where there are none.
func (c Cared) turnover() *big.Rat {
	if c.Books == nil || *c.Books == 0 {
		return nil
	}
	return big.NewRat(c.Loans*100, *c.Books)
}

// weekly is how many hours a week the library was open, or nil where none of its days in the period has come yet.
func (c Cared) weekly() *big.Rat {
	if c.Weeks100 == 0 {
		return nil
	}
	return big.NewRat(c.Minutes*100, 60*c.Weeks100)
}

func (p *console) libraryTable(v *desk.Visit, all []Cared) page.List {
	rules := p.Catalogue.On(v.Scope.Period.To)
	l := page.List{Title: v.T("图书室"), At: v.At, Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true},
		{Label: v.T("借阅周转率"), Kind: page.NumColumn}, {Label: v.T("怎么算的")}, {Label: v.T("每周开放"), Kind: page.NumColumn}, {Label: v.T("怎么算的")}}}
	for _, c := range all {
		logs := func(kind string) string {
			q := v.Scope.Query(v.Tree)
			q.Set("of", c.Number)
			q.Set("log", kind)
			return "/" + LogKind + "?" + q.Encode()
		}
		rate, rateHow := page.NotFilled(v.T("算不出")), page.Missing(v.T("没有填在藏图书"))
		if t := c.turnover(); t != nil {
			rate = against(v, t, c.Rule, "%")
			if !c.Year && fails(t, c.Rule) {
				rate = page.Cell(v.T("%s（一年要求 %s）", short(t)+"%", strconv.FormatInt(c.Rule, 10)+"%"))
			}
			rateHow = page.LinkCell(logs(logLoan), v.T("借阅 %d 册次 ÷ 在藏 %d 册", c.Loans, *c.Books))
		}
		week, weekHow := page.NotFilled(v.T("算不出")), page.Cell(v.T("这一期还没有开始"))
		if h := c.weekly(); h != nil {
			week = against(v, h, rules.Limit(c.FacilityKind, HoursAWeek), v.T(" 小时"))
			how := v.T("开放 %s 小时 ÷ %s 周", short(big.NewRat(c.Minutes, 60)), short(big.NewRat(c.Weeks100, 100)))
			if c.End != "" && c.End <= v.Scope.Period.To {
				how = v.T("%s（%s停用）", how, v.T(c.End.Short(v.Today)))
			}
			weekHow = page.LinkCell(logs(logOpen), how)
		}
		l.Rows = append(l.Rows, page.Row{Name: c.Title, Href: desk.Href(Kind, c.Number), Cells: []templ.Component{page.LinkCell(desk.Href(Kind, c.Number), c.Title),
			page.Cell(v.Tree.PlaceName(c.Place)), rate, rateHow, week, weekHow}})
	}
	return l
}

// short is a number with one decimal at most.
func short(n *big.Rat) string { return strings.TrimSuffix(indicator.Rounded(n, 1), ".0") }

// fails reports whether a value is below what is asked.
func fails(value *big.Rat, least int64) bool {
	return value != nil && least > 0 && value.Cmp(big.NewRat(least, 1)) < 0
}

// against shows a value, and in words when it is below what is asked.
func against(v *desk.Visit, value *big.Rat, least int64, unit string) templ.Component {
	digits := short(value) + unit
	if fails(value, least) {
		return page.Late(v.T("%s，要求 %s", digits, strconv.FormatInt(least, 10)+unit))
	}
	return page.Cell(digits)
}

func (p *console) pointTable(v *desk.Visit, all []Cared) page.List {
	rules := p.Catalogue.On(v.Today)
	l := page.List{Title: v.T("宣传点人数"), At: v.At, Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true},
		{Label: v.T("宣传员"), Kind: page.NumColumn}, {Label: v.T("要求")}, {Label: v.T("情况"), Kind: page.StateColumn}}}
	for _, c := range all {
		least, most := c.Rule, rules.Limit(c.FacilityKind, StaffMost)
		staff, state := page.NotFilled(v.T("未填")), page.Missing(v.T("没有填人数"))
		if c.Staff != nil {
			staff = page.Cell(strconv.FormatInt(*c.Staff, 10))
			if *c.Staff < least {
				state = page.Late(v.T("少 %d 名", least-*c.Staff))
			} else {
				state = page.Late(v.T("多 %d 名", *c.Staff-most))
			}
		}
		l.Rows = append(l.Rows, page.Row{Name: c.Title, Href: desk.Href(Kind, c.Number), Cells: []templ.Component{page.LinkCell(desk.Href(Kind, c.Number), c.Title),
			page.Cell(v.Tree.PlaceName(c.Place)), staff, page.Cell(v.T("%d—%d 名", least, most)), state}})
	}
	return l
}

// exportCare gives the three tables as a workbook; as csv, which has one table, all that is not as it should be.
func (p *console) exportCare(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		c, err := p.cared(tx, v)
		if err != nil {
			return err
		}
		name := v.T("管护提醒 %s", v.Today.Long())
		if v.At.Get("format") == "csv" {
			return desk.SendTable(w, "csv", name, p.careTable(v, c))
		}
		return desk.SendTable(w, v.At.Get("format"), name, p.overdueFile(v, c.overdue), p.libraryFile(v, c.libraries), p.pointFile(v, c.points))
	})
}

// heads are the first columns of the tables of care.
func heads(v *desk.Visit, more ...xlsx.Column) []xlsx.Column {
	return append([]xlsx.Column{{Title: v.T("编号"), Kind: xlsx.AsText, Width: 15}, {Title: v.T("名称"), Width: 24}, {Title: v.T("地点"), Width: 20}}, more...)
}

func (p *console) overdueFile(v *desk.Visit, all []Cared) xlsx.Table {
	rows := make([][]any, len(all))
	for i, one := range all {
		var last any
		if n := len(one.Changes); n > 0 {
			last = one.Changes[n-1]
		}
		rows[i] = []any{one.Number, one.Title, v.Tree.PlaceName(one.Place), one.Rule, last, one.Due, one.Late}
	}
	return xlsx.Table{Name: v.T("版面更换"), Rows: xlsx.Values(rows), Columns: heads(v, xlsx.Column{Title: v.T("每年次数")}, xlsx.Column{Title: v.T("上次更换"), Kind: xlsx.AsDay},
		xlsx.Column{Title: v.T("最迟"), Kind: xlsx.AsDay}, xlsx.Column{Title: v.T("逾期天数")})}
}

func (p *console) libraryFile(v *desk.Visit, all []Cared) xlsx.Table {
	number := func(n *big.Rat) any {
		if n == nil {
			return nil
		}
		f, _ := n.Float64()
		return math.Round(f*10) / 10
	}
	rows := make([][]any, len(all))
	for i, one := range all {
		var books any
		if one.Books != nil {
			books = *one.Books
		}
		rows[i] = []any{one.Number, one.Title, v.Tree.PlaceName(one.Place), books, one.Loans, number(one.turnover()), number(big.NewRat(one.Minutes, 60)), number(one.weekly())}
	}
	return xlsx.Table{Name: v.T("图书室"), Rows: xlsx.Values(rows), Columns: heads(v, xlsx.Column{Title: v.T("在藏（册）")}, xlsx.Column{Title: v.T("借阅（册次）")}, xlsx.Column{Title: v.T("周转率（%）")},
		xlsx.Column{Title: v.T("开放（小时）")}, xlsx.Column{Title: v.T("每周开放（小时）")})}
}

func (p *console) pointFile(v *desk.Visit, all []Cared) xlsx.Table {
	rules := p.Catalogue.On(v.Today)
	rows := make([][]any, len(all))
	for i, one := range all {
		var staff any
		if one.Staff != nil {
			staff = *one.Staff
		}
		rows[i] = []any{one.Number, one.Title, v.Tree.PlaceName(one.Place), staff, one.Rule, rules.Limit(one.FacilityKind, StaffMost)}
	}
	return xlsx.Table{Name: v.T("宣传点人数"), Rows: xlsx.Values(rows), Columns: heads(v, xlsx.Column{Title: v.T("宣传员")}, xlsx.Column{Title: v.T("最少")}, xlsx.Column{Title: v.T("最多")})}
}

// careTable is all that is not as it should be, in one table.
func (p *console) careTable(v *desk.Visit, c cared) xlsx.Table {
	rules, on := p.Catalogue.On(v.Scope.Period.To), p.Catalogue.On(v.Today)
	var rows [][]any
	add := func(what string, one Cared, says string) {
		rows = append(rows, []any{one.Number, one.Title, v.Tree.PlaceName(one.Place), what, says})
	}
	for _, one := range c.overdue {
		if one.Late > 0 {
			add(v.T("版面更换"), one, v.T("逾期 %d 天", one.Late))
		}
	}
	for _, one := range c.libraries {
		if n := one.turnover(); one.Year && fails(n, one.Rule) {
			add(v.T("借阅周转率"), one, v.T("%s，要求 %s", short(n)+"%", strconv.FormatInt(one.Rule, 10)+"%"))
		}
		if n, least := one.weekly(), rules.Limit(one.FacilityKind, HoursAWeek); fails(n, least) {
			add(v.T("每周开放"), one, v.T("%s，要求 %s", short(n)+v.T(" 小时"), strconv.FormatInt(least, 10)+v.T(" 小时")))
		}
	}
	for _, one := range c.points {
		says := v.T("没有填人数")
		if one.Staff != nil {
			says = v.T("%d 名，要求 %d—%d 名", *one.Staff, one.Rule, on.Limit(one.FacilityKind, StaffMost))
		}
		add(v.T("宣传点人数"), one, says)
	}
	return xlsx.Table{Name: v.T("管护提醒"), Rows: xlsx.Values(rows), Columns: heads(v, xlsx.Column{Title: v.T("提醒"), Width: 14}, xlsx.Column{Title: v.T("情况"), Width: 24})}
}
