package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// paperSize is about what a phone's photo has after the page has made it smaller.
const paperSize = 60_000

// measureBackup is the backup of a county with 500,000 facts and 5,000 files.
func measureBackup(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := c.filled(s.facts()); err != nil {
		return err
	}
	files := s.facts() / 100
	if err := c.papers(files); err != nil {
		return err
	}
	dir, err := s.folder()
	if err != nil {
		return err
	}
	begin := time.Now()
	m, err := c.Backup(ctx, filepath.Join(dir, "county.zip"), nil)
	if err != nil {
		return err
	}
	if m.Files != files {
		return fmt.Errorf("%d of %d files", m.Files, files)
	}
	seconds := time.Since(begin).Seconds()
	s.Report(Row{Work: "backup", DB: s.dialect(), Rate: number(float64(m.Rows()) / seconds), Seconds: number(seconds), RSS: rss(),
		Says: fmt.Sprintf("%d rows and %d files of %d kB", m.Rows(), m.Files, paperSize/1000), Required: "500,000 facts and 5,000 files < 60 s"})
	return nil
}

// papers puts n files that no program can make smaller into the store.
func (c *county) papers(n int) error {
	random := rand.NewChaCha8([32]byte{1})
	rows := make([][]any, n)
	content := make([]byte, paperSize)
	for i := range n {
		_, _ = random.Read(content)
		binary.BigEndian.PutUint64(content, uint64(i)) //nolint:gosec // a count
		kept, err := c.Files.Put(c.ctx, org.Of(c.ctx), bytes.NewReader(content), 1<<20)
		if err != nil {
			return err
		}
		rows[i] = []any{org.Of(c.ctx), kept.Hash, kept.Size, "image/jpeg", 0, 0, 0}
	}
	return c.DB.Update(c.ctx, func(tx *db.Tx) error {
		_, err := tx.Insert(c.ctx, "INSERT INTO file (association, hash, size, type, width, height, added)", "", rows...)
		return err
	})
}
