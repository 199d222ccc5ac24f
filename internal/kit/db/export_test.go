package db

// Queued is how many writes the one writer of SQLite has not taken yet.
func (d *DB) Queued() int { return len(d.queue) }
