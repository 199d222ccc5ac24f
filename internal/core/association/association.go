// Package association carries the tenant of a request or job: a county's association for science and technology.
package association

import "context"

type key struct{}

// With sets the association of ctx by its id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// Of gives the association of ctx. It panics when there is none: a write without a tenant is a fault of the program.
func Of(ctx context.Context) string {
	if id, ok := ctx.Value(key{}).(string); ok && id != "" {
		return id
	}
	panic("association.Of: no association in the context")
}
