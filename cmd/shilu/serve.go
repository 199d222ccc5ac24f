package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"

	"shilu/internal/app"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// serveFlags are the settings of serve; `shilu config` prints them.
type serveFlags struct {
	Addr string `help:"Address to listen on; :8080 is all of this machine's." default:"127.0.0.1:8080" env:"SHILU_ADDR"`
	tlsFlags
	MetricsAddr  string `name:"metrics-addr" env:"SHILU_METRICS_ADDR" help:"A further address, of this machine only (127.0.0.1:9190), with /metrics for Prometheus." placeholder:"ADDR"`
	MetricsToken string `name:"metrics-token" env:"SHILU_METRICS_TOKEN" help:"Secret that opens /metrics on the main address, as Authorization: Bearer; at least 16 characters." placeholder:"SECRET"`
}

type serveCommand struct {
	serveFlags
}

// Run serves the console until it is stopped.
func (c *serveCommand) Run(e *environment) error {
	config := e.config()
	release, answers, err := e.take(&config, "serve")
	if err != nil {
		return err
	}
	defer release()
	in, err := c.plan(&config, c.Addr)
	if err != nil {
		return err
	}
	if config.MetricsToken = c.MetricsToken; len(c.MetricsToken) > 0 && len(c.MetricsToken) < 16 {
		return errs.E(errs.Invalid, "--metrics-token 只有 %d 个字符，至少要 16 个", len(c.MetricsToken))
	}
	a, err := app.Prepare(e, config)
	if err != nil {
		return err
	}
	defer a.Close()
	if a.Upgraded.Backup != "" {
		var wrong exit
		if err := e.applied(a.Upgraded); err != nil && !errors.As(err, &wrong) {
			return err
		}
	}
	if err := a.Serves(e); err != nil {
		return err
	}
	listener, err := listen(e, c.Addr)
	if err != nil {
		return err
	}
	at := in.addresses(listener, c.TLSName)
	if err := answers(at[0]); err != nil {
		return errors.Join(err, listener.Close())
	}
	e.stdout.printf("实录已启动：%s\n", strings.Join(at, " "))
	for _, w := range config.Standing {
		e.stderr.println(errs.Sprintf(w.Text, w.Args))
	}
	if len(config.Authority) > 0 {
		e.stdout.printf("别的电脑第一次打开前要信任证书：在那台电脑上打开 %s/trust\n", at[len(at)-1])
	}
	link, err := c.leadToSetup(e, a, at[0])
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if e.opened != nil {
		if err := e.opened(link); err != nil {
			e.stderr.printf("浏览器没有打开（%v），请自己打开 %s\n", err, link)
		}
	}
	wrapped, stop, err := in.wrap(e, listener, c.HTTPAddr)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stop()
	if c.MetricsAddr != "" {
		if !loopback(c.MetricsAddr) {
			return errs.E(errs.Invalid, "--metrics-addr 只能是本机的地址，如 127.0.0.1:9190；别的机器来取请用 --metrics-token")
		}
		measured, err := listen(e, c.MetricsAddr)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer func() { _ = measured.Close() }()
		go func() { _ = web.Serve(e, measured, a.Metrics(), slog.Default()) }()
	}
	return serve(e, a, wrapped)
}

// leadToSetup prints the one link that opens the first-run pages, while nothing is set up: who reads this console may set up, and
// nobody else on the network. It gives the address to open.
func (c *serveCommand) leadToSetup(e *environment, a *app.App, at string) (link string, err error) {
	code, err := a.SetupCode(e)
	if err != nil || code == "" {
		return at, err
	}
	e.stdout.printf("\n还没有建立科协。请在浏览器打开下面的链接开始设置：\n\n  %s/setup?code=%s\n\n链接只在这次启动期间有效；在别的电脑上打开，把地址换成本机的。\n", at, code)
	return at + "/setup?code=" + code, nil
}

// serve serves until it is stopped; a stop in the first moment is a stop, too.
func serve(e *environment, a *app.App, listener net.Listener) error {
	if err := a.Serve(e, listener); e.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func listen(e *environment, addr string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(e, "tcp", addr)
	if err != nil {
		return nil, errs.E(errs.Unavailable, "地址 %s 打不开，可能已被别的程序占用，请换一个端口（--addr）", addr).Because(err)
	}
	return l, nil
}

type demoCommand struct {
	Addr string `help:"Loopback address to listen on." default:"127.0.0.1:8080"`
}

// Help says where the county is, which is not where that of a real association would be.
func (c *demoCommand) Help() string {
	return "Without --data the county is kept in the folder demo-data here; delete it to begin anew."
}

// Run creates the demonstration county if it is absent, prints its address and accounts, and serves.
func (c *demoCommand) Run(e *environment) error {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return errs.E(errs.Invalid, "地址「%s」要写成 127.0.0.1:8080 的样子", c.Addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errs.E(errs.Invalid, "示范县只在本机演示，不能开在 %s；请用 127.0.0.1", host)
	}
	config := e.config()
	config.Unattended = true
	if !e.given("data") {
		config.Data = "demo-data"
	}
	release, answers, err := e.take(&config, "demo")
	if err != nil {
		return err
	}
	defer release()
	a, err := app.Prepare(e, config)
	if err != nil {
		return err
	}
	defer a.Close()
	listener, err := listen(e, c.Addr)
	if err != nil {
		return err
	}
	accounts, err := a.Demo(e)
	if err == nil {
		err = answers("http://" + listener.Addr().String())
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	e.stdout.printf("云岭县（虚构）示范：http://%s\n\n", listener.Addr())
	for _, one := range accounts {
		e.stdout.printf("  %-8s %s  %s（%s，%s）\n", one.Login, one.Password, one.Name, one.Unit, one.Role)
	}
	e.stdout.println("\n密码只显示这一次，每次启动都会换新。按 Ctrl+C 结束。")
	return serve(e, a, listener)
}
