package main

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"shilu/internal/app"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/certs"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// tlsFlags are how the way between browser and server is kept private.
type tlsFlags struct {
	TLS          string   `name:"tls" enum:"off,self,files,acme,proxy" default:"off" env:"SHILU_TLS" help:"How browsers reach it: off (http), self (https by an own authority, which computers trust once), files (https by a certificate that somebody renews), acme (https by an authority on the net), proxy (https is done in front)."`
	TLSName      []string `name:"tls-name" env:"SHILU_TLS_NAME" help:"A name or address of this machine for the certificate (self: further ones; acme: the domain)." placeholder:"NAME"`
	TLSCert      string   `name:"tls-cert" type:"path" env:"SHILU_TLS_CERT" help:"Certificate chain (PEM), for files; read again when it changes."`
	TLSKey       string   `name:"tls-key" type:"path" env:"SHILU_TLS_KEY" help:"Its key (PEM)."`
	TLSEmail     string   `name:"tls-email" env:"SHILU_TLS_EMAIL" help:"Where the authority of acme writes to."`
	TLSDirectory string   `name:"tls-directory" env:"SHILU_TLS_DIRECTORY" help:"Address of the authority of acme; Let's Encrypt unless given." placeholder:"URL"`
	HTTPAddr     string   `name:"http-addr" env:"SHILU_HTTP_ADDR" help:"With self, files or acme: a further address (:80) that leads browsers on to https." placeholder:"ADDR"`
	Proxy        []string `name:"proxy" env:"SHILU_PROXY" help:"Address or network of the proxy in front, the only one whose X-Forwarded-* is believed; 127.0.0.1 and ::1 unless given." placeholder:"ADDR"`
}

// entrance is how browsers come in.
type entrance struct {
	scheme string
	config *tls.Config // nil without TLS
	lead   http.Handler
}

// plan reads the flags; what pages must know of it goes into the configuration.
func (f *tlsFlags) plan(config *app.Config, addr string) (entrance, error) {
	in := entrance{scheme: "https", lead: certs.Lead()}
	own := filepath.Join(config.Data, "tls")
	var get func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	switch f.TLS {
	case "off":
		in.scheme = "http"
		if !loopback(addr) {
			config.Standing = append(config.Standing, upkeep.Warning{Text: "网络上没有加密（http）：同一网络里的人能看到密码和内容。请用 --tls self 启动"})
		}
		return in, nil
	case "proxy":
		in.scheme = "http"
		proxies := slices.Clone(f.Proxy)
		if len(proxies) == 0 {
			proxies = []string{"127.0.0.1", "::1"}
		}
		for _, p := range proxies {
			prefix, err := network(p)
			if err != nil {
				return in, err
			}
			config.Proxies = append(config.Proxies, prefix)
		}
		return in, nil
	case "self":
		authority, err := certs.Own(own, f.TLSName, time.Now) //nolint:forbidigo // certificates have the real clock, whatever --today says
		if err != nil {
			return in, err
		}
		config.Authority, get = authority.PEM(), authority.Certificate
	case "files":
		if f.TLSCert == "" || f.TLSKey == "" {
			return in, errs.E(errs.Invalid, "用 --tls files 要写明 --tls-cert 和 --tls-key")
		}
		files, err := certs.FromFiles(f.TLSCert, f.TLSKey)
		if err != nil {
			return in, err
		}
		get = files.Certificate
	case "acme":
		m, err := certs.ACME{Folder: filepath.Join(own, "acme"), Names: f.TLSName, Email: f.TLSEmail, Directory: f.TLSDirectory}.Manager()
		if err != nil {
			return in, err
		}
		in.config, in.lead = m.TLSConfig(), m.HTTPHandler(in.lead)
		in.config.MinVersion = tls.VersionTLS12
		return in, nil
	}
	in.config = &tls.Config{GetCertificate: get, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}
	return in, nil
}

// network reads the address of a proxy: 10.0.0.2 or 10.0.0.0/24.
func network(s string) (netip.Prefix, error) {
	if at, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(at, at.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return prefix, errs.E(errs.Invalid, "代理「%s」要写成 10.0.0.2 或 10.0.0.0/24 的样子", s)
	}
	return prefix.Masked(), nil
}

// loopback reports whether only this machine reaches the address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// wrap puts TLS around the listener and leads callers in the open on; stop ends what it has begun beside.
func (in entrance) wrap(e *environment, l net.Listener, httpAddr string) (_ net.Listener, stop func(), err error) {
	if in.config == nil {
		return l, func() {}, nil
	}
	secure, plain := certs.Split(l)
	leading := []net.Listener{plain}
	if httpAddr != "" {
		more, err := listen(e, httpAddr)
		if err != nil {
			return nil, nil, err
		}
		leading = append(leading, more)
	}
	for _, one := range leading {
		go func() {
			if err := web.Serve(e, one, in.lead, slog.Default()); err != nil && !errors.Is(err, net.ErrClosed) && e.Err() == nil {
				slog.Warn("lead to https", slog.Any("error", err))
			}
		}()
	}
	return tls.NewListener(secure, in.config), func() {
		for _, one := range leading[1:] {
			_ = one.Close()
		}
	}, nil
}

// addresses are where browsers find the program: first that of this machine, then those for others.
func (in entrance) addresses(l net.Listener, names []string) []string {
	tcp, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return []string{in.scheme + "://" + l.Addr().String()}
	}
	hosts := []string{tcp.IP.String()}
	if tcp.IP.IsUnspecified() {
		hosts = []string{"127.0.0.1"}
		all, _ := net.InterfaceAddrs()
		for _, one := range all {
			if at, ok := one.(*net.IPNet); ok && at.IP.To4() != nil && at.IP.IsGlobalUnicast() {
				hosts = append(hosts, at.IP.String())
			}
		}
	}
	hosts = append(hosts, names...)
	usual := map[string]int{"http": 80, "https": 443}[in.scheme]
	for i, host := range hosts {
		if tcp.Port != usual {
			host = net.JoinHostPort(host, strconv.Itoa(tcp.Port))
		} else if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		hosts[i] = in.scheme + "://" + host
	}
	return hosts
}

type trustCommand struct {
	Out string `short:"o" type:"path" help:"File to write the certificate to (shilu-ca.crt), to be carried to the other computers."`
}

// Run hands out the own authority's certificate.
func (c *trustCommand) Run(e *environment) error {
	body, print, err := certs.ReadAuthority(filepath.Join(e.flags.Data, "tls"))
	if err != nil {
		return err
	}
	if c.Out == "" {
		e.stdout.printf("%s", body)
		return nil
	}
	if err := os.WriteFile(c.Out, body, 0o644); err != nil { //nolint:gosec // it is handed out
		return errs.E(errs.Unavailable, "%s 写不了，请换一个文件夹", c.Out).Because(err)
	}
	e.stdout.printf("已写到 %s\n指纹（SHA-256）：%s\n", c.Out, print)
	e.stdout.println("在别的电脑上双击它 → 安装证书 → 本地计算机 → 受信任的根证书颁发机构；装前核对指纹")
	return nil
}
