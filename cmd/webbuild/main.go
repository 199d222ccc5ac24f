// Command webbuild bundles web/src and the vendored browser libraries into web/dist, which is committed and embedded.
// The same sources give the same bytes. It needs npm only when web/node_modules is missing or older than package-lock.json.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := build(context.Background(), "web", os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "webbuild:", err)
		os.Exit(1)
	}
}

// entries are the assets that pages name; everything else is reached from them.
var entries = []string{"app.css", "app.js", "chart.js", "icon.svg"}

// build bundles dir/src into dir/dist and writes the manifest there.
func build(ctx context.Context, dir string, log io.Writer) error {
	if _, err := os.Stat(filepath.Join(dir, "src")); err != nil {
		return fmt.Errorf("run from the root of the project: %w", err)
	}
	if stale(dir) {
		npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		npm.Dir, npm.Stdout, npm.Stderr = dir, log, log
		if err := npm.Run(); err != nil {
			return fmt.Errorf("npm ci: %w", err)
		}
	}
	result, err := bundle(dir)
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, "dist"), result)
}

// stale reports whether what npm installed is missing or older than the list of what it should be.
func stale(dir string) bool {
	wanted, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return true
	}
	have, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json"))
	return err != nil || have.ModTime().Before(wanted.ModTime())
}

func bundle(dir string) (api.BuildResult, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return api.BuildResult{}, err
	}
	var points []string
	for _, e := range entries {
		points = append(points, filepath.Join("src", e))
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: root,
		EntryPoints:   points,
		Outbase:       "src",
		Outdir:        "dist",
		EntryNames:    "[name]-[hash]",
		AssetNames:    "[name]-[hash]",
		PublicPath:    "/assets",
		Bundle:        true,
		Format:        api.FormatIIFE,
		Target:        api.ES2018,
		// The floor of LOOK.md, section 7.
		Engines:           []api.Engine{{Name: api.EngineChrome, Version: "86"}, {Name: api.EngineFirefox, Version: "100"}, {Name: api.EngineSafari, Version: "14"}},
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsEndOfFile,
		Loader:            map[string]api.Loader{".svg": api.LoaderCopy},
		Metafile:          true,
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return result, fmt.Errorf("%d errors in web/src", len(result.Errors))
	}
	return result, nil
}

// write replaces dist by the bundled files and their manifest.
func write(dist string, result api.BuildResult) error {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string `json:"entryPoint"`
			Inputs     map[string]any
		}
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return fmt.Errorf("read the metafile: %w", err)
	}
	manifest := map[string]string{}
	for out, o := range meta.Outputs {
		name := strings.TrimPrefix(o.EntryPoint, "src/")
		if name == "" { // a drawing that a style names
			for in := range o.Inputs {
				name = filepath.Base(in)
			}
		}
		manifest[name] = filepath.Base(out)
	}
	for _, e := range entries {
		if manifest[e] == "" {
			return fmt.Errorf("%s was not bundled", e)
		}
	}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for _, f := range result.OutputFiles {
		if err := os.WriteFile(filepath.Join(dist, filepath.Base(f.Path)), f.Contents, 0o644); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), append(b, '\n'), 0o644)
}
