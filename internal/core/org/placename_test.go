package org_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"shilu/catalogue"
	"shilu/internal/core/org"
)

func TestTheEndOfANameTellsVillagesFromVenues(t *testing.T) {
	endings, err := org.ReadEndings(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"天边村": "village", "河东士村委会": "village", "东门社区": "village", "大寨": "village", "上村二组": "village",
		"会议室": "venue", "村委会会议室": "venue", "文化广场": "venue", "中心学校": "venue", "科普示范基地": "venue", "度假村": "venue", "各村": "venue",
		"河东上衬": "", "": ""} {
		got := ""
		switch {
		case endings.Village(name) && endings.Venue(name):
			got = "both"
		case endings.Village(name):
			got = "village"
		case endings.Venue(name):
			got = "venue"
		}
		if got != want {
			t.Errorf("%q is taken for %q, want %q", name, got, want)
		}
	}
}

func TestAWrongEndingIsNamed(t *testing.T) {
	for _, row := range []string{"村,town", ",village"} {
		_, err := org.ReadEndings(fstest.MapFS{"place-endings.csv": {Data: []byte("ending,means\n室,venue\n" + row + "\n")}})
		if err == nil || !strings.Contains(err.Error(), "row 3") {
			t.Errorf("%q: %v", row, err)
		}
	}
}
