package activity

import (
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

// read reads the whole activity that a form says. What the form does not show of a stop stays as it was.
func (s *Service) read(ctx context.Context, tx *db.Tx, f *web.Form, was Activity) (Activity, error) {
	a := Activity{Category: f.Text("category", "类别", 40), Name: f.Text("name", "活动名称", 200), Theme: f.Text("theme", "主题", 200), Life: Life(f.Text("life", "举办情况", 20)),
		Start: f.Day("start", "开始日期"), End: f.Day("end", "结束日期"), Host: f.Text("host", "第一主办", 120), Site: f.Text("site", "场所种类", 20),
		Campaigns: f.List("campaigns"), Audiences: f.List("audiences"), Programme: f.List("programmes"), Summary: f.Text("summary", "小结", 2000), Note: f.Text("note", "备注", 2000),
		Parent: f.Text("parent", "主活动", 40), Open: f.Values.Get("open") != ""}
	t, err := pages.Read(ctx, tx, f, a.countingDay(), s.Catalogue.endings)
	if err != nil {
		return a, err
	}
	if a.Unit, err = t.Unit(ctx, "unit", Kind); err != nil {
		return a, err
	}
	if a.Host != "" {
		a.OwnRole = f.Text("own_role", "本单位在其中", 20)
	}
	a.Venue = f.Text("venue", "具体场所", 120)
	place, venue := t.Place("place", "地点")
	a.Place = place
	if a.Venue == "" {
		a.Venue = venue
	}
	marks := f.List("marks")
	a.Key, a.Model, a.Umbrella = slices.Contains(marks, markKey), slices.Contains(marks, markModel), slices.Contains(marks, "umbrella")
	a.Counts = readCounts(t, s.Catalogue.counts, f.Values.Get("exact"), func(CountRule) bool { return true })
	a.Bodies = Bodies{Schools: t.Names("schools", "到的学校"), Enterprises: t.Names("enterprises", "服务的企业科协"), Opened: t.Names("opened", "开放的单位"),
		Receivers: t.Names("receivers", "受赠单位"), Teams: t.Names("teams", "下乡小分队")}
	a.Leaders, a.Industry = t.Names("leaders", "出席领导"), t.Names("industries", "产业")
	t.EachRow("drives", driveKeys, "专项行动超过 %d 行，请分场填写", func(name string) {
		a.Drives = append(a.Drives, DriveItem{Drive: t.Text(name+"drive", "专项行动", 40), Item: t.Text(name+"item", "做的哪一件", 80)})
	})
	a.Cost = readYuan(t, "cost", was.Cost)
	readPartners(t, &a)
	a.Materials = readMaterials(t)
	readStops(t, &a, was, s.Catalogue)
	t.EachRow("media", mediaKeys, "报道超过 %d 行，请分场填写", func(name string) {
		a.Media = append(a.Media, Report{Outlet: t.Text(name+"outlet", "媒体", 60), Level: t.Text(name+"level", "级别", 20), Day: t.Day(name+"day", "日期"),
			Title: t.Text(name+"title", "标题", 200), Link: t.Text(name+"link", "链接", 400)})
	})
	return a, nil
}

// readCounts reads the counts that a form has; nil when there is none.
func readCounts(t pages.Typed, all []CountRule, exact string, has func(CountRule) bool) Counts {
	var counts Counts
	for _, c := range all {
		if !has(c) {
			continue
		}
		choice := ""
		if c.Code == countOnsite {
			choice = exact
		}
		if n := t.Count(c.Code, c.Name, choice); n != nil {
			if counts == nil {
				counts = Counts{}
			}
			counts[c.Code] = *n
		}
	}
	return counts
}

func readPartners(t pages.Typed, a *Activity) {
	t.EachRow("partners", partnerKeys, "参加单位超过 %d 行，请分场填写", func(name string) {
		p := Partner{Name: t.Text(name+"name", "单位名称", 120), Role: t.Text(name+"role", "角色", 20)}
		if p.Name == "" {
			return // a role alone says nothing
		}
		if p.Role == "" {
			p.Role = "参与"
		}
		a.Partners = append(a.Partners, p)
	})
}

func readMaterials(t pages.Typed) (all []Material) {
	t.EachRow("materials", materialKeys, "资料超过 %d 行，请分场填写", func(name string) {
		m := Material{Title: t.Text(name+"title", "品名", 80), Kind: t.Text(name+"kind", "种类", 40), Source: t.Text(name+"source", "来源", 80)}
		if n := t.Count(name+"copies", "数量", ""); n != nil {
			m.Copies = *n
		} else if t.Values.Get(name+"copies") == "" {
			t.Errors.Add(name+"copies", "请填数量")
		}
		all = append(all, m)
	})
	return all
}

func readStops(t pages.Typed, a *Activity, was Activity, c Catalogue) {
	t.EachRow("stops", c.stopKeys(), "站超过 %d 行，请分次填写", func(name string) {
		s := Stop{Day: t.Day(name+"day", "日期"), Needs: t.Text(name+"needs", "群众的需求", 400)}
		s.Place, s.Venue = t.Place(name+"place", "地点")
		if s.Place == "" && t.Values.Get(name+"place") == "" {
			t.Errors.Add(name+"place", "请写地点")
		}
		for _, rule := range c.counts {
			if !rule.AtStops {
				continue
			}
			if n := t.Count(name+rule.Code, rule.Name, ""); n != nil {
				s.Counts = s.Counts.with(rule.Code, *n)
			}
		}
		a.Stops = append(a.Stops, s)
	})
	sent := func(code string) bool { return t.Has(stopRow(0) + code) }
	a.keepUnshown(was.Stops, sent)
	if a.Place == "" && t.Values.Get("place") == "" && len(a.Stops) > 0 { // the tour is where all its stops are
		var places []string
		for _, s := range a.Stops {
			places = append(places, s.Place)
		}
		a.Place = common(t.Tree, places)
	}
}

// keepUnshown gives the stops of a form what it does not show of those that were there: the venue, and counts that it was not sent with.
// A stop is the one that stood in its row; where rows were taken out, the one of the same day and place.
func (a *Activity) keepUnshown(was []Stop, sent func(code string) bool) {
	var of []int
	if len(a.Stops) < len(was) {
		of = matched(was, a.Stops)
	}
	for i := range a.Stops {
		s, n := &a.Stops[i], i
		if of != nil {
			n = of[i]
		}
		if n < 0 || n >= len(was) {
			continue
		}
		for code, count := range was[n].Counts {
			if !sent(code) {
				s.Counts = s.Counts.with(code, count)
			}
		}
		if s.Venue == "" && was[n].Place == s.Place {
			s.Venue = was[n].Venue
		}
	}
}

// readYuan reads an amount in yuan. One that was not changed stays as it is.
func readYuan(t pages.Typed, field string, was *int64) *int64 {
	text := strings.TrimSuffix(strings.TrimSpace(zh.Fold(t.Values.Get(field))), "元")
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	if text == "" {
		return nil
	}
	if was != nil && yuan(was) == text {
		return was
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n || n > 1e10 || n < -1e10 {
		t.Errors.Add(field, "经费「%s」看不懂，请写成 1200 或 1200.50", zh.Brief(t.Values.Get(field), 20))
		return nil
	}
	amount := int64(math.Round(n * 100))
	if n < 0 {
		amount = min(amount, -1)
	}
	return &amount
}

// valuesOf writes an activity as its form has it.
func valuesOf(a Activity, w Words) url.Values {
	v := url.Values{}
	put := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	put("category", a.Category)
	put("life", string(a.Life))
	put("name", a.Name)
	put("theme", a.Theme)
	put("start", string(a.Start))
	put("end", string(a.End))
	put("unit", w.Tree.Unit(a.Unit).Code)
	put("host", a.Host)
	put("own_role", a.OwnRole)
	put("venue", a.Venue)
	put("site", a.Site)
	if a.Place != "" {
		put("place", pages.PlaceWords(w.Tree, a.Place))
	}
	if a.Parent != "" && w.Parent != nil && w.Parent.ID == a.Parent {
		put("parent", w.Parent.Number)
	} else {
		put("parent", a.Parent)
	}
	putCounts(v, "", a.Counts)
	v.Set("exact", "exact")
	if n := a.Counts.of(countOnsite); n != nil {
		switch n.Exactness {
		case ledger.About:
			v.Set("exact", "about")
		case ledger.AtLeast:
			v.Set("exact", "least")
		}
	}
	v["campaigns"], v["audiences"], v["programmes"] = a.Campaigns, a.Audiences, a.Programme
	for mark, set := range map[string]bool{markKey: a.Key, markModel: a.Model, "umbrella": a.Umbrella} {
		if set {
			v.Add("marks", mark)
		}
	}
	if a.Open {
		v.Set("open", "yes")
	}
	for name, keys := range map[string][]string{"schools": a.Bodies.Schools, "enterprises": a.Bodies.Enterprises, "opened": a.Bodies.Opened, "receivers": a.Bodies.Receivers, "teams": a.Bodies.Teams} {
		put(name, w.bodyNames(keys))
	}
	for n, d := range a.Drives {
		row := "drives." + strconv.Itoa(n) + "."
		v.Set(row+"drive", d.Drive)
		put(row+"item", d.Item)
	}
	put("industries", strings.Join(a.Industry, "、"))
	put("leaders", strings.Join(a.Leaders, "、"))
	put("cost", yuan(a.Cost))
	put("summary", a.Summary)
	put("note", a.Note)
	for n, p := range a.Partners {
		row := "partners." + strconv.Itoa(n) + "."
		v.Set(row+"name", w.partnerName(p))
		put(row+"role", p.Role)
	}
	putMaterials(v, a.Materials, w)
	for n, s := range a.Stops {
		row := "stops." + strconv.Itoa(n) + "."
		v.Set(row+"day", string(s.Day))
		if s.Place != "" {
			put(row+"place", pages.PlaceWords(w.Tree, s.Place))
		}
		putCounts(v, row, s.Counts)
		put(row+"needs", s.Needs)
	}
	for n, m := range a.Media {
		row := "media." + strconv.Itoa(n) + "."
		v.Set(row+"outlet", w.Outlets.Title(m.Outlet))
		put(row+"level", m.Level)
		put(row+"day", string(m.Day))
		put(row+"title", m.Title)
		put(row+"link", m.Link)
	}
	return v
}

func putCounts(v url.Values, before string, counts Counts) {
	for code, n := range counts {
		v.Set(before+code, n.String())
	}
}

func putMaterials(v url.Values, all []Material, w Words) {
	for n, m := range all {
		row := "materials." + strconv.Itoa(n) + "."
		v.Set(row+"title", w.Titles.Title(m.Title))
		v.Set(row+"kind", m.Kind)
		v.Set(row+"copies", m.Copies.String())
		v.Set(row+"source", m.Source)
	}
}

// some is the count or, blank, 0.
func some(c *register.Count) int64 {
	if c == nil {
		return 0
	}
	return c.N
}
