package main

import (
	"time"

	"shilu/internal/app"
	"shilu/internal/core/log"
	"shilu/internal/kit/backup"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

type backupCommand struct {
	File string `arg:"" type:"path" help:"Zip to write; it must not be there yet."`
}

// Run writes a backup while others go on working.
func (c *backupCommand) Run(e *environment) error {
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	m, err := a.Backup(e, c.File, e.steps("已写"))
	if err != nil {
		return err
	}
	made, err := a.Upkeep.When(e, m.Made)
	if err != nil {
		return err
	}
	e.stdout.printf("已备份到 %s：%d 张表 %d 行，%d 个文件 %s，库的时点 %s\n", c.File, len(m.Tables), m.Rows(), m.Files, blob.Size(m.Bytes), made)
	e.stdout.println("主密钥不在备份里，请另外保存")
	if err := a.Upkeep.Made(e, c.File, m); err != nil && !errs.Is(err, errs.NotFound) { // where nothing is set up, nothing is noted
		return err
	}
	for _, hash := range m.Missing {
		e.stderr.printf("缺文件 %s，请运行 shilu verify 看是哪份佐证\n", hash)
	}
	for _, hash := range m.Damaged {
		e.stderr.printf("文件 %s 的内容变了，恢复时不会带上，请运行 shilu verify 看是哪份佐证\n", hash)
	}
	if len(m.Missing)+len(m.Damaged) > 0 {
		return exit(exitRejected)
	}
	return nil
}

type restoreCommand struct {
	File  string `arg:"" type:"existingfile" help:"Zip that shilu backup wrote."`
	Drill bool   `help:"Only try: restore into a folder that is taken away again, verify, and note the result and the day in the data folder."`
}

// Run reads a backup into an empty folder or database, then recomputes everything: exit 1 when something is wrong.
func (c *restoreCommand) Run(e *environment) error {
	if c.Drill {
		return c.drill(e)
	}
	config := e.config()
	release, _, err := e.take(&config, "restore")
	if err != nil {
		return err
	}
	defer release()
	a, m, err := app.Restore(e, config, c.File, e.steps("已读"))
	if err != nil {
		return err
	}
	defer a.Close()
	made, err := a.Upkeep.When(e, m.Made)
	if err != nil {
		return err
	}
	e.stdout.printf("已恢复 %s 的备份：%d 行，%d 个文件\n", made, m.Rows(), m.Files)
	e.restated(a.Upgraded.Restated)
	found := 0
	if err := a.VerifyAll(e, func(d log.Difference) {
		found++
		e.stdout.println(d)
	}); err != nil {
		return err
	}
	if found > 0 {
		return exit(exitWrong)
	}
	e.stdout.println("核对无误")
	return nil
}

// drill tries a backup beside the running installation, also while it serves.
func (c *restoreCommand) drill(e *environment) error {
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	tried, err := a.Upkeep.Drill(e, c.File, nil)
	if err != nil {
		return err
	}
	for _, d := range tried.Differences {
		e.stdout.println(d)
	}
	if tried.Found > 0 {
		e.stdout.printf("恢复演练没有通过：%d 处不一致\n", tried.Found)
		return exit(exitWrong)
	}
	made, err := a.Upkeep.When(e, tried.Made)
	if err != nil {
		return err
	}
	e.stdout.printf("恢复演练通过：%s 的备份，%d 行，%d 个文件，核对无误；已记下结果和日期\n", made, tried.Rows(), tried.Files)
	return nil
}

// stepsEvery is how often a long command says how far it is.
const stepsEvery = 2 * time.Second

// steps tells on stderr how far a backup is.
func (e *environment) steps(verb string) func(backup.Progress) {
	last := time.Now() //nolint:forbidigo // how long it takes, not what day it is
	return func(p backup.Progress) {
		if time.Since(last) < stepsEvery {
			return
		}
		last = time.Now() //nolint:forbidigo // as above
		switch {
		case p.AtFiles():
			e.stderr.printf("%s %d / %d 个文件\n", verb, p.Files, p.OfFiles)
		case p.OfRows > 0:
			e.stderr.printf("文件读完了，%s %d / %d 行\n", verb, p.Rows, p.OfRows)
		default:
			e.stderr.printf("%s %d 行，%d 个文件\n", verb, p.Rows, p.Files)
		}
	}
}
