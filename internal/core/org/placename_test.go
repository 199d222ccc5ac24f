package org_test

import (
	"testing"

	"shilu/internal/core/org"
)

func TestTheEndOfANameTellsVillagesFromVenues(t *testing.T) {
	for name, want := range map[string]string{"天边村": "village", "河东士村委会": "village", "东门社区": "village", "大寨": "village", "上村二组": "village",
		"会议室": "venue", "村委会会议室": "venue", "文化广场": "venue", "中心学校": "venue", "科普示范基地": "venue", "度假村": "venue", "各村": "venue",
		"河东上衬": "", "": ""} {
		got := ""
		switch {
		case org.VillageName(name) && org.VenueName(name):
			got = "both"
		case org.VillageName(name):
			got = "village"
		case org.VenueName(name):
			got = "venue"
		}
		if got != want {
			t.Errorf("%q is taken for %q, want %q", name, got, want)
		}
	}
}
