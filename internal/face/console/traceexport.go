package console

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"

	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// exportTrace gives the whole trace as a workbook: what the figure is, its facts, its parts, and what was left out.
func (c *Console) exportTrace(w http.ResponseWriter, r *http.Request) error {
	var tables []xlsx.Table
	var name string
	err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		t, err := v.Indicators.Trace(v.Ctx, tx, v.Scope, r.PathValue("code"), indicator.Options{By: v.At.Get("by")})
		if err != nil {
			return err
		}
		name = v.T("%s来处 %s.xlsx", t.Def.Short(), v.Indicators.Words(v.Ctx, t.Scope, t.Tree))
		facts, err := factSheet(tx, v, t)
		tables = []xlsx.Table{figureSheet(v, t), facts, partSheet(v, t), leftOutSheet(v, t)}
		return err
	})
	if err != nil {
		return err
	}
	return web.Send(w, name, func(out io.Writer) error { return xlsx.Write(out, tables...) })
}

// cellAmount is an amount in the indicator's unit as a number of a sheet; nil where there is none.
func cellAmount(d indicator.Def, n *big.Rat) any {
	if n == nil {
		return nil
	}
	f, err := strconv.ParseFloat(indicator.Rounded(n, max(d.Decimals, 2)), 64)
	if err != nil {
		return nil
	}
	return f
}

func figureSheet(v *desk.Visit, t indicator.Trace) xlsx.Table {
	value := any(v.T("没有数：%s", t.Reason))
	if t.Available {
		value = cellAmount(t.Def, t.Value)
	}
	rows := [][]any{
		{v.T("指标"), t.Def.Name}, {v.T("代码"), t.Def.Code}, {v.T("数字"), value}, {v.T("单位"), t.Def.Unit},
		{v.T("范围"), v.Indicators.Words(v.Ctx, t.Scope, t.Tree)}, {v.T("口径"), t.Def.Definition}, {v.T("算法"), t.Formula},
		{v.T("其中估计"), cellAmount(t.Def, t.Estimated)}, {v.T("其中缺佐证"), cellAmount(t.Def, t.Unproved)}, {v.T("另有待核实"), cellAmount(t.Def, t.Pending)},
		{v.T("账目"), t.Total}, {v.T("其中无权查看"), t.Hidden}, {v.T("业务记录"), t.Records}, {v.T("佐证"), t.Papers},
	}
	if t.Sealed.Size > 0 {
		rows = append(rows, []any{v.T("存证点"), t.Sealed.Size}, []any{v.T("存证时间"), moment(v, t.Sealed.At)}, []any{v.T("根哈希"), t.Sealed.Root})
	}
	return xlsx.Table{Name: v.T("数字"), Columns: []xlsx.Column{{Title: v.T("项目"), Width: 14}, {Title: v.T("内容"), Width: 70}}, Rows: xlsx.Values(rows)}
}

func factSheet(tx *db.Tx, v *desk.Visit, t indicator.Trace) (xlsx.Table, error) {
	table := xlsx.Table{Name: v.T("账目"), Columns: []xlsx.Column{{Title: v.T("账目编号"), Kind: xlsx.AsText, Width: 38}, {Title: v.T("存证序号")}, {Title: v.T("业务记录"), Kind: xlsx.AsText, Width: 16},
		{Title: v.T("名称"), Width: 34}, {Title: v.T("计量"), Width: 12}, {Title: v.T("数量")}, {Title: v.T("计量单位")}, {Title: v.T("确切")}, {Title: v.T("日期"), Kind: xlsx.AsDay}, {Title: v.T("地点"), Width: 18},
		{Title: v.T("单位"), Width: 18}, {Title: v.T("标签"), Width: 30}, {Title: v.T("更正")}, {Title: v.T("原因"), Width: 20}, {Title: v.T("佐证件数")}, {Title: v.T("缺佐证")},
		{Title: v.T("工作簿"), Width: 24}, {Title: v.T("工作表"), Width: 14}, {Title: v.T("第几行")}}}
	seen := map[string]bool{}
	var records []string
	for _, l := range t.Lines {
		if !seen[l.Ref.ID] {
			seen[l.Ref.ID], records = true, append(records, l.Ref.ID)
		}
	}
	papers, err := evidence.OfRecords(v.Ctx, tx, records...)
	if err != nil {
		return table, err
	}
	rows := make([][]any, len(t.Lines))
	for i, l := range t.Lines {
		m, _ := v.Indicators.Measure(l.Fact.Measure)
		unit, amount := wholeAmount(m, l.Fact.Amount)
		row := []any{l.ID, nil, l.Number, l.Title, m.Name, amount, unit, exactWord(v.Ctx, l.Fact.Exactness), l.Fact.Day, l.Place, l.Unit, l.Fact.Tags.Text(),
			correctionWord(v, l.Correction), l.Reason, l.Papers, missingTitles(v, l.Missing), nil, nil, nil}
		if l.Seq >= 0 {
			row[1] = l.Seq
		}
		for _, p := range papers[l.Ref.ID] {
			if p.Line > 0 {
				row[16], row[17], row[18] = p.Name, p.Sheet, p.Line
			}
		}
		rows[i] = row
	}
	table.Rows = xlsx.Values(rows)
	return table, nil
}

func correctionWord(v *desk.Visit, c indicator.Correction) string {
	switch c {
	case indicator.TakenBack:
		return v.T("更正前")
	case indicator.TakesBack:
		return v.T("更正")
	case indicator.Corrected:
		return v.T("更正后")
	case indicator.NoCorrection:
	}
	return ""
}

func partSheet(v *desk.Visit, t indicator.Trace) xlsx.Table {
	note := t.Why
	if t.AddsUp {
		note = v.T("各项相加等于这个数")
	}
	rows := make([][]any, len(t.Parts))
	for i, p := range t.Parts {
		rows[i] = []any{p.Name, cellAmount(t.Def, p.Figure.Value), t.Def.Unit, p.Records, p.Note}
	}
	return xlsx.Table{Name: v.T("构成"), Title: v.T("构成：%s", note), Columns: []xlsx.Column{{Title: v.T("项目"), Width: 20}, {Title: v.T("数字")}, {Title: v.T("单位")}, {Title: v.T("业务记录")}, {Title: v.T("说明"), Width: 24}}, Rows: xlsx.Values(rows)}
}

func leftOutSheet(v *desk.Visit, t indicator.Trace) xlsx.Table {
	rows := make([][]any, len(t.LeftOut))
	for i, l := range t.LeftOut {
		rows[i] = []any{l.Why, l.Records, cellAmount(t.Def, l.Amount), t.Def.Unit}
	}
	return xlsx.Table{Name: v.T("没有计入的"), Columns: []xlsx.Column{{Title: v.T("原因"), Width: 44}, {Title: v.T("业务记录")}, {Title: v.T("数字")}, {Title: v.T("单位")}}, Rows: xlsx.Values(rows)}
}

// provenFacts bounds how many facts one file of proofs has.
const provenFacts = 200

// proofFile is what a stranger checks a figure's facts with, beside the public keys.
type proofFile struct {
	Figure     string          `json:"figure"`
	Code       string          `json:"code"`
	Value      string          `json:"value"`
	Scope      string          `json:"scope"`
	Checkpoint string          `json:"checkpoint"`
	PublicKeys []string        `json:"public_keys"`
	Facts      []log.Inclusion `json:"facts"`
	More       int64           `json:"facts_not_in_this_file,omitempty"`
}

// getProof gives the proofs that facts of a figure are in the log which the checkpoint signs: of one fact (?fact=ID), or of the
// newest ones.
func (c *Console) getProof(w http.ResponseWriter, r *http.Request) error {
	var file proofFile
	fact := r.URL.Query().Get("fact")
	err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		t, err := v.Indicators.Trace(v.Ctx, tx, v.Scope, r.PathValue("code"), indicator.Options{Limit: provenFacts, Fact: fact})
		if err != nil {
			return err
		}
		if fact != "" && len(t.Lines) == 0 {
			return errs.E(errs.NotFound, "这个数里没有这条账目，或你无权查看")
		}
		if t.Sealed.Size == 0 {
			return errs.E(errs.NotFound, "还没有存证点，请先在「台账与存证」存证")
		}
		file = proofFile{Figure: t.Def.Name, Code: t.Def.Code, Value: t.Screen(v.Ctx) + t.Unit(), Scope: v.Indicators.Words(v.Ctx, t.Scope, t.Tree), Checkpoint: t.Sealed.Note}
		for _, l := range t.Lines {
			if l.Seq < 0 || l.Seq >= t.Sealed.Size {
				continue
			}
			p, err := c.Keeper.Prove(v.Ctx, tx, t.Sealed, l.ID)
			if err != nil {
				return err
			}
			file.Facts = append(file.Facts, p)
		}
		if fact == "" {
			file.More = t.Total - int64(len(file.Facts))
		} else if len(file.Facts) == 0 {
			return errs.E(errs.NotFound, "这条账目还没有编号，等下一个存证点再下载")
		}
		file.PublicKeys, err = log.PublicKeys(v.Ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	web.Download(w, fmt.Sprintf("%s-proof.json", file.Code))
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false) // and no indent: a leaf is hashed byte by byte
	if err := out.Encode(file); err != nil {
		return fmt.Errorf("write the proofs: %w", err)
	}
	return nil
}
