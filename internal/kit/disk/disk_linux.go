package disk

import (
	"bufio"
	"io"
	"os"
	"strings"
	"syscall"
)

// remoteKinds are file systems of other machines by the number that statfs gives (linux/magic.h).
var remoteKinds = map[int64]string{
	0x6969: "nfs", 0x517B: "smb", 0xFF534D42: "cifs", 0xFE534D42: "smb2", 0x564C: "ncp", 0x5346414F: "afs", 0x6B414653: "afs", 0x73757245: "coda",
	0x01021997: "9p", 0x00C36400: "ceph", 0x786F4256: "vboxsf", 0xBACBACBC: "vmhgfs", 0x0BD00BD0: "lustre", 0x19830326: "fhgfs",
}

const fuse = 0x65735546

// localFuse are the file systems made by programs that lie on a disk of this machine all the same.
var localFuse = map[string]bool{"fuseblk": true, "fuse.ntfs-3g": true, "fuse.ntfs": true, "fuse.exfat": true, "fuse.mergerfs": true, "fuse.lxcfs": true, "fuse.overlayfs": true, "fuse.fuse-overlayfs": true, "fuse": true}

// remote names the file system of another machine on which the folder lies; "" when it is this machine's.
func remote(folder string) string {
	at := existing(folder)
	var s syscall.Statfs_t
	if syscall.Statfs(at, &s) != nil {
		return ""
	}
	kind := int64(s.Type) & 0xFFFFFFFF //nolint:unconvert // it is 32 bits wide on other processors
	if kind != fuse {
		return remoteKinds[kind]
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "fuse"
	}
	defer func() { _ = f.Close() }()
	if name := mountedAs(f, at); !localFuse[name] {
		return name
	}
	return ""
}

// mountedAs is the kind of the file system that is mounted at the folder or above it, as mountinfo lists them (proc(5)).
func mountedAs(mountinfo io.Reader, folder string) (kind string) {
	longest := -1
	for lines := bufio.NewScanner(mountinfo); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields, kinds := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(kinds) < 1 {
			continue
		}
		at := unescape.Replace(fields[4])
		if (folder == at || at == "/" || strings.HasPrefix(folder, at+"/")) && len(at) >= longest { // what was mounted later lies on top
			longest, kind = len(at), kinds[0]
		}
	}
	return kind
}

// unescape reads a path of mountinfo.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// Same reports whether two folders lie on one disk, which takes both with it when it breaks.
func Same(a, b string) bool {
	one, err := os.Stat(existing(a))
	if err != nil {
		return false
	}
	other, err := os.Stat(existing(b))
	if err != nil {
		return false
	}
	x, ok := one.Sys().(*syscall.Stat_t)
	y, also := other.Sys().(*syscall.Stat_t)
	return ok && also && x.Dev == y.Dev
}
