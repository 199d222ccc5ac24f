package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river/riverdriver"
)

// listener tells River at once about jobs that this process inserted, without any row or connection.
type listener struct {
	notes chan *riverdriver.Notification
}

// wake is called after the commit of a transaction that inserted a job. One note is enough for any number of jobs.
func (l *listener) wake() {
	select {
	case l.notes <- &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue": "default"}`}:
	default:
	}
}

// WaitForNotification gives the next note, or the error of a context that ended.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case n := <-l.notes:
		return n, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// The rest of riverdriver.Listener has nothing to do here.
func (l *listener) Connect(context.Context) error          { return nil }
func (l *listener) Close(context.Context) error            { return nil }
func (l *listener) Listen(context.Context, string) error   { return nil }
func (l *listener) Unlisten(context.Context, string) error { return nil }
func (l *listener) Ping(context.Context) error             { return nil }
func (l *listener) Schema() string                         { return "" }
func (l *listener) SetAfterConnectExec(string)             {}

// quiet lets only River's warnings and errors into the program's log.
type quiet struct{ slog.Handler }

// Enabled reports whether the record is worth a line.
func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}
