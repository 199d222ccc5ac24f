package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/docx"
	"shilu/internal/kit/xlsx"
	"shilu/internal/work/activity"
)

// gathering is the life of an activity.
type gathering struct {
	*life[activity.Activity, activity.Words]
	h *happening
}

// hold plans the steps of an activity.
func (b *builder) hold(h *happening, today day.Day) (*gathering, error) {
	g, err := b.gather(h, today)
	if err != nil {
		return nil, err
	}
	switch h.fate {
	case drafted:
		b.at(h.entered, g.create)
	case verified:
		g.drawing(g.draw)
		g.handOver()
		g.live("", nil)
	default:
		b.at(h.entered, g.create)
		g.report(today)
	}
	return g, nil
}

// gather begins the life of an activity without any step.
func (b *builder) gather(h *happening, today day.Day) (*gathering, error) {
	a := &h.activity
	if err := b.resolve(&h.entry, &a.Unit, &a.Place); err != nil {
		return nil, err
	}
	for _, name := range h.partners {
		u, ok := b.tree.FindUnit(name)
		if !ok {
			return nil, fmt.Errorf("no unit %s takes part in %s", name, a.Name)
		}
		if u.ID != a.Unit && !slices.ContainsFunc(a.Partners, func(p activity.Partner) bool { return p.Unit == u.ID }) {
			a.Partners = append(a.Partners, activity.Partner{Role: "协办", Unit: u.ID})
		}
	}
	if h.school != "" {
		u, ok := b.tree.UnitByCode(h.school)
		if !ok {
			return nil, fmt.Errorf("no school %s", h.school)
		}
		a.Bodies.Schools = []string{u.Name}
		if a.Category == "open" {
			a.Bodies.Opened = []string{u.Name}
		}
	} else if a.Category == "open" {
		a.Bodies.Opened = []string{b.tree.Unit(a.Unit).Name}
	}
	g := &gathering{newLife(b, b.Activity.Book, &h.entry, a, today), h}
	g.check, g.together = func(ctx context.Context, record string, version int, why string) (flow.Head, error) {
		h, err := b.Activity.Verify(ctx, record, version, why)
		if err != nil {
			return h, err
		}
		return h, b.verifyShares(ctx, []flow.Head{h}, why)
	}, b.activities
	g.copied = func(a activity.Activity) activity.Activity { // words of these become codes where they are
		a.Materials, a.Media, a.Stops, a.Bodies.Schools, a.Bodies.Opened = slices.Clone(a.Materials), slices.Clone(a.Media), slices.Clone(a.Stops), slices.Clone(a.Bodies.Schools), slices.Clone(a.Bodies.Opened)
		if h.parent != nil {
			a.Parent = h.parent.head.ID
		}
		return a
	}
	return g, nil
}

// report plans the steps from the papers on.
func (g *gathering) report(today day.Day) {
	a := g.body
	g.drawing(g.draw)
	g.slowly()
	g.live("人次和现场照片对不上，请核对后再交", func() { a.Note = "人次已和签到册、现场清点核对。" })
	recount := func(reason string) func() error {
		return func() error {
			n := a.Counts["onsite"]
			n.N -= min(n.N, 12)
			a.Counts = with(a.Counts, "onsite", n)
			return g.save(reason, true)
		}
	}
	switch g.fate {
	case revising:
		g.last = later(g.last, at(today.Add(-1), 11, 5))
		g.then(0, recount("学校核对：实到少 12 人"))
	case corrected:
		g.last = later(g.last, at(today.Add(-6), 15, 20))
		g.then(0, recount("更正：把工作人员算进了参加人次"))
		g.onWorkday(1, g.verify)
	}
}

func with(counts activity.Counts, code string, n register.Count) activity.Counts {
	out := activity.Counts{code: n}
	for other, m := range counts {
		if other != code {
			out[other] = m
		}
	}
	return out
}

// host is the name of the unit that holds it.
func (g *gathering) host() string { return g.tree.Unit(g.body.Unit).Name }

func (g *gathering) onsite() int64 { return g.body.Counts["onsite"].N }

// draw makes the papers: a sheet that people signed or the place's confirmation, now and then a notice or a list of what was given
// away.
func (g *gathering) draw() (all []paper, err error) {
	add := func(p paper, draw func() ([]byte, error)) {
		if err == nil {
			p.content, err = draw()
			all = append(all, p)
		}
	}
	a, h := g.body, g.h
	if n := int(g.onsite()); h.sheets {
		names := g.names(h.hand(), n)
		sign := signIn{name: a.Name, day: a.Start, place: h.placeName, host: g.host(), who: "现场：" + a.Venue, hand: h.hand()}
		for first := 0; first < n; first += perPage {
			part := names[first:min(n, first+perPage)]
			name := "签到册.png"
			if n > perPage {
				name = fmt.Sprintf("签到册%d.png", first/perPage+1)
			}
			add(paper{kind: evidence.SignIn, name: name, note: fmt.Sprintf("%d 人", len(part))}, func() ([]byte, error) { return sign.draw(part, first) })
		}
	} else {
		add(paper{kind: evidence.Confirmation, name: "活动确认书.png"}, g.confirmation().draw)
	}
	if h.hand()%3 == 0 {
		add(paper{kind: evidence.Notice, name: "活动方案.docx"}, g.drawNotice)
	}
	if len(a.Materials) > 0 && h.hand()%2 == 0 {
		add(paper{kind: evidence.Material, name: "资料发放清单.xlsx"}, g.drawHandouts)
	}
	if len(a.Media) > 0 {
		all = append(all, paper{kind: evidence.Link, name: a.Media[0].Outlet, link: "https://news.yunling.example/" + strings.ReplaceAll(string(a.Media[0].Day), "-", "/")})
	}
	return all, err
}

// confirmation is what the place where it was held says of it.
func (g *gathering) confirmation() form {
	a := g.body
	stamp := g.h.placeName
	switch {
	case len(a.Bodies.Schools) > 0:
		stamp = g.h.short
	case g.h.placeName == countySeat:
		stamp = g.host()
	case a.Site == "村" || a.Site == "社区":
		stamp = g.h.short + "委员会"
	default:
		stamp += "人民政府"
	}
	days := a.Start.Long()
	if a.End != a.Start {
		days += "至" + a.End.Long()
	}
	return form{title: "活动确认书", stamp: stamp, date: a.End.Long(), hand: g.h.hand(), said: "以上活动在本单位举办，情况属实。",
		fields: [][2]string{{"活动名称", a.Name}, {"时间", days}, {"地点", g.h.placeName + a.Venue}, {"主办单位", g.host()}, {"现场参加", fmt.Sprintf("%d人次", g.onsite())}}}
}

func (g *gathering) drawNotice() ([]byte, error) {
	a := g.body
	said := a.Start.Add(-7)
	body := []docx.Block{
		docx.P(docx.Run{Text: "经研究，决定举办" + a.Name + "。现将有关事项通知如下："}),
		docx.P(docx.Run{Text: "一、时间：" + a.Start.Long() + "，上午9时开始。"}),
		docx.P(docx.Run{Text: "二、地点：" + g.h.placeName + a.Venue + "。"}),
		docx.P(docx.Run{Text: "三、对象：" + strings.Join(a.Audiences, "、") + "，自愿参加，不收任何费用。"}),
	}
	if len(g.h.partners) > 0 {
		body = append(body, docx.P(docx.Run{Text: "四、协办：" + strings.Join(g.h.partners, "、") + "。请按分工备好展板和资料。"}))
	}
	var b bytes.Buffer
	err := docx.Write(&b, docx.Document{Title: "关于举办" + a.Name + "的通知", To: "有关单位", Body: body, Signature: g.host(), Date: said.Long(),
		Properties: docx.Properties{Creator: g.host(), Created: at(said, 10, 0)}})
	return b.Bytes(), err
}

func (g *gathering) drawHandouts() ([]byte, error) {
	rows := make([][]any, len(g.body.Materials))
	for i, m := range g.body.Materials {
		rows[i] = []any{i + 1, m.Title, m.Copies.N, g.h.placeName, g.body.Start}
	}
	return sheet(xlsx.Table{Name: "清单", Title: short(g.body.Name, 40) + "资料发放清单", Rows: xlsx.Values(rows),
		Columns: []xlsx.Column{{Title: "序号"}, {Title: "品名", Width: 28}, {Title: "数量"}, {Title: "发放地点", Width: 22}, {Title: "日期", Kind: xlsx.AsDay}}})
}

// short cuts a text to so many characters.
func short(text string, most int) string {
	if all := []rune(text); len(all) > most {
		return string(all[:most])
	}
	return text
}

// verifyShares verifies what waits of the shares of activities that have just been verified.
func (b *builder) verifyShares(ctx context.Context, of []flow.Head, why string) error {
	var picks []flow.Pick
	for _, h := range of {
		joint, err := b.Activity.Joint(ctx, h.Number)
		if err != nil {
			return err
		}
		for _, sh := range joint.Shares {
			if sh.State == flow.Submitted {
				picks = append(picks, flow.Pick{Ref: sh.Ref(), Version: sh.Version})
			}
		}
	}
	if len(picks) == 0 {
		return nil
	}
	_, err := b.Activity.Shares.VerifyMany(ctx, picks, why)
	return err
}
