package api

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/once"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// paper is a piece of evidence as programs read it.
type paper struct {
	ID      string `json:"id" label:"标识"`
	Kind    string `json:"kind" label:"种类"`
	Title   string `json:"title" label:"种类的名称"`
	Name    string `json:"name" label:"文件名"`
	Note    string `json:"note,omitempty" label:"说明"`
	Link    string `json:"link,omitempty" label:"链接"`
	Hash    string `json:"hash,omitempty" label:"内容的 SHA-256"`
	Size    int64  `json:"size,omitempty" label:"字节数"`
	Type    string `json:"type,omitempty" label:"文件的类型"`
	Added   string `json:"added" label:"何时添加"`
	AddedBy string `json:"added_by" label:"谁添加"`
	Removed string `json:"removed,omitempty" label:"何时取下"`
	Why     string `json:"why,omitempty" label:"为什么取下"`
	File    string `json:"file,omitempty" label:"下载的地址"`
}

var (
	paperShape  = register.ShapeOf[paper]()
	papersShape = register.ShapeOf[listed[paper]]()
)

func (a *API) evidenceOperations() []operation {
	var all []operation
	for _, m := range a.Modules {
		if m.Records == nil || m.Subject == nil {
			continue
		}
		g := registered{a, m}
		at, name := recordPath(m.Kind, "/{number}/evidence"), strings.ReplaceAll(m.Kind, ".", "_")
		all = append(all,
			operation{method: "GET", path: at, right: string(access.Read), module: m.Kind, handler: g.papers, tag: m.Title, id: name + "_evidence", what: m.Title, title: "看一条%s的佐证", answer: papersShape},
			operation{method: "POST", path: at, right: string(access.Write), module: m.Kind, handler: g.addPaper, upload: evidence.Limit, tag: m.Title, id: name + "_evidence_add", what: m.Title, title: "给一条%s添加佐证",
				says: "请求的内容就是文件。", query: paperParameters(), file: true, answer: paperShape, status: http.StatusCreated, once: true})
	}
	return append(all, operation{method: "GET", path: "/evidence/{paper}", right: string(access.Read), handler: a.paperFile, tag: "佐证", id: "evidence_file", title: "下载一份佐证", files: []string{"application/octet-stream"}})
}

func paperParameters() []parameter {
	var kinds []string
	for _, k := range evidence.Kinds() {
		if k != evidence.Link {
			kinds = append(kinds, string(k))
		}
	}
	return []parameter{{name: "kind", says: "佐证的种类", values: kinds}, {name: "name", says: "文件名，连同后缀"}, {name: "note", says: "说明，例如「2 页，56 人」"}}
}

func paperOf(r *http.Request, p evidence.Paper) paper {
	out := paper{ID: p.ID, Kind: string(p.Kind), Title: lang.T(r.Context(), p.Kind.Title()), Name: p.Name, Note: p.Note, Link: p.Link, Hash: p.File.Hash, Size: p.File.Size, Type: p.File.Type,
		Added: instant(p.Added), AddedBy: p.AddedBy, Removed: instant(p.Removed), Why: p.Why}
	if p.File.Hash != "" && p.Removed == 0 {
		out.File = Root + "/evidence/" + p.ID
	}
	return out
}

func (g registered) papers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all := listed[paper]{Items: []paper{}}
	if err := g.Desk.DB.View(ctx, func(tx *db.Tx) error {
		h, err := flow.ByNumber(ctx, tx, g.Kind, r.PathValue("number"))
		if err != nil {
			return err
		}
		papers, err := evidence.Of(ctx, tx, h.Ref())
		for _, p := range papers {
			all.Items = append(all.Items, paperOf(r, p))
		}
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, all)
}

// addPaper streams a file to the store, and then binds it to the record; what is sent twice is bound once.
func (g registered) addPaper(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), ask(r, paperParameters())
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && strings.HasPrefix(kind, "multipart/") {
		return web.With(http.StatusUnsupportedMediaType, errs.E(errs.Invalid, "请把文件直接放进请求的内容里，不用表单；种类和文件名写在地址里"))
	}
	p := evidence.Paper{Kind: evidence.Kind(q.get("kind")), Name: evidence.CleanName(q.get("name")), Note: strings.TrimSpace(q.get("note"))}
	if p.Kind == "" {
		q.wrong.Add("kind", "请写佐证的种类 kind，可以用 %s", strings.Join(paperParameters()[0].values, "、"))
	}
	if strings.TrimSpace(q.get("name")) == "" {
		q.wrong.Add("name", "请写文件名 name，连同后缀")
	}
	if err := q.wrong.Err(); err != nil {
		return err
	}
	var h flow.Head
	if err := g.Desk.DB.View(ctx, func(tx *db.Tx) (err error) { // before anything is stored
		if h, err = flow.ByNumber(ctx, tx, g.Kind, r.PathValue("number")); err == nil {
			_, err = evidence.Writable(ctx, tx, h.Ref())
		}
		return err
	}); err != nil {
		return err
	}
	file, err := evidence.Receive(ctx, g.Desk.Files, p.Name, io.LimitReader(r.Body, evidence.Limit+1))
	if err != nil {
		return err
	}
	p.File = file
	return g.does(w, r, []string{string(p.Kind), p.Name, p.Note, file.Hash}, func(tx *db.Tx) (once.Answer, error) {
		added, _, err := evidence.Attach(ctx, tx, h.Ref(), p)
		if err != nil {
			return once.Answer{}, err
		}
		subject, err := g.Subject(ctx, tx, h.Ref())
		if err != nil {
			return once.Answer{}, err
		}
		if err := g.Desk.Papers.UpdateProof(ctx, tx, subject); err != nil {
			return once.Answer{}, err
		}
		text, err := json.Marshal(paperOf(r, added))
		return once.Answer{Status: http.StatusCreated, Headers: map[string]string{"Location": Root + "/evidence/" + added.ID}, Body: append(text, '\n')}, err
	})
}

func (a *API) paperFile(w http.ResponseWriter, r *http.Request) error {
	return evidence.Serve(w, r, a.Desk.DB, a.Desk.Files, r.PathValue("paper"), false)
}
