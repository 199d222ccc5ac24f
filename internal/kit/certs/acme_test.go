package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"

	"shilu/internal/kit/errs"
)

// directory is a certificate authority on the net as RFC 8555 has it, as far as a client needs it: it proves by tls-alpn-01 that who
// asks has the name.
type directory struct {
	*httptest.Server
	t     *testing.T
	key   *ecdsa.PrivateKey
	root  *x509.Certificate
	dial  string // where the names of this test lead
	mu    sync.Mutex
	print string // of the account's key
	name  string
	state string
	chain []byte
	asked int // orders
}

func newDirectory(t *testing.T) *directory {
	t.Helper()
	d := &directory{t: t, state: "pending"}
	var err error
	if d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Directory"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &d.key.PublicKey, d.key)
	if err != nil {
		t.Fatal(err)
	}
	if d.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewServer(http.HandlerFunc(d.answer))
	t.Cleanup(d.Close)
	return d
}

func (d *directory) answer(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Replay-Nonce", fmt.Sprint("nonce", time.Now().UnixNano()))
	say := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	order := func() map[string]any {
		o := map[string]any{"status": d.state, "identifiers": []any{map[string]string{"type": "dns", "value": d.name}}, "authorizations": []string{d.URL + "/authz"}, "finalize": d.URL + "/finalize"}
		if d.chain != nil {
			o["status"], o["certificate"] = "valid", d.URL+"/cert"
		}
		return o
	}
	authz := func() map[string]any {
		status := map[string]string{"pending": "pending"}[d.state]
		if status == "" {
			status = "valid"
		}
		return map[string]any{"status": status, "identifier": map[string]string{"type": "dns", "value": d.name},
			"challenges": []any{map[string]string{"type": "tls-alpn-01", "url": d.URL + "/challenge", "token": "token-1", "status": status}}}
	}
	switch r.URL.Path {
	case "/":
		say(http.StatusOK, map[string]any{"newNonce": d.URL + "/nonce", "newAccount": d.URL + "/account", "newOrder": d.URL + "/order", "meta": map[string]string{"termsOfService": d.URL + "/terms"}})
	case "/nonce":
	case "/account":
		d.print = d.thumbprint(r)
		w.Header().Set("Location", d.URL+"/account/1")
		say(http.StatusCreated, map[string]string{"status": "valid"})
	case "/order":
		var in struct{ Identifiers []struct{ Value string } }
		d.read(r, &in)
		d.name, d.asked = in.Identifiers[0].Value, d.asked+1
		w.Header().Set("Location", d.URL+"/order/1")
		say(http.StatusCreated, order())
	case "/order/1":
		say(http.StatusOK, order())
	case "/authz":
		say(http.StatusOK, authz())
	case "/challenge":
		if err := d.prove(); err != nil {
			d.t.Errorf("the challenge: %v", err)
			say(http.StatusForbidden, map[string]string{"type": "urn:ietf:params:acme:error:unauthorized", "detail": err.Error()})
			return
		}
		d.state = "ready"
		say(http.StatusOK, authz()["challenges"].([]any)[0])
	case "/finalize":
		var in struct {
			CSR string `json:"csr"`
		}
		d.read(r, &in)
		if err := d.issue(in.CSR); err != nil {
			d.t.Errorf("issue: %v", err)
		}
		w.Header().Set("Location", d.URL+"/order/1")
		say(http.StatusOK, order())
	case "/cert":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(d.chain)
	default:
		d.t.Errorf("asked for %s", r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}
}

// read reads the payload of a signed request.
func (d *directory) read(r *http.Request, into any) {
	var jws struct{ Payload string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		d.t.Error(err)
	}
	body, err := base64.RawURLEncoding.DecodeString(jws.Payload)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		d.t.Error(err)
	}
}

// thumbprint is that of the key with which the account was asked for.
func (d *directory) thumbprint(r *http.Request) string {
	var jws struct{ Protected string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		d.t.Error(err)
	}
	head, _ := base64.RawURLEncoding.DecodeString(jws.Protected)
	var protected struct{ JWK struct{ X, Y string } }
	if err := json.Unmarshal(head, &protected); err != nil {
		d.t.Error(err)
	}
	x, _ := base64.RawURLEncoding.DecodeString(protected.JWK.X)
	y, _ := base64.RawURLEncoding.DecodeString(protected.JWK.Y)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		d.t.Error(err)
	}
	print, err := acme.JWKThumbprint(key)
	if err != nil {
		d.t.Error(err)
	}
	return print
}

// prove asks the server that has the name for the answer to the challenge (RFC 8737).
func (d *directory) prove() error {
	c, err := tls.Dial("tcp", d.dial, &tls.Config{ServerName: d.name, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true}) //nolint:gosec // the challenge's own certificate
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	cert := c.ConnectionState().PeerCertificates[0]
	want := sha256.Sum256([]byte("token-1." + d.print))
	for _, e := range cert.Extensions {
		if e.Id.String() == "1.3.6.1.5.5.7.1.31" && string(e.Value) == "\x04\x20"+string(want[:]) && cert.VerifyHostname(d.name) == nil {
			return nil
		}
	}
	return fmt.Errorf("the answer for %s is wrong", d.name)
}

func (d *directory) issue(csr string) error {
	der, err := base64.RawURLEncoding.DecodeString(csr)
	if err != nil {
		return err
	}
	asked, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return err
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		DNSNames: asked.DNSNames, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, d.root, asked.PublicKey, d.key)
	if err != nil {
		return err
	}
	d.chain = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.root.Raw})...)
	return nil
}

// TestACertificateFromTheNet asks a directory for a certificate on the first handshake, proves the name, keeps it in the folder, and
// after a restart does not ask again. Other names are not asked for.
func TestACertificateFromTheNet(t *testing.T) {
	const name = "shilu.yunling.example"
	d := newDirectory(t)
	folder := t.TempDir()
	start := func() string {
		t.Helper()
		m, err := ACME{Folder: folder, Names: []string{name}, Email: "admin@yunling.example", Directory: d.URL + "/"}.Manager()
		if err != nil {
			t.Fatal(err)
		}
		return serve(t, m.TLSConfig())
	}
	roots := x509.NewCertPool()
	roots.AddCert(d.root)
	shake := func(addr, name string) error {
		c, err := tls.Dial("tcp", addr, &tls.Config{ServerName: name, RootCAs: roots})
		if err != nil {
			return err
		}
		return c.Close()
	}
	addr := start()
	d.dial = addr
	if err := shake(addr, name); err != nil {
		t.Fatal(err)
	}
	if err := shake(addr, "www.example.com"); err == nil {
		t.Error("a stranger's name was served")
	}
	addr = start()
	if err := shake(addr, name); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if d.asked != 1 {
		t.Errorf("%d orders for one certificate", d.asked)
	}
	kept, err := os.ReadDir(folder)
	if err != nil || len(kept) == 0 {
		t.Fatalf("nothing is kept: %v", err)
	}
	for _, f := range kept {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v %v", f.Name(), info.Mode(), err)
		}
	}
	if _, err := (ACME{Folder: folder}).Manager(); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "--tls-name") {
		t.Errorf("without a name: %v", err)
	}
}
