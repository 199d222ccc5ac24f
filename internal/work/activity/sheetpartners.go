package activity

import (
	"regexp"
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/zh"
)

// hostRole is the role of who holds an activity.
const hostRole = "主办"

// partners is a column of partners; role is theirs where the cell says none.
func (s *Service) partners(key, title, role string) sheetColumn {
	return sheetColumn{Column: intake.Column{Key: key, Title: title, Type: intake.Text, How: "单位名称，几个之间用顿号；角色写在括号里「县医院（协办）」，或者写在前面「协办：县医院、县疾控中心；指导：市科协」"},
		Read: func(r *reading, v intake.Value, into *Activity) bool {
			into.Partners = append(into.Partners, partnersOf(r, key, v.Text, role)...)
			if key != "partners" {
				r.Give("partners")
			}
			return true
		},
		Merge: func(into *Activity, said Activity) { into.Partners = said.Partners }}
}

// partnersOf reads the bodies of a cell: 县农业农村局（承办）、县妇联, 主办：县科协；协办：县医院、县疾控中心. A role with a colon holds for all
// behind it until the next one; a line of its own has the usual role again only if it says so.
func partnersOf(r *reading, key, cell, role string) (all []Partner) {
	for _, item := range intake.Items(cell) {
		if before, after, ok := cutRole(item); ok {
			said, known := r.Words.Rules.roleCalled(before)
			if !known {
				r.Wrong(key, "「%s」看不懂是什么角色，可以写%s", strings.TrimSpace(before), strings.Join(r.Words.Rules.roles, "、"))
				return nil
			}
			role, item = said, after
		}
		name, own := r.Words.Rules.roleOf(item, role)
		if name = unquoted(name); name == "" {
			continue
		}
		p := Partner{Role: own, Name: name}
		if u, ok := findUnit(r.Tree, name); ok {
			p.Unit, p.Name = u.ID, ""
		} else if meant := meantUnits(r.Tree, name); len(meant) > 0 {
			r.Warn(key, "「%s」不在单位表里，按外单位记；说的是%s的话，请改成单位表里的名称", name, strings.Join(meant, "、"))
		}
		all = append(all, p)
	}
	return all
}

// roleCalled finds a role by its name or by another word for it: 主办单位, 牵头, 承办方.
func (r Rules) roleCalled(word string) (role string, ok bool) {
	word = plain(word)
	for _, end := range strings.Fields("单位 部门 方") {
		word = strings.TrimSuffix(word, end)
	}
	if slices.Contains(r.roles, word) {
		return word, true
	}
	role, ok = r.roleWords[word]
	return role, ok
}

// cutRole takes a role with a colon off what follows it. One within quotes is part of a name.
func cutRole(item string) (role, rest string, ok bool) {
	at := strings.IndexAny(item, ":：「")
	if at < 0 || strings.HasPrefix(item[at:], "「") {
		return "", item, false
	}
	return item[:at], strings.TrimLeft(item[at:], ":："), true
}

var bracketed = regexp.MustCompile(`^(.+)[(（]([^()（）]+)[)）]$`)

// roleOf takes a role in brackets off a name.
func (r Rules) roleOf(text, usual string) (name, role string) {
	text = strings.TrimSpace(text)
	if m := bracketed.FindStringSubmatch(text); m != nil {
		if role, ok := r.roleCalled(m[2]); ok {
			return strings.TrimSpace(m[1]), role
		}
	}
	return text, usual
}

// quotedName is a name as a cell with several of them has it: one that the import would take apart stands in 「」.
func quotedName(name string) string {
	if len(intake.Items(name)) > 1 || strings.ContainsAny(name, ":：") {
		return "「" + name + "」"
	}
	return name
}

func unquoted(name string) string {
	name = strings.TrimSpace(name)
	if inner, ok := strings.CutPrefix(name, "「"); ok {
		if inner, ok = strings.CutSuffix(inner, "」"); ok {
			return inner
		}
	}
	return name
}

// findUnit finds a unit by its name, whatever kind of brackets it is written with.
func findUnit(tree *org.Tree, name string) (org.Unit, bool) {
	if u, ok := tree.FindUnit(name); ok || name == "" {
		return u, ok && name != ""
	}
	return tree.FindUnit(zh.Fold(name))
}

// meantUnits are up to three units that a name which none has may be short for, or is one character away from: 县卫健局 for 县卫生健康局.
func meantUnits(tree *org.Tree, name string) (names []string) {
	said := []rune(zh.Fold(name))
	for _, u := range tree.Units() {
		left := said
		for _, c := range zh.Fold(u.Name) {
			if len(left) > 0 && left[0] == c {
				left = left[1:]
			}
		}
		if len(names) < 3 && (len(said) >= 3 && len(left) == 0 || len(said) >= 4 && zh.Apart(name, u.Name) == 1) {
			names = append(names, u.Name)
		}
	}
	return names
}

// settleHosts says whose the activity is: the first of 主办单位 has the record, the others are partners. Where that column says nothing,
// it is the first host among the partners. An organiser that is none of our units needs the one of ours that took part and keeps the
// record: 本单位 with its role in brackets, else the unit whose list it is, where it stands among the partners.
func settleHosts(r *reading, a *Activity) {
	hosts := partnersOf(r, "unit", r.Text("unit"), hostRole)
	from := "unit"
	if len(hosts) == 0 {
		from, hosts, a.Partners = "partners", a.Partners, nil
	}
	at := slices.IndexFunc(hosts, func(p Partner) bool { return p.Role == hostRole })
	if at < 0 {
		a.Partners = append(hosts, a.Partners...)
		return
	}
	host, others := hosts[at], slices.Delete(slices.Clone(hosts), at, at+1)
	a.Partners = append(others, a.Partners...)
	if len(others) > 0 {
		r.Give("partners")
	}
	own, role := r.Words.Rules.roleOf(r.Text("own"), "")
	u, named := findUnit(r.Tree, own)
	switch {
	case host.Unit != "":
		a.Unit = host.Unit
	case named:
		a.Unit, a.Host, a.OwnRole = u.ID, host.Name, role
	case from == "partners":
		a.Host = host.Name // whose it is, the sheet settles; settlePartners then says its role
	default:
		return // said by the sheet
	}
	r.Give("unit")
}

// nameIn is what a partner is called.
func nameIn(tree *org.Tree, p Partner) string {
	if p.Unit != "" {
		return tree.Unit(p.Unit).Name
	}
	return p.Name
}

// settlePartners takes the unit whose record it is off the partners, and who stands there twice. Of a foreign host the unit's own role
// stands among them.
func settlePartners(r *reading, a *Activity) {
	var all []Partner
	own := ""
	for _, p := range a.Partners {
		at := slices.IndexFunc(all, func(o Partner) bool { return o.Unit == p.Unit && plain(o.Name) == plain(p.Name) })
		switch {
		case p.Unit != "" && p.Unit == a.Unit:
			own = p.Role
		case at < 0:
			all = append(all, p)
		case all[at].Role != p.Role:
			r.Warn("partners", "「%s」写了两次，按%s记，「%s」没有记", nameIn(r.Tree, p), all[at].Role, p.Role)
		}
	}
	a.Partners = all
	switch {
	case a.ours() && own != "" && own != hostRole:
		r.Warn("partners", "「%s」是主办单位，参加单位里写的「%s」没有记", r.Tree.Unit(a.Unit).Name, own)
	case !a.ours() && a.OwnRole == "" && own != "":
		a.OwnRole = own
	case !a.ours() && a.OwnRole == "":
		r.Wrong("own", "主办是「%s」，没有写本单位在其中做什么；请加一列「本单位」，写成「单位名称（协办）」", a.Host)
		a.OwnRole = hostRole // it is said
	}
}
