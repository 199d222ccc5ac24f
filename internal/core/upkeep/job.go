package upkeep

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/kit/db"
)

// MakeJob makes a backup; Login is who asked for it, "" is the plan.
type MakeJob struct {
	Login string `json:"login"`
}

// Kind names the work.
func (MakeJob) Kind() string { return "upkeep.backup" }

// DrillJob drills with the backup of that name.
type DrillJob struct {
	Login string `json:"login"`
	File  string `json:"file"`
}

// Kind names the work.
func (DrillJob) Kind() string { return "upkeep.drill" }

// As is the context of a job with who asked for it.
func (s *Service) As(ctx context.Context, login string) (context.Context, error) {
	if login == "" {
		return ctx, nil
	}
	var actor access.Actor
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		actor, err = access.ActorOf(ctx, tx, login)
		return err
	})
	return access.With(ctx, actor), err
}
