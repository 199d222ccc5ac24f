package certs

import (
	"context"
	"errors"
	"net/http"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"shilu/internal/kit/errs"
)

// ACME asks an authority on the net for certificates.
type ACME struct {
	Folder    string   // keeps the account and the certificates
	Names     []string // the only ones that certificates are asked for
	Email     string
	Directory string       // address of the authority; "" is Let's Encrypt
	Client    *http.Client // nil is the usual one
}

// Manager makes what answers the authority and gives the certificates, renewed by themselves.
func (a ACME) Manager() (*autocert.Manager, error) {
	if len(a.Names) == 0 {
		return nil, errs.E(errs.Invalid, "用 --tls acme 要写明域名，例如 --tls-name shilu.yunling.gov.cn")
	}
	directory := a.Directory
	if directory == "" {
		directory = acme.LetsEncryptURL
	}
	allowed := autocert.HostWhitelist(a.Names...)
	return &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(a.Folder), Email: a.Email, Client: &acme.Client{DirectoryURL: directory, HTTPClient: a.Client},
		HostPolicy: func(ctx context.Context, host string) error {
			if err := allowed(ctx, host); err != nil {
				return errors.Join(errors.New("a certificate for "+host+" was asked for, which is not one of ours"), err)
			}
			return nil
		}}, nil
}
