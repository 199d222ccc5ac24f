package main

import (
	"os"

	"shilu/internal/app"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/disk"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/hold"
)

// take looks whether the data folder is a good place and takes it for this process: a database in a file has one program that works
// with it, beside which commands may read and write a little. On PostgreSQL several copies may share a folder. The caller gives it up.
func (e *environment) take(config *app.Config, doing string) (release func(), answers func(address string) error, err error) {
	trouble, by := disk.Look(config.Data)
	switch {
	case trouble == disk.None || trouble == disk.Remote && config.DatabaseURL != "":
	case !e.flags.AllowDrive && trouble == disk.Remote:
		return nil, nil, errs.E(errs.Invalid, "文件夹 %s 在网络盘上（%s）：数据库在网络盘上锁不住，会坏。请用本机硬盘上的文件夹（--data）；一定要用就加 --allow-drive", config.Data, by)
	case !e.flags.AllowDrive:
		return nil, nil, errs.E(errs.Invalid, "文件夹 %s 由 %s 同步：它会拷走写了一半的数据库和主密钥，数据会坏、会外泄。请换一个不同步的文件夹（--data）；一定要用就加 --allow-drive", config.Data, by)
	default:
		w := upkeep.Warning{Text: "数据在网络盘上（%s），数据库可能会坏；请尽快搬到本机硬盘", Args: []any{by}}
		if trouble == disk.Synced {
			w.Text = "数据文件夹由 %s 同步，数据可能会坏、会外泄；请尽快搬到不同步的文件夹"
		}
		config.Standing = append(config.Standing, w)
		if doing != "serve" { // which says all of them once it answers
			e.stderr.println(errs.Sprintf(w.Text, w.Args))
		}
	}
	if config.DatabaseURL != "" {
		return func() {}, func(string) error { return nil }, nil
	}
	if err := os.MkdirAll(config.Data, 0o700); err != nil {
		return nil, nil, errs.E(errs.Unavailable, "文件夹 %s 建不了，请换一个（--data）", config.Data).Because(err)
	}
	h, err := hold.Take(config.Data, doing, config.Now())
	if err != nil {
		return nil, nil, err
	}
	return h.Release, h.Answers, nil
}
