package upkeep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// File is a backup that lies in the folder.
type File struct {
	Name    string
	At      time.Time // by its name
	Size    int64
	Upgrade bool // made before an upgrade; never deleted by itself
}

const (
	stamp         = "20060102-150405"
	namePrefix    = "shilu-"
	upgradePrefix = "shilu-before-upgrade-"
)

// named are the names of backups that this program gave. A file of any other name is never touched.
var named = regexp.MustCompile(`^(shilu-|shilu-before-upgrade-)(\d{8}-\d{6})\.zip$`)

// FileName is the name of a backup made at the time.
func FileName(at time.Time) string { return namePrefix + at.Format(stamp) + ".zip" }

// UpgradeName is the name of a backup made before an upgrade.
func UpgradeName(at time.Time) string { return upgradePrefix + at.Format(stamp) + ".zip" }

// Files lists the backups in the folder, latest first; none when there is no folder yet.
func Files(folder string, zone *time.Location) ([]File, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	var all []File
	for _, e := range entries {
		parts := named.FindStringSubmatch(e.Name())
		info, err := e.Info()
		if parts == nil || err != nil || !info.Mode().IsRegular() {
			continue // a file that went away meanwhile is none
		}
		at, err := time.ParseInLocation(stamp, parts[2], zone)
		if err != nil {
			continue
		}
		all = append(all, File{Name: e.Name(), At: at, Size: info.Size(), Upgrade: parts[1] == upgradePrefix})
	}
	slices.SortFunc(all, func(a, b File) int { return b.At.Compare(a.At) })
	return all, nil
}

// spare gives the backups that no generation needs: of each of the last days, weeks and months that have one, the latest is kept.
func (p Plan) spare(all []File) (spare []File) {
	keep := map[string]bool{}
	for _, g := range []struct {
		most int
		of   func(time.Time) string
	}{
		{max(p.Daily, 1), func(t time.Time) string { return t.Format("20060102") }},
		{p.Weekly, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, " ", w) }},
		{p.Monthly, func(t time.Time) string { return t.Format("200601") }},
	} {
		seen := map[string]bool{}
		for _, f := range all {
			if of := g.of(f.At); !f.Upgrade && !seen[of] && len(seen) < g.most {
				seen[of], keep[f.Name] = true, true
			}
		}
	}
	for _, f := range all {
		if !f.Upgrade && !keep[f.Name] {
			spare = append(spare, f)
		}
	}
	return spare
}

// abandoned is how long half a backup must not have grown before it is taken for left behind by a program that was stopped.
const abandoned = 24 * time.Hour

// sweep takes away half backups that a killed program left.
func sweep(folder string, now time.Time) {
	parts, _ := filepath.Glob(filepath.Join(folder, namePrefix+"*.part"))
	for _, p := range parts {
		if info, err := os.Stat(p); err == nil && now.Sub(info.ModTime()) > abandoned && strings.Contains(filepath.Base(p), ".zip.") {
			_ = os.Remove(p)
		}
	}
}
