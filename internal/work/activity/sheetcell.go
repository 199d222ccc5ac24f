package activity

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
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

// material is an item of what was given away: 《科普手册》200册（自印）, 宣传单约500份.
var material = regexp.MustCompile(`^《?([^》]+?)》?\s*((?:大约|约|近|至少)?\s*[\d,]+\s*(?:余|多)?)\s*([\p{Han}]{0,2}?)\s*(余|多|以上|左右)?(?:\(([^()]*)\))?$`)

// materials is the column of what was given away. The kind follows from the title or the unit; that of a record which has the title stays.
func (s *Service) materials() sheetColumn {
	c := register.FieldColumn("materials", "发放资料", intake.List, func(a *Activity) *[]Material { return &a.Materials }, func(r *reading, v intake.Value) (all []Material, ok bool) {
		for _, item := range v.List {
			m := material.FindStringSubmatch(zh.Fold(item))
			if _, err := zh.ParseCount(item); err == nil || m == nil { // a number alone does not say of what
				r.Wrong("materials", "发放资料「%s」看不懂，请写成「《科普手册》200册、宣传单500份」", item)
				return nil, false
			}
			n, err := zh.ParseCount(m[2] + m[4])
			if err != nil {
				r.Wrong("materials", "发放资料「%s」看不懂，请写成「《科普手册》200册、宣传单500份」", item)
				return nil, false
			}
			one := Material{Title: m[1], Kind: s.Catalogue.materialKind(m[1], m[3]), Copies: register.Count{N: n.N, Exactness: register.Exactness(n.Exactness)}, Source: m[5]}
			if one.Kind == "" {
				r.Wrong("materials", "说不清「%s」是哪种资料，请在名称里写明是宣传单、手册、图书、挂图、光盘还是宣传用品", m[1])
				return nil, false
			}
			if code, known := r.Words.Titles.Code(one.Title); known {
				one.Title = code
			}
			all = append(all, one)
		}
		return all, true
	}, nil)
	return c.Writes(0, s.out("materials")).Merges(func(into *Activity, said Activity) {
		old := into.Materials
		into.Materials = slices.Clone(said.Materials)
		for i, m := range into.Materials {
			if at := slices.IndexFunc(old, func(o Material) bool { return o.Title == m.Title }); at >= 0 {
				into.Materials[i].Kind = old[at].Kind
			}
		}
	})
}

// materialKind is the kind of what a title names, else what is counted in the unit; "" when neither says it. The longest word decides.
func (c Catalogue) materialKind(title, unit string) (kind string) {
	best := 0
	for _, m := range c.material {
		for _, word := range append([]string{unitShort(m.Name)}, m.HintNames...) {
			if strings.Contains(title, word) && len(word) > best {
				kind, best = m.Code, len(word)
			}
		}
	}
	for _, m := range c.material {
		if kind == "" && unit != "" && unitShort(m.Unit) == unit {
			kind = m.Code
		}
	}
	return kind
}

// media is the column of coverage: 县电视台 县级 2026-03-05 标题；县融媒体中心. What a cell does not say of a report that is there stays.
func (s *Service) media() sheetColumn {
	c := register.FieldColumn("media", "媒体报道", intake.Text, func(a *Activity) *[]Report { return &a.Media }, func(r *reading, v intake.Value) (all []Report, ok bool) {
		for _, item := range strings.FieldsFunc(v.Text, func(r rune) bool { return strings.ContainsRune("；;、\n", r) }) {
			words := strings.Fields(item)
			if len(words) == 0 {
				continue
			}
			one := Report{Outlet: words[0]}
			if code, known := r.Words.Outlets.Code(one.Outlet); known {
				one.Outlet = code
			}
			for _, word := range words[1:] {
				on, err := zh.ParseDay(word, r.Sheet.Year, false)
				switch {
				case slices.Contains([]string{"县级", "市级", "省级", "国家级"}, word) && one.Level == "":
					one.Level = word
				case err == nil && one.Day == "" && one.Title == "":
					one.Day = day.Day(on)
				default:
					one.Title = strings.TrimSpace(one.Title + " " + word)
				}
			}
			all = append(all, one)
		}
		return all, len(all) > 0
	}, nil)
	return c.Writes(0, s.out("media")).Merges(func(into *Activity, said Activity) {
		old := into.Media
		into.Media = slices.Clone(said.Media)
		for i, m := range into.Media {
			if at := slices.IndexFunc(old, func(o Report) bool { return o.Outlet == m.Outlet && o.Title == m.Title }); at >= 0 {
				into.Media[i].Link = old[at].Link
			}
		}
	})
}

// drives is the column of the drives and their items: 七个一·读一本科普书.
func (s *Service) drives() sheetColumn {
	return register.FieldColumn("drives", "专项行动", intake.List, func(a *Activity) *[]DriveItem { return &a.Drives }, func(_ *reading, v intake.Value) (all []DriveItem, ok bool) {
		for _, said := range v.List {
			drive, item, _ := strings.Cut(said, "·")
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
