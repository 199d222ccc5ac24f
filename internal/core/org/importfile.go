package org

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// Imported says what ImportFile did. Problems name sheet and row; their rows were left out.
type Imported struct {
	Places, Units, Same int
	Since               day.Day // the earliest day from which a place is there that was added
	Problems            []errs.Field
}

// Added counts a place that was added.
func (done *Imported) Added(p Place) {
	if done.Places == 0 || p.Opened < done.Since {
		done.Since = p.Opened
	}
	done.Places++
}

// importColumns are the column titles that ImportFile knows, by their meaning.
var importColumns = map[string]string{
	"乡镇": "township", "乡镇(街道)": "township", "街道": "township", "村": "village", "村(社区)": "village", "社区": "village",
	"代码": "code", "编码": "code", "行政区划代码": "code", "行": "row", "列": "col", "从哪天起有": "from", "从哪天起": "from", "设立日期": "from",
	"单位": "unit", "单位名称": "unit", "类型": "kind", "单位类型": "kind", "上级": "parent", "上级单位": "parent", "地点": "place", "服务地点": "place",
}

// unitKinds are the words of the column 类型 (domain.md, 7).
var unitKinds = map[string]string{"成员单位": KindMember, "学会": KindSociety, "协会": KindSociety, "研究会": KindSociety, "学校": KindSchool,
	"科普教育基地": KindBase, "农技协": KindFarm, "村科协": KindVillage, "乡镇科协": KindTownship}

// ImportFile adds the places and units of a workbook or csv. A sheet with the column 乡镇 lists places (乡镇, 村, 代码, 行, 列, 从哪天起有;
// row and column are the township's tile); from is from when places are there whose line does not say so, "" while that is not known; one with 单位 lists units (单位, 代码, 类型, 上级, 地点). What is there already stays as it is,
// so that importing again adds nothing; a code that it has not is a problem, and not written over it. A sheet that has as many other columns is a list of something else, records say: Invalid, and
// nothing of the file goes in.
func ImportFile(ctx context.Context, tx *db.Tx, book *xlsx.Book, from day.Day) (Imported, error) {
	var done Imported
	today, err := Today(ctx, tx)
	if err != nil {
		return done, err
	}
	tree, err := Load(ctx, tx, today)
	if err != nil {
		return done, err
	}
	known := 0
	for _, sheet := range book.Sheets {
		if sheet.Hidden {
			continue
		}
		var columns map[string]int
		var upper string
		err := sheet.Filled(func(row xlsx.Row) error {
			if columns == nil {
				columns = header(row)
				if columns == nil {
					return nil
				}
				known++
				return listsOnly(sheet.Name, row, columns)
			}
			get := func(column string) string {
				i, ok := columns[column]
				if !ok || zh.Blank(row.At(i).Text) {
					return ""
				}
				return zh.Fold(row.At(i).Text)
			}
			if _, ok := columns["unit"]; ok {
				return done.unit(ctx, tx, tree, sheet.Name, row.Number, get)
			}
			since := from
			if said := get("from"); said != "" {
				at := row.At(columns["from"])
				if since, err = dayIn(at, book.Date1904); err != nil {
					done.Problems = append(done.Problems, errs.Field{Name: sheet.Name, Text: "%s 第 %d 行：从哪天起有写的是「%s」，看不懂，请写成 2026-03-05", Args: []any{sheet.Name, row.Number, said}})
					return nil //nolint:nilerr // it is told among the problems; the other rows are read on
				}
			}
			if t := get("township"); t != "" {
				upper = t
			}
			return done.place(ctx, tx, tree, sheet.Name, row.Number, upper, get, since)
		})
		if err != nil {
			return done, err
		}
	}
	if known == 0 {
		return done, errs.E(errs.Invalid, "没有找到「乡镇」或「单位」这一列；请用「乡镇、村、代码」或「单位、代码、类型、上级、地点」作表头")
	}
	return done, nil
}

// header reads a row as column titles; nil unless it names a township or a unit.
func header(row xlsx.Row) map[string]int {
	columns := map[string]int{}
	for i, cell := range row.Cells {
		if meaning, ok := importColumns[strings.ReplaceAll(zh.Fold(cell.Text), " ", "")]; ok {
			columns[meaning] = i
		}
	}
	_, places := columns["township"]
	_, units := columns["unit"]
	if !places && !units {
		return nil
	}
	return columns
}

// beside are titles that lists have beside the columns that are read.
var beside = []string{"序号", "编号", "备注", "说明"}

// listsOnly refuses a heading that names as much else as of places and units.
func listsOnly(sheet string, row xlsx.Row, columns map[string]int) error {
	var others []string
	for _, cell := range row.Cells {
		title := strings.ReplaceAll(zh.Fold(cell.Text), " ", "")
		if _, ok := importColumns[title]; ok || zh.Blank(title) || slices.Contains(beside, title) || slices.Contains(others, title) {
			continue
		}
		others = append(others, title)
	}
	if len(others) < len(columns) {
		return nil
	}
	return errs.E(errs.Invalid, "「%s」第 %d 行的表头还有「%s」等 %d 列，不像地点或单位的名单，整个文件都没有导入。名单只留「乡镇、村、代码」或「单位、代码、类型、上级、地点」几列；业务台账请用那项业务的导入",
		sheet, row.Number, strings.Join(others[:min(len(others), 3)], "」「"), len(others))
}

func (done *Imported) place(ctx context.Context, tx *db.Tx, tree *Tree, sheet string, row int, township string, get func(string) string, since day.Day) error {
	if township == "" || strings.HasPrefix(township, "合计") {
		return nil
	}
	p, added, err := EnsurePlace(ctx, tx, tree, township, get("village"), get("code"), since)
	if errs.Is(err, errs.Conflict) || errs.Is(err, errs.Invalid) {
		done.Problems = append(done.Problems, errs.Field{Name: sheet, Text: "%s 第 %d 行：%s", Args: []any{sheet, row, err.Error()}})
		return nil
	}
	if err != nil {
		return err
	}
	if added {
		done.Added(p)
	} else {
		done.same(sheet, row, p.Name, p.Code, get("code"))
	}
	r, c, placed := tileOf(get)
	if !placed || p.Level != LevelTownship || int64(p.Row) == r && int64(p.Col) == c {
		return nil
	}
	if _, err = tx.Exec(ctx, "UPDATE place SET tile_row = ?, tile_col = ? WHERE association = ? AND id = ?", r, c, Of(ctx), p.ID); err != nil {
		return err
	}
	return record(ctx, tx, places, p.ID)
}

// dayIn reads the day that a cell says.
func dayIn(c xlsx.Cell, date1904 bool) (day.Day, error) {
	if c.Kind == xlsx.Date && c.Day != "" {
		return c.Day, nil
	}
	d, _, err := zh.ParseDays(zh.Fold(c.Text), 0, date1904)
	return d, err
}

// same counts what is there already, and says of a code that it has not that this was not taken.
func (done *Imported) same(sheet string, row int, name, code, said string) {
	done.Same++
	if said != "" && said != code {
		done.Problems = append(done.Problems, errs.Field{Name: sheet, Text: "%s 第 %d 行：%s 的代码是 %s，没有改成 %s", Args: []any{sheet, row, name, code, said}})
	}
}

// tileOf is where a line puts its place on the map of tiles; ok is false where it does not say both.
func tileOf(get func(string) string) (row, col int64, ok bool) {
	r, rowErr := zh.ParseCount(get("row"))
	c, colErr := zh.ParseCount(get("col"))
	return r.N, c.N, rowErr == nil && colErr == nil
}

func (done *Imported) unit(ctx context.Context, tx *db.Tx, tree *Tree, sheet string, row int, get func(string) string) error {
	name := get("unit")
	if name == "" {
		return nil
	}
	problem := func(text string, args ...any) error {
		done.Problems = append(done.Problems, errs.Field{Name: sheet, Text: "%s 第 %d 行：" + text, Args: append([]any{sheet, row}, args...)})
		return nil
	}
	if u, ok := tree.FindUnit(name); ok {
		done.same(sheet, row, u.Name, u.Code, get("code"))
		return nil
	}
	u := Unit{Name: name, Code: get("code"), Kind: KindMember, Parent: tree.Office().ID}
	if kind := get("kind"); kind != "" {
		k, ok := unitKinds[kind]
		if !ok {
			return problem("不认识单位类型「%s」", kind)
		}
		u.Kind = k
	}
	if parent := get("parent"); parent != "" {
		p, ok := tree.FindUnit(parent)
		if !ok {
			return problem("没有上级单位「%s」，请把它列在前面", parent)
		}
		u.Parent = p.ID
	}
	if place := get("place"); place != "" {
		p, ok := tree.FindPlace(place, "")
		if !ok {
			p, ok = tree.FindPlace("", place)
		}
		if !ok {
			return problem("没有地点「%s」", place)
		}
		u.Place = p.ID
	}
	if u.Code == "" {
		u.Code = tree.FreeCode("d")
	}
	added, err := AddUnit(ctx, tx, u)
	if errs.Is(err, errs.Conflict) {
		return problem("%s", err.Error())
	}
	if err != nil {
		return err
	}
	tree.addUnit(&added)
	done.Units++
	return nil
}
