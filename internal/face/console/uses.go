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

// usesOf is 用在: the line of the official form that asks for the figure, and the reports that print it.
func (c *Console) usesOf(v *desk.Visit, d indicator.Def) (uses []page.Use) {
	if d.Source != "" || d.Line != "" {
		uses = append(uses, page.Use{Label: strings.TrimSpace(d.Source + " " + d.Line)})
	}
	for _, o := range c.Shown.outlines {
		if slices.Contains(o.codes, d.Code) {
			uses = append(uses, page.Use{Label: v.T("报告「%s」", o.title), Href: "/reports"})
		}
	}
	return uses
}
