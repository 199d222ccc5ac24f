package app

import (
	"context"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// choose is the association that the configuration names, or the only one. NotFound when it is not there, Invalid when there are
// several and none is named.
func (c Config) choose(all []org.Association) (org.Association, error) {
	for _, one := range all {
		if c.Association == "" && len(all) == 1 || c.Association != "" && one.Code == c.Association {
			return one, nil
		}
	}
	switch {
	case len(all) == 0:
		return org.Association{}, errs.E(errs.NotFound, "还没有建立科协，请先运行 shilu init")
	case c.Association == "":
		return org.Association{}, errs.E(errs.Invalid, "这里有 %d 个科协，请用 --association 说明是哪一个：%s", len(all), named(all))
	}
	return org.Association{}, errs.E(errs.NotFound, "没有代码为「%s」的科协，这里有：%s", c.Association, named(all))
}

// named lists associations by name and code.
func named(all []org.Association) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.Name + "（代码 " + one.Code + "）"
	}
	return strings.Join(names, "、")
}

// Serves is nil when it is clear whom the program serves: nobody yet, the only association, the one that is named, or each at a
// host name of its own. The error is that of In.
func (a *App) Serves(ctx context.Context) error {
	return a.DB.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil || len(all) == 0 {
			return err
		}
		if hosted, err := org.HasHosts(ctx, tx); err != nil || hosted && a.Config.Association == "" {
			return err
		}
		_, err = a.Config.choose(all)
		return err
	})
}
