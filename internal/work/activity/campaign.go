package activity

import (
	"fmt"
	"slices"

	"shilu/internal/kit/day"
)

// Campaign is a cross-cut that activities of many units belong to: 科技之春, 全国科普月. Code is the value of the tag "campaign" in all
// years; its name may vary by year, as 全国科普日 became 全国科普月 in 2025.
type Campaign struct {
	Code, Name   string
	From, To     day.Day // days on which the row is in force
	Starts, Ends string  // MM-DD of an edition; "" runs all year; Ends before Starts runs across New Year
	Theme        string
}

// Edition is one year's run of a campaign. One across New Year has the year in which it begins; each activity in it counts in the year
// of its own day. Set says that the county itself has set its days or theme.
type Edition struct {
	Campaign
	Year int
	Days day.Period
	Set  bool
}

// Stretch is the edition's days with what comes before the next one: every activity that is marked with the campaign lies in one.
func (e Edition) Stretch() day.Period {
	if e.Days.From.Year() == e.Days.To.Year() {
		return day.Year(e.Days.From.Year())
	}
	return day.Period{From: e.Days.From, To: e.edition(e.Year + 1).Days.From.Add(-1)}
}

// AllYear reports whether the campaign has no days of its own.
func (c Campaign) AllYear() bool { return c.Starts == "" }

func (c *Catalogue) readCampaign(cell func(string) string) error {
	one := Campaign{Code: cell("code"), Name: cell("name_zh"), From: day.Day(cell("from")), To: day.Day(cell("to")), Starts: cell("starts"),
		Ends: cell("ends"), Theme: cell("theme")}
	if one.Code == "" || one.Name == "" || (one.Starts == "") != (one.Ends == "") {
		return fmt.Errorf("a campaign needs code, name, and both of its days or none")
	}
	for _, d := range []string{one.Starts, one.Ends} {
		if d == "" {
			continue
		}
		if _, err := day.Parse("2025-" + d); err != nil { // 29 February would not be there in most years
			return fmt.Errorf("campaign %s: %q is no day MM-DD", one.Code, d)
		}
	}
	c.campaigns = append(c.campaigns, one)
	return nil
}

// edition is the run of the campaign that begins in the year.
func (c Campaign) edition(year int) Edition {
	e := Edition{Campaign: c, Year: year, Days: day.Year(year)}
	if c.AllYear() {
		return e
	}
	ends := year
	if c.Ends < c.Starts {
		ends++
	}
	e.Days = day.Period{From: day.Day(fmt.Sprintf("%04d-%s", year, c.Starts)), To: day.Day(fmt.Sprintf("%04d-%s", ends, c.Ends))}
	return e
}

// Edition is the run of a campaign that begins in the year, by the row in force on its first day; false for one that is not known or
// did not run then.
func (c Catalogue) Edition(code string, year int) (Edition, bool) {
	for _, one := range c.campaigns {
		if one.Code != code {
			continue
		}
		if e := one.edition(year); inForce(one.From, one.To, e.Days.From) {
			return c.asSet(e), true
		}
	}
	return Edition{}, false
}

// Editions lists the runs that begin in the year, in the order of their first days; those of the whole year come last.
func (c Catalogue) Editions(year int) []Edition {
	var all []Edition
	for _, one := range c.campaigns {
		if e := one.edition(year); inForce(one.From, one.To, e.Days.From) {
			all = append(all, c.asSet(e))
		}
	}
	slices.SortStableFunc(all, func(a, b Edition) int {
		switch {
		case a.AllYear() != b.AllYear():
			if a.AllYear() {
				return 1
			}
			return -1
		case a.Days.From < b.Days.From:
			return -1
		case a.Days.From > b.Days.From:
			return 1
		}
		return 0
	})
	return all
}

// Running lists the campaigns with days of their own whose edition has the day in it: what a form proposes.
func (c Catalogue) Running(on day.Day) []Edition {
	var all []Edition
	if on == "" {
		return nil
	}
	for _, year := range []int{on.Year() - 1, on.Year()} {
		for _, e := range c.Editions(year) {
			if !e.AllYear() && e.Days.Contains(on) {
				all = append(all, e)
			}
		}
	}
	return all
}

// CampaignName is what a campaign was called on a day; the code itself for one that is not known.
func (c Catalogue) CampaignName(code string, on day.Day) string {
	for _, one := range c.campaigns {
		if one.Code == code && inForce(one.From, one.To, on) {
			return one.Name
		}
	}
	return code
}
