// Package activity keeps science-popularisation activities (科普活动): lectures, exhibitions, street consultations, open days,
// tours to the villages, with who held them together, what was shown and given away, and which campaigns they belong to (R-34 to
// One event and all its heads post once, under its first organiser; what each partner of a joint event did itself is a
// share, a record of its own beside it.
package activity

import (
	"slices"

	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// Kind of record and prefix of its numbers: HD-2026-0012.
const (
	Kind   = "activity"
	Prefix = "HD"
)

// FactsVersion is raised when facts changes what it states for an unchanged activity (design.md, 4.13).
const FactsVersion = 2

// Life is where an activity stands beside the flow of its record.
type Life string

// The states of life. Only what was held counts.
const (
	Planned   Life = "planned"
	Held      Life = "held"
	Postponed Life = "postponed"
	Cancelled Life = "cancelled"
)

// Lives lists them in the order of forms and filters.
func Lives() []Life { return []Life{Planned, Held, Postponed, Cancelled} }

// Title is the state as pages write it.
func (l Life) Title() string {
	return map[Life]string{Planned: "计划", Held: "已举办", Postponed: "延期", Cancelled: "已取消"}[l]
}

// Counts are numbers by the code of what is counted (activity-counts.csv). What is not there is blank, which is not 0.
type Counts map[string]register.Count

// of gives a count; nil for blank.
func (c Counts) of(code string) *register.Count {
	if n, ok := c[code]; ok {
		return &n
	}
	return nil
}

// Partner is another body that took part: a unit of ours, or one outside by its name. Role is one of the catalogue's.
type Partner struct {
	Role string `json:"role" label:"角色" needed:"save"`
	Unit string `json:"unit,omitempty" label:"单位：标识，见 /units；不在单位表里的写 name"`
	Name string `json:"name,omitempty" label:"不在单位表里的单位叫什么"` // of a body that is no unit here
}

// Spot is where it happened. Village and Town are settled from the tree on the counting day when the record is saved, so that facts
// need no tree; both are empty for what happened at the county's own level.
type Spot struct {
	Place   string `json:"place" label:"地点：标识，见 /places" needed:"save"`
	Village string `json:"village,omitempty" label:"由地点得出，不用写"`
	Town    string `json:"town,omitempty" label:"由地点得出，不用写"`
	Venue   string `json:"venue,omitempty" label:"具体场所"`
}

// Stop is one place of a tour: 三下乡, 送科技下乡. Coverage counts the stops, the tour is one activity.
type Stop struct {
	Day    day.Day `json:"day" label:"哪天" needed:"save"`
	Spot           // where
	Counts Counts  `json:"counts,omitempty" label:"这一站的数，按代码"`
	Needs  string  `json:"needs,omitempty" label:"群众提出的需求"` // what people there asked for
}

// Material is something that was given away. Title is a code of the vocabulary "material"; Kind one of activity-materials.csv.
type Material struct {
	Title  string         `json:"title" label:"品名：词典 material 的代码，或者直接写名称" needed:"save"`
	Kind   string         `json:"kind" label:"种类" needed:"save"`
	Copies register.Count `json:"copies" label:"数量" needed:"save"`
	Source string         `json:"source,omitempty" label:"谁印的"` // who had it printed
}

// Report is a piece of media coverage. Outlet is a code of the vocabulary "outlet".
type Report struct {
	Outlet string  `json:"outlet" label:"媒体：词典 outlet 的代码，或者直接写名称" needed:"save"`
	Level  string  `json:"level,omitempty" label:"媒体级别"`
	Day    day.Day `json:"day,omitempty" label:"报道日期，不写是活动计入的那天"` // "": the day on which the activity counts
	Title  string  `json:"title,omitempty" label:"标题"`
	Link   string  `json:"link,omitempty" label:"链接"`
}

// Bodies are who was served, as keys: ids of units, or codes of the vocabulary "body" for those that are no unit here.
type Bodies struct {
	Schools     []string `json:"schools,omitempty" label:"到的学校：单位的标识，或词典 body 的代码，或名称"`
	Enterprises []string `json:"enterprises,omitempty" label:"服务的企业科协"` // 企业科协
	Opened      []string `json:"opened,omitempty" label:"向社会开放的单位"`     // that opened their doors
	Receivers   []string `json:"receivers,omitempty" label:"受赠单位"`      // that were given materials
	Teams       []string `json:"teams,omitempty" label:"小分队"`           // 下乡小分队
}

// DriveItem is one of the things that a drive consists of: 七个一 · 读一本科普书.
type DriveItem struct {
	Drive string `json:"drive" label:"专项行动" needed:"save"`
	Item  string `json:"item,omitempty" label:"其中哪一项"`
}

// Activity is the record. Unit is its first 主办 unless Host names another body; then the event is that body's, and Unit is the one
// of ours that took part and keeps the record, in the role OwnRole.
type Activity struct {
	Category  string      `json:"category" needed:"save"`
	Name      string      `json:"name" needed:"save"`
	Theme     string      `json:"theme,omitempty"`
	Life      Life        `json:"life" needed:"save"`
	Start     day.Day     `json:"start" needed:"save"`
	End       day.Day     `json:"end" label:"结束日期，不写是当天；巡回活动不写是最后一站"` // "": as countingDay has it
	Unit      string      `json:"unit" label:"主办单位：标识，见 /units" needed:"save"`
	Host      string      `json:"host,omitempty" label:"别的单位主办的，写它叫什么；unit 就是参加的本单位"`
	OwnRole   string      `json:"own_role,omitempty" label:"别的单位主办的，本单位在其中做什么"`
	Partners  []Partner   `json:"partners,omitempty"`
	Open      bool        `json:"open,omitempty"` // partners enter their shares themselves
	Spot                  // where
	Site      string      `json:"site,omitempty"` // what sort of place: 村, 学校, 广场
	Parent    string      `json:"parent,omitempty" label:"主活动：记录的 id"`
	Umbrella  bool        `json:"umbrella,omitempty" label:"只统领子活动，自己没有另办"` // nothing was held beside its children
	Key       bool        `json:"key,omitempty" label:"列为重点"`               // 重点
	Model     bool        `json:"model,omitempty" label:"列为示范"`             // 示范
	Campaigns []string    `json:"campaigns,omitempty" label:"主题活动"`
	Audiences []string    `json:"audiences,omitempty"`
	Drives    []DriveItem `json:"drives,omitempty"`
	Programme []string    `json:"programmes,omitempty"`
	Industry  []string    `json:"industries,omitempty"`
	Counts    Counts      `json:"counts,omitempty" label:"各种数，按代码"`
	Stops     []Stop      `json:"stops,omitempty"`
	Materials []Material  `json:"materials,omitempty"`
	Media     []Report    `json:"media,omitempty"`
	Bodies    Bodies      `json:"bodies,omitzero" label:"服务了谁"`
	Leaders   []string    `json:"leaders,omitempty"`            // who was present
	Cost      *int64      `json:"cost,omitempty" label:"经费（分）"` // in 分; no fact: money is posted where it is spent
	Summary   string      `json:"summary,omitempty"`
	Note      string      `json:"note,omitempty"`
}

// countingDay is the day on which all facts of the activity count: its last (design.md, 4.5). Without an end it lasts a day, a tour until
// its last stop. Media coverage has days of its own.
func (a Activity) countingDay() day.Day {
	last := a.End
	if last == "" {
		last = a.Start
		for _, s := range a.Stops {
			last = max(last, s.Day)
		}
	}
	return last
}

// ours reports whether a unit of the association is the first organiser.
func (a Activity) ours() bool { return a.Host == "" }

// total is a count of the whole activity without the shares of its partners: the sum of the stops of a tour where all say it, else
// what the activity says.
func (a Activity) total(code string) *register.Count {
	if sum := a.stops(code); sum != nil {
		return sum
	}
	return a.Counts.of(code)
}

// stops is the sum of the stops; nil where one does not say it.
func (a Activity) stops(code string) *register.Count {
	var sum *register.Count
	for _, s := range a.Stops {
		n := s.Counts.of(code)
		if n == nil {
			return nil
		}
		sum = sum.Plus(n)
	}
	return sum
}

// spots are the places that the activity reached: the stops of a tour, else its own.
func (a Activity) spots() []Spot {
	if len(a.Stops) == 0 {
		return []Spot{a.Spot}
	}
	all := make([]Spot, len(a.Stops))
	for i, s := range a.Stops {
		all[i] = s.Spot
	}
	return all
}

// invites reports whether the unit is a partner that enters its own share.
func (a Activity) invites(unit string) bool {
	return a.Open && slices.ContainsFunc(a.Partners, func(p Partner) bool { return p.Unit == unit && unit != "" })
}
