package disk

import (
	"strings"

	"golang.org/x/sys/windows"
)

// remote says that the folder lies on another machine; "" when it is this machine's.
func remote(folder string) string {
	if strings.HasPrefix(folder, `\\`) && !strings.HasPrefix(folder, `\\?\`) && !strings.HasPrefix(folder, `\\.\`) {
		return "UNC"
	}
	root, err := windows.UTF16PtrFromString(volume(folder))
	if err == nil && windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return "SMB"
	}
	return ""
}

// volume is the root of the disk on which the folder lies: a letter, or a folder into which a disk is hung.
func volume(folder string) string {
	path, err := windows.UTF16PtrFromString(existing(folder))
	if err != nil {
		return ""
	}
	root := make([]uint16, windows.MAX_PATH+1)
	if windows.GetVolumePathName(path, &root[0], uint32(len(root))) != nil {
		return ""
	}
	return windows.UTF16ToString(root)
}

// Same reports whether two folders lie on one disk, which takes both with it when it breaks.
func Same(a, b string) bool {
	root := volume(real(a))
	return root != "" && strings.EqualFold(root, volume(real(b)))
}
