package activity

import (
	"regexp"
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/zh"
)

// How much of a thing was given away, and who had it made: 200册（自印）, 约500份, 200以上册; the second with a title before it that has no marks.
var (
	amount   = regexp.MustCompile(`^\s*((?:大约|约|近|至少)?\s*[\d０-９][\d０-９,]*\s*(?:余|多|以上|左右)?)\s*([\p{Han}]{0,2}?)\s*(余|多|以上|左右)?\s*(?:[(（](.*)[)）])?$`)
	untitled = regexp.MustCompile(`^(.+?)\s*((?:大约|约|近|至少)?\s*[\d０-９][\d０-９,]*\s*(?:余|多|以上|左右)?)\s*([\p{Han}]{0,2}?)\s*(余|多|以上|左右)?\s*(?:[(（](.*)[)）])?$`)
)

// materials are the columns of what was given away: what and how much in one cell, or what in one and how much in the next (种类 and 份数
// below 宣传品). The kind follows from what stands before the title, else from the title or the unit; that of a record which has the title stays.
func (s *Service) materials() []sheetColumn {
	what := register.FieldColumn("materials", "发放资料", intake.List, func(a *Activity) *[]Material { return &a.Materials }, readMaterialCells, nil).
		Or("资料", "发放资料情况", "发放材料", "宣传资料", "发放物品", "宣传品", "发放资料种类", "资料种类", "资料名称", "宣传资料种类", "宣传品种类", "宣传品名称",
			"宣传品/种类", "宣传品/名称", "宣传品/品名", "资料/种类", "资料/名称", "资料/品名", "材料/种类", "材料/名称", "物品/名称").Wide(28)
	what.How = "品名、数量和单位：《科普手册》200册（自印）、宣传单约500份；看品名认不出种类的写在前面：宣传用品《科普手册帆布袋》300件"
	what = what.Writes(0, s.out("materials")).Merges(func(into *Activity, said Activity) {
		old := into.Materials
		into.Materials = slices.Clone(said.Materials)
		for i, m := range into.Materials {
			if at := slices.IndexFunc(old, func(o Material) bool { return o.Title == m.Title }); at >= 0 {
				into.Materials[i].Kind = old[at].Kind
			}
		}
	})
	much := sheetColumn{Column: intake.Column{Key: "copies", Title: "资料份数", Type: intake.Text,
		Aliases: strings.Fields("发放资料份数 发放资料数量 资料数量 宣传资料份数 宣传资料数量 宣传品份数 宣传品数量 宣传品/份数 宣传品/数量 宣传品/件数 资料/份数 资料/数量 资料/册数 材料/份数 材料/数量 物品/数量"),
		How:     "和「发放资料」一列配着用：那一列只写品名时，这里写份数，几种的按同样的顺序用顿号分开"},
		Read: func(r *reading, v intake.Value, _ *Activity) bool {
			if n, err := zh.ParseCount(v.Text); r.Text("materials") == "" && !r.Bad("materials") && (err != nil || n.N != 0) {
				r.Wrong("copies", "写了 %s，没有写是什么资料，请在「发放资料」里写成「《科普手册》200册、宣传单500份」", v.Text)
			}
			return false
		},
		Out: func(e entry, _ Words) any {
			if n := copies(e.Body.Materials); n > 0 {
				return n
			}
			return nil
		}}
	return []sheetColumn{what, much}
}

// readMaterialCells reads what was given away. Where its cell says nothing of how much, the next one does, in the same order.
func readMaterialCells(r *reading, v intake.Value) (all []Material, ok bool) {
	var much []string
	if bare := !slices.ContainsFunc(v.List, func(item string) bool { _, said := readMaterial(r.Words.Rules, item); return said }); bare {
		much = intake.Items(r.Text("copies"))
	}
	if len(much) > 0 && len(much) != len(v.List) {
		r.Wrong("copies", "资料写了 %d 种，份数写了 %d 个，对不上；请一种写一个", len(v.List), len(much))
		return nil, false
	}
	for i, item := range v.List {
		if kindsOnly(item) {
			r.Wrong("materials", "「%s」只说有几种，没有说是什么；请写成「《科普手册》200册、宣传单500份」，几种就写几样", item)
			return nil, false
		}
		if len(much) > 0 {
			item = titleMarked(item) + much[i]
		}
		m, said := readMaterial(r.Words.Rules, item)
		if !said {
			r.Wrong("materials", "发放资料「%s」看不懂，请写成「《科普手册》200册、宣传单500份」", item)
			return nil, false
		}
		if m.Kind == "" {
			r.Wrong("materials", "说不清「%s」是哪种资料，请在名称里写明是宣传单、手册、图书、挂图、光盘还是宣传用品", m.Title)
			return nil, false
		}
		if code, known := r.Words.Titles.Code(m.Title); known {
			m.Title = code
		}
		all = append(all, m)
	}
	return all, true
}

// kindsOnly reports whether a cell of titles says only how many there are: 3种, 2.
func kindsOnly(item string) bool {
	n, err := zh.ParseCount(item)
	return err == nil && (n.Unit == "" || n.Unit == "种" || n.Unit == "类" || n.Unit == "样")
}

// titleMarked puts marks around a title that has none.
func titleMarked(title string) string {
	if strings.HasSuffix(title, "》") {
		return title
	}
	return "《" + title + "》"
}

// readMaterial reads a thing that was given away, its title still in words; false when it does not say what and how much. What stands
// before a title in 《》 is its kind.
func readMaterial(rules Rules, item string) (m Material, ok bool) {
	var much []string
	before, inner, marked := strings.Cut(item, "《")
	kind := rules.materialCalled(before)
	if end := closing(inner); marked && end >= 0 && (before == "" || kind != "") {
		m.Title, much = inner[:end], amount.FindStringSubmatch(inner[end+len("》"):])
	}
	if much == nil {
		parts := untitled.FindStringSubmatch(item)
		if parts == nil {
			return m, false
		}
		m.Title, much, kind = strings.TrimSpace(parts[1]), parts[1:], ""
		if strings.TrimRight(m.Title, "-−–—") != m.Title || strings.HasSuffix(m.Title, "》负") { // 《手册》-5册 is less than nothing
			return m, false
		}
	}
	n, err := zh.ParseCount(zh.Fold(much[1] + much[3]))
	if err != nil {
		return m, false
	}
	m.Kind, m.Copies, m.Source = kind, register.Count{N: n.N, Exactness: register.Exactness(n.Exactness)}, strings.TrimSpace(much[4])
	if m.Kind == "" {
		m.Kind = rules.materialKind(m.Title, much[2])
	}
	return m, true
}

// closing is where the mark stands that ends a title; -1 for nowhere.
func closing(title string) int {
	depth := 1
	for i, r := range title {
		switch r {
		case '《':
			depth++
		case '》':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// materialCalled is the kind of the name: 手册, 宣传用品; "" for none.
func (r Rules) materialCalled(name string) string {
	name = plain(name)
	for _, m := range r.material {
		if name != "" && (name == m.Name || name == unitShort(m.Name) || slices.Contains(m.HintNames, name)) {
			return m.Code
		}
	}
	return ""
}

// materialKind is the kind of what a title names, else what is counted in the unit; "" when neither says it. The longest word decides.
func (r Rules) materialKind(title, unit string) (kind string) {
	best := 0
	for _, m := range r.material {
		for _, word := range append([]string{unitShort(m.Name)}, m.HintNames...) {
			if strings.Contains(title, word) && len(word) > best {
				kind, best = m.Code, len(word)
			}
		}
	}
	for _, m := range r.material {
		if kind == "" && unit != "" && unitShort(m.Unit) == unit {
			kind = m.Code
		}
	}
	return kind
}

// materialWords writes what was given away as the import reads it: 《科普手册》200册（自印）. A kind that title and unit do not tell stands before
// the title.
func materialWords(all []Material, w Words) string {
	var parts []string
	for _, m := range all {
		kind, _ := w.Rules.Material(m.Kind)
		title, unit := w.Titles.Title(m.Title), unitShort(kind.Unit)
		words := "《" + title + "》" + m.Copies.String() + unit
		if w.Rules.materialKind(title, unit) != m.Kind {
			words = unitShort(kind.Name) + words
		}
		if m.Source != "" {
			words += "（" + m.Source + "）"
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, "、")
}
