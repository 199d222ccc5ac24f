package register

import "shilu/internal/core/access"

// Field is one thing that a body says, as history, differences and exports write it. Text gives "" for what is blank.
type Field[T, W any] struct {
	Key, Label string
	Text       func(body T, w W) string
}

// Fields are all that a body says, in the order of its form.
type Fields[T, W any] []Field[T, W]

// Changes lists the fields in which two versions differ.
func (all Fields[T, W]) Changes(before, after T, w W) (changes []access.Change) {
	for _, f := range all {
		if b, a := f.Text(before, w), f.Text(after, w); b != a {
			changes = append(changes, access.Change{Field: f.Key, Label: f.Label, Before: b, After: a})
		}
	}
	return changes
}

// Text is what the field of the key says; "" for a key that is none.
func (all Fields[T, W]) Text(key string, body T, w W) string {
	for _, f := range all {
		if f.Key == key {
			return f.Text(body, w)
		}
	}
	return ""
}
