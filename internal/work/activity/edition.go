package activity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// editionSettings are the settings that say what a county has set of campaigns, one a campaign by its code. A value holds from the first
// day of its year and for that year alone: superiors announce days and theme anew each time.
const editionSettings = "campaign."

func editionSetting(code string) string { return editionSettings + code }

func editionStart(year int) day.Day { return day.Year(year).From }

type editionOf struct {
	code string
	year int
}

// OwnEdition is what a county has set of a campaign's edition: its days, both or none, and its theme. What is blank is as the catalogue
// has it.
type OwnEdition struct {
	From  day.Day `json:"from,omitempty"`
	To    day.Day `json:"to,omitempty"`
	Theme string  `json:"theme,omitempty"`
}

// longestEdition is how many days an edition may have: 科普之冬 runs across New Year, none a whole year.
const longestEdition = 366

// wrong is all that keeps it from being set for a year.
func (o OwnEdition) wrong(year int) error {
	var f errs.Fields
	switch {
	case o.From == "" && o.To == "":
	case o.From == "":
		f.Add("from", "请填开始日期，或把两个日期都清空")
	case o.To == "":
		f.Add("to", "请填结束日期；只有一天的，和开始日期相同")
	case o.From.Year() != year:
		f.Add("from", "开始日期 %s 不在 %d 年，请核对", o.From.Long(), year)
	case o.To < o.From:
		f.Add("to", "结束日期 %s 比开始日期 %s 早，请核对", o.To.Long(), o.From.Long())
	case o.From.Days(o.To) > longestEdition:
		f.Add("to", "从 %s 到 %s 有 %d 天，超过一年，请核对", o.From.Long(), o.To.Long(), o.From.Days(o.To))
	}
	return f.Err()
}

// asSet is an edition with what the county has set of it.
func (c Catalogue) asSet(e Edition) Edition {
	own, ok := c.set[editionOf{e.Code, e.Year}]
	if !ok {
		return e
	}
	e.Set = true
	if own.From != "" {
		e.Days = day.Period{From: own.From, To: own.To}
		e.Starts, e.Ends = string(own.From[5:]), string(own.To[5:])
	}
	if own.Theme != "" {
		e.Theme = own.Theme
	}
	return e
}

// Calendar is the catalogue with what the county has set of campaigns.
func (s *Service) Calendar(ctx context.Context, tx *db.Tx) (Catalogue, error) {
	c := s.Catalogue
	all, err := org.SettingsUnder(ctx, tx, editionSettings)
	if err != nil || len(all) == 0 {
		return c, err
	}
	c.set = map[editionOf]OwnEdition{}
	for _, one := range all {
		var own OwnEdition
		if err := json.Unmarshal([]byte(one.Value), &own); err != nil {
			return c, fmt.Errorf("read the setting %s: %w", one.Name, err)
		}
		at := editionOf{strings.TrimPrefix(one.Name, editionSettings), one.From.Year()}
		if c.set[at] = own; own == (OwnEdition{}) { // as the catalogue has it again
			delete(c.set, at)
		}
	}
	return c, nil
}
