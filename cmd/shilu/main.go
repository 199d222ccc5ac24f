// Command shilu is Shilu 实录: the server, its set-up, imports, figures, reports and checks.
package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // Windows has no zones of its own

	"github.com/alecthomas/kong"

	"shilu/internal/app"
	"shilu/internal/app/bench"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// Exit codes: 0 done, 1 something is wrong (verify: differences found), 2 nothing was done, 3 some rows were rejected, 4 some of an
// import wait to be verified though somebody was to.
const (
	exitDone       = 0
	exitWrong      = 1
	exitNothing    = 2
	exitRejected   = 3
	exitUnverified = 4
)

// commandLine is every command with its flags; others script it, so it only grows.
type commandLine struct {
	Data        string  `help:"Folder of the SQLite database, the files and the keys." default:"data" type:"path" env:"SHILU_DATA"`
	DatabaseURL string  `name:"database-url" help:"Address of a PostgreSQL database (postgres://…) instead of SQLite." env:"SHILU_DATABASE_URL"`
	Files       string  `help:"Address of S3-compatible storage for the files (s3://KEY:SECRET@host/bucket), where several copies of the program share them." env:"SHILU_FILES" placeholder:"URL"`
	Association string  `help:"Code of the association, where the database serves several." env:"SHILU_ASSOCIATION"`
	Today       day.Day `help:"Take this day for today (YYYY-MM-DD), for trials and tests." env:"SHILU_TODAY" placeholder:"DAY"`
	AllowDrive  bool    `help:"Take a data folder on a network drive or in a synchronised folder all the same: it may be damaged." env:"SHILU_ALLOW_DRIVE"`
	Config      string  `help:"File of settings (name = value); shilu.conf in this folder or /etc/shilu/shilu.conf unless given." env:"SHILU_CONFIG" placeholder:"FILE"`
	Verbose     bool    `short:"v" help:"Log more, to stderr."`

	Demo       demoCommand       `cmd:"" help:"Serve the demonstration county 云岭县 on this machine."`
	Serve      serveCommand      `cmd:"" help:"Serve the console."`
	Init       initCommand       `cmd:"" help:"Set up an association and its first administrator."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the schema of the database up to date."`
	User       userCommand       `cmd:"" help:"Accounts."`
	Org        orgCommand        `cmd:"" help:"Units and places."`
	Import     importCommand     `cmd:"" help:"Import records from a workbook (.xlsx) or csv."`
	Indicators indicatorsCommand `cmd:"" help:"Print the indicators of a scope and period."`
	Trace      traceCommand      `cmd:"" help:"Print where a figure comes from: facts, and what was left out and why."`
	Report     reportCommand     `cmd:"" help:"Write a report as Word file, JSON or Markdown."`
	Verify     verifyCommand     `cmd:"" help:"Recompute everything and print only what is wrong."`
	Checkpoint checkpointCommand `cmd:"" help:"Sign the state of the ledger and print the checkpoint."`
	Backup     backupCommand     `cmd:"" help:"Write a backup of everything but the master key, also while others work."`
	Restore    restoreCommand    `cmd:"" help:"Read a backup into an empty folder or database, and verify it."`
	Desktop    desktopCommand    `cmd:"" help:"Serve on this computer and open the browser: what a double click on Windows does."`
	Autostart  autostartCommand  `cmd:"" help:"Start with Windows, when somebody signs in."`
	Service    serviceCommand    `cmd:"" help:"Print a systemd unit for this program and data folder."`
	Settings   configCommand     `cmd:"" name:"config" help:"Print every setting of serve with its value and where it comes from."`
	Trust      trustCommand      `cmd:"" help:"Hand out the certificate of the own authority (serve --tls self), which other computers must trust."`
	Bench      benchCommand      `cmd:"" help:"Measure speed beside the raw database."`
}

// environment is what a command works with.
type environment struct {
	context.Context
	stdout, stderr *output
	flags          *commandLine
	flagsGiven     []string
	parsed         *kong.Context
	settings       settingsFile
	opened         func(address string) error // told where the program answers, once it does; may be nil
}

// exit is an error that only sets the exit code.
type exit int

func (e exit) Error() string { return "exit" }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	args := os.Args[1:]
	clicked := len(args) == 0 && doubleClicked()
	if clicked {
		args = []string{"desktop"}
	}
	code := run(ctx, args, os.Stdout, os.Stderr)
	if clicked && code != exitDone && ctx.Err() == nil {
		stay(os.Stdout, os.Stdin)
	}
	stop()
	os.Exit(code)
}

// run is main with its surroundings handed in, for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var flags commandLine
	code = -1
	settings, err := findSettings(args, os.Getenv)
	if err != nil {
		_, _ = io.WriteString(stderr, "shilu: "+err.Error()+"\n")
		return exitNothing
	}
	parser, err := kong.New(&flags, kong.Name("shilu"), kong.Description("实录 Shilu: record the work once; every figure opens to its records."),
		kong.Vars{"works": strings.Join(bench.Names(), ", ")}, kong.Writers(stdout, stderr), kong.Exit(func(c int) { code = c }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.UsageOnError(), kong.Resolvers(settings))
	if err != nil {
		panic(err) // a wrong tag in commandLine
	}
	command, err := parser.Parse(args)
	if code >= 0 {
		return code // help was printed
	}
	if err != nil {
		parser.Errorf("%s", err)
		return exitNothing
	}
	if flags.Today != "" {
		if flags.Today, err = day.Parse(string(flags.Today)); err != nil {
			_, _ = io.WriteString(stderr, "shilu: "+err.Error()+"\n")
			return exitNothing
		}
	}
	level := slog.LevelWarn
	if flags.Verbose {
		level = slog.LevelInfo
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})))
	var given []string
	for _, p := range command.Path {
		if p.Flag != nil {
			given = append(given, p.Flag.Name)
		}
	}
	printed := &output{to: stdout}
	err = command.Run(&environment{Context: ctx, stdout: printed, stderr: &output{to: stderr}, flags: &flags, flagsGiven: given, parsed: command, settings: settings})
	if printed.err != nil && (err == nil || errors.Is(err, printed.err)) {
		parser.Errorf("write the output: %s", printed.err)
		return exitWrong
	}
	var wanted exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &wanted):
		return int(wanted)
	case errs.KindOf(err) == errs.Internal:
		parser.Errorf("%s", err)
		return exitNothing
	}
	_, _ = io.WriteString(stderr, "shilu: "+err.Error()+"\n")
	return exitNothing
}

// config is the application's, from the flags.
func (e *environment) config() app.Config {
	c := app.Config{Data: e.flags.Data, DatabaseURL: e.flags.DatabaseURL, Files: e.flags.Files, Association: e.flags.Association, Now: time.Now} //nolint:forbidigo // the edge of the program
	if e.flags.Today != "" {
		c.Now = app.FixedDay(e.flags.Today, time.Now) //nolint:forbidigo // the edge of the program
	}
	return c
}

// given reports whether a flag was given rather than left to its default.
func (e *environment) given(name string) bool { return slices.Contains(e.flagsGiven, name) }

// open opens the application for one command; the caller closes it.
func (e *environment) open() (*app.App, error) {
	config := e.config()
	if err := config.Settled(); err != nil {
		return nil, err
	}
	return app.Open(e, config)
}

// existing is nil when the file that a command is to read is there.
func existing(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errs.E(errs.NotFound, "没有文件 %s，请核对路径", file)
	case err != nil:
		return errs.E(errs.Unavailable, "文件 %s 读不了，请看看有没有权限", file).Because(err)
	case info.IsDir():
		return errs.E(errs.Invalid, "%s 是文件夹，请写里面的文件", file)
	}
	return nil
}
