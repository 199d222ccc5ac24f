package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestConfigSaysWhereEachSettingComesFrom: the command line over the environment over the file over what is usual; secrets are masked.
func TestConfigSaysWhereEachSettingComesFrom(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "shilu.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := func(args ...string) (int, string) {
		var out, errors strings.Builder
		code := run(t.Context(), append([]string{"config", "--config", file, "--data", dir}, args...), &out, &errors)
		return code, regexp.MustCompile(` +`).ReplaceAllString(out.String()+errors.String(), " ")
	}
	write("\ufeff# 县科协\naddr = :8443\ntls=self\nallow-drive = yes\nhttp-addr = :80\ntls-name = shilu.local,10.0.0.5\n")
	t.Setenv("SHILU_HTTP_ADDR", ":8081")
	t.Setenv("SHILU_METRICS_TOKEN", "0123456789abcdef")
	code, said := config("--tls", "off", "--database-url", "postgres://u:geheim@h/db?sslmode=disable")
	for _, want := range []string{"addr = :8443 # file\n", "tls = off # flag\n", "http-addr = :8081 # env SHILU_HTTP_ADDR\n", "allow-drive = true # file\n", "tls-name = shilu.local,10.0.0.5 # file\n",
		"metrics-token = ****** # env SHILU_METRICS_TOKEN\n", "proxy = # default\n", "database-url = postgres://u:******@h/db?sslmode=disable # flag\n", "(master key) = ****** # not made yet\n", file} {
		if code != exitDone || !strings.Contains(said, want) {
			t.Errorf("%d, no %q in\n%s", code, want, said)
		}
	}
	for _, secret := range []string{"geheim", "0123456789"} {
		if strings.Contains(said, secret) {
			t.Errorf("it tells %q", secret)
		}
	}
	for text, want := range map[string]string{"adr = :8443\n": "adr 不是一项设置", "addr :8443\n": "第 1 行看不懂", "addr = :1\naddr = :2\n": "第 2 行：addr 写了两次", "tls = on\n": "--tls must be one of", "= x\n": "看不懂"} {
		write(text)
		if code, said := config(); code != exitNothing || !strings.Contains(said, want) {
			t.Errorf("%q: %d %s", text, code, said)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if code, said := config(); code != exitNothing || !strings.Contains(said, "读不了") {
		t.Errorf("a file that is not there: %d %s", code, said)
	}
	if got := shown("files", "s3://key:geheim@h/papers?tls=off"); got != "s3://key:******@h/papers?tls=off" {
		t.Errorf("the address of the files is shown as %s", got)
	}
	for name, c := range map[string]struct{ value, want string }{"database-url": {"host=h password=geheim", masked}, "files": {"s3://key:geheim@h/bucket", "s3://key:" + masked + "@h/bucket"}} {
		if got := shown(name, c.value); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestMetricsAreNotForEverybody: on an address of this machine without more, on the main address with the token.
func TestMetricsAreNotForEverybody(t *testing.T) {
	own := freeAddress(t)
	s := serveNew(t, "127.0.0.1", "--metrics-addr", own, "--metrics-token", "0123456789abcdef")
	get := func(url, token string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	if status, _ := get("http://"+s.addr+"/metrics", ""); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	if status, _ := get("http://"+s.addr+"/metrics", "0123456789abcdeg"); status != http.StatusUnauthorized {
		t.Errorf("with a wrong one: %d", status)
	}
	for _, url := range []string{"http://" + s.addr + "/metrics", "http://" + own + "/metrics"} {
		if status, body := get(url, "0123456789abcdef"); status != http.StatusOK || !strings.Contains(body, "shilu_database_bytes") {
			t.Errorf("%s: %d %.300s", url, status, body)
		}
	}
	if status, _ := get("http://"+s.addr+"/readyz", ""); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
	for _, args := range [][]string{{"--metrics-addr", "0.0.0.0:0"}, {"--metrics-token", "short"}} {
		var out, errors strings.Builder
		if code := run(t.Context(), append([]string{"serve", "--addr", "127.0.0.1:0", "--data", t.TempDir()}, args...), &out, &errors); code != exitNothing || !strings.Contains(errors.String(), args[0]) {
			t.Errorf("%v: %d %s", args, code, errors.String())
		}
	}
}
