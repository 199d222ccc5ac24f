package training

import (
	"strings"
	"testing"

	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
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
