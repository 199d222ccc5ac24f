package activity

import (
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/zh"
)

// stopsColumn is the column of all stops of a tour in one cell: day, place, venue, counts, and what people asked for.
func (s *Service) stopsColumn() sheetColumn {
	c := register.FieldColumn("stops", "各站", intake.Text, func(a *Activity) *[]Stop { return &a.Stops }, readStopCell, nil).Or("各站情况")
	c.How = "一行一个活动的表用，一站一段，用分号分开：日期 地点 具体场所，数名和数，需求：2026-03-05 青溪乡上村 村部，现场参加40，需求：核桃黑斑病；2026-03-06 青溪乡下村，现场参加50"
	return c.Writes(0, s.out("stops")).Merges(func(into *Activity, said Activity) {
		into.Stops = slices.Clone(said.Stops)
		into.stopsSay()
	})
}

func readStopCell(r *reading, v intake.Value) (all []Stop, ok bool) {
	var pieces []string
	for _, piece := range intake.Split(v.Text, stopMarks) {
		if _, ok := firstDay(r, piece); !ok && len(pieces) > 0 {
			pieces[len(pieces)-1] += "；" + piece // what people asked for has a semicolon
			continue
		}
		pieces = append(pieces, piece)
	}
	for _, piece := range pieces {
		stop, sound := readStop(r, piece)
		if !sound {
			r.Wrong("stops", "各站「%s」看不懂，请写成「2026-03-05 青溪乡上村 村部，现场参加40，需求：核桃黑斑病；2026-03-06 青溪乡下村，现场参加50」", piece)
			return nil, false
		}
		all = append(all, stop)
	}
	return all, len(all) > 0
}

// The marks between stops, and between the parts of one.
const (
	stopMarks = "；;\n"
	partMarks = "，,"
)

// stopWords are all stops in one text, as the import reads them.
func (a Activity) stopWords(w Words) string {
	var parts []string
	for _, s := range a.Stops {
		words := string(s.Day) + " " + strings.ReplaceAll(w.Tree.PlaceName(s.Place), " ", "")
		if s.Venue != "" {
			words += " " + whole(s.Venue)
		}
		for _, c := range w.Rules.counts {
			if n := s.Counts.of(c.Code); n != nil {
				words += "，" + c.Name + n.String()
			}
		}
		if s.Needs != "" {
			words += "，需求：" + whole(s.Needs)
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, "；")
}

// whole puts a text in 「」 that would be taken apart without.
func whole(text string) string {
	if len(intake.Split(text, stopMarks+partMarks)) > 1 || strings.ContainsAny(text, "《》()（）[]") {
		return "「" + text + "」"
	}
	return text
}

func firstDay(r *reading, piece string) (day.Day, bool) {
	words := strings.Fields(piece)
	if len(words) == 0 {
		return "", false
	}
	on, err := zh.ParseDay(words[0], r.Sheet.Year, false)
	return on, err == nil
}

// readStop reads a stop. Its place is still in words: the tree of its day is not known yet.
func readStop(r *reading, piece string) (s Stop, ok bool) {
	piece, s.Needs, _ = strings.Cut(strings.ReplaceAll(piece, "需求:", "需求："), "需求：")
	s.Needs = unquoted(s.Needs)
	parts := intake.Split(piece, partMarks)
	if len(parts) == 0 {
		return s, false
	}
	on, dated := firstDay(r, parts[0])
	words := strings.Fields(parts[0])
	if !dated || len(words) < 2 {
		return s, false
	}
	s.Day, s.Place, s.Venue = on, words[1], unquoted(strings.Join(words[2:], " "))
	for _, part := range parts[1:] {
		code, n := countWords(r.Words.Rules, part)
		switch {
		case code != "":
			s.Counts = s.Counts.with(code, n)
		case len(s.Counts) == 0 && s.Venue != "":
			s.Venue += "，" + part
		default:
			return s, false
		}
	}
	return s, true
}

// countWords reads what a count is and how much: 现场参加约40.
func countWords(rules Rules, text string) (code string, n register.Count) {
	longest := 0
	for _, c := range rules.counts {
		rest, ok := strings.CutPrefix(text, c.Name)
		if !ok || len(c.Name) < longest {
			continue
		}
		if got, err := zh.ParseCount(zh.Fold(rest)); err == nil {
			code, n, longest = c.Code, register.Count{N: got.N, Exactness: register.Exactness(got.Exactness)}, len(c.Name)
		}
	}
	return code, n
}

// settleStops finds the places of stops that came in one cell, and fills in what the row leaves to them.
func (s *Service) settleStops(r *reading, a *Activity) {
	if _, said := r.Has("stops"); !said || len(a.Stops) == 0 {
		return
	}
	var places []string
	for i := range a.Stops {
		stop := &a.Stops[i]
		at, _, ok := intake.Locate(s.Catalogue.endings, r.Tree, intake.PlaceName{Township: stop.Place})
		if !ok {
			r.Wrong("stops", "第 %d 站：没有「%s」这个地点，请核对，或者先新增", i+1, stop.Place)
			stop.Place = ""
			return
		}
		stop.Place, stop.Venue = at.Place.ID, strings.TrimSpace(at.Venue+" "+stop.Venue)
		stop.settle(r.Tree)
		places = append(places, stop.Place)
	}
	if a.Place == "" {
		a.Place = common(r.Tree, places)
		r.Give("place")
	}
	for code, n := range a.Counts {
		if sum := a.stops(code); sum != nil && *sum == n {
			delete(a.Counts, code)
		}
	}
	if len(a.Counts) == 0 {
		a.Counts = nil
	}
}
