package console

import (
	"context"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// Founding is what the first-run pages have asked before the association is made.
type Founding struct {
	Name, County string
	Admin        access.NewAccount
}

// firstRun is how far the first run is. Nothing of it is in the database before the association is: who restarts begins anew.
type firstRun struct {
	sync.Mutex
	admin       access.NewAccount
	association string // id, once it is made
	password    string // the administrator's one-time one, to be shown at the end
	people      int    // accounts made
	used        time.Time
	over        bool
}

// setupIdle is how long the pages of the first run may be left alone once the association is made: then they are over, because
// the code that opens them stands on the console.
const setupIdle = 30 * time.Minute

const setupCookie = "shilu-setup"

func (c *Console) setupRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /setup", Right: desk.Setup, Handler: c.getSetup},
		{Pattern: "GET /setup/admin", Right: desk.Setup, Handler: c.getSetupAdmin},
		{Pattern: "POST /setup/admin", Right: desk.Setup, Handler: c.postSetupAdmin},
		{Pattern: "GET /setup/association", Right: desk.Setup, Handler: c.getSetupAssociation},
		{Pattern: "POST /setup/association", Right: desk.Setup, Handler: c.postSetupAssociation},
		{Pattern: "GET /setup/places", Right: desk.Setup, Handler: c.getSetupPlaces},
		{Pattern: "POST /setup/places", Right: desk.Setup, Handler: c.postSetupPlaces, Upload: 10 << 20},
		{Pattern: "GET /setup/people", Right: desk.Setup, Handler: c.getSetupPeople},
		{Pattern: "POST /setup/people", Right: desk.Setup, Handler: c.postSetupPeople},
		{Pattern: "GET /setup/end", Right: desk.Setup, Handler: c.getSetupEnd},
		{Pattern: "POST /setup/end", Right: desk.Setup, Handler: c.postSetupEnd},
	}
}

// guardSetup lets in who has the code of this start, while there is nothing to take over: no association, or the one that these
// very pages have just made. From then on it acts in the first administrator's name.
func (c *Console) guardSetup(ctx context.Context, r *http.Request) (context.Context, error) {
	c.first.Lock()
	now := c.Desk.DB.Now()
	c.first.over = c.first.over || c.first.association != "" && now.Sub(c.first.used) > setupIdle
	association, login, over := c.first.association, c.first.admin.Login, c.first.over
	c.first.Unlock()
	var all []org.Association
	if err := c.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err = org.All(ctx, tx)
		return err
	}); err != nil {
		return ctx, err
	}
	if over || len(all) > 0 && association == "" {
		return ctx, errs.E(errs.NotFound, "设置已经做完，请登录；要改的都在「设置」里")
	}
	code := r.URL.Query().Get("code")
	if code == "" {
		code = web.Cookie(r, setupCookie)
	}
	if c.SetupCode == "" || subtle.ConstantTimeCompare([]byte(code), []byte(c.SetupCode)) != 1 {
		return ctx, errs.E(errs.Forbidden, "设置的链接不对或已经过期。请用服务器上启动实录时显示的完整链接；重新启动会换新的").Because(errNobody)
	}
	if err := checkCSRF(r, code); err != nil {
		return ctx, err
	}
	c.first.Lock()
	c.first.used = now
	c.first.Unlock()
	ctx = page.WithCSRF(ctx, csrfToken(code))
	if association == "" {
		return ctx, nil
	}
	ctx = org.With(ctx, association)
	var actor access.Actor
	err := c.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		actor, err = access.ActorOf(ctx, tx, login)
		return err
	})
	actor.Address, actor.Request = web.Address(r), web.Number(ctx)
	return access.With(ctx, actor), err
}

// getSetup takes the code off the address and leads to the step that comes next.
func (c *Console) getSetup(w http.ResponseWriter, r *http.Request) error {
	if code := r.URL.Query().Get("code"); code != "" {
		web.SetCookie(w, r, setupCookie, code, 0)
	}
	web.Redirect(w, r, c.nextStep())
	return nil
}

func (c *Console) nextStep() string {
	c.first.Lock()
	defer c.first.Unlock()
	switch {
	case c.first.association != "":
		return "/setup/places"
	case c.first.admin.Login != "":
		return "/setup/association"
	}
	return "/setup/admin"
}

// The steps, by their place in the list.
const (
	stepAdmin = iota
	stepAssociation
	stepPlaces
	stepPeople
	stepEnd
)

// setupPage is a step as the page shows it; the steps say what is known of them.
func (c *Console) setupPage(r *http.Request, now int) (page.Setup, error) {
	ctx := r.Context()
	t := func(text string, args ...any) string { return lang.T(ctx, text, args...) }
	c.first.Lock()
	admin, association, people, once := c.first.admin, c.first.association, c.first.people, c.first.password
	c.first.Unlock()
	s := page.Setup{Association: t("实录"), Now: now, Say: t("后面几步都可以先跳过，以后在「设置」里补。大约要 10 分钟。"),
		Steps: []page.SetupStep{{Name: t("管理员")}, {Name: t("本单位")}, {Name: t("乡镇和村"), Note: t("可从 xlsx、csv 导入")}, {Name: t("人员和分工"), Note: t("给每人一个账号")}, {Name: t("开始用")}}}
	if admin.Login != "" {
		s.Steps[stepAdmin].Done, s.Steps[stepAdmin].Note = true, t("%s，用一次性密码", admin.Name)
		if admin.Password != "" || association != "" && once == "" {
			s.Steps[stepAdmin].Note = t("%s，已设密码", admin.Name)
		}
		s.Steps[stepAssociation].Href = "/setup/association"
	}
	if association == "" {
		s.Steps[stepAdmin].Href = "/setup/admin"
		return s, nil
	}
	s.Steps[stepAssociation].Href = ""
	s.Steps[stepPlaces].Href, s.Steps[stepPeople].Href, s.Steps[stepEnd].Href = "/setup/places", "/setup/people", "/setup/end"
	err := c.Desk.DB.View(ctx, func(tx *db.Tx) error {
		a, err := org.Get(ctx, tx)
		if err != nil {
			return err
		}
		s.Association = a.Name
		s.Steps[stepAssociation].Done, s.Steps[stepAssociation].Note = true, a.Name
		tree, err := todayTree(ctx, tx)
		if err != nil {
			return err
		}
		if townships, villages := countPlaces(tree); townships > 0 {
			s.Steps[stepPlaces].Done, s.Steps[stepPlaces].Note = true, t("%d 个乡镇，%d 个村", townships, villages)
		}
		return nil
	})
	if people > 0 {
		s.Steps[stepPeople].Done, s.Steps[stepPeople].Note = true, t("%d 个账号", people)
	}
	return s, err
}

// countPlaces counts the townships and the villages of the county.
func countPlaces(tree *org.Tree) (townships, villages int) {
	for _, t := range tree.Townships() {
		townships++
		villages += len(tree.Villages(t.ID))
	}
	return townships, villages
}

// showSetup answers with a step.
func showSetup(w http.ResponseWriter, r *http.Request, s page.Setup, fields ...templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if len(s.Errors) > 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	return page.Around(page.SetupPage(s), fields...).Render(r.Context(), w)
}

// founded leads to the step that is due when a later one is asked for too early.
func (c *Console) founded(w http.ResponseWriter, r *http.Request) bool {
	if next := c.nextStep(); next != "/setup/places" {
		web.Redirect(w, r, next)
		return false
	}
	return true
}
