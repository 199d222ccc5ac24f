package org

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"strings"
)

// Endings tell by how a name ends what it is the name of: 天边村 and 大寨 are villages, 会议室 is a venue within one. The longer ending
// decides: 度假村 and 村委会会议室 are no villages. They are data, because villages are called otherwise elsewhere (屯, 寨, 嘎查).
type Endings struct{ village, venue, county []string }

// ReadEndings reads place-endings.csv. A wrong row is an error that names it.
func ReadEndings(files fs.FS) (e Endings, err error) {
	f, err := files.Open("place-endings.csv")
	if err != nil {
		return e, fmt.Errorf("read the endings of places: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return e, fmt.Errorf("read the endings of places: %w", err)
	}
	for i, row := range rows[1:] {
		switch ending, means := row[0], row[1]; {
		case ending != "" && means == "village":
			e.village = append(e.village, ending)
		case ending != "" && means == "venue":
			e.venue = append(e.venue, ending)
		case ending != "" && means == "county":
			e.county = append(e.county, ending)
		default:
			return e, fmt.Errorf("place-endings.csv row %d: needs an ending that means village or venue, or a beginning that means county", i+2)
		}
	}
	return e, nil
}

// Village reports whether a name is like that of a village, a community or a group in one.
func (e Endings) Village(name string) bool {
	return longestEnding(name, e.village) > longestEnding(name, e.venue)
}

// Venue reports whether a name is like that of a place that is no village: a room, a school, a square.
func (e Endings) Venue(name string) bool {
	return longestEnding(name, e.venue) > longestEnding(name, e.village)
}

// OfCounty reports whether what follows 县 names a body or a venue of the county itself: 会议中心, 人民医院, 一中. A word of the catalogue
// begins it, and it is that word or ends like a venue.
func (e Endings) OfCounty(rest string) bool {
	for _, word := range e.county {
		if rest == word || strings.HasPrefix(rest, word) && e.Venue(rest) {
			return true
		}
	}
	return false
}

func longestEnding(name string, endings []string) (longest int) {
	for _, e := range endings {
		if strings.HasSuffix(name, e) {
			longest = max(longest, len(e))
		}
	}
	return longest
}
