// Package disk says whether a folder is a good place for a database: on a disk of this machine, and not in a folder that a program
// carries to other machines behind the database's back. A database on a network drive or in a synchronised folder is damaged sooner
// or later: locks do not hold there, and half-written files are copied.
package disk

import (
	"os"
	"path/filepath"
	"strings"
)

// Trouble is why a folder is no good place.
type Trouble string

// The troubles.
const (
	None   Trouble = ""
	Remote Trouble = "remote" // on another machine's disk
	Synced Trouble = "synced" // carried elsewhere by a program
)

// Look says what is wrong with the folder and by what it is known: the kind of file system, or the name of the program. The folder
// need not be there yet; then its nearest parent is looked at.
func Look(folder string) (Trouble, string) {
	whole := real(folder)
	if kind := remote(whole); kind != "" {
		return Remote, kind
	}
	if program := syncedBy(whole, os.Getenv); program != "" {
		return Synced, program
	}
	return None, ""
}

// real is the absolute path without links, as far as it is there.
func real(folder string) string {
	whole, err := filepath.Abs(folder)
	if err != nil {
		return folder
	}
	rest := ""
	for at := whole; ; at = filepath.Dir(at) {
		if there, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(there, rest)
		}
		if at == filepath.Dir(at) {
			return whole
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// existing is the folder or its nearest parent that is there.
func existing(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}

// syncedNames are beginnings of the names that programs give to the folders that they carry elsewhere, small letters.
var syncedNames = []struct{ begins, program string }{
	{"onedrive", "OneDrive"}, {"dropbox", "Dropbox"}, {"坚果云", "坚果云"}, {"我的坚果云", "坚果云"}, {"nutstore", "坚果云"},
	{"百度网盘同步", "百度网盘同步空间"}, {"baidusyncdisk", "百度网盘同步空间"}, {"百度云同步盘", "百度网盘同步空间"}, {"google drive", "Google Drive"}, {"icloud", "iCloud"},
	{"wpsdrive", "WPS 云盘"}, {"wps云盘", "WPS 云盘"}, {"wps cloud files", "WPS 云盘"}, {"微云", "微云"}, {"weiyun", "微云"}, {"nextcloud", "Nextcloud"}, {"owncloud", "ownCloud"},
	{"seafile", "Seafile"}, {"syncthing", "Syncthing"}, {"阿里云盘", "阿里云盘"},
}

// markers are files that programs leave at the top of such a folder, whatever its name.
var markers = []struct{ pattern, program string }{
	{".dropbox", "Dropbox"}, {".dropbox.cache", "Dropbox"}, {".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"}, {".stfolder", "Syncthing"}, {".sync_*.db", "Nextcloud"}, {"._sync_*.db", "Nextcloud"},
}

// syncedBy names the program that carries the folder elsewhere; "" when none is known to.
func syncedBy(folder string, env func(string) string) string {
	for _, name := range []string{"OneDrive", "OneDriveCommercial", "OneDriveConsumer"} {
		if top := env(name); top != "" && inside(top, folder) {
			return "OneDrive"
		}
	}
	for at := folder; ; at = filepath.Dir(at) {
		name := strings.ToLower(filepath.Base(at))
		for _, s := range syncedNames {
			if rest, ok := strings.CutPrefix(name, s.begins); ok && (rest == "" || !letter(rest)) {
				return s.program
			}
		}
		for _, m := range markers {
			if found, _ := filepath.Glob(filepath.Join(escape(at), m.pattern)); len(found) > 0 {
				return m.program
			}
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// letter reports whether a name goes on with a letter: «seafileserver» is not Seafile's folder, «OneDrive - 云岭县科协» is OneDrive's.
func letter(rest string) bool { return rest[0] >= 'a' && rest[0] <= 'z' }

// escape makes a path a pattern that means only itself.
func escape(path string) string {
	if filepath.Separator == '\\' {
		return path // there is no escaping on Windows, and no * or ? in its names
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func inside(top, folder string) bool {
	rel, err := filepath.Rel(top, folder)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
