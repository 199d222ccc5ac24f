// Package web serves pages and the API: handlers return errors, every route says its right, and what must hold for each
// request (limits, headers, one line in the log, an answer in words) is done here once.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"shilu/internal/kit/errs"
)

// Handler answers a request. What it returns as an error becomes a page or a problem document; nothing of what it wrote
// before reaches the reader then, unless it was more than fits the buffer.
type Handler func(w http.ResponseWriter, r *http.Request) error

// The rights that are not the association's to give.
const (
	Public = "public" // anybody; the guard is asked for the context (whose association, which language), not for a permission
	Static = "static" // files of the program itself: the guard is not asked at all
)

// Route is an address and who may use it.
type Route struct {
	Pattern string // "GET /training/{number}", as http.ServeMux has it; the method is needed
	Right   string // Public, Static or a right the guard knows; there is no default
	Module  string // module the right is asked for; "" for none in particular
	Handler Handler
	Upload  int64 // largest body in bytes; 0 is 2 MB
}

// bodyLimit is enough for any form without files.
const bodyLimit = 2 << 20

// Options are what a server is made of.
type Options struct {
	Routes []Route
	// Guard says who asks and whether they may. The context it gives is that of the handler, and of ErrorPage when the
	// handler fails. When it refuses, its context is used for the answer if it gives one.
	Guard func(r *http.Request, right, module string) (context.Context, error)
	// ErrorPage writes the page that says what went wrong. Status and headers are already set. number is to be quoted to the
	// keeper; "" unless the fault is ours. Nil is a plain page.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, err error, number string)
	Proxies   []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's when empty
	// Observe is told of each request: the route's pattern ("" when there is none), the status, how long it took.
	Observe func(pattern string, status int, took time.Duration)
	Log     *slog.Logger
	Now     func() time.Time // clock that durations are taken from; nil is the real one
}

type server struct {
	Options
	mux    *http.ServeMux
	origin *http.CrossOriginProtection
}

// New makes the server of the routes. It panics when a route says no right, no method or no handler, or contradicts another:
// faults of the program that must not survive its start.
func New(o Options) http.Handler {
	s := &server{Options: o, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	if s.Now == nil {
		s.Now = time.Now //nolint:forbidigo // the edge
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	for _, route := range o.Routes {
		method, _, ok := strings.Cut(route.Pattern, " ")
		switch {
		case !ok || method != strings.ToUpper(method):
			panic(fmt.Sprintf("web: route %q names no method", route.Pattern))
		case route.Right == "":
			panic(fmt.Sprintf("web: route %q says no right; write %q if anybody may", route.Pattern, Public))
		case route.Right != Static && o.Guard == nil:
			panic(fmt.Sprintf("web: route %q needs a guard", route.Pattern))
		case route.Handler == nil:
			panic(fmt.Sprintf("web: route %q has no handler", route.Pattern))
		}
		s.mux.Handle(route.Pattern, s.handle(route))
	}
	return s
}

// ServeHTTP does what every request needs, whatever its route.
func (s *server) ServeHTTP(raw http.ResponseWriter, r *http.Request) {
	start := s.Now()
	number := newNumber()
	e := &exchange{reply: newReply(raw, r), number: number, proxies: s.Proxies, r: r.WithContext(context.WithValue(r.Context(), numberKey{}, number))}
	defer func() {
		if fault := recover(); fault != nil {
			if fault == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so too
				panic(fault)
			}
			s.fail(e, http.StatusInternalServerError, fmt.Errorf("panic: %v", fault))
			e.stack = string(debug.Stack())
		}
		if !e.cut {
			e.reply.finish()
		}
		s.note(e, start)
		if e.cut {
			panic(http.ErrAbortHandler) // half an answer must not look like a whole one
		}
	}()
	secure(e.reply.Header())
	e.reply.Header().Set("X-Request-Id", number)
	if err := s.origin.Check(e.r); err != nil {
		s.fail(e, http.StatusForbidden, errs.E(errs.Forbidden, "这一步是从别的网站发来的，没有照做。请在本站打开页面再做一次").Because(err))
		return
	}
	handler, pattern := s.mux.Handler(e.r)
	if pattern == "" {
		s.lost(e, handler)
		return
	}
	e.r = e.r.WithContext(context.WithValue(e.r.Context(), exchangeKey{}, e))
	s.mux.ServeHTTP(e.reply, e.r)
}

// exchange is a request with what became of it.
type exchange struct {
	reply   *reply
	r       *http.Request
	pattern string
	number  string
	status  int // of a failure
	err     error
	stack   string // of a panic
	proxies []netip.Prefix
	cut     bool // the failure came after part of the answer was sent
}

type (
	exchangeKey struct{}
	numberKey   struct{}
)

// Number is the number of the request, which the log line has too; "" outside a request.
func Number(ctx context.Context) string {
	n, _ := ctx.Value(numberKey{}).(string)
	return n
}

// handle is the part that a route adds: its limit, its right, its handler.
func (s *server) handle(route Route) http.Handler {
	limit := route.Upload
	if limit == 0 {
		limit = bodyLimit
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := r.Context().Value(exchangeKey{}).(*exchange)
		e.r, e.pattern = r, route.Pattern
		if err := limitBody(e.reply, r, limit); err != nil {
			s.fail(e, Status(err), err)
			return
		}
		defer func() { // the server would look for them in the request that it made, not in those with our contexts
			for _, read := range []*http.Request{r, e.r} { // by the guard, by the handler
				if read.MultipartForm != nil {
					_ = read.MultipartForm.RemoveAll()
				}
			}
		}()
		if route.Right != Static {
			ctx, err := s.Guard(r, route.Right, route.Module)
			if ctx != nil {
				e.r = r.WithContext(ctx)
			}
			if err != nil {
				err = understood(err, limit) // a guard that looks for a form's token reads the body
				s.fail(e, Status(err), err)
				return
			}
		}
		if err := route.Handler(w, e.r); err != nil {
			err = understood(err, limit)
			s.fail(e, Status(err), err)
		}
	})
}

// lost answers an address or method that no route has. The mux knows which of the two it is and what is allowed.
func (s *server) lost(e *exchange, handler http.Handler) {
	probe := &statusOnly{header: make(http.Header)}
	handler.ServeHTTP(probe, e.r)
	if probe.status == http.StatusMethodNotAllowed {
		e.reply.Header().Set("Allow", probe.header.Get("Allow"))
		s.fail(e, probe.status, errs.E(errs.Method, "这个地址不能用 %s，可以用 %s；在页面上请从按钮进来", e.r.Method, probe.header.Get("Allow")))
		return
	}
	s.fail(e, http.StatusNotFound, errs.E(errs.NotFound, "地址可能写错了，或者这一页已经搬走"))
}

type statusOnly struct {
	header http.Header
	status int
}

func (p *statusOnly) Header() http.Header         { return p.header }
func (p *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (p *statusOnly) WriteHeader(status int)      { p.status = status }

// note writes the one line of the request: no path, no query, no address, no name; these are personal or may be.
func (s *server) note(e *exchange, start time.Time) {
	level, status := slog.LevelInfo, e.reply.status
	if s.Observe != nil {
		s.Observe(e.pattern, status, s.Now().Sub(start))
	}
	attrs := []slog.Attr{
		slog.String("method", e.r.Method), slog.String("route", e.pattern), slog.Int("status", status),
		slog.Int64("ms", s.Now().Sub(start).Milliseconds()), slog.String("request", e.number),
	}
	switch {
	case e.err == nil:
	case e.r.Context().Err() != nil && errors.Is(e.err, e.r.Context().Err()):
		attrs = append(attrs, slog.Bool("gone", true)) // the reader left; nobody's fault
	case e.status >= http.StatusInternalServerError:
		level = slog.LevelError
		if errs.Is(e.err, errs.Unavailable) {
			level = slog.LevelWarn // no fault of the program
		}
		attrs = append(attrs, slog.String("error", cause(e.err)))
		if e.stack != "" {
			attrs = append(attrs, slog.String("stack", e.stack))
		}
	default:
		attrs = append(attrs, slog.String("kind", string(errs.KindOf(e.err))))
	}
	s.Log.LogAttrs(context.WithoutCancel(e.r.Context()), level, "request", attrs...)
}
