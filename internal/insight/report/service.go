package report

import (
	"context"
	"io/fs"

	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
)

// Service has the use cases of reports. It is filled once, at the start.
type Service struct {
	DB         *db.DB
	Files      *blob.Store
	Indicators *indicator.Catalogue
	Outlines   fs.FS // the catalogue, for the shipped outlines
	Seal       func(ctx context.Context) (log.Checkpoint, error)
	Version    string // of the program
}

// Shipped reads a shipped outline. NotFound names those that there are.
func (s *Service) Shipped(name string) (Outline, error) {
	text, err := Shipped(s.Outlines, name)
	if err != nil {
		return Outline{}, err
	}
	return ParseOutline(name, text)
}
