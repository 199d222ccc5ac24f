package app

import (
	"context"
	"path/filepath"

	"shilu/internal/kit/blob"
)

// files opens the store of files: the data folder, or the bucket that several copies of the program share.
func (c Config) files(ctx context.Context) (*blob.Store, error) {
	dir := filepath.Join(c.Data, "files")
	if c.Files == "" {
		return blob.Open(dir)
	}
	b, err := blob.Dial(ctx, c.Files)
	if err != nil {
		return nil, err
	}
	return blob.OpenBucket(dir, b)
}
