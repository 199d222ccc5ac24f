package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/hold"
	"shilu/packaging"
)

// desktopCommand is what a double click does: no console is at hand, nobody types flags.
type desktopCommand struct {
	serveFlags
	NoBrowser bool `name:"no-browser" help:"Do not open the browser: as it is started with the system."`
}

// opens opens an address in the browser, asks a question of whoever sits there, and starts the program with the system; tests have others.
var (
	openBrowser           = browse
	keyboard    io.Reader = os.Stdin
)

// Run serves on this computer and opens the browser. A second double click only opens the browser.
func (c *desktopCommand) Run(e *environment) error {
	if !e.given("data") && os.Getenv("SHILU_DATA") == "" {
		e.flags.Data = besideProgram("data")
	}
	e.opened = func(at string) error {
		if c.NoBrowser {
			return nil
		}
		return openBrowser(at)
	}
	if who, held := hold.Look(e.flags.Data); held && who.Address != "" {
		e.stdout.printf("实录已经在运行：%s\n", who.Address)
		return e.opened(who.Address)
	}
	if !e.given("addr") && taken(c.Addr) {
		c.Addr = "127.0.0.1:0" // another program has the usual port
	}
	e.stdout.println("这个窗口开着，实录就开着。关掉窗口就停。")
	if !c.NoBrowser {
		go c.offer(e)
	}
	return (&serveCommand{c.serveFlags}).Run(e)
}

// taken reports whether something answers at the address already.
func taken(addr string) bool {
	l, err := net.Listen("tcp", addr) //nolint:noctx // only looks
	if err != nil {
		return true
	}
	_ = l.Close()
	return false
}

// besideProgram is a path in the folder in which the program lies: there the keeper finds it.
func besideProgram(name string) string {
	program, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(program), name)
}

// asked is what the keeper was asked once.
type asked struct {
	Autostart string `json:"autostart"` // yes or no
}

const askedFile = "desktop.json"

// offer asks once whether the program is to start with the system.
func (c *desktopCommand) offer(e *environment) {
	file := filepath.Join(e.flags.Data, askedFile)
	if !canAutostart || known(file) {
		return
	}
	e.stdout.println("以后登录这台电脑时自动启动实录吗？要就输入 y 再按回车，不要就输入 n：")
	line, err := bufio.NewReader(keyboard).ReadString('\n')
	if err != nil {
		return
	}
	a := asked{Autostart: "no"}
	if strings.EqualFold(strings.TrimSpace(line), "y") {
		if err := autostart(true, e.flags.Data); err != nil {
			e.stderr.println("没有设成：" + err.Error())
			return
		}
		a.Autostart = "yes"
		e.stdout.println("已设好。要取消：shilu autostart --off")
	}
	if body, err := json.Marshal(a); err == nil {
		_ = os.WriteFile(file, body, 0o600) // it is asked again then
	}
}

func known(file string) bool {
	body, err := os.ReadFile(file) //nolint:gosec // a fixed name in the data folder
	var a asked
	return err == nil && json.Unmarshal(body, &a) == nil && a.Autostart != ""
}

type autostartCommand struct {
	Off bool `help:"Do not start with the system any more."`
}

// Run sets whether the program starts when somebody signs in at this computer.
func (c *autostartCommand) Run(e *environment) error {
	if !canAutostart {
		return errs.E(errs.Invalid, "这里用 systemd 随系统启动：shilu service 会写出单元文件和装法")
	}
	if err := autostart(!c.Off, e.flags.Data); err != nil {
		return err
	}
	if c.Off {
		e.stdout.println("已取消自动启动")
	} else {
		e.stdout.println("登录这台电脑时会自动启动实录")
	}
	return nil
}

type serviceCommand struct{}

// Run prints a systemd unit for this program and data folder.
func (c *serviceCommand) Run(e *environment) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	e.stdout.printf("%s", unit(program, e.flags.Data))
	if runtime.GOOS != "linux" {
		e.stderr.println("这份单元文件是给 Linux 的；Windows 请用 shilu autostart")
	}
	return nil
}

// unit is a systemd unit as packaging/shilu.service has it, for a program and a data folder.
func unit(program, data string) string {
	return strings.NewReplacer("/usr/local/bin/shilu", program, "/var/lib/shilu", data).Replace(packaging.Unit)
}

// runLine is the command that Windows runs; paths may have blanks.
func runLine(program, data string) string {
	return `"` + program + `" desktop --no-browser --data "` + data + `"`
}

// stay keeps the window of a double click open until what went wrong was read.
func stay(stdout io.Writer, stdin io.Reader) {
	_, _ = io.WriteString(stdout, "\n按回车关闭这个窗口\n")
	_, _ = bufio.NewReader(stdin).ReadString('\n')
}

// errNoBrowser is the cause when no program opens addresses.
var errNoBrowser = errors.New("no program opens addresses here")
