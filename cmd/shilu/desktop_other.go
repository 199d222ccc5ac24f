//go:build !windows

package main

import (
	"fmt"
	"os/exec"
	"runtime"
)

const canAutostart = false

// doubleClicked is only told apart on Windows; elsewhere a program without arguments prints its help.
func doubleClicked() bool { return false }

// browse opens an address in the browser that the user has chosen.
func browse(address string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	if err := exec.Command(opener, address).Start(); err != nil { //nolint:gosec,noctx // our own address; it outlives us
		return fmt.Errorf("%w: %w", errNoBrowser, err)
	}
	return nil
}

// autostart is systemd's on these systems.
func autostart(bool, string) error { return errNoBrowser }
