package org

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Setting reads into out the value of a setting that is in force on the day; out keeps its value when there is none.
func Setting(ctx context.Context, tx *db.Tx, name string, on day.Day, out any) error {
	value, err := db.One(ctx, tx, db.Value[string], `SELECT value FROM setting
		WHERE association = ? AND name = ? AND from_day <= ? ORDER BY from_day DESC, set_at DESC LIMIT 1`, Of(ctx), name, on)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(value), out); err != nil {
		return fmt.Errorf("read the setting %s: %w", name, err)
	}
	return nil
}

// Set changes a setting from a day on (Always: since ever). Earlier values stay in its history; it is an entry of the log. Invalid from
// an impossible day (CheckFrom).
func Set(ctx context.Context, tx *db.Tx, name string, from day.Day, value any, by string) error {
	if err := checkFrom(ctx, tx, from); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the setting %s: %w", name, err)
	}
	if _, err = tx.Exec(ctx, "INSERT INTO setting (association, name, from_day, set_at, value, set_by) VALUES (?, ?, ?, ?, ?, ?)",
		Of(ctx), name, from, tx.Millis(), string(text), by); err != nil {
		return err
	}
	_, err = log.Append(ctx, tx, log.Ledger, settingEntry, setting{name, from, string(text), by})
	return err
}

// SettingChange is one value that a setting was given. Value is its JSON.
type SettingChange struct {
	From  day.Day
	At    int64 // when it was set, UTC milliseconds
	Value string
	By    string
}

// SettingHistory lists all values that a setting was given, those for the latest days first.
func SettingHistory(ctx context.Context, tx *db.Tx, name string) ([]SettingChange, error) {
	return db.All(ctx, tx, func(s db.Scanner) (c SettingChange, err error) {
		err = s.Scan(&c.From, &c.At, &c.Value, &c.By)
		return c, err
	}, "SELECT from_day, set_at, value, set_by FROM setting WHERE association = ? AND name = ? ORDER BY from_day DESC, set_at DESC", Of(ctx), name)
}

// NamedSetting is a value that one of several settings was given.
type NamedSetting struct {
	Name string
	SettingChange
}

// SettingsUnder lists all values of the settings whose name begins with a prefix that ends in a dot, each setting's in the order in which
// they were set: the last of a setting and day is the one that holds.
func SettingsUnder(ctx context.Context, tx *db.Tx, prefix string) ([]NamedSetting, error) {
	return db.All(ctx, tx, func(s db.Scanner) (n NamedSetting, err error) {
		err = s.Scan(&n.Name, &n.From, &n.At, &n.Value, &n.By)
		return n, err
	}, "SELECT name, from_day, set_at, value, set_by FROM setting WHERE association = ? AND name >= ? AND name < ? ORDER BY name, from_day, set_at",
		Of(ctx), prefix, strings.TrimSuffix(prefix, ".")+"/") // "/" comes after "."
}
