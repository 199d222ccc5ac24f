package console

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// getSample gives an empty workbook with all headings that the import knows, and a sheet that says what goes where.
func (i imports) getSample(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	known := i.module.Intake.Columns()
	var heads []xlsx.Column
	var says [][]any
	for _, c := range known {
		if c.Of == "" {
			heads = append(heads, xlsx.Column{Title: c.Title, Kind: xlsx.AsText})
		}
		says = append(says, []any{c.Title, lang.T(ctx, howToWrite(c)), strings.Join(c.Aliases, "、")})
	}
	var kinds []string
	for _, k := range i.module.Intake.Kinds() {
		kinds = append(kinds, k.Name)
	}
	if len(kinds) > 0 {
		says = append(says, []any{lang.T(ctx, "可填的类型"), strings.Join(kinds, "、"), ""})
	}
	return web.Send(w, lang.T(ctx, "%s一览表.xlsx", lang.T(ctx, i.module.Title)), func(out io.Writer) error {
		return xlsx.Write(out, xlsx.Table{Name: i.module.Title, Columns: heads, Rows: xlsx.Values(nil)},
			xlsx.Table{Name: lang.T(ctx, "填表说明"), Columns: []xlsx.Column{{Title: lang.T(ctx, "列名")}, {Title: lang.T(ctx, "怎么写"), Width: 60}, {Title: lang.T(ctx, "也认得的写法"), Width: 60}},
				Rows: xlsx.Values(says)})
	})
}

// howToWrite says how the cells of a column are written.
func howToWrite(c intake.Column) string {
	if c.How != "" {
		return c.How
	}
	if c.Of != "" {
		return "一列一个数的表用：一行一个地方，这一列写它的数；空着的不登记"
	}
	switch c.Type {
	case intake.Count:
		return "整数；不准的写「约161」「200余」，不要写「若干」"
	case intake.Day:
		return "2024-03-05、2024.3.5、3月5日都行；不写年份的按标题里的年份"
	case intake.Since:
		return "2024-03-05、2024年3月、2024年都行；只写到月或年的，按那个月或那一年的第一天记，并注明"
	case intake.Township:
		return "乡镇全名"
	case intake.Village:
		return "村或社区全名"
	case intake.Place:
		return "乡镇和村写在一起，用了「乡镇」「村」两列就空着"
	case intake.List:
		return "几个之间用顿号"
	case intake.Serial:
		return "不导入"
	case intake.Text:
		if c.Key == "number" {
			return "新的空着；改已有记录时写它的编号"
		}
	}
	return "文字"
}

// baseName is the name of a file without what stands after its last dot.
func baseName(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) }
