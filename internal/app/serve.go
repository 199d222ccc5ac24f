package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"shilu/internal/kit/web"
)

// Serve answers on the listener until ctx is done, does jobs and seals the logs.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	if err := a.Jobs.Start(ctx); err != nil {
		return err
	}
	if err := a.resumeAll(ctx); err != nil {
		return errors.Join(err, a.Jobs.Stop(ctx))
	}
	sealing, stop := context.WithCancel(ctx)
	sealed := make(chan struct{})
	go func() {
		defer close(sealed)
		a.sealLoop(sealing)
	}()
	err := web.Serve(ctx, listener, a.Handler(slog.Default()), slog.Default())
	stop()
	<-sealed
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, a.Jobs.Stop(last), a.sealAll(last))
}

// sealLoop seals again and again until ctx is done. A failure is logged and tried again: nothing is lost, the entries wait.
func (a *App) sealLoop(ctx context.Context) {
	ticker := time.NewTicker(sealEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := a.sealAll(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "seal", slog.Any("error", err))
			}
		}
	}
}
