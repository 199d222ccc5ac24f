package docx

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

const longQuery = "shilu:training.short_attendees?unit=hedong&period=2026-H1&tag=campaign:科技活动周2026&tag=audience:农民&asof=1842"

// report is a year's report with all that the layout knows.
func report() Document {
	townships := []string{"河东镇", "河西镇", "松坪镇", "大营镇", "石门镇", "青溪乡", "白塔乡", "龙泉乡", "红岩乡", "磨盘山乡"}
	table := Table{
		Caption: "表1　各乡镇培训情况", Unit: "单位：期、人次",
		Columns: []Column{{Width: 1, Align: Centre}, {Width: 3}, {Width: 2, Align: Right}, {Width: 2, Align: Right}},
		Header: [][]Cell{
			{{Runs: []Run{Text("序号")}, Down: 2}, {Runs: []Run{Text("乡镇")}, Down: 2}, {Runs: []Run{Text("短期培训")}, Span: 2}},
			{TextCell("期数"), TextCell("人次")},
		},
		Note: "注：按举办地统计。",
	}
	for i, name := range townships {
		table.Rows = append(table.Rows, []Cell{TextCell(strconv.Itoa(i + 1)), TextCell(name),
			{Runs: []Run{Figure(strconv.Itoa(i+1), "shilu:training.short_classes?place="+strconv.Itoa(i+1)+"&period=2026")}}, TextCell(strconv.Itoa((i + 1) * 35))})
	}
	table.Rows = append(table.Rows, []Cell{{Runs: []Run{{Text: "合计", Bold: true}}, Span: 2, Align: Centre}, TextCell("55"), TextCell("1925")})

	wide := Table{Caption: "表2　各月培训期数", Wide: true, Columns: []Column{{Width: 3}}, Header: [][]Cell{{TextCell("乡镇")}}}
	for m := 1; m <= 12; m++ {
		wide.Columns = append(wide.Columns, Column{Width: 2, Align: Right})
		wide.Header[0] = append(wide.Header[0], TextCell(strconv.Itoa(m)+"月"))
	}
	for round := range 4 {
		for i, name := range townships {
			row := []Cell{TextCell(name)}
			for m := range 12 {
				row = append(row, TextCell(strconv.Itoa((i*7+m*3+round)%9)))
			}
			wide.Rows = append(wide.Rows, row)
		}
	}
	return Document{
		Title: "云岭县科学技术协会\n2026年工作总结", DateLine: "（2026年12月20日）", To: "市科协",
		Numbered: true, Header: "草稿", Frozen: "数字截至存证点1842（2026年12月20日），由实录1.0算出，根为m5Jx0r8c。凭存证点可以核对每个数字。",
		Body: []Block{
			P(Text("今年以来，县科协围绕“四服务”职责定位，扎实开展各项工作——现将情况报告如下。")),
			H(1, "实用技术培训"),
			H(2, "短期培训"),
			P(Text("全年共举办短期培训班"), Figure("28期", "shilu:training.short_classes?period=2026"), Text("，培训"),
				Run{Text: "5050人次", Bold: true, Query: longQuery}, Text("，涉及"), Figure("9", "shilu:training.short_subjects?period=2026"),
				Text("个专业。A&B <试验> 500 m²、“科普中国”、3.5万元、98%。")),
			H(3, "农函大"),
			H(4, "考核"),
			P(Text(strings.Repeat("国", 28*5-2))),
			P(Text("第一行\t制表\n第二行 ")),
			table,
			P(Text("表后一段。")),
			H(1, "下一步打算"),
			P(Text(strings.Repeat("继续抓好培训。", 60))),
			wide,
			H(1, "建议"),
			P(Text("建议由县农业农村局牵头，每季度会商一次。")),
		},
		Attachments: []Attachment{
			{Title: "2026年实用技术培训数字来处", Body: []Block{
				P(Text("下列数字可以逐个打开。")),
				Sources([]Source{
					{"28期", "短期培训班期数", "全县，2026年", "28条记录，其中1条缺佐证"},
					{"5050人次", "短期培训人次", "河东镇，2026年上半年，科技活动周，农民", "28条记录，其中1条为约数"},
				}),
			}},
			{Title: "各乡镇按月培训期数一览表以及与上一年同期相比的增减情况说明", Body: []Block{wide}},
		},
		Signature: "云岭县科学技术协会", Date: "2026年12月20日",
		Properties: Properties{Creator: "周敏", Subject: "年度工作总结", Company: "云岭县科学技术协会", Created: time.Date(2026, 12, 20, 9, 30, 0, 0, time.UTC)},
	}
}

// thirtyPages is a long report of text, figures and tables.
func thirtyPages() Document {
	d := Document{Title: "云岭县科协2026年工作总结", Numbered: true, Signature: "云岭县科协", Date: "2026年12月20日"}
	for chapter := range 13 {
		d.Body = append(d.Body, H(1, fmt.Sprintf("第%d项工作", chapter+1)))
		for section := range 3 {
			d.Body = append(d.Body, H(2, "开展情况"))
			for range 2 {
				d.Body = append(d.Body, P(Text(strings.Repeat("各乡镇科协按照年初的安排认真组织培训，", 5)),
					Figure("28期", fmt.Sprintf("shilu:training.short_classes?place=%d&period=2026", section)), Text(strings.Repeat("群众反映良好。", 6))))
			}
		}
		t := Table{Caption: "各乡镇情况", Columns: make([]Column, 6)}
		for row := range 11 {
			cells := make([]Cell, 6)
			for i := range cells {
				cells[i] = TextCell(strconv.Itoa(row * i))
			}
			t.Rows = append(t.Rows, cells)
		}
		d.Body = append(d.Body, t)
	}
	return d
}

func written(t testing.TB, d Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
