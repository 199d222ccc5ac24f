package app_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/face/api"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

var update = flag.Bool("update", false, "rewrite testdata/routes.golden")

const routesFile = "testdata/routes.golden"

// visitor is somebody whom every route is tried with.
type visitor struct {
	name    string
	browser *apptest.Browser
	token   string // what a program of theirs sends
}

// wildcard is a part of a pattern that stands for a value.
var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// TestRoutesByRole holds the table of who may what: every route of the program with its right and module, tried with everybody.
// A new route, or a changed right, must be looked at: run `go test ./internal/app -run TestRoutesByRole -update` and read the
// difference.
func TestRoutesByRole(t *testing.T) {
	w := apptest.Open(t, "")
	visitors := []visitor{{"stranger", w.Stranger(), ""}, {"one-time", oneTime(w), ""}}
	for _, role := range access.Roles() {
		grant := access.Grant{Role: role}
		if role == access.Clerk || role == access.Liaison {
			grant.Unit = w.Tree.Office().ID
		}
		visitors = append(visitors, visitor{string(role), signed(w, "role."+string(role), grant), tokenOf(w, "role."+string(role), true)})
	}
	visitors = append(visitors, visitor{"officer-else", signed(w, "role.else", access.Grant{Role: access.Officer, Modules: []string{"elsewhere"}}), tokenOf(w, "role.else", true)}, visitor{"read-token", w.Stranger(), tokenOf(w, "role.officer", false)})

	console := w.App.Console()
	routes := w.App.Routes(console)
	slices.SortFunc(routes, func(a, b web.Route) int {
		_, pathA, _ := strings.Cut(a.Pattern, " ")
		_, pathB, _ := strings.Cut(b.Pattern, " ")
		return strings.Compare(pathA+" "+a.Pattern, pathB+" "+b.Pattern)
	})
	// The handlers are replaced by one that only says that it was reached: what is tried is the guard in front of it.
	doors := slices.Clone(routes)
	for i := range doors {
		doors[i].Handler = func(rw http.ResponseWriter, _ *http.Request) error {
			rw.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	server := httptest.NewServer(web.New(web.Options{Routes: doors, Guard: w.App.Guard(console)}))
	t.Cleanup(server.Close)

	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "route\tright\tmodule")
	for _, v := range visitors {
		fmt.Fprint(table, "\t"+v.name)
	}
	fmt.Fprintln(table)
	for _, r := range routes {
		fmt.Fprintf(table, "%s\t%s\t%s", r.Pattern, r.Right, dash(r.Module))
		for _, v := range visitors {
			fmt.Fprint(table, "\t"+try(t, w, server.URL, r, v))
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush()
	got := regexp.MustCompile(` +\n`).ReplaceAllString(b.String(), "\n")
	isGolden(t, routesFile, got)
}

// isGolden compares with a golden file of who may what, which must be looked at before it is written anew.
func isGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // a file of the sources
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("who may what differs from %s; look at each, then run with -update:\n%s", file, differing(string(want), got))
	}
}

// try asks a route as the visitor and gives the class of the answer.
func try(t *testing.T, w *apptest.World, server string, route web.Route, v visitor) string {
	t.Helper()
	method, path, _ := strings.Cut(route.Pattern, " ")
	path = wildcard.ReplaceAllStringFunc(path, func(part string) string {
		if part == "{$}" {
			return ""
		}
		return "x"
	})
	r, err := http.NewRequestWithContext(w.Ctx, method, server+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	if token := v.browser.CSRF(); token != "" {
		r.Header.Set("X-CSRF-Token", token)
	}
	for _, c := range v.browser.Client().Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	if v.token != "" && strings.HasPrefix(path, api.Root) { // elsewhere a token opens nothing
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusNoContent:
		return "ok"
	case http.StatusUnauthorized:
		return "sign-in"
	case http.StatusForbidden:
		return "refused"
	}
	return answer.Status
}

// signed makes an account with one grant and signs it in.
func signed(w *apptest.World, login string, grant access.Grant) *apptest.Browser {
	w.Helper()
	account(w, login, grant)
	b := w.Sign(login)
	b.Get("/") // a page, for its token
	return b
}

func account(w *apptest.World, login string, grant access.Grant) (password string) {
	w.Helper()
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) (err error) {
		password, err = access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: login, Name: login, Unit: w.Tree.Office().ID, Grants: []access.Grant{grant}}, access.NewSecret(w.Ctx, ""))
		return err
	}); err != nil {
		w.Fatal(err)
	}
	return password
}

// tokenOf makes a token of an account; one that writes where the account may.
func tokenOf(w *apptest.World, login string, writes bool) (secret string) {
	w.Helper()
	ctx := w.As(login)
	actor := access.From(ctx)
	if err := w.App.DB.Update(ctx, func(tx *db.Tx) (err error) {
		secret, _, err = access.CreateToken(ctx, tx, access.NewToken{Name: "数据交换", Writes: writes && (actor.May(access.Write, "") || actor.May(access.Check, "")), Days: 30})
		return err
	}); err != nil {
		w.Fatal(err)
	}
	return secret
}

// oneTime is a browser of a chair who has not changed the one-time password yet.
func oneTime(w *apptest.World) *apptest.Browser {
	w.Helper()
	password := account(w, "role.onetime", access.Grant{Role: access.Chair})
	b := w.Stranger()
	if got := b.Post("/login", map[string][]string{"account": {"role.onetime"}, "password": {password}}); got.Path != "/password" {
		w.Fatalf("a one-time password leads to %s", got.Path)
	}
	return b
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// differing lists the lines that only one of the texts has.
func differing(want, got string) string {
	var b strings.Builder
	wanted, have := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range wanted {
		if !slices.Contains(have, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range have {
		if !slices.Contains(wanted, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}
