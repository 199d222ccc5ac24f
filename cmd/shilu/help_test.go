package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// commands are all there are: a new one is added here and to the golden file.
var commands = []string{"", "demo", "serve", "init", "migrate", "user add", "org import", "import", "indicators", "trace", "report", "verify", "checkpoint", "backup", "restore", "desktop", "autostart", "service", "config", "trust", "bench"}

// clearEnvironment takes away what would change a flag.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{"SHILU_DATA", "SHILU_DATABASE_URL", "SHILU_ASSOCIATION", "SHILU_TODAY", "SHILU_ADDR", "SHILU_TLS", "SHILU_TLS_NAME", "SHILU_TLS_CERT", "SHILU_TLS_KEY",
		"SHILU_TLS_EMAIL", "SHILU_TLS_DIRECTORY", "SHILU_HTTP_ADDR", "SHILU_PROXY", "SHILU_ALLOW_DRIVE", "SHILU_CONFIG", "SHILU_METRICS_ADDR", "SHILU_METRICS_TOKEN", "SHILU_KEY"} {
		t.Setenv(name, "") // puts it back at the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHelp(t *testing.T) {
	clearEnvironment(t)
	var all strings.Builder
	for _, c := range commands {
		var out, errors bytes.Buffer
		if code := run(t.Context(), append(strings.Fields(c), "--help"), &out, &errors); code != exitDone || errors.Len() > 0 {
			t.Errorf("shilu %s --help exits with %d: %s", c, code, errors.String())
		}
		fmt.Fprintf(&all, "$ %s\n%s\n", strings.Join(strings.Fields("shilu "+c+" --help"), " "), out.String())
	}
	readGolden(t, "help.golden", all.String())
}
