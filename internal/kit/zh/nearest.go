package zh

import (
	"slices"
	"strings"
)

// Nearest gives up to n known names that the name may have been meant for, the likeliest first: by edit distance in
// characters, then by order in known. Names with nothing in common are left out.
func Nearest(name string, known []string, n int) []string {
	type near struct {
		name     string
		distance int
	}
	var found []near
	want := []rune(strings.ReplaceAll(Fold(name), " ", ""))
	for _, k := range known {
		have := []rune(strings.ReplaceAll(Fold(k), " ", ""))
		d := distance(want, have)
		// At least a third of the longer name stands; 大营 for 大营镇第二中学 is a part of it.
		part := len(want) > 1 && strings.Contains(string(have), string(want)) || len(have) > 1 && strings.Contains(string(want), string(have))
		if longer := max(len(want), len(have)); !part && d*3 > longer*2 {
			continue
		}
		found = append(found, near{k, d})
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.distance - b.distance })
	var names []string
	for _, f := range found {
		if len(names) == n {
			break
		}
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// Apart is by how many characters two names differ: put in, left out, changed, or swapped with their neighbour.
func Apart(a, b string) int { return distance([]rune(Fold(a)), []rune(Fold(b))) }

// distance is the edit distance: characters put in, left out or changed, and neighbours swapped.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
