package console

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// outlineUse is a shipped outline of a report: its title without fields, and the indicators it asks for.
type outlineUse struct {
	title string
	codes []string
}

// readOutlineUses reads which indicators the shipped outlines ask for.
func readOutlineUses(files fs.FS) ([]outlineUse, error) {
	var all []outlineUse
	for _, name := range report.ShippedNames(files) {
		text, err := report.Shipped(files, name)
		if err != nil {
			return nil, err
		}
		o, err := report.ParseOutline(name, text)
		if err != nil {
			return nil, fmt.Errorf("outline %s: %w", name, err)
		}
		var title strings.Builder
		for _, part := range o.Title {
			title.WriteString(part.Text)
		}
		all = append(all, outlineUse{strings.TrimSpace(title.String()), o.Codes()})
	}
	return all, nil
}

// usesMost bounds how many reports are listed under 用在.
const usesMost = 6

// RecordUses is 用在 on the page of a record: the reports whose figures count it, those that the reader may see.
func (c *Console) RecordUses(tx *db.Tx, v *desk.Visit, ref id.Ref) ([]page.Use, error) {
	reports, err := c.Reports.Counting(v.Ctx, tx, ref)
	return reportUses(v, reports), err
}

// reportUses names reports by their titles and how they stand, the one changed last first.
func reportUses(v *desk.Visit, all []report.Stored) (uses []page.Use) {
	for _, r := range all[:min(len(all), usesMost)] {
		label := v.T("「%s」（草稿）", r.Title)
		if r.Final != nil {
			label = v.T("「%s」（已定稿，存证点 № %d）", r.Title, r.Final.Checkpoint)
		}
		uses = append(uses, page.Use{Label: label, Href: reportHref(r.ID)})
	}
	if more := len(all) - usesMost; more > 0 {
		uses = append(uses, page.Use{Label: v.T("另有 %d 份报告", more), Href: reportsPath})
	}
	return uses
}

// usesOf is 用在: the line of the official form that asks for the figure, and the reports that print it, those that the reader may
// see. Where there is none yet, the shipped outlines stand there.
func (c *Console) usesOf(tx *db.Tx, v *desk.Visit, t indicator.Trace) (uses []page.Use, err error) {
	d := t.Def
	if d.Source != "" || d.Line != "" {
		uses = append(uses, page.Use{Label: strings.TrimSpace(d.Source + " " + d.Line)})
	}
	reports, err := c.Reports.Printing(v.Ctx, tx, t.Scope, d.Code)
	if err != nil || len(reports) > 0 {
		return append(uses, reportUses(v, reports)...), err
	}
	for _, o := range c.Shown.outlines {
		if slices.Contains(o.codes, d.Code) {
			uses = append(uses, page.Use{Label: v.T("报告「%s」", o.title)})
		}
	}
	return uses, nil
}
