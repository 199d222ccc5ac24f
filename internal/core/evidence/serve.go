package evidence

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// Opens reports whether the actor, who sees the paper's record, may have its file too. A workbook that many records were imported
// from holds the rows of others: it is for who imported it, and for who imports for the whole association.
func Opens(ctx context.Context, p Paper, kind string) bool {
	if p.Line == 0 {
		return true
	}
	module, _, _ := strings.Cut(kind, ".")
	me := access.From(ctx)
	return me.SignedIn() && me.Account == p.by || me.MayEverywhere(access.Import, module)
}

// Serve answers with a paper's file, or its preview, to who sees its record; NotFound to everybody else, Forbidden to who sees the
// record but not the whole workbook that it came from (Opens). Nothing but a picture is
// shown in the browser, nothing is guessed from the content, and no cache keeps it without asking again.
func Serve(w http.ResponseWriter, r *http.Request, d *db.DB, store *blob.Store, paper string, small bool) error {
	ctx := r.Context()
	var p Paper
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		if p, err = Get(ctx, tx, paper); err != nil {
			return err
		}
		head, err := flow.ByID(ctx, tx, p.Record)
		if err == nil && !Opens(ctx, p, head.Kind) {
			err = errs.E(errs.Forbidden, "这是「%s」第 %d 行的来源，整本工作簿只有导入人和县科协能下载", p.Sheet, p.Line)
		}
		return err
	}); err != nil {
		return err
	}
	if p.File.Hash == "" {
		return errs.E(errs.NotFound, "这份佐证是链接，没有文件")
	}
	var content interface {
		io.ReadSeeker
		io.Closer
	}
	kind, tag := p.File.Type, p.File.Hash
	var err error
	if small {
		kind, tag = "image/jpeg", p.File.Hash+"-s"
		content, err = preview(ctx, store, p.File)
		if errors.Is(err, errNoPreview) {
			return errs.E(errs.NotFound, "这份佐证没有预览图").Because(err)
		}
	} else {
		content, err = store.Open(ctx, org.Of(ctx), p.File.Hash)
	}
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	how := "attachment"
	if p.Picture() {
		how = "inline"
	}
	h := w.Header()
	if kind == "text/plain" {
		h.Set("Content-Type", "application/octet-stream") // its encoding is not known
	} else {
		h.Set("Content-Type", kind)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", web.Disposition(how, p.Name))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
