package web_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"shilu/web"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestAssetsAreServedForEver(t *testing.T) {
	for name, kind := range map[string]string{"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "chart.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		w := get(t, web.Asset(name))
		if w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: %d, %d bytes", name, w.Code, w.Body.Len())
		}
		for key, want := range map[string]string{"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"} {
			if got := w.Header().Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/manifest.json", "/assets/app.css", "/assets/../web.go", "/assets/x/" + strings.TrimPrefix(web.Asset("app.css"), web.Prefix)} {
		if w := get(t, path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestUnknownAssetIsAMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	web.Asset("other.css")
}

// TestFloor: Chromium 86 knows none of these (LOOK.md, 7); nothing is fetched from elsewhere.
func TestFloor(t *testing.T) {
	css := get(t, web.Asset("app.css")).Body.String()
	for _, no := range []string{"color-mix(", ":has(", "@container", "@layer", "http://", "https://", "gradient(", "data:"} {
		if strings.Contains(css, no) {
			t.Errorf("the styles use %s", no)
		}
	}
	for _, name := range []string{"app.js", "chart.js"} {
		if js := get(t, web.Asset(name)).Body.String(); regexp.MustCompile(`\?\?=|\|\|=|&&=|\.at\(|replaceAll\(|structuredClone|\.findLast|Object\.hasOwn\b`).MatchString(js) {
			t.Errorf("%s uses what Chromium 86 lacks", name)
		}
	}
	// A page without charts does not pay for them.
	if n := get(t, web.Asset("app.js")).Body.Len(); n > 120_000 {
		t.Errorf("the scripts of every page have %d bytes", n)
	}
}

// TestContrast recomputes the contrasts that LOOK.md, section 2, promises (WCAG 2.1, 1.4.3).
func TestContrast(t *testing.T) {
	src, err := os.ReadFile("src/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{"white": "#FFFFFF"}
	for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9A-F]{6});`).FindAllStringSubmatch(string(src), -1) {
		tokens[m[1]] = m[2]
	}
	for _, pair := range []struct {
		text, ground string
		least        float64
	}{
		{"ink", "paper", 7}, {"ink-2", "paper", 4.5}, {"ink-3", "paper", 4.5}, {"ink-3", "rail", 4.5}, {"ink-3", "dai-tint", 4.5}, {"ink-2", "grey", 4.5},
		{"dai", "paper", 4.5}, {"dai", "dai-tint", 4.5}, {"white", "dai", 4.5}, {"white", "zhu", 4.5}, {"zhu", "paper", 4.5}, {"zhu", "zhu-tint", 4.5},
		{"zhe", "paper", 4.5}, {"zhe", "zhe-tint", 4.5}, {"song", "paper", 4.5}, {"song", "song-tint", 4.5}, {"edge", "paper", 3}, {"dai-line", "paper", 3}, {"jiang", "sheet", 3},
	} {
		if got := contrast(t, tokens[pair.text], tokens[pair.ground]); got < pair.least {
			t.Errorf("%s on %s: %.1f, want %.1f", pair.text, pair.ground, got, pair.least)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(hex string) (l float64) {
		var c [3]int
		if _, err := fmt.Sscanf(hex, "#%02X%02X%02X", &c[0], &c[1], &c[2]); err != nil {
			t.Fatalf("colour %q: %v", hex, err)
		}
		for i, weight := range []float64{.2126, .7152, .0722} {
			v := float64(c[i]) / 255
			if v <= .03928 {
				v /= 12.92
			} else {
				v = math.Pow((v+.055)/1.055, 2.4)
			}
			l += weight * v
		}
		return l
	}
	x, y := light(a), light(b)
	return (math.Max(x, y) + .05) / (math.Min(x, y) + .05)
}
