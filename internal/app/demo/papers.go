package demo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"

	"shilu/internal/core/evidence"
	"shilu/internal/kit/docx"
	"shilu/internal/kit/xlsx"
)

// paper is a file that the program made as an office would have it.
type paper struct {
	kind       evidence.Kind
	name, note string
	content    []byte
	link       string // instead of a file
}

// draw makes the papers that the class has: notice, sign-in sheets, roster, list of books handed out. It reads the plan alone,
// so that it may run beside everything else.
func (l *course) draw() (all []paper, err error) {
	names := l.names(l.hand(), int(l.e.people))
	add := func(kind evidence.Kind, name, note string, make func() ([]byte, error)) {
		if err != nil {
			return
		}
		var content []byte
		if content, err = make(); err == nil {
			all = append(all, paper{kind: kind, name: name, note: note, content: content})
		}
	}
	if l.e.notice {
		add(evidence.Notice, "开班通知.docx", "", l.drawNotice)
	}
	if l.e.signIn {
		pages := (len(names) + perPage - 1) / perPage
		for p := range pages {
			part := names[p*perPage : min(len(names), (p+1)*perPage)]
			name, note := "签到册.png", fmt.Sprintf("%d 人", len(part))
			if pages > 1 {
				name = fmt.Sprintf("签到册%d.png", p+1)
			}
			add(evidence.SignIn, name, note, func() ([]byte, error) { return l.signIn().draw(part, p*perPage) })
		}
	}
	if l.e.roster {
		add(evidence.Roster, "学员花名册.xlsx", fmt.Sprintf("%d 行", len(names)), func() ([]byte, error) { return l.drawRoster(names) })
	}
	if l.e.lent {
		add(evidence.Material, "教材领用单.xlsx", fmt.Sprintf("%d 册", l.e.people), l.drawBooks)
	}
	return all, err
}

// names are the people who come: invented, none twice.
func (c *county) names(hand uint64, n int) []string {
	r := rand.New(rand.NewPCG(seed, hand))
	seen := map[string]bool{}
	var out []string
	for len(out) < n {
		if name := pick(r, c.surnames...) + pick(r, c.given...); !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// signIn is what stands above the names.
func (l *course) signIn() signIn {
	return signIn{name: l.body.Name, day: l.body.Start, place: l.placeName, host: l.host(), who: "教师：" + l.body.Teachers[0], hand: l.hand()}
}

// host is the name of the unit that holds the class.
func (l *course) host() string { return l.tree.Unit(l.body.Unit).Name }

// drawNotice writes the notice in the layout of official documents.
func (l *course) drawNotice() ([]byte, error) {
	c := l.body
	said := c.Start.Add(-6)
	days := c.Start.Long()
	if c.End != c.Start {
		days += "至" + c.End.Long()
	}
	var b bytes.Buffer
	err := docx.Write(&b, docx.Document{
		Title: "关于举办" + c.Name + "的通知", To: "各村（社区）",
		Body: []docx.Block{
			docx.P(docx.Run{Text: "为做好" + c.Subject + "生产服务，经研究，决定举办" + c.Name + "培训。现将有关事项通知如下："}),
			docx.P(docx.Run{Text: "一、时间：" + days + "，上午9时开始。"}),
			docx.P(docx.Run{Text: "二、地点：" + l.placeName + c.Venue + "。"}),
			docx.P(docx.Run{Text: "三、授课教师：" + strings.Join(c.Teachers, "、") + "。"}),
			docx.P(docx.Run{Text: fmt.Sprintf("四、人数：%d人左右，自愿参加，不收任何费用。", l.e.people-l.e.people%10)}),
		},
		Signature: l.host(), Date: said.Long(),
		Properties: docx.Properties{Creator: l.host(), Created: at(said, 10, 0)},
	})
	return b.Bytes(), err
}

// drawRoster lists who is in the class.
func (l *course) drawRoster(names []string) ([]byte, error) {
	rows := make([][]any, len(names))
	r := rand.New(rand.NewPCG(seed, uint64(len(names))))
	for i, n := range names {
		rows[i] = []any{i + 1, n, pick(r, "男", "女"), l.placeName, l.body.Subject}
	}
	return sheet(xlsx.Table{Name: "花名册", Title: l.body.Name + "学员花名册", Rows: xlsx.Values(rows),
		Columns: []xlsx.Column{{Title: "序号"}, {Title: "姓名"}, {Title: "性别"}, {Title: "住址", Width: 24}, {Title: "专业"}}})
}

// drawBooks says who took how many books.
func (l *course) drawBooks() ([]byte, error) {
	return sheet(xlsx.Table{Name: "领用单", Title: "教材领用单", Rows: xlsx.Values([][]any{{l.body.Material, l.e.people, l.host(), l.body.Start}}),
		Columns: []xlsx.Column{{Title: "教材", Width: 24}, {Title: "册数"}, {Title: "领用单位", Width: 20}, {Title: "日期", Kind: xlsx.AsDay}}})
}

func sheet(t xlsx.Table) ([]byte, error) {
	var b bytes.Buffer
	err := xlsx.Write(&b, t)
	return b.Bytes(), err
}
