//go:build unix

package hold

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file for this process, or says errHeld.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}
