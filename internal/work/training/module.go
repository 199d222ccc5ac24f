package training

import (
	"embed"

	"shilu/internal/core/desk"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("training", migrations)

// Module is what training tells the application.
func (s *Service) Module(d *desk.Desk) desk.Module {
	p := pages.Pages[Class, Words]{Desk: d, Book: s.Book, Title: "培训班", Noun: "期", Group: "业务记录", Tags: []string{"kind"}, Sheet: s.Sheet(),
		List: s.list(), Form: s.form(), Record: detail()}
	m := p.Module(Migrations)
	m.TermUses = termUses
	return m
}
