package db

import "context"

// copyBack copies, beside the writer, what long jobs have written from SQLite's write-ahead log into the database. Else the
// writer does it at every 8,000 pages, and all who write wait for the disk meanwhile. It may fail: the writer does it then.
func (d *DB) copyBack() {
	defer d.done.Done()
	for {
		select {
		case <-d.written:
			_, _ = d.read.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
		case <-d.closing:
			return
		}
	}
}

// wrote wakes copyBack; what it is told while it copies it does next.
func (d *DB) wrote() {
	select {
	case d.written <- struct{}{}:
	default:
	}
}
