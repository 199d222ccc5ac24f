package desk

import (
	"context"
	"embed"
	"io"
	"net/http"
	"net/url"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("desk", migrations)

// Unsent is a form that the actor has begun and not sent: what was typed, right or wrong, so that nothing is lost when the browser
// is closed, the session ends or somebody else is quicker. It is nobody else's to see and no version of a record.
type Unsent struct {
	Kind, ID string
	Title    string
	Values   url.Values
	Fresh    bool // the record was not there yet
	At       int64
}

const (
	unsentMost = 256 << 10           // characters of one form
	unsentMany = 50                  // forms of one account; the oldest give way
	unsentLife = 60 * 24 * time.Hour // after which a form is thrown away
)

// KeepForm keeps the form under its id; what was kept before is replaced. An account has so many forms: the oldest give way.
func KeepForm(ctx context.Context, tx *db.Tx, u Unsent) error {
	values := url.Values{}
	for name, all := range u.Values {
		if name != "csrf" && name != "act" && name != "rows" {
			values[name] = all
		}
	}
	body := values.Encode()
	if len(body) > unsentMost {
		return errs.E(errs.TooLarge, "表单太长，没有自动保存，请先存草稿")
	}
	me := access.From(ctx).Account
	if _, err := tx.Exec(ctx, "DELETE FROM unsent_form WHERE association = ? AND account = ? AND at < ?", org.Of(ctx), me, tx.Millis()-unsentLife.Milliseconds()); err != nil {
		return err
	}
	others := "association = ? AND account = ? AND NOT (kind = ? AND id = ?)"
	if _, err := tx.Exec(ctx, "DELETE FROM unsent_form WHERE "+others+" AND (at, kind, id) <= (SELECT at, kind, id FROM unsent_form WHERE "+others+
		" ORDER BY at DESC, kind DESC, id DESC LIMIT 1 OFFSET ?)", org.Of(ctx), me, u.Kind, u.ID, org.Of(ctx), me, u.Kind, u.ID, unsentMany-1); err != nil {
		return err
	}
	_, err := tx.Insert(ctx, "INSERT INTO unsent_form (association, account, kind, id, title, body, fresh, at)",
		"ON CONFLICT (association, account, kind, id) DO UPDATE SET title = excluded.title, body = excluded.body, at = excluded.at",
		[]any{org.Of(ctx), me, u.Kind, u.ID, u.Title, body, u.Fresh, tx.Millis()})
	return err
}

// Keep keeps a form while somebody types it and answers with the sentence that the page shows: «17:20 已自动保存».
func (d *Desk) Keep(w http.ResponseWriter, r *http.Request, u Unsent) error {
	if u.Title == "" {
		u.Title = lang.T(r.Context(), "还没有名称")
	}
	says := ""
	err := d.DB.Update(r.Context(), func(tx *db.Tx) error {
		a, err := org.Get(r.Context(), tx)
		if err != nil {
			return err
		}
		says = lang.T(r.Context(), "%s 已自动保存", tx.Now.In(a.Location()).Format("15:04"))
		return KeepForm(r.Context(), tx, u)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = io.WriteString(w, says)
	return err
}

const selectUnsent = "SELECT kind, id, title, body, fresh, at FROM unsent_form WHERE association = ? AND account = ? AND kind = ? AND "

func scanUnsent(s db.Scanner) (u Unsent, err error) {
	var body string
	if err = s.Scan(&u.Kind, &u.ID, &u.Title, &body, &u.Fresh, &u.At); err != nil {
		return u, err
	}
	u.Values, err = url.ParseQuery(body)
	return u, err
}

// KeptForm is the actor's unsent form of the id; NotFound when there is none.
func KeptForm(ctx context.Context, tx *db.Tx, kind, id string) (Unsent, error) {
	return db.One(ctx, tx, scanUnsent, selectUnsent+"id = ?", org.Of(ctx), access.From(ctx).Account, kind, id)
}

// LastKept is the actor's latest unsent form of a new record of the kind; NotFound when there is none.
func LastKept(ctx context.Context, tx *db.Tx, kind string) (Unsent, error) {
	return db.One(ctx, tx, scanUnsent, selectUnsent+"fresh ORDER BY at DESC, id DESC LIMIT 1", org.Of(ctx), access.From(ctx).Account, kind)
}

// ForgetForm throws the actor's unsent form away: it was sent, or given up.
func ForgetForm(ctx context.Context, tx *db.Tx, kind, id string) error {
	_, err := tx.Exec(ctx, "DELETE FROM unsent_form WHERE association = ? AND account = ? AND kind = ? AND id = ?", org.Of(ctx), access.From(ctx).Account, kind, id)
	return err
}
