package training

import (
	"strings"
	"testing"

	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// TestAColumnThatIsMissingIsNamedOnce: rows that stay out because the sheet has no column say which, the sheet says it once with how many
// rows it keeps out, and a value for all rows takes its place.
func TestAColumnThatIsMissingIsNamedOnce(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		file := []byte("培训班名称,类型,地点,开始日期,结束日期,人次\n甲班,农村实用技术短期培训,河东镇,2024-03-05,2024-03-05,30\n乙班,农村实用技术短期培训,河东镇,2024-03-06,2024-03-06,31\n")
		r := c.run("liwf", "没有专业.csv", file, intake.Options{DryRun: true}, "")
		if r.Counts[intake.Rejected] != 2 {
			t.Fatalf("%v %+v", r.Counts, r.Wrong)
		}
		if m := r.Sheets[0].Missing; len(m) != 1 || m[0] != (intake.Lack{Key: "subject", Title: "专业", Rows: 2}) {
			t.Errorf("missing %+v", m)
		}
		if why := intake.Reasons(r.Wrong[0].Notes); !strings.HasPrefix(why, "表里没有「专业」这一列：请选专业") {
			t.Errorf("reason %q", why)
		}

		// Neither a township nor a place: one column of either would do. Nor a day.
		bare := c.run("liwf", "没有地点.csv", []byte("培训班名称,类型,专业,人次\n甲班,农村实用技术短期培训,养鸡,30\n"), intake.Options{DryRun: true}, "")
		var titles []string
		for _, m := range bare.Sheets[0].Missing {
			titles = append(titles, m.Title)
		}
		if strings.Join(titles, "、") != "地点、开始日期" {
			t.Errorf("missing %v, %+v", titles, bare.Wrong)
		}

		// A column that is there with a blank cell is not missing, nor is the end of a class that is wrong.
		blank := c.run("liwf", "空着.csv", []byte(placeHeads+"甲班,农村实用技术短期培训,,河东镇,2024-03-05,2024-03-05,30\n"), intake.Options{DryRun: true}, "")
		if len(blank.Sheets[0].Missing) != 0 || !strings.HasPrefix(intake.Reasons(blank.Wrong[0].Notes), "C2 请选专业") {
			t.Errorf("a blank cell: %+v %+v", blank.Sheets[0].Missing, blank.Wrong)
		}
		far := c.run("liwf", "太远.csv", []byte("培训班名称,类型,专业,地点,培训时间,人次\n甲班,农村实用技术短期培训,养鸡,河东镇,2024-03-05至2029-03-05,30\n"), intake.Options{DryRun: true}, "")
		if len(far.Sheets[0].Missing) != 0 || far.Counts[intake.Rejected] != 1 {
			t.Errorf("an end that is wrong: %+v %+v", far.Sheets[0].Missing, far.Wrong)
		}

		r = c.run("liwf", "没有专业.csv", file, intake.Options{Sheets: map[string]intake.Choice{r.Sheets[0].Name: {Fill: map[string]string{"subject": "养鸡"}}}}, "")
		if r.Created != 2 || len(r.Sheets[0].Missing) != 0 || len(r.Sheets[0].Filled) != 1 {
			t.Fatalf("with a value for all rows: %v %+v %+v", r.Counts, r.Wrong, r.Sheets[0])
		}
		for _, i := range c.items("liwf") {
			if i.Body.Subject == "" {
				t.Errorf("%s has no subject", i.Title)
			}
		}
		c.consistent()
	})
}

// TestAnotherFillIsAnotherFile: the same bytes with another value for all rows change the records of their rows, and with the same or with
// none they add nothing, whether all rows are in or not.
func TestAnotherFillIsAnotherFile(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		const heads = "培训班名称,类型,地点,开始日期,结束日期,人次\n"
		whole := []byte(heads + "甲班,农村实用技术短期培训,河东镇,2024-03-05,2024-03-05,30\n")
		partly := []byte(heads + "乙班,农村实用技术短期培训,河东镇,2024-04-05,2024-04-05,31\n丙班,农村实用技术短期培训,河东镇,2024-13-05,2024-04-05,31\n")
		fill := func(file []byte, subject, start string) intake.Result {
			t.Helper()
			o := intake.Options{Fill: map[string]string{}}
			if subject != "" {
				o.Fill["subject"] = subject
			}
			if start != "" {
				o.Fill["venue"] = start
			}
			return c.run("liwf", "班.csv", file, o, "zhoumin")
		}
		for _, file := range [][]byte{whole, partly} {
			if r := fill(file, "养鸡", ""); r.Created != 1 {
				t.Fatalf("%v %+v", r.Counts, r.Wrong)
			}
			for _, subject := range []string{"养蜂", "养鸡"} { // back again, too: the last one counts
				r := fill(file, subject, "")
				if r.Again || r.Revised != 1 || r.Counts[intake.Changed] != 1 {
					t.Errorf("filled with %s: %v %+v", subject, r.Counts, r.Wrong)
				}
				again, none := fill(file, subject, ""), fill(file, "", "")
				for _, r := range []intake.Result{again, none} {
					if r.Created+r.Revised != 0 || r.Counts[intake.Same] != 1 || r.Again != (len(file) == len(whole)) {
						t.Errorf("the same once more: again %v %v %+v", r.Again, r.Counts, r.Wrong)
					}
				}
			}
			if r := fill(file, "", "村部"); r.Revised != 1 { // of the subject it says nothing: that stays
				t.Errorf("another column: %v %+v", r.Counts, r.Wrong)
			}
		}
		for _, i := range c.items("liwf") {
			if i.Body.Subject == "" || i.Body.Venue != "村部" {
				t.Errorf("%s: %+v", i.Title, i.Body)
			}
		}
		c.consistent()
	})
}

// TestFillsThatCannotBe: what the sheet says itself, a number and two names of one place are refused, and nothing is there.
func TestFillsThatCannotBe(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		file := placeHeads + "甲班,农村实用技术短期培训,养鸡,河东镇,2024-03-05,2024-03-05,30\n"
		for _, fill := range []map[string]string{{"subject": "养蜂"}, {"place": "河西镇"}, {"township": "河西镇"}, {"number": "PX-2024-0001"}, {"serial": "1"},
			{"township": "河西镇", "place": "河东镇"}, {"subjects": "养蜂"}} {
			if _, err := c.engine.Run(c.as("liwf"), Kind, "班.csv", strings.NewReader(file), intake.Options{Fill: fill}, ""); !errs.Is(err, errs.Invalid) {
				t.Errorf("%v: %v", fill, err)
			}
		}
		if n := len(c.items("liwf")); n != 0 {
			t.Errorf("%d records", n)
		}
	})
}

// TestARowWithANumberKeepsWhatItsSheetLacks: it changes what it says; and a missing column counts the rows that nothing else keeps out.
func TestARowWithANumberKeepsWhatItsSheetLacks(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		c.run("liwf", "班.csv", []byte(placeHeads+"甲班,农村实用技术短期培训,养鸡,河东镇,2024-03-05,2024-03-05,30\n"), intake.Options{}, "zhoumin")
		number := c.items("liwf")[0].Number
		r := c.run("liwf", "改.csv", []byte("编号,培训班名称,类型,人次\n"+number+",甲班,农村实用技术短期培训,35\nPX-2024-0999,甲班,农村实用技术短期培训,35\n"), intake.Options{}, "zhoumin")
		if r.Revised != 1 || r.Counts[intake.Rejected] != 1 || len(r.Sheets[0].Missing) != 0 {
			t.Fatalf("%v %+v %+v", r.Counts, r.Sheets[0].Missing, r.Wrong)
		}
		if b := c.items("liwf")[0].Body; b.Subject == "" || b.Place == "" || b.Start != "2024-03-05" || b.Attendances.N != 35 {
			t.Errorf("%+v", b)
		}

		r = c.run("liwf", "两样.csv", []byte("培训班名称,类型,地点,人次\n乙班,农村实用技术短期培训,河东镇,-5\n丙班,农村实用技术短期培训,河东镇,5\n"), intake.Options{DryRun: true}, "")
		var missing []string
		for _, m := range r.Sheets[0].Missing {
			if m.Rows != 1 || m.Each != (m.Key == "start") {
				t.Errorf("%+v", m)
			}
			missing = append(missing, m.Title)
		}
		if strings.Join(missing, "、") != "专业、开始日期" {
			t.Errorf("%v", missing)
		}
	})
}
