package console

import (
	"context"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// placeLine is a line of a typed or pasted list: a township, and villages of it.
type placeLine struct {
	line     int
	township string
	villages []string
	code     string // of the one place that a line of a pasted sheet names
}

// mostPlaces is more than any county has.
const mostPlaces = 5000

// readPlaceLines reads a list as people type or paste it: «青溪乡：大箐村、白石村», «青溪乡 大箐村 白石村», or columns of a sheet (乡镇, 村,
// 代码) with tabs between them. A line without township belongs to the one above.
func readPlaceLines(text string) (all []placeLine, wrong errs.Fields) {
	count := 0
	upper := ""
	for i, line := range strings.Split(text, "\n") {
		raw := zh.Fold(line)
		if strings.TrimSpace(raw) == "" {
			continue
		}
		one := placeLine{line: i + 1}
		if cells := strings.Split(line, "\t"); len(cells) > 1 {
			for j := range cells {
				cells[j] = strings.TrimSpace(zh.Fold(cells[j]))
			}
			if cells[0] == "乡镇" || cells[0] == "乡镇(街道)" {
				continue // the head of the sheet
			}
			one.township = cells[0]
			if cells[1] != "" {
				one.villages = []string{cells[1]}
			}
			if len(cells) > 2 {
				one.code = cells[2]
			}
		} else {
			words := strings.FieldsFunc(raw, func(r rune) bool { return strings.ContainsRune(" :：、，,;；。", r) })
			if len(words) == 0 {
				continue
			}
			one.township, one.villages = words[0], words[1:]
		}
		if one.township == "" {
			one.township = upper
		}
		if one.township == "" {
			wrong.Add("places", "第 %d 行没有写是哪个乡镇", one.line)
			continue
		}
		upper = one.township
		for _, name := range append([]string{one.township}, one.villages...) {
			if n := len([]rune(name)); n < 2 || n > 20 {
				wrong.Add("places", "第 %d 行的「%s」有 %d 个字，不像地名，请写 2 到 20 个字", one.line, name, n)
			}
		}
		if count += 1 + len(one.villages); count > mostPlaces {
			wrong.Add("places", "名单超过 %d 个地点，请分开导入", mostPlaces)
			return nil, wrong
		}
		all = append(all, one)
	}
	if len(all) == 0 && len(wrong) == 0 {
		wrong.Add("places", "名单里没有乡镇，请一行写一个乡镇和它的村")
	}
	return all, wrong
}

// addPlaces makes the places of a list that are not there yet; they are there from the day on.
func addPlaces(ctx context.Context, tx *db.Tx, lines []placeLine, from day.Day) (done org.Imported, err error) {
	tree, err := todayTree(ctx, tx)
	if err != nil {
		return done, err
	}
	count := func(township, village, code string) error {
		p, added, err := org.EnsurePlace(ctx, tx, tree, township, village, code, from)
		if err == nil && added {
			done.Added(p)
		} else if err == nil {
			done.Same++
		}
		return err
	}
	for _, l := range lines {
		if len(l.villages) == 0 {
			if err := count(l.township, "", l.code); err != nil {
				return done, err
			}
			continue
		}
		if _, known := tree.FindPlace(l.township, ""); !known {
			if err := count(l.township, "", ""); err != nil {
				return done, err
			}
		}
		for _, v := range l.villages {
			if err := count(l.township, v, l.code); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}
