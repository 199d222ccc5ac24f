package main

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const (
	canAutostart = true
	runKey       = `Software\Microsoft\Windows\CurrentVersion\Run`
	runName      = "Shilu"
)

// doubleClicked reports whether the console was made for this program alone: nobody has typed its name.
func doubleClicked() bool {
	var processes [2]uint32
	n, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList").Call(uintptr(unsafe.Pointer(&processes[0])), uintptr(len(processes)))
	return n == 1
}

// browse opens an address in the browser that the user has chosen.
func browse(address string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	file, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return err
	}
	if err := windows.ShellExecute(0, verb, file, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("%w: %w", errNoBrowser, err)
	}
	return nil
}

// autostart writes or removes the command that Windows runs when the user signs in.
func autostart(on bool, data string) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("open the registry: %w", err)
	}
	defer func() { _ = k.Close() }()
	if !on {
		if err := k.DeleteValue(runName); err != nil && err != registry.ErrNotExist { //nolint:errorlint // a plain number of the system
			return fmt.Errorf("change the registry: %w", err)
		}
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if data, err = filepath.Abs(data); err != nil {
		return err
	}
	if err := k.SetStringValue(runName, runLine(program, data)); err != nil {
		return fmt.Errorf("change the registry: %w", err)
	}
	return nil
}
