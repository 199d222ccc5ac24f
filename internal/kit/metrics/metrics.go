// Package metrics counts what a keeper's monitoring asks for and writes it as Prometheus reads it (text format 0.0.4). It is no more
// than that: three kinds of figures, no registry of the process, nothing personal.
package metrics

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds are the upper ends, in seconds, into which durations of requests are sorted.
var Bounds = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10}

// Requests counts requests by route and class of status. It is safe for concurrent use.
type Requests struct {
	mu  sync.Mutex
	all map[string]*route
}

type route struct {
	classes [6]uint64 // by the hundreds of the status
	buckets []uint64
	seconds float64
	count   uint64
}

// Observe counts a request. pattern is that of the route, never its address; "" is an address that no route has.
func (r *Requests) Observe(pattern string, status int, took time.Duration) {
	if pattern == "" {
		pattern = "none"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]*route{}
	}
	one := r.all[pattern]
	if one == nil {
		one = &route{buckets: make([]uint64, len(Bounds))}
		r.all[pattern] = one
	}
	if class := status / 100; class >= 0 && class < len(one.classes) {
		one.classes[class]++
	}
	seconds := took.Seconds()
	one.seconds += seconds
	one.count++
	if i := slices.IndexFunc(Bounds, func(b float64) bool { return seconds <= b }); i >= 0 {
		one.buckets[i]++
	}
}

// Write writes the requests that were counted.
func (r *Requests) Write(w *Page) {
	r.mu.Lock()
	defer r.mu.Unlock()
	patterns := make([]string, 0, len(r.all))
	for p := range r.all {
		patterns = append(patterns, p)
	}
	slices.Sort(patterns)
	w.Head("shilu_http_requests_total", "counter", "Requests by route and class of status.")
	for _, p := range patterns {
		for class, n := range r.all[p].classes {
			if n > 0 {
				w.Value("shilu_http_requests_total", float64(n), "route", p, "status", strconv.Itoa(class)+"xx")
			}
		}
	}
	const name = "shilu_http_request_duration_seconds"
	w.Head(name, "histogram", "How long requests took, by route.")
	for _, p := range patterns {
		one, sum := r.all[p], uint64(0)
		for i, b := range Bounds {
			sum += one.buckets[i]
			w.Value(name+"_bucket", float64(sum), "route", p, "le", strconv.FormatFloat(b, 'g', -1, 64))
		}
		w.Value(name+"_bucket", float64(one.count), "route", p, "le", "+Inf")
		w.Value(name+"_sum", one.seconds, "route", p)
		w.Value(name+"_count", float64(one.count), "route", p)
	}
}

// Page is what a scrape reads.
type Page struct {
	out *bufio.Writer
}

// Write writes a page with all parts to w. A part that fails ends the page, so that half of it is not taken for whole.
func Write(ctx context.Context, w io.Writer, parts ...func(ctx context.Context, p *Page) error) error {
	p := &Page{out: bufio.NewWriter(w)}
	for _, part := range parts {
		if err := part(ctx, p); err != nil {
			return err
		}
	}
	return p.out.Flush()
}

// Head begins a metric: its kind and what it says.
func (p *Page) Head(name, kind, help string) {
	_, _ = fmt.Fprintf(p.out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

var quote = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// Value writes one value with its labels, names and values in turn.
func (p *Page) Value(name string, value float64, labels ...string) {
	_, _ = p.out.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		_, _ = p.out.WriteString(separator + labels[i] + `="` + quote.Replace(labels[i+1]) + `"`)
	}
	if len(labels) > 1 {
		_ = p.out.WriteByte('}')
	}
	_, _ = p.out.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// Gauge is a metric of one value.
func (p *Page) Gauge(name, help string, value float64, labels ...string) {
	p.Head(name, "gauge", help)
	p.Value(name, value, labels...)
}
