// Package certs gives a server its certificate: from an authority of its own that it keeps beside the data, from files that somebody
// else renews, or from an authority on the net (ACME). It also keeps plain and encrypted callers of one port apart.
package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"shilu/internal/kit/errs"
)

const (
	authorityFile = "ca.crt"
	authorityKey  = "ca.key"

	authorityYears = 10
	leafDays       = 397 // browsers distrust longer ones
	renewDays      = 30
	lookEvery      = time.Minute // after names and addresses of the machine
)

// Authority signs the certificate of this machine and nothing else: it is limited to the machine's names, to private addresses, and
// to the public ones that the machine had when it was made. Who trusts it trusts it for no other site.
type Authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	names []string // besides those of the machine
	now   func() time.Time
	hosts func() ([]string, []net.IP)

	mu     sync.Mutex
	leaf   *tls.Certificate
	looked time.Time
}

// Own opens the authority in the folder; it is made at the first time. names are further names and addresses by which the machine
// is called.
func Own(folder string, names []string, now func() time.Time) (*Authority, error) {
	a := &Authority{names: names, now: now, hosts: machine}
	err := a.load(folder)
	if errors.Is(err, fs.ErrNotExist) {
		err = a.create(folder)
	}
	return a, err
}

func (a *Authority) load(folder string) error {
	body, err := os.ReadFile(filepath.Join(folder, authorityFile)) //nolint:gosec // a fixed name in the data folder
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(filepath.Join(folder, authorityKey)) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(body, secret)
	if err != nil {
		return errs.E(errs.Invalid, "文件夹 %s 里的证书读不懂，请放回原来的，或删掉它重做（各台电脑要重新信任）", folder).Because(err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return errs.E(errs.Invalid, "文件夹 %s 里的证书不是实录做的", folder)
	}
	a.cert, a.key = pair.Leaf, key
	return nil
}

// private are the addresses of office networks.
var private = []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"}

func (a *Authority) create(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return errs.E(errs.Unavailable, "文件夹 %s 建不了", folder).Because(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the authority's key: %w", err)
	}
	names, addresses := a.called()
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{"实录 Shilu"}, CommonName: "Shilu " + now.Format("2006-01-02")},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(authorityYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: append([]string{"localhost", "local", "lan"}, names...),
	}
	for _, p := range private {
		_, network, err := net.ParseCIDR(p)
		if err != nil {
			return fmt.Errorf("read %s: %w", p, err)
		}
		template.PermittedIPRanges = append(template.PermittedIPRanges, network)
	}
	for _, ip := range addresses {
		if !permitted(template, ip) {
			bits := 8 * len(ip)
			template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make the authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("make the authority: %w", err)
	}
	a.key = key
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("write the authority's key: %w", err)
	}
	// The key first: a certificate whose key was lost would be distributed for nothing.
	for _, f := range []struct {
		name, kind string
		body       []byte
		mode       os.FileMode
	}{{authorityKey, "PRIVATE KEY", secret, 0o600}, {authorityFile, "CERTIFICATE", der, 0o644}} { // the certificate is handed out
		if err := os.WriteFile(filepath.Join(folder, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.body}), f.mode); err != nil {
			return errs.E(errs.Unavailable, "文件夹 %s 写不了，请看磁盘和权限", folder).Because(err)
		}
	}
	return nil
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // the machine has no randomness: nothing can be safe
	}
	return n
}

// PEM is the authority's certificate, for the computers that are to trust it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Fingerprint is the SHA-256 of the authority's certificate, by which people compare it: AB CD …
func (a *Authority) Fingerprint() string { return fingerprint(a.cert.Raw) }

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, " ")
}

// ReadAuthority reads the certificate of the authority in the folder. NotFound when there is none.
func ReadAuthority(folder string) (body []byte, print string, err error) {
	body, err = os.ReadFile(filepath.Join(folder, authorityFile)) //nolint:gosec // a fixed name in the data folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", errs.E(errs.NotFound, "还没有自己的证书，用 shilu serve --tls self 启动一次就有")
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the authority: %w", err)
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, "", errs.E(errs.Invalid, "文件夹 %s 里的证书读不懂", folder)
	}
	return body, fingerprint(block.Bytes), nil
}

// Certificate gives the machine's certificate: a fresh one when it is about to end or the machine is called by other names now.
func (a *Authority) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if a.leaf != nil && now.Sub(a.looked) < lookEvery {
		return a.leaf, nil
	}
	a.looked = now
	names, addresses := a.called()
	names = slices.DeleteFunc(names, func(n string) bool { return !permittedName(a.cert, n) })
	addresses = slices.DeleteFunc(addresses, func(ip net.IP) bool { return !permitted(a.cert, ip) })
	if a.leaf != nil && now.AddDate(0, 0, renewDays).Before(a.leaf.Leaf.NotAfter) && slices.Equal(names, a.leaf.Leaf.DNSNames) &&
		slices.EqualFunc(addresses, a.leaf.Leaf.IPAddresses, net.IP.Equal) {
		return a.leaf, nil
	}
	fresh, err := a.sign(names, addresses, now)
	if err != nil {
		return nil, err
	}
	a.leaf = fresh
	return fresh, nil
}

func (a *Authority) sign(names []string, addresses []net.IP, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the certificate's key: %w", err)
	}
	until := now.AddDate(0, 0, leafDays)
	if until.After(a.cert.NotAfter) {
		until = a.cert.NotAfter
	}
	template := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "Shilu"}, NotBefore: now.Add(-24 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, DNSNames: names, IPAddresses: addresses}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// called are the names and addresses of the machine with those that were given, in one order.
func (a *Authority) called() (names []string, addresses []net.IP) {
	names, addresses = a.hosts()
	for _, n := range a.names {
		if ip := net.ParseIP(n); ip != nil {
			addresses = append(addresses, short(ip))
		} else {
			names = append(names, strings.ToLower(n))
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !plain(n) })
	slices.Sort(names)
	slices.SortFunc(addresses, func(a, b net.IP) int { return bytes.Compare(a, b) })
	return slices.Compact(names), slices.CompactFunc(addresses, net.IP.Equal)
}

// machine are the names and addresses that this machine has now.
func machine() (names []string, addresses []net.IP) {
	names = []string{"localhost"}
	if host, err := os.Hostname(); err == nil {
		host = strings.ToLower(host)
		names = append(names, host)
		if !strings.Contains(host, ".") {
			names = append(names, host+".local", host+".lan")
		}
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return names, []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}
	}
	for _, one := range all {
		if at, ok := one.(*net.IPNet); ok {
			addresses = append(addresses, short(at.IP))
		}
	}
	return names, addresses
}

// short is an address in as many bytes as it needs.
func short(ip net.IP) net.IP {
	if four := ip.To4(); four != nil {
		return four
	}
	return ip
}

// plain reports whether a certificate can carry the name: that of a Windows computer may be Chinese.
func plain(name string) bool {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return name != "" && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".")
}

func permitted(by *x509.Certificate, ip net.IP) bool {
	return slices.ContainsFunc(by.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) })
}

func permittedName(by *x509.Certificate, name string) bool {
	return slices.ContainsFunc(by.PermittedDNSDomains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) })
}
