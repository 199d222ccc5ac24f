package activity

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// KindRule is what the catalogue says of a category: what its form asks and needs, and from when to when it is in force.
type KindRule struct {
	Code, Name string
	Word       string   // what one is called: 场
	Asks       []string // counts that the form shows at once; the others are folded
	Needs      []string // counts without which it cannot be submitted; with | one of several
	UsualMost  int64    // more people than this is asked about, never refused (domain.md, 8)
	HintNames  []string // words by which a row of an import is known
	From, To   day.Day
}

// CountRule is something that is counted at an activity.
type CountRule struct {
	Code, Name, Unit string
	Group            string // heading on the form
	Measure          string // of the event
	ShareMeasure     string // of a partner's share; "" when shares do not say it
	addsTo           string // measure of the event that a partner's share adds to; "" of people who came, whom the organiser counts once
	AtStops          bool   // stops of a tour say it too
	UsualMost        int64  // 0: as the category has it
}

// MaterialRule is a kind of what is given away.
type MaterialRule struct {
	Code, Name, Unit      string
	Measure, ShareMeasure string
	HintNames             []string
}

// Titled reports whether its titles are counted: of materials, not of bags and tickets.
func (m MaterialRule) Titled() bool { return m.Measure == measureMaterials }

// Rules are those in force in a counting year.
type Rules struct {
	kinds     []KindRule
	counts    []CountRule
	material  []MaterialRule
	roles     []string
	roleWords map[string]string // other words for a role: 牵头
	sites     []string
	groups    []string // audiences that are 重点人群
	tours     []string // words in the names of tours
	shareDays int      // after its last day that a joint activity waits for shares before they are late
	large     int64    // on-site people from which an activity is 重大
	campaigns []Campaign
	tags      map[string][]string // values of the tags that a record may name, whatever the year
	endings   org.Endings
}

// Kind finds a category by its code.
func (r Rules) Kind(code string) (KindRule, bool) {
	for _, k := range r.kinds {
		if k.Code == code {
			return k, true
		}
	}
	return KindRule{}, false
}

// Kinds lists the categories in the order of the catalogue.
func (r Rules) Kinds() []KindRule { return r.kinds }

// Counts lists what is counted, in the order of forms.
func (r Rules) Counts() []CountRule { return r.counts }

// Count finds what is counted by its code.
func (r Rules) Count(code string) (CountRule, bool) {
	i := slices.IndexFunc(r.counts, func(c CountRule) bool { return c.Code == code })
	if i < 0 {
		return CountRule{}, false
	}
	return r.counts[i], true
}

// Material finds a kind of material.
func (r Rules) Material(code string) (MaterialRule, bool) {
	i := slices.IndexFunc(r.material, func(m MaterialRule) bool { return m.Code == code })
	if i < 0 {
		return MaterialRule{}, false
	}
	return r.material[i], true
}

// Catalogue has the rules of all years.
type Catalogue struct {
	kinds     []KindRule
	counts    []CountRule
	material  []MaterialRule
	rules     []rule
	campaigns []Campaign
	tags      map[string][]string // by the name of the tag
	endings   org.Endings
	set       map[editionOf]OwnEdition // what the county has set of campaigns (Calendar)
}

// rule is a row of activity-rules.csv.
type rule struct {
	name, value string
	from, to    day.Day
	words       []string // other words for the value, as workbooks have them
}

func inForce(from, to, on day.Day) bool { return (from == "" || from <= on) && (to == "" || on < to) }

// On gives the rules in force on a day.
func (c Catalogue) On(d day.Day) Rules {
	r := Rules{counts: c.counts, material: c.material, tags: c.tags, endings: c.endings, roleWords: map[string]string{}}
	for _, k := range c.kinds {
		if inForce(k.From, k.To, d) {
			r.kinds = append(r.kinds, k)
		}
	}
	for _, one := range c.rules {
		if !inForce(one.from, one.to, d) {
			continue
		}
		switch one.name {
		case "role":
			r.roles = append(r.roles, one.value)
			for _, word := range one.words {
				r.roleWords[word] = one.value
			}
		case "site":
			r.sites = append(r.sites, one.value)
		case "group":
			r.groups = append(r.groups, one.value)
		case "tour":
			r.tours = append(r.tours, one.value)
		case "large":
			r.large, _ = strconv.ParseInt(one.value, 10, 64) // read once already
		case "share_days":
			r.shareDays, _ = strconv.Atoi(one.value)
		}
	}
	for _, one := range c.campaigns {
		if inForce(one.From, one.To, d) {
			r.campaigns = append(r.campaigns, one)
		}
	}
	return r
}

// ReadCatalogue reads the tables of activities and campaigns. A wrong row is an error that names it.
func ReadCatalogue(files fs.FS) (c Catalogue, err error) {
	if c.endings, err = org.ReadEndings(files); err != nil {
		return c, err
	}
	for _, t := range []struct {
		file string
		row  func(cell func(string) string) error
	}{
		{"activity-counts.csv", c.readCount}, {"activity-kinds.csv", c.readKind}, {"activity-materials.csv", c.readMaterial},
		{"activity-rules.csv", c.readRule}, {"campaigns.csv", c.readCampaign}, {"tags.csv", c.readTag},
	} {
		if err := eachRow(files, t.file, t.row); err != nil {
			return c, err
		}
	}
	for _, n := range c.counts {
		if n.addsTo != "" && !slices.ContainsFunc(c.counts, func(to CountRule) bool { return to.Measure == n.addsTo }) {
			return c, fmt.Errorf("activity-counts.csv: %s adds to %q, which nothing is counted as", n.Code, n.addsTo)
		}
	}
	for _, one := range c.campaigns {
		c.allow("campaign", one.Code)
	}
	for _, one := range c.rules {
		if one.name == "group" { // those of earlier years too
			c.allow("audience", one.value)
		}
	}
	return c, nil
}

func (c *Catalogue) readTag(cell func(string) string) error {
	if name := cell("name"); name != "campaign" { // campaigns have a table of their own
		c.allow(name, strings.Fields(cell("values_zh"))...)
	}
	return nil
}

// allow lets records name further values of a tag.
func (c *Catalogue) allow(tag string, values ...string) {
	if c.tags == nil {
		c.tags = map[string][]string{}
	}
	for _, v := range values {
		if !slices.Contains(c.tags[tag], v) {
			c.tags[tag] = append(c.tags[tag], v)
		}
	}
}

func (c *Catalogue) readCount(cell func(string) string) error {
	n := CountRule{Code: cell("code"), Name: cell("name_zh"), Unit: cell("unit"), Group: cell("group"), Measure: cell("measure"),
		ShareMeasure: cell("share_measure"), addsTo: cell("adds_to"), AtStops: cell("stop") != ""}
	var err error
	if n.UsualMost, err = strconv.ParseInt(cell("usual_most"), 10, 64); err != nil {
		return fmt.Errorf("usual_most %q is not a number", cell("usual_most"))
	}
	if n.Code == "" || n.Name == "" || n.Unit == "" || n.Group == "" || n.Measure == "" || c.hasCount(n.Code) {
		return fmt.Errorf("a count needs code, name, unit, group and measure, and to stand once")
	}
	c.counts = append(c.counts, n)
	return nil
}

func (c *Catalogue) hasCount(code string) bool {
	return slices.ContainsFunc(c.counts, func(n CountRule) bool { return n.Code == code })
}

func (c *Catalogue) readKind(cell func(string) string) error {
	k := KindRule{Code: cell("code"), Name: cell("name_zh"), Word: cell("word"), Asks: strings.Fields(cell("asks")), Needs: strings.Fields(cell("needs")),
		HintNames: strings.Fields(cell("hint_names")), From: day.Day(cell("from")), To: day.Day(cell("to"))}
	var err error
	if k.UsualMost, err = strconv.ParseInt(cell("usual_most"), 10, 64); err != nil {
		return fmt.Errorf("usual_most %q is not a number", cell("usual_most"))
	}
	if k.Code == "" || k.Name == "" || k.Word == "" {
		return fmt.Errorf("a category needs code, name and word")
	}
	for _, n := range append(slices.Clone(k.Asks), strings.FieldsFunc(cell("needs"), func(r rune) bool { return r == ' ' || r == '|' })...) {
		if !c.hasCount(n) {
			return fmt.Errorf("unknown count %q", n)
		}
	}
	c.kinds = append(c.kinds, k)
	return nil
}

func (c *Catalogue) readMaterial(cell func(string) string) error {
	m := MaterialRule{Code: cell("code"), Name: cell("name_zh"), Unit: cell("unit"), Measure: cell("measure"), ShareMeasure: cell("share_measure"),
		HintNames: strings.Fields(cell("hint_names"))}
	if m.Code == "" || m.Name == "" || m.Unit == "" || m.Measure == "" || m.ShareMeasure == "" {
		return fmt.Errorf("a kind of material needs code, name, unit and both measures")
	}
	c.material = append(c.material, m)
	return nil
}

func (c *Catalogue) readRule(cell func(string) string) error {
	one := rule{cell("rule"), cell("value"), day.Day(cell("from")), day.Day(cell("to")), strings.Fields(cell("words"))}
	if !slices.Contains([]string{"role", "site", "group", "large", "share_days", "tour"}, one.name) || one.value == "" {
		return fmt.Errorf("unknown rule %q", one.name)
	}
	if one.name == "large" || one.name == "share_days" {
		if _, err := strconv.ParseInt(one.value, 10, 32); err != nil {
			return fmt.Errorf("%s %q is not a number", one.name, one.value)
		}
	}
	c.rules = append(c.rules, one)
	return nil
}

// eachRow gives each row of a table by the titles of its columns.
func eachRow(files fs.FS, name string, row func(cell func(string) string) error) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("read the catalogue of activities: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for i, r := range rows[1:] {
		if err := row(func(title string) string {
			if at := slices.Index(rows[0], title); at >= 0 {
				return r[at]
			}
			return ""
		}); err != nil {
			return fmt.Errorf("%s row %d: %w", name, i+2, err)
		}
	}
	return nil
}

// options are the codes and words that programs can send.
func (c Catalogue) options() map[string]register.Options {
	all := c.shareOptions()
	all["stops.counts"] = all["counts"]
	for _, k := range c.kinds {
		all["category"] = all["category"].With(k.Code, k.Name)
	}
	for _, l := range Lives() {
		all["life"] = all["life"].With(string(l), l.Title())
	}
	for _, one := range c.rules {
		if one.name == "role" {
			all["partners.role"] = all["partners.role"].With(one.value, "")
		}
	}
	all["own_role"] = append(register.Codes(""), all["partners.role"]...)
	for field, tag := range map[string]string{"campaigns": "campaign", "audiences": "audience", "programmes": "programme", "industries": "industry", "drives.drive": "drive"} {
		all[field] = register.Codes(c.tags[tag]...)
	}
	return all
}

// shareOptions are those of a share.
func (c Catalogue) shareOptions() map[string]register.Options {
	all := map[string]register.Options{}
	for _, n := range c.counts {
		all["counts"] = all["counts"].With(n.Code, n.Name)
	}
	for _, m := range c.material {
		all["materials.kind"] = all["materials.kind"].With(m.Code, m.Name)
	}
	return all
}

// Name tells the catalogue of indicators what the codes are called.
func (c Catalogue) Name(indicators *indicator.Catalogue) {
	categories, materials := map[string]string{}, map[string]string{}
	for _, k := range c.kinds {
		categories[k.Code] = k.Name
	}
	for _, m := range c.material {
		materials[m.Code] = m.Name
	}
	indicators.NameValues("category", categories)
	indicators.NameValues("material", materials)
	campaigns := map[string]string{}
	for _, one := range c.campaigns {
		campaigns[one.Code] = one.Name
	}
	indicators.NameValues("campaign", campaigns)
}
