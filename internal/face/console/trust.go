package console

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// trustRoutes hand out the certificate of the own authority: whoever is to sign in by https needs it before he can.
func (c *Console) trustRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /trust", Right: web.Public, Handler: c.getTrust},
		{Pattern: "GET /trust/shilu-ca.crt", Right: web.Public, Handler: c.getAuthority},
	}
}

// authority is the certificate's bytes; NotFound where the program has none of its own.
func (c *Console) authority() ([]byte, error) {
	block, _ := pem.Decode(c.Authority)
	if block == nil {
		return nil, errs.E(errs.NotFound, "这里不用自己的证书，不必信任什么")
	}
	return block.Bytes, nil
}

func (c *Console) getTrust(w http.ResponseWriter, r *http.Request) error {
	der, err := c.authority()
	if err != nil {
		return err
	}
	ctx := r.Context()
	name := lang.T(ctx, "实录")
	if org.Of(ctx) != "" {
		if err := c.Desk.DB.View(ctx, func(tx *db.Tx) error {
			a, err := org.Get(ctx, tx)
			name = a.Name
			return err
		}); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(der)
	print := strings.TrimSpace(strings.ToUpper(fmt.Sprintf("% x", sum)))
	return page.GatePage(page.Gate{Title: lang.T(ctx, "信任这台服务器"), Association: name, Version: c.Desk.Version}, trustWords(print)).Render(ctx, w)
}

// getAuthority gives the certificate as browsers and Windows install it.
func (c *Console) getAuthority(w http.ResponseWriter, _ *http.Request) error {
	if _, err := c.authority(); err != nil {
		return err
	}
	web.Download(w, "shilu-ca.crt")
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	_, err := w.Write(c.Authority)
	return err
}
