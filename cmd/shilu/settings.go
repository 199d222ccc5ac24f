package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
)

// settingsFile is a file of settings: a line each, name = value as the flags of serve are named; # begins a comment.
type settingsFile struct {
	path   string
	values map[string]string
}

// findSettings finds the file: the one that was asked for, else shilu.conf in the folder that the program is started in, else
// /etc/shilu/shilu.conf. No file is no error unless it was asked for.
func findSettings(args []string, env func(string) string) (settingsFile, error) {
	asked := env("SHILU_CONFIG")
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, "--config="); ok {
			asked = value
		} else if a == "--config" && i+1 < len(args) {
			asked = args[i+1]
		}
	}
	places := []string{asked}
	if asked == "" {
		if places = []string{"shilu.conf"}; runtime.GOOS != "windows" {
			places = append(places, "/etc/shilu/shilu.conf")
		}
	}
	for _, p := range places {
		body, err := os.ReadFile(p) //nolint:gosec // the keeper's own file
		if errors.Is(err, fs.ErrNotExist) && asked == "" {
			continue
		}
		if err != nil {
			return settingsFile{}, errs.E(errs.NotFound, "配置文件 %s 读不了，请核对路径和权限", p).Because(err)
		}
		return readSettings(p, body)
	}
	return settingsFile{}, nil
}

func readSettings(path string, body []byte) (settingsFile, error) {
	f := settingsFile{path: path, values: map[string]string{}}
	if whole, err := filepath.Abs(path); err == nil {
		f.path = whole
	}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))) // Notepad begins with a mark
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return f, errs.E(errs.Invalid, "配置文件 %s 第 %d 行看不懂，要写成 名称 = 值", path, n)
		}
		if _, twice := f.values[name]; twice {
			return f, errs.E(errs.Invalid, "配置文件 %s 第 %d 行：%s 写了两次", path, n, name)
		}
		f.values[name] = strings.TrimSpace(value)
	}
	return f, lines.Err()
}

// settingFlags are the flags that can be set in a file: those of all commands and those of serve.
func settingFlags(m *kong.Application) (all []*kong.Flag) {
	all = append(all, m.Flags...)
	for _, c := range m.Children {
		if c.Name == "serve" {
			all = append(all, c.Flags...)
		}
	}
	return slices.DeleteFunc(all, func(f *kong.Flag) bool { return f.Name == "help" || f.Name == "config" })
}

// Validate refuses a setting that there is not: a name that was misspelt must not be taken for one that was set.
func (s settingsFile) Validate(m *kong.Application) error {
	for name := range s.values {
		if !slices.ContainsFunc(settingFlags(m), func(f *kong.Flag) bool { return f.Name == name }) {
			return errs.E(errs.Invalid, "配置文件 %s 里的 %s 不是一项设置；shilu config 列出全部", s.path, name)
		}
	}
	return nil
}

// Resolve gives the value of a flag that neither the command line nor the environment has set.
func (s settingsFile) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := s.values[flag.Name]
	if !ok || fromEnvironment(flag) != "" || parent.Command != nil && !slices.Contains([]string{"serve", "desktop", "config"}, parent.Command.Name) {
		return nil, nil
	}
	if flag.IsBool() {
		return value == "true" || value == "yes" || value == "1" || value == "on", nil
	}
	return value, nil
}

// fromEnvironment is the variable that sets the flag; "" when none does.
func fromEnvironment(flag *kong.Flag) string {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

type configCommand struct {
	serveFlags
}

// Run prints every setting of serve with its value and where it comes from. Secrets are masked.
func (c *configCommand) Run(e *environment) error { //nolint:unparam // the command line asks every command for one
	given := map[string]bool{}
	for _, p := range e.parsed.Path {
		if p.Flag != nil && !p.Resolved {
			given[p.Flag.Name] = true
		}
	}
	if e.settings.path != "" {
		e.stdout.printf("# %s\n", e.settings.path)
	}
	e.stdout.columns(func(lines *output) {
		for _, f := range e.parsed.Flags() {
			if f.Name == "help" || f.Name == "config" {
				continue
			}
			origin := "default"
			_, filed := e.settings.values[f.Name]
			switch variable := fromEnvironment(f); {
			case given[f.Name]:
				origin = "flag"
			case variable != "":
				origin = "env " + variable
			case filed:
				origin = "file"
			}
			lines.printf("%s\t= %s\t# %s\n", f.Name, shown(f.Name, e.parsed.FlagValue(f)), origin)
		}
		origin := "file " + filepath.Join(e.flags.Data, keys.File)
		if os.Getenv(keys.Env) != "" {
			origin = "env " + keys.Env
		} else if _, err := os.Stat(filepath.Join(e.flags.Data, keys.File)); err != nil {
			origin = "not made yet"
		}
		lines.printf("%s\t= %s\t# %s\n", "(master key)", masked, origin)
	})
	return nil
}

const masked = "******"

// shown is a value as it can be shown to whoever looks over the shoulder.
func shown(name string, value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice {
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = fmt.Sprint(v.Index(i).Interface())
		}
		return strings.Join(parts, ",")
	}
	text := fmt.Sprint(value)
	switch {
	case text == "":
		return ""
	case strings.HasSuffix(name, "token"):
		return masked
	case name == "database-url", name == "files":
		u, err := url.Parse(text)
		if err != nil || u.Host == "" { // host=… password=…
			return masked
		}
		if _, has := u.User.Password(); has {
			u.User = url.UserPassword(u.User.Username(), "xxxxx")
		}
		q := u.Query()
		if q.Get("password") != "" {
			q.Set("password", "xxxxx")
			u.RawQuery = q.Encode()
		}
		return strings.ReplaceAll(u.String(), "xxxxx", masked)
	}
	return text
}
