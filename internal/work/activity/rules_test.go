package activity

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestWhatASharesCountAddsTo: a count that adds to what nothing is counted as is refused when the catalogue is read.
func TestWhatASharesCountAddsTo(t *testing.T) {
	files := fstest.MapFS{}
	names, err := fs.Glob(os.DirFS("../../../catalogue"), "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile("../../../catalogue/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	c, err := ReadCatalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"onsite": "", "online": "", "unit_staff": "", "staff": "activity.unit_staff", "panels": "activity.panels"} {
		if n, _ := c.On("2026-09-18").Count(code); n.addsTo != want {
			t.Errorf("%s adds to %q", code, n.addsTo)
		}
	}
	counts := files["activity-counts.csv"]
	counts.Data = []byte(strings.Replace(string(counts.Data), ",200,activity.unit_staff", ",200,activity.nothing", 1))
	if _, err := ReadCatalogue(files); err == nil || !strings.Contains(err.Error(), "staff adds to") {
		t.Errorf("it adds to nothing: %v", err)
	}
}
