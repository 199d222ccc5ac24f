package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// subjectWords is the vocabulary of subjects taught; its name is the tag that the facts carry.
const subjectWords = "subject"

func (c *Console) getTerms(w http.ResponseWriter, r *http.Request) error {
	return c.showTerms(w, r, url.Values{}, nil)
}

func (c *Console) showTerms(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		words, err := org.Terms(v.Ctx, tx, subjectWords)
		if err != nil {
			return err
		}
		uses := map[string]int64{}
		for _, m := range c.Modules {
			if m.TermUses == nil || !v.Actor.May(access.Read, m.Kind) {
				continue
			}
			some, err := m.TermUses(v.Ctx, tx, subjectWords)
			if err != nil {
				return err
			}
			for code, n := range some {
				uses[code] += n
			}
		}
		l := page.List{Title: v.T("专业词典"), At: page.Address{Path: "/settings/terms", Query: v.At.Query}, Search: v.T("专业、别名"), Actions: exports(v, string(access.Settings)),
			Columns: []page.Column{{Label: v.T("专业"), Kind: page.MainColumn}, {Label: v.T("别名")}, {Label: v.T("用它的记录"), Kind: page.NumColumn}},
			Empty:   &page.Empty{Title: v.T("没有符合的专业"), Reason: v.T("填报和导入时写的专业，会自己加到这里。")}}
		if v.At.Get("q") != "" {
			l.Empty.Out = &page.Action{Label: v.T("清除筛选，看全部"), Href: "/settings/terms"}
		}
		var rows [][]any
		for _, code := range words.Codes() {
			aliases := strings.Join(words.Aliases(code), v.T("、"))
			if !found(v.At.Get("q"), words.Title(code), aliases) {
				continue
			}
			rows = append(rows, []any{words.Title(code), aliases, uses[code]})
			l.Rows = append(l.Rows, page.Row{Name: words.Title(code), Cells: []templ.Component{page.Cell(words.Title(code)), page.Cell(aliases), page.Cell(strconv.FormatInt(uses[code], 10))}})
		}
		l.Foot = page.Words(v.T("共 %d 个专业", len(rows)))
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T("专业词典"), xlsx.Table{Name: v.T("专业词典"), Rows: xlsx.Values(rows),
				Columns: []xlsx.Column{{Title: v.T("专业")}, {Title: v.T("别名")}, {Title: v.T("用它的记录")}}}, string(access.Settings))
		}
		body := page.ListPage(l)
		if may(v, access.Settings) {
			body = page.Around(page.Columns(c.aliasBox(draft{v, values, wrong}, words)), body)
		}
		if len(wrong) > 0 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		return v.Render(w, r, desk.Page{Title: v.T("专业词典"), Path: "/settings", NoScope: true}, templ.Join(crumbs(v, page.NavItem{Label: v.T("专业词典")}), body))
	})
}

// aliasBox is the form that lets another spelling stand for a subject.
func (c *Console) aliasBox(d draft, words *org.Vocabulary) templ.Component {
	alias, term := d.field("alias", d.T("别的写法")), d.field("term", d.T("算作哪个专业"))
	alias.Wide, term.Wide = true, true
	return page.Around(page.SectionBox(page.Section{Title: d.T("加别名")}), page.Around(page.SmallForm("/settings/terms/alias", d.T("写法不同、其实是一回事的，以后填报和导入都归到一个专业里，数专业时只算一个。"), d.T("加别名"), d.lead(), d.errors),
		page.InputField(page.Input{Field: alias, MaxLength: 40}), page.ComboField(page.Combo{Field: term, Options: words.Names()})))
}

func (c *Console) postAlias(w http.ResponseWriter, r *http.Request) error {
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		alias, name := f.Required("alias", "别的写法", 40), f.Required("term", "算作哪个专业", 40)
		words, err := org.Terms(ctx, tx, subjectWords)
		if err != nil {
			return err
		}
		code, known := words.Code(name)
		if name != "" && !known {
			f.Errors.Add("term", "词典里没有「%s」，请从里面选", name)
		}
		if alias != "" && slices.Contains(words.Names(), alias) {
			f.Errors.Add("alias", "「%s」自己就是一个专业，不能当别名", alias)
		}
		if err := f.Err(); err != nil {
			return err
		}
		before, had := words.Code(alias)
		if had {
			before = words.Title(before)
		}
		if err := org.AddAlias(ctx, tx, subjectWords, alias, code); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "term.alias", Ref: id.Ref{Kind: "term", ID: code}, Changes: []access.Change{{Field: "alias", Label: alias, Before: before, After: words.Title(code)}}})
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.showTerms(w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "已加别名"), "")
	web.Redirect(w, r, "/settings/terms")
	return nil
}
