package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"shilu/internal/core/org"
	"shilu/internal/kit/zh"
)

// Spot is where a text says that a class was: a place, and within it the venue that follows the place's name in one cell.
type Spot struct {
	Place org.Place
	Venue string
}

// Locate finds the place that a row or a form names. When it is not known, unknown is what is missing, a village apart from its township.
func Locate(endings org.Endings, tree *org.Tree, said PlaceName) (at Spot, unknown PlaceName, ok bool) {
	if at, unknown, ok = located(endings, tree, said); ok {
		return at, unknown, ok
	}
	if p, merged := tree.FindMerged(unknown.Township, unknown.Village); merged {
		return Spot{Place: p}, PlaceName{}, true
	}
	return at, unknown, false
}

func located(endings org.Endings, tree *org.Tree, said PlaceName) (at Spot, unknown PlaceName, ok bool) {
	township, village := said.Township, said.Village
	if village != "" {
		if p, ok := tree.FindPlace(township, village); ok {
			return Spot{Place: p}, unknown, true
		}
		if township == "" {
			return at, said, false
		}
		if village = strings.TrimPrefix(village, township); village != "" {
			if p, ok := tree.FindPlace(township, village); ok {
				return Spot{Place: p}, unknown, true
			}
		}
		return at, said, false
	}
	text := strings.Join(strings.Fields(township), "")
	for _, name := range []PlaceName{{Township: township}, {Village: township}, {Township: text}, {Village: text}} {
		if p, ok := tree.FindPlace(name.Township, name.Village); ok {
			return Spot{Place: p}, unknown, true
		}
	}
	town := longest(tree, tree.Root().ID, text)
	if town.ID == "" {
		if ofCounty(endings, tree, text) {
			return Spot{tree.Root(), text}, unknown, true
		}
		if rest, ok := strings.CutPrefix(text, tree.Root().Name); ok && rest != text && rest != "" { // the whole address
			return located(endings, tree, PlaceName{Township: rest})
		}
		return at, apart(endings, said, text), false
	}
	rest := strings.TrimPrefix(text, town.Name)
	if v := longest(tree, town.ID, rest); v.ID != "" {
		venue := strings.TrimPrefix(rest, v.Name)
		if strings.HasPrefix(venue, "委会") && strings.HasSuffix(v.Name, "村") { // 上村委会 is the 村委会 of 上村
			venue = "村" + venue
		}
		return Spot{v, venue}, unknown, true
	}
	if endings.Village(rest) || !endings.Venue(rest) && len(Alike(tree, PlaceName{Township: town.Name, Village: rest})) > 0 {
		return at, PlaceName{Township: town.Name, Village: rest}, false
	}
	return Spot{town, rest}, unknown, true
}

// countyWords are how a text says the county itself, its whole name first: 云岭县, 本县, 全县, 县.
func countyWords(tree *org.Tree) []string {
	root := tree.Root().Name
	if root == "" { // a tree of before the county was there
		return nil
	}
	level, _ := utf8.DecodeLastRuneInString(root)
	if !strings.ContainsRune("县市区旗州省", level) {
		level = '县'
	}
	return []string{root, "本" + string(level), "全" + string(level), string(level)}
}

// ofCounty reports whether a text names the county or a venue of the county itself: 全县, 县会议中心, 云岭县科技馆. What begins like a known
// township or village, or has the ending of one, is none: who knows must say.
func ofCounty(endings org.Endings, tree *org.Tree, text string) bool {
	for _, begins := range countyWords(tree) {
		rest, ok := strings.CutPrefix(text, begins)
		if !ok {
			continue
		}
		return rest == "" || endings.OfCounty(rest) && !endings.Village(rest) && !TownshipName(rest) && !townAndRest.MatchString(rest) &&
			!beginsLikeAPlace(tree, text) && !beginsLikeAPlace(tree, rest)
	}
	return false
}

var placeEnding = regexp.MustCompile(`(?:镇|乡|街道|村|社区)$`)

// beginsLikeAPlace reports whether a text begins with the name of a township or a village, be it without 镇 or 村.
func beginsLikeAPlace(tree *org.Tree, text string) bool {
	for _, p := range tree.Places() {
		if p.ID == tree.Root().ID {
			continue
		}
		if stem := placeEnding.ReplaceAllString(p.Name, ""); utf8.RuneCountInString(stem) > 1 && strings.HasPrefix(text, stem) {
			return true
		}
	}
	return false
}

// apart parts a township that is not known from its village, where both stand in one text and say so: 白石镇甲村.
func apart(endings org.Endings, said PlaceName, text string) PlaceName {
	if m := townAndRest.FindStringSubmatch(text); m != nil && endings.Village(m[2]) {
		return PlaceName{Township: m[1], Village: m[2]}
	}
	return said
}

var townAndRest = regexp.MustCompile(`^(.+?(?:镇|乡|街道))(.+)$`)

// Alike are the known names that an unknown one may have been meant for.
func Alike(tree *org.Tree, unknown PlaceName) []string {
	if unknown.Township == "" {
		var all []string
		for _, p := range tree.Places() {
			if p.Level == org.LevelVillage {
				all = append(all, p.Name)
			}
		}
		return zh.Nearest(unknown.Village, all, 3)
	}
	if unknown.Village != "" {
		if p, ok := tree.FindPlace(unknown.Township, ""); ok {
			return zh.Nearest(unknown.Village, tree.Names(p.ID), 3)
		}
	}
	near := zh.Nearest(unknown.Township, tree.Names(tree.Root().ID), 3)
	if begins, _ := utf8.DecodeRuneInString(unknown.Township); begins != utf8.RuneError && strings.HasSuffix(tree.Root().Name, string(begins)) { // 县…: it may be of the county itself
		near = append([]string{tree.Root().Name}, near[:min(len(near), 2)]...)
	}
	return near
}

// longest is the place under parent with the longest name that the text begins with.
func longest(tree *org.Tree, parent, text string) (best org.Place) {
	name := ""
	for _, n := range tree.Names(parent) {
		if strings.HasPrefix(text, n) && len(n) > len(name) {
			name = n
		}
	}
	if name == "" {
		return best
	}
	if parent == tree.Root().ID {
		best, _ = tree.FindPlace(name, "")
		return best
	}
	best, _ = tree.FindPlace(tree.Place(parent).Name, name)
	return best
}
