// Package id makes identifiers and names records.
package id

import "github.com/google/uuid"

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
