package activity

import (
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/zh"
)

var mediaLevels = []string{"县级", "市级", "省级", "国家级"}

// media is the column of coverage: 县电视台 县级 2026-03-05 《科普进村》 https://…；县融媒体中心. What a cell does not say of a report that is there stays.
func (s *Service) media() sheetColumn {
	c := register.FieldColumn("media", "媒体报道", intake.Text, func(a *Activity) *[]Report { return &a.Media }, func(r *reading, v intake.Value) (all []Report, ok bool) {
		for _, item := range intake.Split(v.Text, "；;、\n") {
			one := readReport(item, r.Sheet.Year)
			if code, known := r.Words.Outlets.Code(one.Outlet); known {
				one.Outlet = code
			}
			all = append(all, one)
		}
		return all, len(all) > 0
	}, nil)
	c.How = "媒体、级别、日期、《标题》、网址，中间空一格，后面几样没有就不写；几家之间用分号：县电视台 县级 2026-03-05 《科普进村》；县融媒体中心"
	return c.Writes(0, s.out("media")).Merges(func(into *Activity, said Activity) {
		old := into.Media
		into.Media = slices.Clone(said.Media)
		for i, m := range into.Media {
			if at := slices.IndexFunc(old, func(o Report) bool { return o.Outlet == m.Outlet && o.Title == m.Title }); at >= 0 && m.Link == "" {
				into.Media[i].Link = old[at].Link
			}
		}
	})
}

// readReport reads a piece of coverage, its outlet still in words.
func readReport(item string, year int) (one Report) {
	words := intake.Split(item, " \u3000\t")
	one.Outlet = unquoted(words[0])
	for _, word := range words[1:] {
		on, err := zh.ParseDay(word, year, false)
		switch {
		case slices.Contains(mediaLevels, word) && one.Level == "" && one.Title == "":
			one.Level = word
		case err == nil && one.Day == "" && one.Title == "":
			one.Day = on
		case isLink(word) && one.Link == "":
			one.Link = word
		default:
			one.Title = strings.TrimSpace(one.Title + " " + word)
		}
	}
	if end := closing(strings.TrimPrefix(one.Title, "《")); strings.HasPrefix(one.Title, "《") && end+len("《")+len("》") == len(one.Title) {
		one.Title = one.Title[len("《") : len(one.Title)-len("》")]
	}
	return one
}

func isLink(word string) bool {
	return strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://")
}

// words are a piece of coverage as the import reads it.
func (m Report) words(w Words) string {
	outlet := w.Outlets.Title(m.Outlet)
	if len(intake.Split(outlet, " \u3000\t；;、\n")) > 1 {
		outlet = "「" + outlet + "」"
	}
	words := []string{outlet}
	for _, one := range []string{m.Level, string(m.Day)} {
		if one != "" {
			words = append(words, one)
		}
	}
	if m.Title != "" {
		words = append(words, "《"+m.Title+"》")
	}
	if m.Link != "" {
		words = append(words, strings.NewReplacer("；", "%EF%BC%9B", ";", "%3B", "、", "%E3%80%81", " ", "%20").Replace(m.Link))
	}
	return strings.Join(words, " ")
}
