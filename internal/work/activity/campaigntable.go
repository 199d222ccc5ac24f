package activity

import (
	"math/big"
	"net/http"
	"slices"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
)

// numbersOf is a column of numbers of the statistics table: what each activity says, in the order of its rows.
type numbersOf struct {
	title, measure string
	cells          []*register.Count
}

// said reports whether an activity says anything in the column.
func (n numbersOf) said() bool {
	return slices.ContainsFunc(n.cells, func(c *register.Count) bool { return c != nil && c.N != 0 })
}

// exportCampaign is the statistics table for the superior: one row for each activity of ours that counts, with the shares of its
// partners, and a row that adds up what stands above, said as exactly as the figures are. Columns in which nobody says anything are
// left out: the table is printed. Below stands which sums are not what the figures say.
func (p *activityPages) exportCampaign(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		e, err := p.edition(tx, v, r.PathValue("code"))
		if err != nil {
			return err
		}
		q := inEdition(v, e)
		q.States, q.Sort, q.Life = []flow.State{flow.Verified}, "day", []string{string(Held)}
		entries, err := p.ListIn(v.Ctx, tx, q)
		if err != nil {
			return err
		}
		var numbers []numbersOf
		for _, c := range p.Catalogue.counts {
			numbers = append(numbers, numbersOf{title: v.T("%s（%s）", v.T(c.Name), unitShort(v.T(c.Unit))), measure: c.Measure})
		}
		numbers = append(numbers, numbersOf{title: v.T("发放资料（份）"), measure: measureMaterials}, numbersOf{title: v.T("宣传用品（件）"), measure: measureGiveaways})
		var rows [][]any
		var records, notes []string
		entries = slices.DeleteFunc(entries, func(one entry) bool { return !one.Body.ours() }) // another body's event is in its own table
		for i, one := range entries {
			words, err := p.WordsOn(v.Ctx, tx, one.Day)
			if err != nil {
				return err
			}
			shares, err := p.sharesOf(v.Ctx, tx, one.ID)
			if err != nil {
				return err
			}
			shares = slices.DeleteFunc(shares, func(sh EnteredShare) bool { return sh.State != flow.Verified })
			records = append(records, one.ID)
			for _, sh := range shares {
				records = append(records, sh.ID)
			}
			gifts := Given(one.Body, shares)
			for i, n := range append(p.Totals(one.Body, shares), gifts[:]...) {
				if i >= len(p.Catalogue.counts) && n.All != nil && n.All.N == 0 {
					n.All = nil // nothing was given away
				}
				numbers[i].cells = append(numbers[i].cells, n.All)
			}
			rows = append(rows, []any{i + 1, one.Title, one.Body.countingDay(), words.Tree.PlaceName(one.Place), words.Tree.Unit(one.Unit).Name, p.Fields.Text("partners", one.Body, words)})
		}
		title := v.T("%d年%s活动统计表", e.Year, e.Name)
		t := xlsx.Table{Name: v.T("统计表"), Title: title, Columns: []xlsx.Column{{Title: v.T("序号")}, {Title: v.T("活动名称"), Width: 32}, {Title: v.T("日期"), Kind: xlsx.AsDay}, {Title: v.T("地点"), Width: 18},
			{Title: v.T("主办单位"), Width: 18}, {Title: v.T("参加单位"), Width: 24}}}
		figures, err := p.values(tx, v, campaignScope(v, e), campaignFigures...)
		if err != nil && !errs.Is(err, errs.Forbidden) {
			return err
		}
		held := heldOf(entries)
		last := []any{v.T("合计"), v.T("%d 场", held), nil, nil, nil, nil}
		if n := len(entries) - held; n > 0 {
			notes = append(notes, v.T("其中 %d 条只统领子活动，不算场次", n))
		}
		notes = append(notes, differs(v, figures, measureHeld, v.T("场次"), &register.Count{N: int64(held)})...)
		for _, n := range numbers {
			if !n.said() {
				continue
			}
			sum, err := n.sum(tx, v, e, records)
			if err != nil {
				return err
			}
			notes = append(notes, differs(v, figures, n.measure, n.title, sum)...)
			t.Columns, last = append(t.Columns, xlsx.Column{Title: n.title}), append(last, sum.Cell())
			for i, cell := range n.cells {
				rows[i] = append(rows[i], cell.Cell())
			}
		}
		t.Columns, last = append(t.Columns, xlsx.Column{Title: v.T("编号"), Kind: xlsx.AsText, Width: 15}), append(last, nil)
		for i, one := range entries {
			rows[i] = append(rows[i], one.Number)
		}
		rows = append(rows, last)
		for _, says := range notes {
			row := make([]any, len(t.Columns))
			row[1] = says
			rows = append(rows, row)
		}
		t.Rows = xlsx.Values(rows)
		return desk.SendTable(w, v.At.Get("format"), title, t)
	})
}

// differs says where the sum of a column is not the figure of its measure, and why that may be; nothing where it is, or there is none.
func differs(v *desk.Visit, figures []indicator.Figure, measure, title string, sum *register.Count) []string {
	i := slices.IndexFunc(figures, func(f indicator.Figure) bool {
		return f.Def.Kind == indicator.Sum && slices.Equal(f.Def.Measures, []string{measure}) && !slices.ContainsFunc(f.Def.Where, func(w ledger.TagIs) bool { return w.Name == "mark" })
	})
	if i < 0 || figures[i].Value == nil || figures[i].Value.Cmp(big.NewRat(sum.N, 1)) == 0 {
		return nil
	}
	return []string{v.T("%s合计 %s，指标「%s」是 %s：指标不算的类别、不在所选地方的站也列在表里", title, pages.CountText(v, sum), figures[i].Def.Short(), figures[i].Screen(v.Ctx))}
}

// sum adds the column up. How exact it is said to be follows from what the records posted, by the rule of all figures.
func (n numbersOf) sum(tx *db.Tx, v *desk.Visit, e Edition, records []string) (*register.Count, error) {
	all := &register.Count{}
	for _, c := range n.cells {
		all = all.Plus(c)
	}
	cells, err := ledger.Sums(v.Ctx, tx, ledger.Filter{Measures: []string{n.measure}, From: e.Stretch().From, To: e.Stretch().To, Records: records}, ledger.By{})
	if err != nil {
		return nil, err
	}
	var amount int64
	inexact := map[ledger.Exactness]int64{}
	for _, c := range cells {
		if amount += c.Amount; c.Exactness != "" && c.Exactness != ledger.Exact {
			inexact[c.Exactness] += c.Amount
		}
	}
	if amount == all.N {
		all.Exactness, err = indicator.WordOf(v.Ctx, tx, e.Days.To, amount, inexact)
	}
	return all, err
}

// uncounted says what the edition's activities tell and no figure counts: those who asked at an exhibition, where the figure has those
// of consultations alone.
func (p *activityPages) uncounted(tx *db.Tx, v *desk.Visit, e Edition, shown []page.Figure) (says []string, err error) {
	for i, code := range campaignFigures {
		left, err := v.Indicators.Uncounted(v.Ctx, tx, campaignScope(v, e), code)
		if errs.Is(err, errs.Forbidden) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, l := range left {
			n := v.CountOf(l.Amount.Num().Int64(), l.Word)
			says = append(says, v.T("「%s」另有 %s：%s", shown[i].Name, n+" "+v.Unit(shown[i].Unit, n), l.Why))
		}
	}
	return says, nil
}

// heldOf counts the activities, without those that only are the roof of their parts.
func heldOf(entries []entry) (n int) {
	for _, e := range entries {
		if !e.Body.Umbrella {
			n++
		}
	}
	return n
}
