package disk

import (
	"strings"
	"testing"
)

// mounts is a mountinfo as a machine with a server's share, an sshfs, and a Windows disk has it.
const mounts = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
40 22 0:40 / /mnt/share rw,relatime - nfs4 10.0.0.2:/export rw
41 22 0:41 / /home/wang/远程\040盘 rw - fuse.sshfs wang@server:/ rw
42 22 8:17 / /media/win rw - fuseblk /dev/sdb1 rw
43 40 8:33 / /mnt/share/local rw - ext4 /dev/sdc1 rw
44 22 0:44 / /mnt/covered rw - ext4 /dev/sdd1 rw
45 22 0:45 / /mnt/covered rw - cifs //server/x rw
broken line
`

func TestMountsAreRead(t *testing.T) {
	for path, want := range map[string]string{
		"/srv/data": "ext4", "/mnt/share/data": "nfs4", "/mnt/shared": "ext4", "/home/wang/远程 盘/data": "fuse.sshfs", "/media/win": "fuseblk",
		"/mnt/share/local/x": "ext4", "/mnt/covered/x": "cifs", "/": "ext4",
	} {
		if got := mountedAs(strings.NewReader(mounts), path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if localFuse["fuse.sshfs"] || localFuse["fuse.rclone"] || !localFuse["fuseblk"] {
		t.Error("sshfs and rclone are other machines, a Windows disk is not")
	}
	if got := remote("/"); got != "" {
		t.Errorf("this machine's root is on %s", got)
	}
}
