package org

import (
	"context"
	"sort"

	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Vocabulary is a list of words with one code each: subjects taught, audiences. Its codes are tag values and distinct keys.
type Vocabulary struct {
	Name  string
	codes map[string]string // by name and alias
	names map[string]string
	order []string
}

// Terms reads a vocabulary as the county has it.
func Terms(ctx context.Context, tx *db.Tx, vocabulary string) (*Vocabulary, error) {
	v := &Vocabulary{Name: vocabulary, codes: map[string]string{}, names: map[string]string{}}
	type pair struct{ code, name string }
	scan := func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.code, &p.name)
		return p, err
	}
	terms, err := db.All(ctx, tx, scan, "SELECT code, name FROM term WHERE association = ? AND vocabulary = ? ORDER BY added, code", Of(ctx), vocabulary)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		v.names[t.code] = t.name
		v.codes[t.name] = t.code
		v.order = append(v.order, t.code)
	}
	aliases, err := db.All(ctx, tx, scan, "SELECT code, alias FROM term_alias WHERE association = ? AND vocabulary = ?", Of(ctx), vocabulary)
	for _, a := range aliases {
		v.codes[a.name] = a.code
	}
	return v, err
}

// Code finds the code of a name or alias.
func (v *Vocabulary) Code(name string) (string, bool) {
	code, ok := v.codes[name]
	return code, ok
}

// Title is the name of a code; the code itself when it is not known.
func (v *Vocabulary) Title(code string) string {
	if name, ok := v.names[code]; ok {
		return name
	}
	return code
}

// Aliases lists the other spellings of a code, sorted.
func (v *Vocabulary) Aliases(code string) (all []string) {
	for name, c := range v.codes {
		if c == code && name != v.names[code] {
			all = append(all, name)
		}
	}
	sort.Strings(all)
	return all
}

// Known reports whether there is such a code.
func (v *Vocabulary) Known(code string) bool {
	_, ok := v.names[code]
	return ok
}

// Codes lists the codes in the order they were added.
func (v *Vocabulary) Codes() []string { return v.order }

// Names lists the names in the same order.
func (v *Vocabulary) Names() []string {
	var names []string
	for _, c := range v.order {
		names = append(names, v.names[c])
	}
	return names
}

// AddTerm adds a word and gives its code: the name it is first given, so that tags stay readable. An existing name or alias
// keeps its code.
func AddTerm(ctx context.Context, tx *db.Tx, vocabulary, name string) (string, error) {
	if name == "" {
		return "", errs.E(errs.Invalid, "请写名称")
	}
	code, err := db.One(ctx, tx, db.Value[string], `SELECT code FROM term WHERE association = ? AND vocabulary = ? AND name = ?
		UNION ALL SELECT code FROM term_alias WHERE association = ? AND vocabulary = ? AND alias = ? LIMIT 1`,
		Of(ctx), vocabulary, name, Of(ctx), vocabulary, name)
	if !errs.Is(err, errs.NotFound) {
		return code, err
	}
	added, err := tx.Exec(ctx, "INSERT INTO term (association, vocabulary, code, name, added) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		Of(ctx), vocabulary, name, name, tx.Millis())
	if err == nil && added == 1 {
		_, err = log.Append(ctx, tx, log.Ledger, termEntry, word{vocabulary, name, name})
	}
	return name, err
}

// Add is AddTerm with a vocabulary that has been read: it knows the word from then on.
func (v *Vocabulary) Add(ctx context.Context, tx *db.Tx, name string) (string, error) {
	code, err := AddTerm(ctx, tx, v.Name, name)
	if err != nil {
		return "", err
	}
	if !v.Known(code) {
		v.names[code], v.order = name, append(v.order, code)
	}
	v.codes[name] = code
	return code, nil
}

// AddAlias lets another spelling stand for a code: 养鸡 for 科学养鸡及预防.
func AddAlias(ctx context.Context, tx *db.Tx, vocabulary, alias, code string) error {
	if _, err := tx.Exec(ctx, "INSERT INTO term_alias (association, vocabulary, alias, code) VALUES (?, ?, ?, ?) ON CONFLICT (association, vocabulary, alias) DO UPDATE SET code = excluded.code",
		Of(ctx), vocabulary, alias, code); err != nil {
		return err
	}
	_, err := log.Append(ctx, tx, log.Ledger, aliasEntry, other{vocabulary, alias, code})
	return err
}
