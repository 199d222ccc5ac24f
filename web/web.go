// Package web holds the styles, scripts and drawings of the pages, bundled and embedded.
// The sources are in web/src; `make web` bundles them into web/dist, which is committed.
package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

//go:embed dist
var dist embed.FS

// Prefix is the path under which Handler must be mounted ("GET " + Prefix).
const Prefix = "/assets/"

// manifest says which file in dist belongs to each asset: "app.css" → "app-3KQ2J7XN.css".
var manifest = func() map[string]string {
	b, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		panic(fmt.Sprintf("web: %v: run make web", err))
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		panic(fmt.Sprintf("web: read manifest: %v", err))
	}
	return m
}()

// Asset is the address of the asset called name ("app.css", "app.js", "icon.svg"); its content never changes under that address.
// It panics for a name that was not bundled: a mistake of the program.
func Asset(name string) string {
	file, ok := manifest[name]
	if !ok {
		panic("web: no asset " + name)
	}
	return Prefix + file
}

// Handler serves the assets to anyone, for a year: their names carry a hash of their content.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded
	}
	served := map[string]bool{}
	for _, file := range manifest {
		served[file] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		if !served[name] || r.URL.Path != Prefix+name {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		if t := types[path.Ext(name)]; t != "" {
			h.Set("Content-Type", t)
		} else {
			h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		}
		http.ServeFileFS(w, r, files, name)
	})
}

// types are said here because a Windows registry may say otherwise.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}
