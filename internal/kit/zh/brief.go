package zh

// Brief cuts a text to n characters, as a sentence can quote it.
func Brief(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
