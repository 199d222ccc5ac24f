// Package id makes identifiers and names records.
package id

import (
	"crypto/sha256"
	"strings"

	"github.com/google/uuid"
)

// New returns a UUIDv7 as text: unique, and later ids sort after earlier ones.
func New() string {
	return uuid.Must(uuid.NewV7()).String()
}

// Ref names any record: Kind is the module's word ("training"), ID its UUIDv7.
type Ref struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// String is "kind/id".
func (r Ref) String() string { return r.Kind + "/" + r.ID }

// Valid reports whether the text is an id as New makes them: what a client hands in as the id of what it creates.
func Valid(text string) bool {
	u, err := uuid.Parse(text)
	return err == nil && u.String() == text && u.Version() == 7
}

// Made is when an id was made by New, in UTC milliseconds; 0 for any other text.
func Made(text string) int64 {
	u, err := uuid.Parse(text)
	if err != nil || u.Version() != 7 {
		return 0
	}
	var at int64
	for _, b := range u[:6] {
		at = at<<8 | int64(b)
	}
	return at
}

// Of returns the same id for the same parts, always: for what may be there only once, whoever makes it first.
func Of(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	u := uuid.UUID(sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8, RFC 9562: made as its maker likes
	return u.String()
}
