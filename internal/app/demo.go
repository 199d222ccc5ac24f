package app

import (
	"context"
	"path/filepath"

	"shilu/internal/app/demo"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// demoSetting marks the demonstration county once it is whole.
const demoSetting = "demo"

// Demo creates the demonstration county if the database has no association yet, and gives its accounts fresh passwords.
// Conflict when it has another one, or a county whose making was interrupted: then nothing is touched.
func (a *App) Demo(ctx context.Context) ([]demo.Account, error) {
	there, err := a.demoIn(ctx)
	if err != nil {
		return nil, err
	}
	if there == "" {
		if there, err = a.makeDemo(ctx); err != nil {
			return nil, err
		}
	}
	ctx = org.With(ctx, there)
	accounts, err := demo.Accounts(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	_, err = a.Seal(ctx)
	return accounts, err
}

// demoIn is the id of the demonstration county, "" when there is no association at all.
func (a *App) demoIn(ctx context.Context) (there string, err error) {
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil || len(all) == 0 {
			return err
		}
		whole := false
		if err := org.Setting(org.With(ctx, all[0].ID), tx, demoSetting, org.Always, &whole); err != nil {
			return err
		}
		switch {
		case len(all) > 1 || all[0].Code != demo.Code:
			return errs.E(errs.Conflict, "这里已有「%s」，示范县要用空的文件夹或数据库，请另选一个（--data 或 --database-url）", all[0].Name)
		case !whole && a.Config.DatabaseURL != "":
			return errs.E(errs.Conflict, "示范县上次没有建完，请换一个空的数据库再运行（--database-url）")
		case !whole:
			return errs.E(errs.Conflict, "示范县上次没有建完，请删掉文件夹 %s 再运行", filepath.Clean(a.Config.Data))
		}
		there = all[0].ID
		return nil
	})
	return there, err
}

// makeDemo makes the county with an application of its own on the same database, whose clock goes through its three years.
func (a *App) makeDemo(ctx context.Context) (there string, err error) {
	clock := &demo.Clock{}
	now := a.DB.Now()
	clock.Set(now)
	config := a.Config
	config.Now = clock.Now
	past, err := Open(ctx, config)
	if err != nil {
		return "", err
	}
	defer past.Close()
	if err := demo.Build(ctx, demo.Services{
		Clock: clock, DB: past.DB, Files: past.Files, Papers: past.Papers, Training: past.Training, Activity: past.Activity, Facility: past.Facility, External: past.External,
		Found: func(ctx context.Context, name, code, login, fullName string) error {
			_, _, err := past.Found(ctx, NewAssociation{Name: name, Code: code, Admin: login, AdminName: fullName})
			return err
		},
		Seal: func(ctx context.Context) error {
			_, err := past.Seal(ctx)
			return err
		},
	}, dayAt(now)); err != nil {
		return "", err
	}
	clock.Set(now)
	err = past.DB.Update(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil {
			return err
		}
		there = all[0].ID
		return org.Set(org.With(ctx, there), tx, demoSetting, org.Always, true, "demo")
	})
	return there, err
}
