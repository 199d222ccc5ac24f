package hold

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// beyond is where the byte lies that is locked: far behind the content, which others must be able to read.
const beyond = 1 << 30

// lock takes the file for this process, or says errHeld.
func lock(f *os.File) error {
	at := windows.Overlapped{Offset: beyond}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errHeld
	}
	return err
}
