package console

import (
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/desk"
	"shilu/internal/core/intake"
	"shilu/internal/core/page"
)

// rowsShown is how many rows a page of a review has.
const rowsShown = 50

// rows fills in the rows of a review by the filter and the place of the address.
func (i imports) rows(v *desk.Visit, res intake.Result, p *page.ImportReview) error {
	at := page.Address{Path: i.href(res.ID), Query: v.At.Query}
	at = at.Without("after", "changed", "again", "anew")
	all := res.Counts[intake.New] + res.Counts[intake.Changed] + res.Counts[intake.Same] + res.Counts[intake.Rejected] + res.Counts[intake.Joined]
	chosen := v.At.Get("v")
	var verdicts []intake.Verdict
	where := intake.RowPage{Limit: rowsShown + 1}
	for _, tab := range []struct {
		key, label string
		count      int
		verdicts   []intake.Verdict
	}{
		{"", v.T("全部"), all, nil},
		{"new", v.T("新增"), res.Counts[intake.New], []intake.Verdict{intake.New}},
		{"changed", v.T("改动"), res.Counts[intake.Changed], []intake.Verdict{intake.Changed}},
		{"same", v.T("没有变"), res.Counts[intake.Same], []intake.Verdict{intake.Same}},
		{"joined", v.T("并入"), res.Counts[intake.Joined], []intake.Verdict{intake.Joined}},
		{"noted", v.T("请看一眼"), res.Noted, []intake.Verdict{intake.New, intake.Changed, intake.Same, intake.Joined}},
		{"rejected", v.T("进不了"), res.Counts[intake.Rejected], []intake.Verdict{intake.Rejected}},
	} {
		if tab.key == chosen {
			verdicts, where.Noted = tab.verdicts, tab.key == "noted"
		}
		if tab.count > 0 || tab.key == "" || tab.key == chosen {
			p.Verdicts = append(p.Verdicts, page.View{Label: tab.label, Href: at.With("v", tab.key).String() + "#rows", Count: int64(tab.count), Active: tab.key == chosen})
		}
	}
	if sheet, line, ok := strings.Cut(v.At.Get("after"), "."); ok {
		where.Sheet, _ = strconv.Atoi(sheet) // what is no number is the first page
		where.Line, _ = strconv.Atoi(line)
	}
	rows, err := i.Intake.Rows(v.Ctx, res.ID, verdicts, where)
	if err != nil {
		return err
	}
	if len(rows) > rowsShown {
		rows = rows[:rowsShown]
		last := rows[len(rows)-1]
		p.Pager = page.Pager{Page: 1, After: strconv.Itoa(last.Index) + "." + strconv.Itoa(last.Line)}
	}
	p.At = at
	p.Heads, p.Rows = i.table(v, res, rows)
	return nil
}

// group is a column of the table of rows: one or several fields that belong together.
type group struct {
	title string
	keys  []string
	num   bool
}

// columnsMost is how many columns of a sheet the table of rows shows; those that were filled for all rows are shown beside them.
const columnsMost = 7

// groups are the columns that the sheets of the file fill: places together, days together, the rest one by one; the main ones first, then
// those that were filled for all rows.
func (i imports) groups(v *desk.Visit, res intake.Result) (all []group) {
	var places, days group
	var counts, texts, filled []group
	for _, c := range i.module.Intake.Columns() {
		own := slices.ContainsFunc(res.Sheets, func(s *intake.Sheet) bool { return s.Skipped == "" && hasField(s, c.Key) })
		given := slices.ContainsFunc(res.Sheets, func(s *intake.Sheet) bool {
			return s.Skipped == "" && slices.ContainsFunc(s.Filled, func(f intake.Filled) bool { return f.Key == c.Key })
		})
		if !own && !given {
			continue
		}
		one := group{title: v.T(c.Title), keys: []string{c.Key}, num: c.Type == intake.Count}
		switch c.Type {
		case intake.Township, intake.Village, intake.Place:
			places.title, places.keys = v.T("地点"), append(places.keys, c.Key)
		case intake.Day, intake.Since:
			days.title, days.keys = v.T("时间"), append(days.keys, c.Key)
		case intake.Count:
			counts = append(counts, one)
		case intake.Text, intake.List:
			switch {
			case given:
				filled = append(filled, one)
			case c.Type == intake.List:
			case c.Main:
				all = append(all, one)
			default:
				texts = append(texts, one)
			}
		case intake.Serial:
		}
	}
	room := max(columnsMost, len(all)) + len(filled)
	all = append(all, filled...)
	for _, one := range slices.Concat([]group{places, days}, counts, texts) {
		if len(one.keys) > 0 && len(all) < room {
			all = append(all, one)
		}
	}
	return all
}

// table shows rows of the file under the fields that they fill.
func (i imports) table(v *desk.Visit, res intake.Result, rows []intake.RowView) (heads []page.ImportHead, out []page.ImportRow) {
	groups := i.groups(v, res)
	for _, g := range groups {
		heads = append(heads, page.ImportHead{Label: g.title, Num: g.num})
	}
	sheets := map[string]*intake.Sheet{}
	read := 0
	for _, s := range res.Sheets {
		sheets[s.Name] = s
		if s.Skipped == "" {
			read++
		}
	}
	for _, r := range rows {
		row := page.ImportRow{Where: v.T("第 %d 行", r.Line), Verdict: verdictOf(r), Says: remarks(v, r)}
		if read > 1 {
			row.Where = r.Sheet + " " + row.Where
		}
		if r.Number != "" {
			row.Href = desk.Href(i.module.Kind, r.Number)
		}
		for _, g := range groups {
			row.Cells = append(row.Cells, cellOf(r.Cells, sheets[r.Sheet], g.keys))
		}
		out = append(out, row)
	}
	return heads, out
}

// cellOf joins the cells of the fields that a group has: 河东镇河东上村, 2024/3/4—2024/3/6. What all rows of the sheet say stands in each.
func cellOf(cells []string, s *intake.Sheet, keys []string) string {
	var parts []string
	for _, key := range keys {
		text := ""
		for _, f := range s.Fields {
			if f.Key == key && f.Column < len(cells) {
				text = cells[f.Column]
			}
		}
		for _, f := range s.Filled {
			if f.Key == key {
				text = f.Text
			}
		}
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) == 2 && strings.ContainsAny(parts[0]+parts[1], "0123456789０１２３４５６７８９") {
		return parts[0] + "—" + parts[1]
	}
	return strings.Join(parts, "")
}

func verdictOf(r intake.RowView) page.Verdict {
	switch r.Verdict {
	case intake.Same:
		return page.RowSame
	case intake.Changed:
		return page.RowChanged
	case intake.Rejected:
		return page.RowRejected
	case intake.Joined:
		return page.RowJoined
	case intake.New:
	}
	if len(r.Notes) > 0 {
		return page.RowWarned
	}
	return page.RowNew
}

// remarks are the notes on a row and what it changes, field by field.
func remarks(v *desk.Visit, r intake.RowView) (all []page.RowRemark) {
	if r.On != "" {
		all = append(all, page.RowRemark{Text: v.T("和「%s」第 %d 行记成一条", r.On, r.Joins)})
	} else if r.Joins > 0 && r.Joins != r.Line {
		all = append(all, page.RowRemark{Text: v.T("和第 %d 行记成一条", r.Joins)})
	}
	for _, n := range r.Notes {
		if n.Cell == "" && slices.ContainsFunc(r.Notes, func(o intake.Note) bool { return o.Cell != "" && o.Text == n.Text }) {
			continue // said of the cell already
		}
		all = append(all, page.RowRemark{Cell: n.Cell, Text: n.Text, Wrong: n.Wrong})
	}
	for _, c := range r.Changes {
		label := v.T(c.Label)
		text := v.T("%s「%s」改为「%s」", label, c.Before, c.After)
		switch {
		case c.Before == "":
			text = v.T("%s填为「%s」", label, c.After)
		case c.After == "":
			text = v.T("%s「%s」删去", label, c.Before)
		}
		all = append(all, page.RowRemark{Text: text})
	}
	return all
}
