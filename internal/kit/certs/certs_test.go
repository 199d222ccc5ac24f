package certs

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"shilu/internal/kit/errs"
)

// called makes an authority for a machine with those names and addresses.
func called(t *testing.T, folder string, now func() time.Time, hosts func() ([]string, []net.IP)) *Authority {
	t.Helper()
	a := &Authority{now: now, hosts: hosts}
	err := a.load(folder)
	if os.IsNotExist(err) {
		err = a.create(folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func trusting(t *testing.T, a *Authority) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(a.PEM()) {
		t.Fatal("the authority's certificate cannot be read")
	}
	return pool
}

// serve answers on a port of this machine, encrypted and in the open, as the program does.
func serve(t *testing.T, config *tls.Config) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secure, plain := Split(l)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }), ErrorLog: nil}
	go func() { _ = s.Serve(tls.NewListener(secure, config)) }()
	lead := &http.Server{Handler: Lead()}
	go func() { _ = lead.Serve(plain) }()
	t.Cleanup(func() { _ = s.Close(); _ = lead.Close() })
	return l.Addr().String()
}

func get(client *http.Client, url string) (string, error) {
	r, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	return string(body), err
}

func TestAComputerThatTrustsTheAuthorityIsServed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tls")
	a, err := Own(folder, []string{"shilu.yunling.example", "203.0.113.9", "云岭"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	addr := serve(t, &tls.Config{GetCertificate: a.Certificate, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12})
	_, port, _ := net.SplitHostPort(addr)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusting(t, a)}, ForceAttemptHTTP2: true}}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if got, err := get(client, "https://"+net.JoinHostPort(host, port)+"/x"); err != nil || got != "HTTP/2.0" {
			t.Errorf("%s: %q, %v", host, got, err)
		}
	}
	// Who types the address without https is led on; who posts in the open is not.
	if got, err := get(client, "http://"+addr+"/training?period=2026"); err != nil || got != "HTTP/2.0" {
		t.Errorf("in the open: %q, %v", got, err)
	}
	plainly := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := plainly.Get("http://" + addr + "/training?period=2026")
	if err != nil {
		t.Fatal(err)
	}
	if _ = r.Body.Close(); r.StatusCode != http.StatusTemporaryRedirect || r.Header.Get("Location") != "https://"+addr+"/training?period=2026" {
		t.Errorf("led to: %v", r)
	}
	r, err = plainly.Post("http://"+addr+"/login", "text/plain", strings.NewReader("password=x"))
	if err != nil {
		t.Fatal(err)
	}
	if _ = r.Body.Close(); r.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a form in the open: %v", r)
	}
	// A stranger does not trust it.
	if _, err := get(&http.Client{}, "https://"+addr); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("a computer that was told nothing: %v", err)
	}
	leaf, err := a.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, ok := range map[string]bool{"shilu.yunling.example": true, "203.0.113.9": true, "www.example.com": false, "203.0.113.10": false} {
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: trusting(t, a)}); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
	// The same authority after a restart; a key that is readable by all would be no secret.
	again, err := Own(folder, nil, time.Now)
	if err != nil || again.Fingerprint() != a.Fingerprint() {
		t.Errorf("after a restart: %v", err)
	}
	body, print, err := ReadAuthority(folder)
	if err != nil || print != a.Fingerprint() || !bytes.Equal(body, a.PEM()) || len(print) != 95 {
		t.Errorf("read: %q, %v", print, err)
	}
	if info, err := os.Stat(filepath.Join(folder, authorityKey)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(folder, authorityFile)); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the certificate, which is handed out: %v, %v", info.Mode(), err)
	}
	if _, _, err := ReadAuthority(t.TempDir()); !errs.Is(err, errs.NotFound) {
		t.Errorf("no authority: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, authorityFile), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Own(folder, nil, time.Now); !errs.Is(err, errs.Invalid) {
		t.Errorf("a broken authority: %v", err)
	}
}

// TestTheAuthorityVouchesForThisMachineOnly: with its key stolen, nobody can pose as another site to the computers that trust it.
func TestTheAuthorityVouchesForThisMachineOnly(t *testing.T) {
	a := called(t, t.TempDir(), time.Now, func() ([]string, []net.IP) {
		return []string{"localhost", "office"}, []net.IP{net.IPv4(192, 168, 1, 5).To4()}
	})
	for host, ok := range map[string]bool{"bank.example.com": false, "office": true, "8.8.8.8": false, "10.1.2.3": true} {
		names, ips := []string{host}, []net.IP(nil)
		if ip := net.ParseIP(host); ip != nil {
			names, ips = nil, []net.IP{short(ip)}
		}
		forged, err := a.sign(names, ips, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := forged.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: trusting(t, a)}); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestTheCertificateFollowsTheMachine: the router gives another address, the year passes; computers that trust the authority notice nothing.
func TestTheCertificateFollowsTheMachine(t *testing.T) {
	now, at := time.Now(), net.IPv4(192, 168, 1, 5).To4()
	a := called(t, t.TempDir(), func() time.Time { return now }, func() ([]string, []net.IP) { return []string{"localhost", "yunling-pc"}, []net.IP{at} })
	get := func() *tls.Certificate {
		t.Helper()
		c, err := a.Certificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := get()
	now = now.Add(2 * time.Minute)
	if get() != first {
		t.Error("a new certificate though nothing has changed")
	}
	at = net.IPv4(192, 168, 1, 77).To4()
	now = now.Add(2 * time.Minute)
	second := get()
	if second == first || !second.Leaf.IPAddresses[0].Equal(at) {
		t.Errorf("after another address: %v", second.Leaf.IPAddresses)
	}
	now = now.AddDate(0, 0, leafDays-renewDays+1)
	third := get()
	if third == second || third.Leaf.NotAfter.Sub(now) < 300*24*time.Hour {
		t.Errorf("a year later it ends on %v", third.Leaf.NotAfter)
	}
	if !slices.Equal(third.Leaf.DNSNames, []string{"localhost", "yunling-pc"}) {
		t.Errorf("names: %v", third.Leaf.DNSNames)
	}
	if _, err := third.Leaf.Verify(x509.VerifyOptions{DNSName: "192.168.1.77", Roots: trusting(t, a), CurrentTime: now}); err != nil {
		t.Error(err)
	}
}

// pair writes a certificate of its own for localhost into two files.
func pair(t *testing.T, cert, key string, n int64) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	body, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: body}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRenewedFilesAreServed shakes hands before, while and after somebody renews the files.
func TestRenewedFilesAreServed(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	if _, err := FromFiles(cert, key); !errs.Is(err, errs.NotFound) {
		t.Errorf("files that are not there: %v", err)
	}
	pair(t, cert, key, 1)
	f, err := FromFiles(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	f.every = 0
	addr := serve(t, &tls.Config{GetCertificate: f.Certificate, MinVersion: tls.VersionTLS12})
	shake := func() int64 {
		t.Helper()
		d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // the serial number is what is asked for
		c, err := d.DialContext(context.Background(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		return c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := shake(); got != 1 {
		t.Errorf("before: %d", got)
	}
	pair(t, cert, filepath.Join(dir, "other.key"), 2) // the certificate is new, its key is not there yet
	later := time.Now().Add(time.Second)              // of one size, and written in one tick of the disk's clock, they would be one file
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := shake(); got != 1 {
		t.Errorf("while it is renewed: %d", got)
	}
	if _, err := FromFiles(cert, key); !errs.Is(err, errs.Invalid) {
		t.Errorf("a start with halves that do not belong together: %v", err)
	}
	if err := os.Rename(filepath.Join(dir, "other.key"), key); err != nil {
		t.Fatal(err)
	}
	if got := shake(); got != 2 {
		t.Errorf("after: %d", got)
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	if got := shake(); got != 2 {
		t.Errorf("with the file gone: %d", got)
	}
}
