package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

func (c *Console) getReport(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		s, err := c.Reports.Get(v.Ctx, tx, r.PathValue("id"))
		if err != nil {
			return err
		}
		p := page.Report{Title: s.Title, State: string(s.State), StateWord: stateWord(v, s.State)}
		panel := reportPanel{Stored: s, May: c.Reports.MayWrite(v.Ctx, s)}
		d, err := c.Reports.Document(v.Ctx, tx, s)
		if errs.Is(err, errs.Invalid) { // a figure that there is no more
			p.Note = &page.Notice{Kind: page.Wrong, Lead: v.T("算不出来。"), Text: lang.Error(v.Ctx, err), Action: &page.Action{Label: v.T("改文字"), Href: reportHref(s.ID) + "/edit"}}
		} else if err != nil {
			return err
		}
		if panel.Corrections, err = c.Reports.Corrections(v.Ctx, tx, s); errs.Is(err, errs.Invalid) {
			p.Note = &page.Notice{Kind: page.Caution, Text: v.T("定稿的数字都在；现在的算不出来：%s", lang.Error(v.Ctx, err))}
		} else if err != nil {
			return err
		}
		history, err := access.HistoryOf(v.Ctx, tx, s.Ref())
		if err != nil {
			return err
		}
		panel.Events = v.History(history)
		panel.Notes = figureNotes(v, d)
		p.Paper, p.Outline = paperOf(v, d, panel.Corrections)
		panel.Corrections = slices.DeleteFunc(panel.Corrections, func(c report.Correction) bool { return c.Again })
		p.Tally = tallyOf(v, d, len(panel.Corrections))
		p.From = v.T("数字取自存证点 № %d", d.Checkpoint)
		if s.State == report.Frozen {
			p.From = v.T("照存证点 № %d 定稿", d.Checkpoint)
		}
		p.Actions = reportActions(v, s, d, panel.May && p.Note == nil)
		if p.Note == nil {
			p.Note = untilNote(v, s, d)
		}
		if s.State == report.Draft && panel.May {
			p.UpdateHref = reportHref(s.ID) + "/update"
			p.Saved = v.T("%s 已保存", v.Instant(s.Updated))
		}
		p.Panel = reportPanelBox(v, panel)
		return v.Render(w, r, desk.Page{Title: s.Title, Path: reportsPath, NoScope: true, Wide: true}, page.ReportPage(p))
	})
}

// untilNote says that the period of a report is not over, or was not when it was frozen; nil when it is.
func untilNote(v *desk.Visit, s report.Stored, d report.Document) *page.Notice {
	switch {
	case d.Until == "":
		return nil
	case s.State == report.Frozen:
		return &page.Notice{Kind: page.Caution, Lead: v.T("定稿时本期未结束。"), Text: v.T("数字截至%s，以后的不在这一份里。", d.Until.Long())}
	}
	return &page.Notice{Kind: page.Caution, Lead: v.T("本期未结束。"), Text: v.T("数字截至%s，到%s前还会变。", d.Until.Short(v.Today), d.Scope.Period.To.Short(v.Today))}
}

// reportActions are what can be done with the report as it stands.
func reportActions(v *desk.Visit, s report.Stored, d report.Document, may bool) []page.Action {
	word := page.Action{Label: v.T("下载 Word"), Href: reportHref(s.ID) + "/file", Icon: "down"}
	if s.State == report.Frozen {
		word.Kind = page.Primary
		return []page.Action{word}
	}
	if !may {
		return nil
	}
	t := d.Tally()
	says := []string{v.T("%d 个数字照现在的存证点封存，以后的更正另列，不改这一份。定稿不能撤回。", t.Figures)}
	if t.Missing > 0 {
		says = append(says, v.T("有 %d 处未填，会照样印出。", t.Missing))
	}
	if n := d.Placeholders(); n > 0 {
		says = append(says, v.T("还有 %d 段「（请填写）」没有写。", n))
	}
	if t.Pending > 0 {
		says = append(says, v.T("%d 个数字另有待核实的，没有计入。", t.Pending))
	}
	return []page.Action{{Label: v.T("改文字"), Href: reportHref(s.ID) + "/edit"}, word,
		{Label: v.T("定稿"), Href: reportHref(s.ID) + "/freeze", Post: true, Kind: page.Primary, Name: "version", Value: strconv.Itoa(s.Version),
			Confirm: &page.Confirm{Title: v.T("定稿"), Says: strings.Join(says, ""), Verb: v.T("定稿")}}}
}

// paperOf is the document on paper, its figures open to their traces, and its outline.
func paperOf(v *desk.Visit, d report.Document, corrections []report.Correction) (page.Document, []page.OutlineItem) {
	now := map[int]string{}
	for _, c := range corrections {
		now[c.Place] = c.Now.Text
	}
	doc := page.Document{Title: d.Title, Until: d.UntilWords(v.Ctx), Signature: d.Association, Date: d.Day.Long()}
	var outline []page.OutlineItem
	counts := []int(nil) // figures of each item, -1 for one without any text
	for i, p := range d.Passages {
		b := page.Block{ID: "s" + strconv.Itoa(i+1), Level: p.Level}
		if p.Level > 0 || i == 0 {
			item := page.OutlineItem{Title: spansText(p.Spans), Href: "#" + b.ID, Sub: p.Level > 1}
			if p.Level == 0 {
				item.Title = v.T("开头")
			}
			outline, counts = append(outline, item), append(counts, -1)
		}
		n := 0
		if p.Table != nil {
			b.Table = tableOf(v, d, *p.Table, now)
			for _, row := range p.Table.Rows {
				n += len(row) - 1
			}
		} else {
			b.Spans = spansOf(v, d, p.Spans, now)
			n = marginOf(v, d, p.Spans, &b)
		}
		if k := len(counts) - 1; p.Level == 0 && k >= 0 && !p.Placeholder() {
			counts[k] = max(0, counts[k]) + n
		}
		doc.Blocks = append(doc.Blocks, b)
	}
	for i := range outline {
		switch last := i == len(outline)-1 || !outline[i+1].Sub; {
		case counts[i] > 0:
			outline[i].Count = v.T("%d 处", counts[i])
		case counts[i] < 0 && (last || outline[i].Sub):
			outline[i].Count = v.T("空")
		}
	}
	return doc, outline
}

func spansText(all []report.Span) string {
	var b strings.Builder
	for _, s := range all {
		b.WriteString(s.Text)
	}
	return b.String()
}

func spansOf(v *desk.Visit, d report.Document, all []report.Span, now map[int]string) []page.Span {
	var out []page.Span
	for _, s := range all {
		if s.Figure == 0 {
			out = append(out, page.Span{Text: s.Text})
			continue
		}
		f := d.Figures[s.Figure-1]
		chip := page.Chip{Text: s.Text, Name: f.Name, Missing: f.Lacks(), External: v.Indicators.Typed(f.Code)}
		if f.Row != "" {
			chip.Name = v.T("%s，%s", f.Name, f.Row)
		}
		if f.Query != "" {
			chip.Href = figureHref(f)
		}
		if text, changed := now[s.Figure]; changed {
			chip.Now = v.T("现 %s", text)
			if text == "" {
				chip.Now = v.T("现没有")
			}
		}
		out = append(out, page.Span{Chip: &chip})
	}
	return out
}

// figureHref is the trace of a figure as it stands in the document: a frozen one is asked as of its checkpoint.
func figureHref(f report.Figure) string { return "/figures/" + url.PathEscape(f.Code) + "?" + f.Query }

func tableOf(v *desk.Visit, d report.Document, t report.Table, now map[int]string) *page.DocTable {
	out := &page.DocTable{Heads: t.Heads}
	for i := range t.Heads {
		out.Nums = append(out.Nums, i > 0)
	}
	for _, row := range t.Rows {
		out.Rows = append(out.Rows, spansOf(v, d, row, now))
	}
	return out
}

// marginOf puts the weakest seal of a paragraph's figures and what is not sure of them into its margin, and gives how many they are.
func marginOf(v *desk.Visit, d report.Document, spans []report.Span, b *page.Block) (n int) {
	weakest := []indicator.Seal{indicator.Frozen, indicator.Full, indicator.Outline, indicator.NoSeal}
	seal, missing := indicator.Frozen, 0
	for _, s := range spans {
		if s.Figure == 0 {
			continue
		}
		f := d.Figures[s.Figure-1]
		n++
		if !f.Available {
			if f.Lacks() {
				missing++
			} else {
				n--
			}
			continue
		}
		if slices.Index(weakest, f.Seal) > slices.Index(weakest, seal) {
			seal = f.Seal
		}
	}
	if n > missing {
		b.Seal, b.Count = desk.ProofOf(indicator.Figure{Seal: seal}), v.T("%d 处", n-missing)
	}
	if missing > 0 {
		b.Care = v.T("未填 %d", missing)
	}
	return n
}

func tallyOf(v *desk.Visit, d report.Document, corrected int) []page.TallyLine {
	t := d.Tally()
	lines := []page.TallyLine{{Label: v.T("数字"), Value: v.T("%d 处", t.Figures)}}
	add := func(label string, n int) {
		if n > 0 {
			lines = append(lines, page.TallyLine{Label: label, Value: strconv.Itoa(n), Sub: true, Care: true})
		}
	}
	add(v.T("未填"), t.Missing)
	add(v.T("含估计"), t.Estimated)
	add(v.T("缺佐证"), t.Unproved)
	add(v.T("另有待核实"), t.Pending)
	add(v.T("定稿后更正"), corrected)
	return lines
}

// figureNote is what to know of a figure before one relies on it.
type figureNote struct {
	Name, Text, Href string
	Notes            []string
	Missing          bool
}

// figureNotes lists the figures of the text that are not sure or not there, each once; of a table only the whole.
func figureNotes(v *desk.Visit, d report.Document) []figureNote {
	var all []figureNote
	seen := map[string]bool{}
	for _, f := range d.Figures {
		notes := f.Notes(v.Ctx)
		if f.Lacks() && f.Reason != "" {
			notes = []string{f.Reason}
		}
		if !f.Lacks() && len(notes) == 0 || seen[f.Code+f.Query] || f.Row != "" && timelessScope(f.Query) != timelessScope(d.Scope.Query) {
			continue
		}
		seen[f.Code+f.Query] = true
		n := figureNote{Name: f.Name, Text: f.Text, Notes: notes, Missing: f.Lacks()}
		if len(f.Names) > 0 {
			n.Text = v.T("名称 %d 项", len(f.Names))
		}
		if f.Query != "" {
			n.Href = figureHref(f)
		}
		all = append(all, n)
	}
	slices.SortStableFunc(all, func(a, b figureNote) int {
		switch {
		case a.Missing == b.Missing:
			return 0
		case a.Missing:
			return -1
		}
		return 1
	})
	return all
}

// timelessScope is a query without the checkpoint it is asked at.
func timelessScope(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return query
	}
	values.Del("asof")
	return values.Encode()
}
