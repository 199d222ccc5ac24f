package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"shilu/internal/app"
	"shilu/internal/core/indicator"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// scopeFlags say which records the readers count.
type scopeFlags struct {
	Period string   `help:"2026, 2026-H1, 2026-Q3, 2026-09 or A..B; this year up to today unless given."`
	Year   int      `help:"Short for --period with a year."`
	Unit   string   `help:"Code of a unit: it and all below it."`
	Place  string   `help:"Code of a place: it and all below it."`
	Tag    []string `help:"Only facts with the tag NAME=VALUE; may be given again." sep:"none" placeholder:"NAME=VALUE"`
	AsOf   int64    `name:"as-of" help:"As known when the log had so many entries (see shilu checkpoint)." placeholder:"SEQ"`
}

// values are the flags as an address has them.
func (s scopeFlags) values() (url.Values, error) {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	if s.Period != "" && s.Year != 0 {
		return nil, errs.E(errs.Invalid, "--period 和 --year 只写一个")
	}
	if s.Year != 0 {
		s.Period = strconv.Itoa(s.Year)
	}
	set("period", s.Period)
	set("unit", s.Unit)
	set("place", s.Place)
	if s.AsOf != 0 {
		set("asof", strconv.FormatInt(s.AsOf, 10))
	}
	for _, t := range s.Tag {
		name, value, ok := strings.Cut(t, "=")
		if !ok || name == "" || value == "" {
			return nil, errs.E(errs.Invalid, "标签「%s」要写成 名称=值", t)
		}
		v.Add("tag", name+":"+value)
	}
	return v, nil
}

// ask brings the log up to date and reads the scope. It refuses tags that no module posts under and a log longer than it is: both
// would print noughts that look like figures.
func (s scopeFlags) ask(ctx context.Context, a *app.App, values url.Values) (scope indicator.Scope, tree *org.Tree, err error) {
	point, err := a.Seal(ctx)
	if err != nil {
		return scope, tree, err
	}
	if err := s.known(a.Indicators, point.Size); err != nil {
		return scope, tree, err
	}
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		scope, tree, err = indicator.ParseScope(ctx, tx, values)
		return err
	})
	return scope, tree, err
}

// known is what ask refuses.
func (s scopeFlags) known(c *indicator.Catalogue, size int64) error {
	for _, t := range s.Tag {
		if name, _, _ := strings.Cut(t, "="); !c.HasTag(name) {
			return errs.E(errs.Invalid, "没有标签「%s」，可以用：%s", name, strings.Join(c.Tags(), "、"))
		}
	}
	if s.AsOf > size {
		return errs.E(errs.Invalid, "账目日志到现在共 %d 条，--as-of 不能是 %d", size, s.AsOf)
	}
	return nil
}

// read opens the application and runs fn with the scope, after the log was brought up to date.
func (s scopeFlags) read(e *environment, fn func(a *app.App, tx *db.Tx, ctx *environment, scope indicator.Scope) error) error {
	values, err := s.values()
	if err != nil {
		return err
	}
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	ctx, err := a.AtMachine(e)
	if err != nil {
		return err
	}
	scope, _, err := s.ask(ctx, a, values)
	if err != nil {
		return err
	}
	inner := *e
	inner.Context = ctx
	return a.DB.View(ctx, func(tx *db.Tx) error { return fn(a, tx, &inner, scope) })
}

type indicatorsCommand struct {
	scopeFlags `embed:""`
	Codes      []string `arg:"" optional:"" help:"Codes; all indicators unless given."`
	JSON       bool     `name:"json" help:"Print one JSON document."`
}

// Run prints the indicators of the scope.
func (c *indicatorsCommand) Run(e *environment) error {
	return c.read(e, func(a *app.App, tx *db.Tx, e *environment, scope indicator.Scope) error {
		figures, err := a.Indicators.Values(e, tx, scope, c.Codes...)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(e, figures)
		}
		e.stdout.columns(func(lines *output) {
			for _, f := range figures {
				if !f.Available && len(c.Codes) == 0 {
					continue
				}
				value := f.Screen(e)
				if !f.Available {
					value = f.Reason
				}
				lines.printf("%s\t%s\t%s %s\n", f.Def.Code, f.Def.Name, value, f.Unit())
			}
		})
		return nil
	})
}

type traceCommand struct {
	scopeFlags `embed:""`
	Code       string `arg:"" help:"Code of the indicator."`
	By         string `help:"Breakdown: township, unit, month or tag:NAME."`
	JSON       bool   `name:"json" help:"Print one JSON document."`
}

// Run prints where a figure comes from.
func (c *traceCommand) Run(e *environment) error {
	return c.read(e, func(a *app.App, tx *db.Tx, e *environment, scope indicator.Scope) error {
		t, err := a.Indicators.Trace(e, tx, scope, c.Code, indicator.Options{By: c.By})
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(e, t)
		}
		e.stdout.printf("%s %s %s\n%s\n%s\n", t.Def.Name, t.Screen(e), t.Unit(), a.Indicators.Words(e, scope, t.Tree), t.Formula)
		if !t.Available {
			e.stdout.println(t.Reason)
		}
		e.stdout.columns(func(lines *output) {
			for _, p := range t.Parts {
				lines.printf("  %s\t%s\t%s\n", p.Name, p.Figure.Screen(e), p.Note)
			}
			if t.Numerator != nil && t.Denominator != nil {
				lines.printf("  = %s %s\t÷ %s %s\n", t.Numerator.Screen(e), t.Numerator.Def.Name, t.Denominator.Screen(e), t.Denominator.Def.Name)
			}
			for _, l := range t.Estimates {
				lines.printf("估计\t%s\t%s\t%s%d\t%s\n", l.Number, l.Title, exactWords[l.Fact.Exactness], l.Fact.Amount, sourceWords(l.Source))
			}
			for _, l := range t.Lines {
				measure := l.Fact.Measure
				if m, ok := a.Indicators.Measure(measure); ok {
					measure = m.Name
				}
				lines.printf("%d\t%s\t%s\t%s\t%s\t%s%d\t%s\t%s\n", l.Seq, l.Number, l.Title, l.Fact.Day, measure, exactWords[l.Fact.Exactness], l.Fact.Amount, l.Place, sourceWords(l.Source))
			}
			for _, o := range t.LeftOut {
				amount := ""
				if o.Amount != nil {
					amount = indicator.Rounded(o.Amount, t.Def.Decimals)
				}
				lines.printf("未计入\t%s\t%d 条\t%s\n", o.Why, o.Records, amount)
			}
		})
		return nil
	})
}

// exactWords are the words before an amount that is not exact.
var exactWords = map[ledger.Exactness]string{ledger.About: "约", ledger.AtLeast: "至少", ledger.Nearly: "近"}

// sourceWords names the row of the workbook that a record came from; "" for one that was entered by hand.
func sourceWords(s indicator.Source) string {
	if s.Row == 0 {
		return ""
	}
	return s.File + intake.Address(s.Sheet, s.Row).String()
}

type verifyCommand struct {
	Against string `help:"Compare the log with a checkpoint that was kept, in this file, instead." type:"existingfile" placeholder:"FILE"`
}

// Run recomputes everything and prints only what is wrong, and what stands by an older rule: exit 0 nothing is wrong, 1 something.
func (c *verifyCommand) Run(e *environment) error {
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	ctx, err := a.In(e)
	if err != nil {
		return err
	}
	found := 0
	report := func(d log.Difference) {
		found++
		e.stdout.println(d)
	}
	if c.Against == "" {
		err = a.Verify(ctx, report)
	} else {
		err = c.compare(ctx, a, report)
	}
	if err != nil {
		return err
	}
	if c.Against == "" {
		old, err := a.Outdated(ctx)
		if err != nil {
			return err
		}
		e.outdated(old)
	}
	if found > 0 {
		return exit(exitWrong)
	}
	return nil
}

// compare checks the log against a checkpoint from outside.
func (c *verifyCommand) compare(ctx context.Context, a *app.App, report log.Report) error {
	text, err := os.ReadFile(c.Against)
	if err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	return a.DB.View(ctx, func(tx *db.Tx) error {
		_, err := a.Keeper.Check(ctx, tx, string(text), report)
		return err
	})
}

type checkpointCommand struct {
	Out string `short:"o" help:"File to write to; stdout unless given." type:"path"`
}

// Run signs the state of the ledger and prints the checkpoint.
func (c *checkpointCommand) Run(e *environment) error {
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	ctx, err := a.In(e)
	if err != nil {
		return err
	}
	point, err := a.Seal(ctx)
	if err != nil {
		return err
	}
	if c.Out == "" {
		e.stdout.printf("%s", point.Note)
		return nil
	}
	if err := os.WriteFile(c.Out, []byte(point.Note), 0o600); err != nil {
		return errs.E(errs.Unavailable, "存证点写不到 %s，请换一个地方（-o）", c.Out).Because(err)
	}
	return nil
}
