package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

type importCommand struct {
	File         string   `arg:"" type:"path" help:"Workbook (.xlsx) or .csv in UTF-8 or GBK."`
	As           string   `required:"" help:"Login name of who imports."`
	VerifyAs     string   `name:"verify-as" help:"Login name of another person, who verifies new and changed rows at once (批量核实). Rows that are in already and still wait are named, not verified: exit code 4."`
	Module       string   `help:"Kind of work that the rows are: training, activity, facility or external." default:"training"`
	Year         int      `help:"Year of days without one."`
	CreatePlaces bool     `name:"create-places" help:"Create townships and villages that are not known."`
	PlacesFrom   string   `name:"places-from" help:"Day from which they are there (2026-03-05); without it, for each the year of the earliest row that names it."`
	PlacesWhy    string   `name:"places-why" help:"Why that reaches into closed days, which only the chair may do."`
	Fill         []string `name:"fill" sep:"none" placeholder:"COLUMN=VALUE" help:"What all rows say in a column that the sheet does not have, as 专业=核桃; repeatable."`
	DryRun       bool     `name:"dry-run" help:"Only say what would happen."`
	JSON         bool     `name:"json" help:"Print one JSON document."`
}

// Help adds the exit codes.
func (c *importCommand) Help() string {
	return "Exit code 0: all rows are in. 2: nothing was done. 3: some rows were rejected, the rest is in. 4: all rows are in, but with --verify-as some of their records still wait to be verified: the rows are printed, with why."
}

// importReport is what --json prints: the result, and with --verify-as the rows whose records still wait.
type importReport struct {
	intake.Result
	Unverified []unverified `json:"unverified_rows,omitempty"`
}

// withFlags names the flags by which the command line says what a refusal of new places, or of what all rows say, is about.
func withFlags(err error) error {
	var e *errs.Error
	if errors.As(err, &e) && slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Name == intake.FillField }) {
		return errs.E(errs.Invalid, "--fill：%s", lang.Said(err)).Because(err)
	}
	if !errors.As(err, &e) || !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Name == intake.PlacesFromField || f.Name == intake.PlacesWhyField }) {
		return err
	}
	return errs.E(errs.Invalid, "%s（--places-from 写从哪天起有，--places-why 写为什么动到结过的账）", lang.Said(err)).Because(err)
}

// unverified is a row whose record still waits to be verified though somebody verified with the import.
type unverified struct {
	Sheet  string `json:"sheet"`
	Line   int    `json:"line"`
	Number string `json:"number"`
	Why    string `json:"why"`
}

// Run imports the file.
func (c *importCommand) Run(e *environment) error {
	if err := existing(c.File); err != nil {
		return err
	}
	if _, err := day.Parse(c.PlacesFrom); c.PlacesFrom != "" && err != nil {
		return errs.E(errs.Invalid, "--places-from 写的是「%s」，请写成 2026-03-05", c.PlacesFrom)
	}
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	ctx, err := a.As(e, c.As)
	if err != nil {
		return err
	}
	if c.VerifyAs == c.As {
		return errs.E(errs.Forbidden, "导入人不能自己核实，请让另一个人核实（--verify-as）")
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("open %s: %w", c.File, err)
	}
	defer func() { _ = f.Close() }()
	fill, err := c.fill(a.Intake.Targets)
	if err != nil {
		return err
	}
	o := intake.Options{Year: c.Year, Create: c.CreatePlaces, PlacesFrom: day.Day(c.PlacesFrom), PlacesWhy: c.PlacesWhy, Fill: fill}
	name := filepath.Base(c.File)
	if c.DryRun {
		return withFlags(a.Intake.Try(ctx, c.Module, name, f, o, c.VerifyAs, func(r intake.Result) error { return c.report(ctx, e, a.Intake, r) }))
	}
	r, err := a.Intake.Run(ctx, c.Module, name, f, o, c.VerifyAs)
	if err != nil {
		return withFlags(err)
	}
	if _, err := a.Seal(ctx); err != nil {
		return err
	}
	return c.report(ctx, e, a.Intake, r)
}

// report prints what became of the file, or would; the error is the exit code.
func (c *importCommand) report(ctx context.Context, e *environment, engine *intake.Engine, r intake.Result) error {
	left, err := c.unverified(ctx, engine, r)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := writeJSON(e, importReport{r, left}); err != nil {
			return err
		}
	} else {
		c.print(e, engine.Targets, r)
		if !r.Again {
			if err := c.printRows(ctx, e, engine, r); err != nil {
				return err
			}
		}
		for i, row := range left {
			if i == mostRows {
				e.stdout.printf("还有 %d 行没有核实，--json 列出全部\n", len(left)-i)
				break
			}
			e.stdout.printf("%s（%s）%s\n", intake.Address(row.Sheet, row.Line), row.Number, row.Why)
		}
		c.printCounts(e, r)
	}
	if c.DryRun && c.CreatePlaces {
		if err := engine.MayMake(ctx, r, r.Options); err != nil {
			e.stderr.printf("shilu: 真导入时会被拒绝：%s\n", withFlags(err))
		}
	}
	switch {
	case len(left) > 0:
		e.stderr.printf("shilu: 有 %d 行没有核实，请核实人（%s）登录后在「待办」里看过再核实\n", len(left), c.VerifyAs)
	case c.VerifyAs != "" && r.Again && c.VerifyAs != r.Verifier:
		e.stderr.printf("shilu: 「%s」已由%s导入过，--verify-as 没有起作用\n", r.File, r.Name)
	}
	if !c.DryRun && r.State != intake.Done { // stopped on a page, or what an interrupted undo left was taken back
		e.stderr.printf("shilu: 「%s」没有导入：%s\n", r.File, standing(r))
		return exit(exitNothing)
	}
	switch r.Counts[intake.Rejected] {
	case total(r.Counts): // also where no row was found
		return exit(exitNothing)
	case 0:
		if len(left) > 0 {
			return exit(exitUnverified)
		}
		return nil
	}
	return exit(exitRejected)
}

// fill is --fill by the keys of columns, which are named by their titles or keys.
func (c *importCommand) fill(targets []intake.Target) (map[string]string, error) {
	var columns []intake.Column
	for _, t := range targets {
		if t.Kind() == c.Module {
			columns = t.Columns()
		}
	}
	all, named := map[string]string{}, map[string]string{}
	for _, one := range c.Fill {
		name, text, is := strings.Cut(one, "=")
		if !is || strings.TrimSpace(text) == "" {
			return nil, errs.E(errs.Invalid, "--fill 写的「%s」看不懂，请写成 专业=核桃 这样", one)
		}
		i := slices.IndexFunc(columns, func(col intake.Column) bool {
			return col.Key == name || col.Title == name || slices.Contains(col.Aliases, name)
		})
		if len(columns) == 0 {
			continue // Run says which modules there are
		}
		if i < 0 {
			var titles []string
			for _, col := range columns {
				titles = append(titles, col.Title)
			}
			return nil, errs.E(errs.Invalid, "--fill 写的「%s」不是这里的列，能写的有：%s", name, strings.Join(titles, "、"))
		}
		key := columns[i].Key
		if other, twice := named[key]; twice {
			return nil, errs.E(errs.Invalid, "--fill 写的「%s」和「%s」是同一列「%s」，请只写一个", other, name, columns[i].Title)
		}
		all[key], named[key] = text, name
	}
	return all, nil
}

// unverified are the rows whose records still wait where somebody was to verify them.
func (c *importCommand) unverified(ctx context.Context, engine *intake.Engine, r intake.Result) (all []unverified, err error) {
	if c.VerifyAs == "" || c.DryRun {
		return nil, nil
	}
	for at := (intake.RowPage{Waiting: true, Limit: 500}); ; {
		rows, err := engine.Rows(ctx, r.ID, nil, at)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			why := "没有随导入核实：早已登记，这次没有变，只核实新增和改动的行"
			if i := slices.IndexFunc(row.Notes, func(n intake.Note) bool { return n.Waits }); i >= 0 {
				why = row.Notes[i].Text
			}
			all = append(all, unverified{row.Sheet, row.Line, row.Number, why})
			at.Sheet, at.Line = row.Index, row.Line
		}
		if len(rows) < at.Limit {
			return all, nil
		}
	}
}

// standing says where an import stands that did not come to its end.
func standing(r intake.Result) string {
	if r.State == intake.Undone {
		return "上次没有撤销完的已经撤销，请再运行一次"
	}
	return fmt.Sprintf("停在 %d / %d 行，请再运行一次接着导入", r.Done, r.Total)
}

func total(counts map[intake.Verdict]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// print says in sentences what the file was understood as and what became of its rows.
func (c *importCommand) print(e *environment, targets []intake.Target, r intake.Result) {
	out := e.stdout
	for _, s := range r.Sheets {
		if s.Wide > 0 {
			out.printf("「%s」：%s\n", s.Name, s.Skipped)
			c.printLacks(e, r.Lacking(s))
			continue
		}
		if s.Skipped != "" {
			out.printf("「%s」不导入：%s\n", s.Name, s.Skipped)
			continue
		}
		kind := s.KindName
		if kind == "" {
			kind = "类型看每一行"
		}
		out.printf("「%s」：%s，%d 行\n", s.Name, kind, s.Rows)
		for _, t := range s.Totals {
			if t.OK() { // of the others a note speaks
				out.printf("  %s %s「%s」%d，与各行之和一致\n", t.Cell, t.Word, t.Head, t.Stated)
			}
		}
		for _, one := range s.Filled {
			out.printf("  「%s」所有行都是「%s」\n", one.Title, one.Text)
		}
		c.printLacks(e, r.Lacking(s))
		for _, n := range s.Notes {
			out.printf("  %s\n", strings.TrimSpace(n.Cell+" "+n.Text))
		}
	}
	if c.CreatePlaces {
		for _, u := range r.Creatable() {
			out.printf("将新建地点「%s」，从%s起有（%d 行，首见%s）\n", u.Name(), c.since(u).Long(), u.Rows, u.Where)
		}
	}
	for _, u := range r.Unknown {
		name := u.Name()
		if u.Created {
			out.printf("新建地点「%s」，从%s起有\n", name, u.From.Long())
			continue
		}
		if c.CreatePlaces && u.Creatable() {
			continue
		}
		near := ""
		if len(u.Near) > 0 {
			near = "，相近的有：" + strings.Join(u.Near, "、")
		}
		out.printf("没有地点「%s」（%d 行，首见%s）%s\n", name, u.Rows, u.Where, near)
	}
	unplaced, creatable := 0, false
	for _, u := range r.Unknown {
		if !u.Created && (!c.CreatePlaces || !u.Creatable()) {
			unplaced += u.Rows
			creatable = creatable || u.Creatable()
		}
	}
	if unplaced > 0 {
		says := ""
		if creatable {
			says = "；真有的，加 --create-places 新建"
		}
		if c.hasVenue(targets) {
			says += "；不是村的，写在「具体场所」一列"
		}
		out.printf("地点没有登记的共 %d 行%s\n", unplaced, says)
	}
	for _, w := range r.Wrong {
		if why := intake.Reasons(slices.DeleteFunc(w.Notes, intake.Note.Once)); why != "" { // what all rows have is said already
			out.printf("%s没有导入：%s\n", intake.Address(w.Sheet, w.Line), why)
		}
	}
	if r.VanishedN > 0 {
		out.printf("本文件覆盖 %s，其中：\n", r.Covers(context.Background()))
	}
	for _, g := range r.Vanished {
		out.printf("上次有、这次没有：%s %s\n", g.Number, g.Title)
	}
}

// printLacks names the columns that a sheet lacks, and how to do without.
func (c *importCommand) printLacks(e *environment, all []intake.Lack) {
	for _, l := range all {
		says := fmt.Sprintf("没有「%s」这一列", l.Title)
		if l.Rows > 0 {
			says += fmt.Sprintf("，%d 行因此进不了", l.Rows)
		}
		says += "：请在表里补上这一列"
		switch {
		case l.Year:
			says += "；都是同一年的，加 --year 2024 这样"
		case !l.Each:
			says += fmt.Sprintf("；所有行都一样的，加 --fill %s=…", l.Title)
		}
		e.stdout.printf("  %s\n", says)
	}
}

// since is from when a place would be there.
func (c *importCommand) since(u intake.Unknown) day.Day {
	if c.PlacesFrom != "" {
		return day.Day(c.PlacesFrom)
	}
	return u.From
}

// hasVenue reports whether sheets of the module have a column for what is no place of its own.
func (c *importCommand) hasVenue(targets []intake.Target) bool {
	return slices.ContainsFunc(targets, func(t intake.Target) bool {
		return t.Kind() == c.Module && slices.ContainsFunc(t.Columns(), func(col intake.Column) bool { return col.Title == "具体场所" })
	})
}

// mostRows is how many rows of a kind are printed; the page and --json have all.
const mostRows = 50

// printRows names the rows that change a record, field by field, and those that somebody should look at.
func (c *importCommand) printRows(ctx context.Context, e *environment, engine *intake.Engine, r intake.Result) error {
	changed, err := engine.Rows(ctx, r.ID, []intake.Verdict{intake.Changed}, intake.RowPage{Limit: mostRows + 1})
	if err != nil {
		return err
	}
	noted, err := engine.Rows(ctx, r.ID, []intake.Verdict{intake.New, intake.Changed, intake.Same, intake.Joined}, intake.RowPage{Limit: mostRows + 1, Noted: true})
	if err != nil {
		return err
	}
	for i, row := range changed {
		if i == mostRows {
			e.stdout.printf("还有别的改动，见页面\n")
			break
		}
		var says []string
		for _, ch := range row.Changes {
			says = append(says, fmt.Sprintf("%s「%s」改为「%s」", ch.Label, ch.Before, ch.After))
		}
		e.stdout.printf("%s改动 %s：%s\n", intake.Address(row.Sheet, row.Line), row.Number, strings.Join(says, "，"))
	}
	for i, row := range noted {
		if i == mostRows {
			e.stdout.printf("还有别的要看一眼，见页面\n")
			break
		}
		for _, n := range slices.DeleteFunc(row.Notes, func(n intake.Note) bool { return n.Place || n.Waits }) { // these are said by themselves
			e.stdout.printf("%s请看一眼：%s\n", intake.Address(row.Sheet, row.Line), strings.TrimSpace(n.Cell+" "+n.Text))
		}
	}
	return nil
}

// printCounts is the last line: how many rows came to what.
func (c *importCommand) printCounts(e *environment, r intake.Result) {
	out := e.stdout
	if r.Again {
		out.printf("这个文件已经由%s导入过，没有变化\n", r.Name)
	}
	if r.Unverified > 0 && c.VerifyAs == "" {
		out.printf("已在的 %d 行没有变，其中 %d 条仍待核实\n", r.Counts[intake.Same], r.Unverified)
	}
	if n := r.Counts[intake.Joined]; n > 0 {
		out.printf("另有 %d 行和别的行记成一条\n", n)
	}
	if made := r.Made(); len(made) > 0 && r.Created+r.Revised == 0 && !r.Again {
		out.printf("一行也没有导入，新建的 %d 个地点留着；用不着的，在「设置 → 地点」里并入上级\n", len(made))
	}
	out.printf("新增 %d，相同 %d，改动 %d，未导入 %d\n", r.Counts[intake.New], r.Counts[intake.Same], r.Counts[intake.Changed], r.Counts[intake.Rejected])
}

// writeJSON prints one document.
func writeJSON(e *environment, v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
