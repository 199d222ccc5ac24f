package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// leave is how long requests that are under way may take when the program stops.
const leave = 20 * time.Second

// Whoever sends a header or a form more slowly than this only holds a connection.
var (
	headerTime = 10 * time.Second
	readTime   = 2 * time.Minute // routes for uploads have more
)

// Serve answers on the listener until ctx is done, then lets requests that are under way finish. It is nil after a stop that
// was asked for. The context of a request is not ended by ctx: what is half-way is brought to its end.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      answer,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // broken handshakes and the like of strangers
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	if err := s.Shutdown(stop); err != nil {
		return fmt.Errorf("stop serving: %w", errors.Join(err, s.Close()))
	}
	return nil
}
