package demo

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/work/activity"
)

//go:embed data
var data embed.FS

// table reads a csv of data with a header; each row is what stands under each title.
func table(name string) ([]map[string]string, error) {
	f, err := data.Open("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	out := make([]map[string]string, 0, len(rows))
	for _, row := range rows[1:] {
		m := make(map[string]string, len(row))
		for i, title := range rows[0] {
			m[title] = row[i]
		}
		out = append(out, m)
	}
	return out, nil
}

// township is a township with the villages that somebody comes to. Share is its part of the classes, of 100.
type township struct {
	code, name string
	share      int
	villages   []village
}

type village struct {
	code, name string
}

// topic is a class that is taught again and again.
type topic struct {
	kind, subject, name string
	months              []int
	townships           []string // names; 县直 for the county seat
	host                string   // code of the unit that holds it; "" is the township's association
	teachers, audiences []string
	hours               int64
	partner, material   string
	low, high           int64 // how many people come
}

// person is somebody with an account. Township is the code of the township whose association he works for, if any.
type person struct {
	login, name, unit, duty string
	roles                   []access.Role
}

// county is what the csv files say.
type county struct {
	townships []township
	topics    []topic
	rhythm    map[string][12]int // how many classes of a kind end in each month
	kinds     []string           // of rhythm, in its order
	seasons   activity.Catalogue // when the campaigns are
	schools   []school
	occasions []occasion
	stands    []standing
	displays  map[int][]string // what galleries and boards show, by month
	people    []person
	surnames  []string
	given     []string
}

func readCounty() (c county, err error) {
	for _, read := range []struct {
		file string
		row  func(map[string]string) error
	}{{"places.csv", c.place}, {"topics.csv", c.topic}, {"rhythm.csv", c.month}, {"schools.csv", c.school}, {"activities.csv", c.occasion}, {"facilities.csv", c.stand}, {"displays.csv", c.display}, {"people.csv", c.person}, {"names.csv", func(r map[string]string) error {
		c.surnames, c.given = strings.Split(r["surnames"], ""), strings.Fields(r["given"])
		return nil
	}}} {
		rows, err := table(read.file)
		if err != nil {
			return c, err
		}
		for i, r := range rows {
			if err := read.row(r); err != nil {
				return c, fmt.Errorf("%s row %d: %w", read.file, i+2, err)
			}
		}
	}
	return c, nil
}

func (c *county) place(r map[string]string) error {
	if r["村"] == "" {
		share, err := strconv.Atoi(r["份额"])
		c.townships = append(c.townships, township{code: r["代码"], name: r["乡镇"], share: share})
		return err
	}
	t := &c.townships[len(c.townships)-1]
	if t.name != r["乡镇"] {
		return fmt.Errorf("%s stands under %s", r["村"], t.name)
	}
	if r["未到"] == "" {
		t.villages = append(t.villages, village{r["代码"], r["村"]})
	}
	return nil
}

func (c *county) topic(r map[string]string) error {
	t := topic{kind: r["kind"], subject: r["subject"], name: r["name"], townships: strings.Fields(r["townships"]), host: r["host"],
		teachers: strings.Fields(r["teachers"]), audiences: strings.Fields(r["audience"]), partner: r["partner"], material: r["material"]}
	var err error
	if t.months, err = numbers(r["months"]); err != nil {
		return err
	}
	for _, n := range []struct {
		into   *int64
		column string
	}{{&t.hours, "hours"}, {&t.low, "low"}, {&t.high, "high"}} {
		if *n.into, err = strconv.ParseInt(r[n.column], 10, 64); err != nil {
			return err
		}
	}
	c.topics = append(c.topics, t)
	return nil
}

// numbers reads numbers with spaces between them.
func numbers(text string) (all []int, err error) {
	for _, word := range strings.Fields(text) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func (c *county) month(r map[string]string) error {
	if c.rhythm == nil {
		c.rhythm = map[string][12]int{}
	}
	var counts [12]int
	for m := range counts {
		n, err := strconv.Atoi(r[strconv.Itoa(m+1)])
		if err != nil {
			return err
		}
		counts[m] = n
	}
	c.rhythm[r["kind"]] = counts
	c.kinds = append(c.kinds, r["kind"])
	return nil
}

func (c *county) person(r map[string]string) error {
	p := person{login: r["login"], name: r["name"], unit: r["unit"], duty: r["duty"]}
	for _, role := range strings.Split(r["role"], "+") {
		if !slices.Contains(access.Roles(), access.Role(role)) {
			return fmt.Errorf("no role %q", role)
		}
		p.roles = append(p.roles, access.Role(role))
	}
	c.people = append(c.people, p)
	return nil
}

// clerk is who fills in for the township with the code; "" where the post is vacant.
func (c *county) clerk(code string) string {
	for _, p := range c.people {
		if p.unit == code {
			return p.login
		}
	}
	return ""
}
