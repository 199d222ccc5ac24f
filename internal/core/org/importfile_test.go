package org_test

import (
	"os"
	"strings"
	"testing"

	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
)

func TestUnitsComeFromAFile(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, _ := orgtest.County(t, d)
		file := "单位,代码,类型,上级,地点\n县林草局,lcj,成员单位,,\n河东镇上村科普小组,c0101,村科协,河东镇科协,河东镇上村\n龙泉大蒜农技协,n0801,农技协,龙泉乡科协,龙泉乡\n" +
			"不知何处,x1,农技协,,天上\n不知何物,x2,航天局,,\n无上级,x3,学会,天庭,\n"
		run := func() (done org.Imported) {
			t.Helper()
			book, err := xlsx.Read(strings.NewReader(file), int64(len(file)), "units.csv", xlsx.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = book.Close() }()
			if err := d.Update(ctx, func(tx *db.Tx) error {
				done, err = org.ImportFile(ctx, tx, book, "")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return done
		}
		if done := run(); done.Units != 3 || len(done.Problems) != 3 {
			t.Errorf("%+v", done)
		}
		if done := run(); done.Units != 0 || done.Same != 3 || len(done.Problems) != 3 {
			t.Errorf("again: %+v", done)
		}
		file = "单位,代码\n县林草局,T90\n"
		if done := run(); done.Same != 1 || len(done.Problems) != 1 || errs.Sprintf(done.Problems[0].Text, done.Problems[0].Args) != "units 第 2 行：县林草局 的代码是 lcj，没有改成 T90" {
			t.Errorf("another code: %+v", done)
		}
		file = "乡镇,村,代码\n河东镇,,T90\n"
		if done := run(); done.Same != 1 || len(done.Problems) != 1 || !strings.Contains(errs.Sprintf(done.Problems[0].Text, done.Problems[0].Args), "第 2 行：河东镇 的代码是 01，没有改成 T90") {
			t.Errorf("another code of a place: %+v", done)
		}
		if err := d.View(ctx, func(tx *db.Tx) error {
			tree, err := org.Load(ctx, tx, "2026-09-18")
			if err != nil {
				return err
			}
			for code, place := range map[string]string{"c0101": "0101", "n0801": "08", "lcj": ""} {
				u := orgtest.Unit(t, tree, code)
				if got := tree.Place(u.Place).Code; got != place {
					t.Errorf("%s serves %q, want %q", u.Name, got, place)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		verify(t, d, 0)
	})
}

// TestRecordsAreNoListOfPlaces: a workbook of records names townships, too; nothing of it goes in.
func TestRecordsAreNoListOfPlaces(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, before := orgtest.County(t, d)
		read := func(name, text string) error {
			t.Helper()
			book, err := xlsx.Read(strings.NewReader(text), int64(len(text)), name, xlsx.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = book.Close() }()
			return d.Update(ctx, func(tx *db.Tx) error {
				_, err := org.ImportFile(ctx, tx, book, "")
				return err
			})
		}
		sample, err := os.ReadFile("../../../docs/samples/000-records.xlsx")
		if err != nil {
			t.Fatal(err)
		}
		for name, file := range map[string]string{
			"000-records.xlsx": string(sample),
			"培训.csv":           "乡镇,村,日期,人次\n新建乡,新村,2024-03-05,52\n",
		} {
			err := read(name, file)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "不像地点或单位的名单") || !strings.Contains(err.Error(), "行的表头还有「") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := d.View(ctx, func(tx *db.Tx) error {
			tree, err := org.Load(ctx, tx, "2026-09-18")
			if err == nil && len(tree.Places()) != len(before.Places()) {
				t.Errorf("%d places, there were %d", len(tree.Places()), len(before.Places()))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := read("地点.csv", "序号,乡镇,村,代码,负责人,备注\n1,新建乡,新村,,张三,\n"); err != nil {
			t.Errorf("a list with a column more: %v", err)
		}
		verify(t, d, 0)
	})
}
