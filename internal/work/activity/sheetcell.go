package activity

import (
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/zh"
)

// campaigns is the column of campaigns, by their names of any year.
func (s *Service) campaigns() sheetColumn {
	return register.FieldColumn("campaigns", "主题活动", intake.List, func(a *Activity) *[]string { return &a.Campaigns }, func(r *reading, v intake.Value) ([]string, bool) {
		var codes, names []string
		for _, one := range s.Catalogue.campaigns {
			names = append(names, one.Name)
		}
		for _, said := range v.List {
			at := slices.IndexFunc(s.Catalogue.campaigns, func(one Campaign) bool { return plain(said) == plain(one.Name) || said == one.Code })
			if at < 0 {
				near := zh.Nearest(said, names, 3)
				if len(near) == 0 {
					r.Wrong("campaigns", "没有「%s」这个主题活动；写的是巡回的名称，请把列名改成「巡回」", said)
					return nil, false
				}
				r.Wrong("campaigns", "没有「%s」这个主题活动，最接近的是%s；写的是巡回的名称，请把列名改成「巡回」", said, strings.Join(near, "、"))
				return nil, false
			}
			if code := s.Catalogue.campaigns[at].Code; !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
		return codes, true
	}, nil).Writes(0, s.out("campaigns"))
}

// drives is the column of the drives and their items: 七个一·读一本科普书.
func (s *Service) drives() sheetColumn {
	return register.FieldColumn("drives", "专项行动", intake.List, func(a *Activity) *[]DriveItem { return &a.Drives }, func(_ *reading, v intake.Value) (all []DriveItem, ok bool) {
		for _, said := range v.List {
			drive, item, _ := strings.Cut(unquoted(said), "·")
			all = append(all, DriveItem{Drive: strings.TrimSpace(drive), Item: strings.TrimSpace(item)})
		}
		return all, true
	}, nil).Writes(0, s.out("drives"))
}

// marks is the column of 重点 and 示范.
func marks() sheetColumn {
	return sheetColumn{Column: intake.Column{Key: "marks", Title: "标记", Type: intake.List},
		Read: func(r *reading, v intake.Value, into *Activity) bool {
			for _, said := range v.List {
				switch said {
				case markKey:
					into.Key = true
				case markModel:
					into.Model = true
				default:
					r.Wrong("marks", "标记「%s」看不懂，请写重点或示范", said)
					return false
				}
			}
			return true
		},
		Merge: func(into *Activity, said Activity) { into.Key, into.Model = said.Key, said.Model }}
}

// cost is the column of the cost in yuan.
func (s *Service) cost() sheetColumn {
	return register.FieldColumn("cost", "经费（元）", intake.Text, func(a *Activity) **int64 { return &a.Cost }, func(r *reading, v intake.Value) (*int64, bool) {
		text := strings.TrimSuffix(strings.ReplaceAll(zh.Fold(v.Text), ",", ""), "元")
		scale := 100.0
		if before, ok := strings.CutSuffix(text, "万"); ok {
			text, scale = before, 1_000_000
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || n != n || n < 0 || n > 1e8 {
			r.Wrong("cost", "经费「%s」看不懂，请写成 1200 或 1200.50", v.Text)
			return nil, false
		}
		amount := int64(n*scale + 0.5)
		return &amount, true
	}, nil).Writes(0, s.out("cost"))
}
