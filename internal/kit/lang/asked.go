package lang

import (
	"strconv"
	"strings"
)

// Asked is the language that an Accept-Language header (RFC 9110) prefers of those that there are; Chinese when it names neither.
func Asked(header string) Tag {
	best, weight := Chinese, 0.0
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		q := 1.0
		if value, ok := strings.CutPrefix(params, "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil {
				continue
			}
		}
		primary, _, _ := strings.Cut(strings.ToLower(name), "-")
		if tag := Tag(primary); (tag == Chinese || tag == English) && q > weight {
			best, weight = tag, q
		}
	}
	return best
}
