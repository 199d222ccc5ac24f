package api

import (
	"net/http"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// me says who asks and what they may.
type me struct {
	Login       string  `json:"login" label:"登录名"`
	Name        string  `json:"name" label:"姓名"`
	Unit        string  `json:"unit" label:"单位"`
	Association string  `json:"association" label:"科协"`
	Today       day.Day `json:"today" label:"今天"`
	Program     string  `json:"program" label:"程序版本"`
	Grants      []grant `json:"grants" label:"角色"`
}

type grant struct {
	Role    string   `json:"role" label:"角色"`
	Title   string   `json:"title" label:"角色的名称"`
	Unit    string   `json:"unit,omitempty" label:"在哪个单位（标识）；没有是全部"`
	Modules []string `json:"modules,omitempty" label:"限哪些业务；没有是全部"`
}

type place struct {
	ID     string  `json:"id" label:"标识，记录里用"`
	Code   string  `json:"code" label:"代码，地址里用"`
	Name   string  `json:"name" label:"名称"`
	Full   string  `json:"full_name,omitempty" label:"连同乡镇的名称"`
	Level  string  `json:"level" label:"县、乡镇、村等；单位是种类"`
	Parent string  `json:"parent,omitempty" label:"上级的标识"`
	Place  string  `json:"place,omitempty" label:"单位所在的地点"`
	Opened day.Day `json:"opened,omitempty" label:"从哪天起"`
	Closed day.Day `json:"closed,omitempty" label:"到哪天前"`
}

type registerAbout struct {
	Kind    string `json:"kind" label:"种类"`
	Title   string `json:"title" label:"名称"`
	Records string `json:"records" label:"记录的地址"`
	Write   bool   `json:"write" label:"能不能记"`
}

type word struct {
	Code    string   `json:"code" label:"代码"`
	Name    string   `json:"name" label:"名称"`
	Aliases []string `json:"aliases,omitempty" label:"别名"`
}

var (
	meShape        = register.ShapeOf[me]()
	placesShape    = register.ShapeOf[listed[place]]()
	registersShape = register.ShapeOf[listed[registerAbout]]()
	wordsShape     = register.ShapeOf[listed[word]]()
)

// vocabularies are the words that grow with use, by name; the others are tags of figures with their values.
var vocabularies = []string{"subject", "material", "outlet", "body"}

func (a *API) aboutOperations() []operation {
	read := string(access.Read)
	on := []parameter{{name: "on", says: "那一天的名称和上下级，不写是今天", kind: "date"}}
	all := []operation{
		{method: "GET", path: "/me", right: desk.SignedIn, handler: a.me, id: "me", title: "看令牌是谁的", answer: meShape},
		{method: "GET", path: "/registers", right: desk.SignedIn, handler: a.registers, id: "registers", title: "看有哪些业务记录", answer: registersShape},
		{method: "GET", path: "/places", right: read, handler: a.places, id: "places", title: "看地点", query: on, answer: placesShape},
		{method: "GET", path: "/units", right: read, handler: a.units, id: "units", title: "看单位", query: on, answer: placesShape},
		{method: "GET", path: "/vocabularies/{name}", right: read, handler: a.words, id: "vocabulary", title: "看词典",
			says: "subject 专业、material 资料、outlet 媒体、body 服务对象；或者标签的名称：kind、category、campaign、audience、programme、drive、mode 等。", answer: wordsShape},
	}
	for i := range all {
		all[i].tag = "名单和词典"
	}
	return all
}

func (a *API) me(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	actor := access.From(ctx)
	out := me{Login: actor.User, Name: actor.Name, Unit: actor.UnitName, Program: a.Desk.Version, Grants: []grant{}}
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) error {
		association, err := org.Get(ctx, tx)
		if err != nil {
			return err
		}
		out.Association = association.Name
		out.Today, err = org.Today(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	for _, g := range actor.Grants {
		out.Grants = append(out.Grants, grant{string(g.Role), lang.T(ctx, g.Role.Title()), g.Unit, g.Modules})
	}
	return web.JSON(w, http.StatusOK, out)
}

func (a *API) registers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all := listed[registerAbout]{Items: []registerAbout{}}
	for _, m := range a.Modules {
		if m.Records != nil && access.From(ctx).May(access.Read, m.Kind) {
			all.Items = append(all.Items, registerAbout{m.Kind, lang.T(ctx, m.Title), Root + recordPath(m.Kind, ""), m.Records.Create != nil && access.From(ctx).May(access.Write, m.Kind)})
		}
	}
	return web.JSON(w, http.StatusOK, all)
}

// tree reads the places and units of the day that the address asks for.
func (a *API) tree(r *http.Request) (tree *org.Tree, err error) {
	ctx, q := r.Context(), ask(r, []parameter{{name: "on"}})
	on := q.day("on")
	if err := q.wrong.Err(); err != nil {
		return nil, err
	}
	err = a.Desk.DB.View(ctx, func(tx *db.Tx) error {
		if on == "" {
			tree, err = treeToday(ctx, tx)
			return err
		}
		tree, err = org.Load(ctx, tx, on)
		return err
	})
	return tree, err
}

// until is the day before which something is; "" for ever.
func until(d day.Day) day.Day {
	if d == day.Forever {
		return ""
	}
	return d
}

func (a *API) places(w http.ResponseWriter, r *http.Request) error {
	tree, err := a.tree(r)
	if err != nil {
		return err
	}
	all := listed[place]{Items: []place{}}
	for _, p := range tree.Places() {
		all.Items = append(all.Items, place{ID: p.ID, Code: p.Code, Name: p.Name, Full: tree.PlaceName(p.ID), Level: p.Level, Parent: p.Parent, Opened: p.Opened, Closed: until(p.Closed)})
	}
	return web.JSON(w, http.StatusOK, all)
}

func (a *API) units(w http.ResponseWriter, r *http.Request) error {
	tree, err := a.tree(r)
	if err != nil {
		return err
	}
	all := listed[place]{Items: []place{}}
	for _, u := range tree.Units() {
		all.Items = append(all.Items, place{ID: u.ID, Code: u.Code, Name: u.Name, Level: u.Kind, Parent: u.Parent, Place: u.Place, Opened: u.Opened, Closed: until(u.Closed)})
	}
	return web.JSON(w, http.StatusOK, all)
}

func (a *API) words(w http.ResponseWriter, r *http.Request) error {
	ctx, name := r.Context(), r.PathValue("name")
	all := listed[word]{Items: []word{}}
	known := a.Desk.Indicators.HasTag(name)
	for _, code := range a.Desk.Indicators.TagValues(name) {
		all.Items = append(all.Items, word{Code: code, Name: lang.T(ctx, a.Desk.Indicators.ValueName(name, code))})
	}
	for _, v := range vocabularies {
		if v != name {
			continue
		}
		known, all.Items = true, []word{}
		if err := a.Desk.DB.View(ctx, func(tx *db.Tx) error {
			terms, err := org.Terms(ctx, tx, name)
			if err != nil {
				return err
			}
			for _, code := range terms.Codes() {
				all.Items = append(all.Items, word{code, terms.Title(code), terms.Aliases(code)})
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if !known {
		return noWords(name)
	}
	return web.JSON(w, http.StatusOK, all)
}
