package activity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/desk"
	"shilu/internal/core/register"
)

// fields are all that an activity says, in the order of its form: for history, differences and exports. The counts of the catalogue
// stand in its order.
func (c Catalogue) fields() register.Fields[Activity, Words] {
	all := register.Fields[Activity, Words]{
		{Key: "category", Label: "类别", Text: func(a Activity, w Words) string {
			if k, ok := w.Rules.Kind(a.Category); ok {
				return k.Name
			}
			return a.Category
		}},
		{Key: "name", Label: "活动名称", Text: func(a Activity, _ Words) string { return a.Name }},
		{Key: "theme", Label: "主题", Text: func(a Activity, _ Words) string { return a.Theme }},
		{Key: "life", Label: "状态", Text: func(a Activity, _ Words) string { return a.Life.Title() }},
		{Key: "start", Label: "开始日期", Text: func(a Activity, _ Words) string { return string(a.Start) }},
		{Key: "end", Label: "结束日期", Text: func(a Activity, _ Words) string { return string(a.End) }},
		{Key: "unit", Label: "主办单位", Text: func(a Activity, w Words) string {
			if a.ours() {
				return w.Tree.Unit(a.Unit).Name
			}
			return a.Host
		}},
		{Key: "own", Label: "本单位", Text: func(a Activity, w Words) string {
			if a.ours() {
				return ""
			}
			return w.Tree.Unit(a.Unit).Name + "（" + a.OwnRole + "）"
		}},
		{Key: "partners", Label: "参加单位", Text: func(a Activity, w Words) string {
			var parts []string
			for _, p := range a.Partners {
				parts = append(parts, quotedName(w.partnerName(p))+"（"+p.Role+"）")
			}
			return strings.Join(parts, "、")
		}},
		{Key: "open", Label: "各单位自己填份额", Text: func(a Activity, _ Words) string { return yes(a.Open) }},
		{Key: "place", Label: "地点", Text: func(a Activity, w Words) string { return w.Tree.PlaceName(a.Place) }},
		{Key: "venue", Label: "具体场所", Text: func(a Activity, _ Words) string { return a.Venue }},
		{Key: "site", Label: "场所种类", Text: func(a Activity, _ Words) string { return a.Site }},
		{Key: "campaigns", Label: "主题活动", Text: func(a Activity, _ Words) string { return c.campaignNames(a) }},
		{Key: "audiences", Label: "人群", Text: func(a Activity, _ Words) string { return strings.Join(a.Audiences, "、") }},
	}
	for _, n := range c.counts {
		all = append(all, register.Field[Activity, Words]{Key: n.Code, Label: n.Name, Text: func(a Activity, _ Words) string { return a.total(n.Code).String() }})
	}
	return append(all, register.Fields[Activity, Words]{
		{Key: "stops", Label: "各站", Text: func(a Activity, w Words) string { return a.stopWords(w) }},
		{Key: "materials", Label: "发放资料", Text: func(a Activity, w Words) string { return materialWords(a.Materials, w) }},
		{Key: "media", Label: "媒体报道", Text: func(a Activity, w Words) string {
			var parts []string
			for _, m := range a.Media {
				parts = append(parts, m.words(w))
			}
			return strings.Join(parts, "；")
		}},
		{Key: "schools", Label: "到的学校", Text: func(a Activity, w Words) string { return w.bodyNames(a.Bodies.Schools) }},
		{Key: "enterprises", Label: "服务的企业科协", Text: func(a Activity, w Words) string { return w.bodyNames(a.Bodies.Enterprises) }},
		{Key: "opened", Label: "开放的单位", Text: func(a Activity, w Words) string { return w.bodyNames(a.Bodies.Opened) }},
		{Key: "receivers", Label: "受赠单位", Text: func(a Activity, w Words) string { return w.bodyNames(a.Bodies.Receivers) }},
		{Key: "teams", Label: "小分队", Text: func(a Activity, w Words) string { return w.bodyNames(a.Bodies.Teams) }},
		{Key: "drives", Label: "专项行动", Text: func(a Activity, _ Words) string {
			var parts []string
			for _, d := range a.Drives {
				parts = append(parts, quotedName(strings.TrimSuffix(d.Drive+"·"+d.Item, "·")))
			}
			return strings.Join(parts, "、")
		}},
		{Key: "programmes", Label: "重点工程", Text: func(a Activity, _ Words) string { return strings.Join(a.Programme, "、") }},
		{Key: "industries", Label: "产业", Text: func(a Activity, _ Words) string { return strings.Join(a.Industry, "、") }},
		{Key: "marks", Label: "标记", Text: func(a Activity, _ Words) string {
			var parts []string
			if a.Key {
				parts = append(parts, markKey)
			}
			if a.Model {
				parts = append(parts, markModel)
			}
			return strings.Join(parts, "、")
		}},
		{Key: "parent", Label: "主活动", Text: func(a Activity, w Words) string {
			if a.Parent != "" && w.Parent.ID == a.Parent {
				return w.Parent.Number
			}
			if a.Parent != "" && !strings.HasPrefix(a.Parent, Prefix) {
				return "另一个主活动"
			}
			return a.Parent
		}},
		{Key: "umbrella", Label: "只统领子活动", Text: func(a Activity, _ Words) string { return yes(a.Umbrella) }},
		{Key: "leaders", Label: "出席领导", Text: func(a Activity, _ Words) string { return strings.Join(a.Leaders, "、") }},
		{Key: "cost", Label: "经费（元）", Text: func(a Activity, _ Words) string { return yuan(a.Cost) }},
		{Key: "summary", Label: "小结", Text: func(a Activity, _ Words) string { return a.Summary }},
		{Key: "note", Label: "备注", Text: func(a Activity, _ Words) string { return a.Note }},
	}...)
}

// path is where in the JSON of an activity or a share a field stands.
func (c Catalogue) path(field string) string {
	row := field[:strings.LastIndex(field, ".")+1] // of a stop: stops.1.onsite
	if last := field[len(row):]; (row == "" || strings.HasPrefix(row, "stops.")) && slices.ContainsFunc(c.counts, func(n CountRule) bool { return n.Code == last }) {
		return row + "counts." + last
	}
	if slices.Contains([]string{"schools", "enterprises", "opened", "receivers", "teams"}, field) {
		return "bodies." + field
	}
	return field
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return ""
}

// yuan writes an amount in 分 as yuan; "" for blank.
func yuan(amount *int64) string {
	switch {
	case amount == nil:
		return ""
	case *amount < 0:
		less := -*amount
		return "-" + yuan(&less)
	case *amount%100 == 0:
		return strconv.FormatInt(*amount/100, 10)
	}
	return fmt.Sprintf("%d.%02d", *amount/100, *amount%100)
}

func (c Catalogue) campaignNames(a Activity) string {
	names := make([]string, len(a.Campaigns))
	for i, code := range a.Campaigns {
		names[i] = c.CampaignName(code, a.countingDay())
	}
	return strings.Join(names, "、")
}

// unitShort is a unit without what stands in brackets: 件（副） is 件.
func unitShort(unit string) string {
	short, _, _ := strings.Cut(unit, "（")
	return short
}

// unitBeside is the short unit beside a figure.
func unitBeside(v *desk.Visit, unit, figure string) string {
	return unitShort(v.Unit(unit, figure))
}
