package lang_test

import (
	"testing"

	"shilu/internal/kit/lang"
)

func TestTheLanguageThatIsAskedFor(t *testing.T) {
	for header, want := range map[string]lang.Tag{"": lang.Chinese, "en": lang.English, "en-GB,en;q=0.9": lang.English, "zh-CN, en;q=0.5": lang.Chinese,
		"en;q=0.3, zh;q=0.8": lang.Chinese, "de, EN-us;q=0.2": lang.English, "fr": lang.Chinese, "en;q=0": lang.Chinese, "en;q=x,zh": lang.Chinese, ";;,=": lang.Chinese} {
		if got := lang.Asked(header); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
}
