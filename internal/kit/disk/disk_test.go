package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSynchronisedFoldersAreKnown(t *testing.T) {
	top := t.TempDir()
	none := func(string) string { return "" }
	for path, want := range map[string]string{
		"data":                      "",
		"OneDrive/data":             "OneDrive",
		"OneDrive - 云岭县科协/实录/data":  "OneDrive",
		"onedriver-source/data":     "",
		"我的坚果云/data":                "坚果云",
		"Nutstore Files/1/data":     "坚果云",
		"BaiduSyncdisk/data":        "百度网盘同步空间",
		"百度网盘同步空间/科协":               "百度网盘同步空间",
		"BaiduNetdiskDownload/data": "",
		"Dropbox (科协)/x":            "Dropbox",
		"WPS云盘/x":                   "WPS 云盘",
		"seafileserver/x":           "",
		"同步的/深处/data":               "Syncthing",
		"work/data":                 "",
		"odd[name]/data":            "Nextcloud",
	} {
		switch want {
		case "Syncthing":
			mark(t, filepath.Join(top, "同步的", ".stfolder"))
		case "Nextcloud":
			mark(t, filepath.Join(top, "odd[name]", ".sync_0123456789ab.db"))
		}
		if got := syncedBy(filepath.Join(top, filepath.FromSlash(path)), none); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	redirected := func(name string) string {
		if name == "OneDriveCommercial" {
			return filepath.Join(top, "文档")
		}
		return ""
	}
	if got := syncedBy(filepath.Join(top, "文档", "data"), redirected); got != "OneDrive" {
		t.Errorf("a folder that OneDrive was told to carry: %q", got)
	}
	if got := syncedBy(filepath.Join(top, "文档2"), redirected); got != "" {
		t.Errorf("a folder beside it: %q", got)
	}
}

func mark(t *testing.T, file string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestALinkIntoASynchronisedFolderIsSeenThrough: the path says nothing, the place does. What is not there yet is looked at by its parent.
func TestALinkIntoASynchronisedFolderIsSeenThrough(t *testing.T) {
	top := t.TempDir()
	if err := os.MkdirAll(filepath.Join(top, "Dropbox", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(top, "Dropbox", "x"), filepath.Join(top, "plain")); err != nil {
		t.Fatalf("no link can be made here (Windows wants the right to): %v", err)
	}
	if trouble, by := Look(filepath.Join(top, "plain", "not", "yet")); trouble != Synced || by != "Dropbox" {
		t.Errorf("through a link: %q %q", trouble, by)
	}
	if trouble, by := Look(filepath.Join(top, "other")); trouble != None {
		t.Errorf("a plain folder: %q %q", trouble, by)
	}
	if !Same(top, filepath.Join(top, "other")) {
		t.Error("a folder and one in it are not on the same disk")
	}
	if strings.HasPrefix(top, "/") && Same(top, "/proc") {
		t.Error("/proc is on the disk of temporary files")
	}
}
