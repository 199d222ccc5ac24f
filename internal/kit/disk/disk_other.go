//go:build !linux && !windows

package disk

// remote is not known on this system.
func remote(string) string { return "" }

// Same is not known on this system.
func Same(string, string) bool { return false }
