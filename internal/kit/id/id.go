// Package id makes identifiers and names records.
package id

import (
	"crypto/sha256"
	"fmt"
	"strconv"
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

// Nth is the id of the n-th record, from 0, that a form with the id makes: always the same, so that sending twice makes nothing twice.
// It is another id where the form's is none.
func Nth(form string, n int) string {
	if !Valid(form) {
		return New()
	}
	tail, err := strconv.ParseUint(form[len(form)-4:], 16, 16)
	if err != nil {
		return New()
	}
	return fmt.Sprintf("%s%04x", form[:len(form)-4], uint16(tail)^uint16(n+1))
}

// Of returns the same id for the same parts, always: for what may be there only once, whoever makes it first.
func Of(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	u := uuid.UUID(sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8, RFC 9562: made as its maker likes
	return u.String()
}
