package training

import (
	"strings"
	"testing"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// openVillage is the county with 河东上村 in 河东镇.
func openVillage(t *testing.T, d *db.DB) county {
	t.Helper()
	c := openCounty(t, d, t.TempDir())
	if err := d.Update(c.ctx, func(tx *db.Tx) error {
		_, _, err := org.EnsurePlace(c.ctx, tx, c.tree, "河东镇", "河东上村", "", "")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

const placeHeads = "培训班名称,类型,培训专业,地点,开始日期,结束日期,人次\n"

func placeRow(name, place string) string {
	return name + ",农村实用技术短期培训,养鸡," + place + ",2024-03-05,2024-03-05,30\n"
}

// TestAnUnknownVillageInOneColumn: it is reported like one that has a column of its own; what is no village stays the venue, and is said.
func TestAnUnknownVillageInOneColumn(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		file := []byte(placeHeads + placeRow("甲班", "河东镇河东上衬") + placeRow("乙班", "河东镇 河东士村") + placeRow("丙班", "河东镇河东士村委会") +
			placeRow("丁班", "河东镇天边外村") + placeRow("戊班", "河东镇 天边外村") +
			placeRow("己班", "河东镇 三楼会议室") + placeRow("庚班", "河东镇河东中学") + placeRow("辛班", "河东镇河东上村") + placeRow("壬班", "河东镇河东上村委会"))
		r := c.run("liwf", "短期培训.csv", file, intake.Options{DryRun: true}, "")
		if r.Counts[intake.Rejected] != 5 || r.Counts[intake.New] != 4 {
			t.Fatalf("%v %+v", r.Counts, r.Wrong)
		}
		want := []intake.Unknown{{Township: "河东镇", Village: "河东上衬", Rows: 1}, {Township: "河东镇", Village: "河东士村", Rows: 1},
			{Township: "河东镇", Village: "河东士村委会", Rows: 1}, {Township: "河东镇", Village: "天边外村", Rows: 2}}
		if len(r.Unknown) != len(want) {
			t.Fatalf("unknown %+v", r.Unknown)
		}
		for i, u := range r.Unknown {
			if u.Township != want[i].Township || u.Village != want[i].Village || u.Rows != want[i].Rows || !u.Creatable() || i < 3 && (len(u.Near) == 0 || u.Near[0] != "河东上村") {
				t.Errorf("unknown %+v, want %+v", u, want[i])
			}
		}
		if why := intake.Reasons(r.Wrong[0].Notes); !strings.HasPrefix(why, "D2 没有「河东镇河东上衬」这个地点，最接近的是河东上村") || !strings.Contains(why, "写在「具体场所」一列") {
			t.Errorf("reason %q", why)
		}

		two := c.run("liwf", "两列.csv", []byte("培训班名称,专业,乡镇,村,开始,人次\n甲班,养鸡,河东镇,河东上衬,2024-03-05,30\n"), intake.Options{DryRun: true}, "")
		if len(two.Unknown) != 1 || two.Unknown[0].Village != "河东上衬" || strings.Join(two.Unknown[0].Near, "、") != strings.Join(r.Unknown[0].Near, "、") {
			t.Errorf("two columns say %+v, one says %+v", two.Unknown, r.Unknown[0])
		}

		r = c.run("liwf", "短期培训.csv", file, intake.Options{Places: []intake.PlaceName{{Township: "河东镇", Village: "天边外村"}}}, "")
		if r.Created != 6 || len(r.Wrong) != 3 {
			t.Fatalf("one place made: %v %+v", r.Counts, r.Wrong)
		}
		at := map[string]string{}
		for _, i := range c.items("liwf") {
			class, err := c.engine.Targets[0].(*register.Sheet[Class, Words]).Get(c.as("liwf"), i.Number)
			if err != nil {
				t.Fatal(err)
			}
			at[i.Title] = class.Words.Tree.PlaceName(i.Place) + "|" + class.Body.Venue
		}
		for title, want := range map[string]string{"丁班": "河东镇 天边外村|", "戊班": "河东镇 天边外村|", "己班": "河东镇|三楼会议室", "庚班": "河东镇|河东中学", "辛班": "河东镇 河东上村|", "壬班": "河东镇 河东上村|村委会"} {
			if at[title] != want {
				t.Errorf("%s is at %q, want %q", title, at[title], want)
			}
		}
		noted, err := c.engine.Rows(c.as("liwf"), r.ID, []intake.Verdict{intake.New}, intake.RowPage{Noted: true})
		if err != nil {
			t.Fatal(err)
		}
		var all string
		for _, row := range noted {
			all += encodeNotes(row.Notes) + "\n"
		}
		if !strings.Contains(all, "D7记作河东镇，具体场所 三楼会议室\n") || !strings.Contains(all, "D8记作河东镇，具体场所 河东中学\n") || strings.Count(all, "记作") != 2 {
			t.Errorf("notes %s", all)
		}

		r = c.run("liwf", "再来.csv", append(file, placeRow("癸班", "河西镇云边寨")...), intake.Options{Create: true}, "")
		if r.Created != 4 || len(r.Wrong) != 0 {
			t.Errorf("all places made: %v %+v", r.Counts, r.Wrong)
		}
		c.consistent()
	})
}

// TestAnotherNameAtAnotherVenueIsNew: the kind, subject, place and day of a record do not make a row that record when neither its name nor
// its venue is the record's, though the workbook has the shape of the first; of two such records the one of the row's venue is meant.
func TestAnotherNameAtAnotherVenueIsNew(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		r := c.run("liwf", "一.csv", []byte(placeHeads+placeRow("试一试", "河东镇文化广场")+placeRow("试二", "河东镇中心学校")), intake.Options{}, "")
		if r.Created != 2 {
			t.Fatalf("%v %+v", r.Counts, r.Wrong)
		}
		first, second := c.items("liwf")[0], c.items("liwf")[1]
		r = c.run("liwf", "三.csv", []byte(placeHeads+placeRow("试三", "河东镇三楼会议室")+placeRow("试四", "河东镇河东上村")), intake.Options{}, "")
		if r.Created != 2 || r.Counts[intake.Changed]+r.Counts[intake.Rejected] != 0 {
			t.Fatalf("%v %+v", r.Counts, r.Wrong)
		}
		noted, err := c.engine.Rows(c.as("liwf"), r.ID, []intake.Verdict{intake.New}, intake.RowPage{Noted: true})
		if err != nil || len(noted) != 1 || noted[0].Line != 2 || !strings.Contains(encodeNotes(noted[0].Notes), "和 "+first.Number+"「试一试」的专业、地点、日期一样，名称不同，按新的记") {
			t.Errorf("noted %+v %v", noted, err)
		}
		// At the same venue, it is still the correction of the name of the record there, which waits to be verified.
		r = c.run("liwf", "改名.csv", []byte(placeHeads+placeRow("试二（改）", "河东镇中心学校")), intake.Options{}, "")
		if r.Created != 0 || len(r.Wrong) != 1 || !strings.Contains(intake.Reasons(r.Wrong[0].Notes), second.Number+" 正在等核实") {
			t.Errorf("the corrected name: %v %+v", r.Counts, r.Wrong)
		}
		c.consistent()
	})
}

// TestAVenueOfTheCountyItself: what the county's own sign begins and a venue's ending ends is the county, with the words kept as the venue; what
// may be a township or a village stays unknown, and the county is the first that may have been meant.
func TestAVenueOfTheCountyItself(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openVillage(t, d)
		root := c.tree.Root().Name
		file := []byte(placeHeads + placeRow("甲班", "县会议中心") + placeRow("乙班", "县科技馆") + placeRow("丙班", "县政府礼堂") + placeRow("丁班", "全县各中学") + placeRow("戊班", root+"职教中心") +
			placeRow("己班", "县东村") + placeRow("庚班", "县城关镇") + placeRow("辛班", "县界碑") +
			placeRow("壬班", root+"河东镇河东上村") + placeRow("癸班", "全县") + placeRow("子班", root+"河东中心小学") + placeRow("丑班", "县底中心小学") + placeRow("寅班", root+"城关") + placeRow("卯班", root+"东山茶场"))
		r := c.run("liwf", "短期培训.csv", file, intake.Options{DryRun: true}, "")
		if r.Counts[intake.New] != 7 || r.Counts[intake.Rejected] != 7 || len(r.Unknown) != 7 {
			t.Fatalf("%v %+v", r.Counts, r.Wrong)
		}
		if near := r.Unknown[2].Near; r.Unknown[2].Township != "县界碑" || len(near) == 0 || near[0] != root {
			t.Errorf("unknown %+v, want %s first", r.Unknown[2], root)
		}
		c.run("liwf", "短期培训.csv", file, intake.Options{}, "")
		at := map[string]string{}
		for _, i := range c.items("liwf") {
			if address := i.Title == "壬班"; (i.Place == c.tree.Root().ID) == address || address && c.tree.Place(i.Place).Name != "河东上村" {
				t.Errorf("%s is at %s", i.Title, c.tree.Place(i.Place).Name)
			}
			at[i.Title] = i.Body.Venue
		}
		for title, want := range map[string]string{"甲班": "县会议中心", "乙班": "县科技馆", "丙班": "县政府礼堂", "丁班": "全县各中学", "戊班": root + "职教中心"} {
			if at[title] != want {
				t.Errorf("%s is at %q, want %q", title, at[title], want)
			}
		}
		c.consistent()
	})
}
