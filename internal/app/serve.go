package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"shilu/internal/kit/web"
)

// abandoned is how long a file of an upload must not have grown before it is taken for left behind by a program that was stopped.
const abandoned = 24 * time.Hour

// Serve answers on the listener until ctx is done, does jobs and seals the logs.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	if err := a.Jobs.Start(ctx); err != nil {
		return err
	}
	if err := a.resumeAll(ctx); err != nil {
		return errors.Join(err, a.Jobs.Stop(ctx))
	}
	if n, err := a.Files.Sweep(time.Now().Add(-abandoned)); err != nil { //nolint:forbidigo // files have the machine's clock, whatever --today says
		slog.WarnContext(ctx, "sweep interrupted uploads", slog.Any("error", err))
	} else if n > 0 {
		slog.InfoContext(ctx, "interrupted uploads removed", slog.Int("files", n))
	}
	a.sweepDrills()
	looping, stop := context.WithCancel(ctx)
	var loops sync.WaitGroup
	loops.Go(func() { a.sealLoop(looping) })
	if !a.Config.Unattended {
		loops.Go(func() { a.tendLoop(looping) })
	}
	err := web.Serve(ctx, listener, a.Handler(slog.Default()), slog.Default())
	stop()
	loops.Wait()
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
