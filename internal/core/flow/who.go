package flow

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// ownWork refuses to let somebody verify what he wrote, and names up to three others who can.
func (h Head) ownWork(ctx context.Context, tx *db.Tx, writers []string) error {
	able, err := access.Holders(ctx, tx, access.Check, module(h.Kind), h.Unit)
	if err != nil {
		return err
	}
	var names []string
	for _, a := range able {
		if !slices.Contains(writers, a.Account) {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return errs.E(errs.Forbidden, "填报人不能自己核实，现在没有别人能核实，请先开一个核实人的账号")
	}
	return errs.E(errs.Forbidden, "填报人不能自己核实，请%s核实", strings.Join(names[:min(len(names), 3)], "、"))
}
