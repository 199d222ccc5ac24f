package main

import (
	"fmt"
	"strings"

	"shilu/internal/app"
	"shilu/internal/core/access"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
)

type initCommand struct {
	Name    string `required:"" help:"Name of the association, for example 云岭县科学技术协会."`
	Code    string `help:"Short code of the association; its name unless given."`
	Admin   string `required:"" help:"Login name of the first administrator."`
	Another bool   `help:"Set up one more beside those that the database has; every command then needs --association."`
}

// Run makes the schema, the keys, the association and its administrator, whose one-time password it prints.
func (c *initCommand) Run(e *environment) error {
	config := e.config()
	release, _, err := e.take(&config, "init")
	if err != nil {
		return err
	}
	defer release()
	made, password, err := app.Init(e, config, app.NewAssociation{Name: c.Name, Code: c.Code, Admin: c.Admin, Another: c.Another})
	if err != nil {
		return err
	}
	e.stdout.printf("已建立：%s（代码 %s）\n管理员：%s\n一次性密码：%s（第一次登录要改）\n", made.Name, made.Code, c.Admin, password)
	return nil
}

type migrateCommand struct {
	Plan bool `help:"Only list what would be applied."`
}

// Run applies the migrations, or lists them.
func (c *migrateCommand) Run(e *environment) error {
	config := e.config()
	if err := config.Settled(); err != nil {
		return err
	}
	if c.Plan {
		names, err := app.MigrationPlan(e, config)
		if err != nil {
			return err
		}
		up := app.Upgraded{Applied: names}
		if len(names) == 0 {
			if up.Restated, err = app.RestatePlan(e, config); err != nil && !errs.Is(err, errs.NotFound) { // without a key nothing was set up
				return err
			}
		}
		return e.applied(up)
	}
	release, _, err := e.take(&config, "migrate")
	if err != nil {
		return err
	}
	defer release()
	up, err := app.Upgrade(e, config)
	if err != nil {
		return err
	}
	return e.applied(up)
}

// applied prints what an upgrade did: exit 1 when verification has found something.
func (e *environment) applied(up app.Upgraded) error {
	if up.Backup != "" {
		e.stdout.printf("升级前已备份到 %s\n", up.Backup)
	}
	for _, n := range up.Applied {
		e.stdout.println(n)
	}
	e.restated(up.Restated)
	for _, d := range up.Differences {
		e.stdout.println(d)
	}
	switch {
	case len(up.Applied)+len(up.Restated) == 0:
		e.stdout.println("已是最新")
	case up.Found > 0:
		e.stdout.printf("升级后核对有 %d 处不一致\n", up.Found)
		return exit(exitWrong)
	case up.Backup != "":
		e.stdout.println("升级后核对无误")
	}
	return nil
}

// restated prints what new rules did to the records that stood by older ones.
func (e *environment) restated(all []app.Restated) {
	for _, r := range all {
		e.stdout.printf("%s，口径第 %d 版："+access.StatedAnew+"\n", r.Title, r.Version, r.Posted, r.Same, r.Waiting)
		if r.Waiting > 0 {
			e.stdout.println("  " + acceptWords)
		}
		if r.Odd > 0 {
			e.stdout.printf("  %d 条和账上对不上，没有重算，见核对\n", r.Odd)
		}
	}
}

// acceptWords says who lets records of closed days stand by new rules.
const acceptWords = "等更正的，日子已经结账，请主席或干事在「结账」页按新口径更正"

// outdated prints how many records stand by an older rule, which is no fault.
func (e *environment) outdated(all []app.Outdated) {
	for _, o := range all {
		if o.Waiting {
			e.stdout.printf("%s有 %d 条按旧口径记着：日子已经结账，请主席或干事在「结账」页按新口径更正\n", o.Title, o.Records)
		} else {
			e.stdout.printf("%s有 %d 条还按旧口径记着，请运行 shilu migrate\n", o.Title, o.Records)
		}
	}
}

type userCommand struct {
	Add   userAddCommand   `cmd:"" help:"Add an account and print its one-time password."`
	Reset userResetCommand `cmd:"" help:"Let somebody in who is locked out: print a new one-time password, and turn codes off."`
}

type userAddCommand struct {
	Name     string   `arg:"" help:"Login name."`
	Role     string   `required:"" enum:"admin,security,auditor,chair,officer,clerk,liaison,viewer" help:"Role: ${enum}. Officer and chair verify."`
	Unit     string   `help:"Code of the unit; the office unless given."`
	Modules  []string `help:"Limit an officer's right to these modules." sep:","`
	FullName string   `name:"full-name" help:"Name shown in the history; the login name unless given."`
	Phone    string   `help:"Phone number, a second way to sign in."`
}

// Run adds the account.
func (c *userAddCommand) Run(e *environment) error {
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	password, err := a.AddUser(e, app.NewUser{User: c.Name, FullName: c.FullName, Phone: c.Phone, Role: access.Role(c.Role), UnitCode: c.Unit, Modules: c.Modules})
	if err != nil {
		return err
	}
	e.stdout.printf("账号：%s\n一次性密码：%s（第一次登录要改）\n", c.Name, password)
	return nil
}

type userResetCommand struct {
	Name      string `arg:"" help:"Login name."`
	KeepCodes bool   `name:"keep-codes" help:"Leave the second step of signing in as it is."`
}

// Run gives the account a way back in, also that of the last administrator, whom nobody else could let in.
func (c *userResetCommand) Run(e *environment) error {
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	password, dropped, err := a.ResetUser(e, c.Name, !c.KeepCodes)
	if err != nil {
		return err
	}
	e.stdout.printf("账号：%s\n一次性密码：%s（第一次登录要改）\n", c.Name, password)
	if dropped {
		e.stdout.println("动态口令已关，登录后可以再开")
	}
	return nil
}

type orgCommand struct {
	Import orgImportCommand `cmd:"" help:"Add places and units from a workbook or csv."`
}

type orgImportCommand struct {
	File string `arg:"" type:"path" help:"Sheets with 乡镇、村、代码 or with 单位、代码、类型、上级、地点."`
	From string `help:"Day from which new places are there (2026-03-05) whose line does not say so; without it they always were."`
}

// Run imports places and units; what is there already stays.
func (c *orgImportCommand) Run(e *environment) error {
	if err := existing(c.File); err != nil {
		return err
	}
	from := day.Day(c.From)
	if _, err := day.Parse(c.From); c.From != "" && err != nil {
		return errs.E(errs.Invalid, "--from 写的是「%s」，请写成 2026-03-05", c.From)
	}
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	book, err := xlsx.Open(c.File, xlsx.Limits{})
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	done, err := a.ImportOrg(e, book, from)
	if err != nil {
		return err
	}
	e.stdout.printf("新增地点 %d 个、单位 %d 个，原有 %d 个\n", done.Places, done.Units, done.Same)
	for _, p := range done.Problems {
		e.stderr.println(strings.TrimSpace(fmt.Sprintf(p.Text, p.Args...)))
	}
	if len(done.Problems) > 0 {
		return exit(exitRejected)
	}
	return nil
}
