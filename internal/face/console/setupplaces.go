package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/reorg"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// shownProblems is how many rows of a file that did not go in are named on the page.
const shownProblems = 20

func (c *Console) getSetupPlaces(w http.ResponseWriter, r *http.Request) error {
	if !c.founded(w, r) {
		return nil
	}
	return c.showSetupPlaces(w, r, url.Values{}, nil, nil)
}

func (c *Console) showSetupPlaces(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError, done *org.Imported) error {
	ctx := r.Context()
	s, err := c.setupPage(r, stepPlaces)
	if err != nil {
		return err
	}
	var tree *org.Tree
	if err := c.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		tree, err = todayTree(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	s.Title, s.Action, s.Files, s.Errors = lang.T(ctx, "乡镇和村"), "/setup/places", true, wrong
	s.Next, s.SkipHref = lang.T(ctx, "加进来"), "/setup/people"
	s.Lead = lang.T(ctx, "一行写一个乡镇和它的村，或从表里整块复制。每个乡镇会同时有一个「××乡科协」单位。")
	s.Aside = page.Around(page.SectionBox(page.Section{Title: lang.T(ctx, "为什么要填")}), page.Words(lang.T(ctx, "覆盖率、「没到过的村」、各乡镇的数都从这里算。村合并、改名以后，旧数字仍按当时的村算。")))
	var parts []templ.Component
	if done != nil {
		parts = append(parts, importedNotice(ctx, *done))
	}
	townships, villages := countPlaces(tree)
	if townships > 0 {
		t := page.List{Title: s.Title, Columns: []page.Column{{Label: lang.T(ctx, "乡镇"), Kind: page.MainColumn}, {Label: lang.T(ctx, "代码")}, {Label: lang.T(ctx, "村（社区）"), Kind: page.NumColumn}}}
		for _, p := range tree.Townships() {
			t.Rows = append(t.Rows, page.Row{Cells: []templ.Component{page.Strong(p.Name), page.Faint(p.Code), page.Cell(strconv.Itoa(len(tree.Villages(p.ID))))}})
		}
		t.Rows = append(t.Rows, page.Row{Cells: []templ.Component{page.Cell(lang.T(ctx, "合计 %d 个乡镇", townships)), page.Cell(""), page.Strong(strconv.Itoa(villages))}})
		parts = append(parts, page.Table(t))
		s.Next, s.SkipHref = lang.T(ctx, "下一步：人员和分工"), ""
		s.Lead = lang.T(ctx, "还有没列上的，接着写在下面；不用再加就到下一步。")
	}
	parts = append(parts, grid(
		page.TextField(page.Text{Field: page.Field{Name: "places", Label: lang.T(ctx, "乡镇和村的名单"), Value: values.Get("places"), Error: desk.ErrorOf(wrong, "places"), Optional: true, Wide: true,
			Hint: lang.T(ctx, "例如：青溪乡：大箐村、白石村")}, Rows: 6, MaxLength: 100000}),
		page.DropField(page.Drop{Field: page.Field{Name: "file", Label: lang.T(ctx, "或从文件加"), Error: desk.ErrorOf(wrong, "file"), Optional: true, Wide: true,
			Hint: lang.T(ctx, "认得 xlsx、csv；表头写「乡镇、村、代码」，或「单位、代码、类型、上级、地点」")}, Accept: ".xlsx,.csv"})))
	return showSetup(w, r, s, parts...)
}

// importedNotice says what a list or file brought and names the rows that did not go in.
func importedNotice(ctx context.Context, done org.Imported) templ.Component {
	n := page.Notice{Text: lang.T(ctx, "新加 %d 个地点，原有 %d 个没有变。", done.Places, done.Same)}
	if done.Units > 0 {
		n.Text = lang.T(ctx, "新加 %d 个地点、%d 个单位，原有 %d 个没有变。", done.Places, done.Units, done.Same)
	}
	if len(done.Problems) == 0 {
		return page.NoticeBox(n)
	}
	n.Kind = page.Caution
	n.Text += page.Gap(ctx) + lang.T(ctx, "有 %d 行没进，改好后再传一次：", len(done.Problems))
	var lines []string
	for i, p := range done.Problems {
		if i == shownProblems {
			lines = append(lines, lang.T(ctx, "还有 %d 行", len(done.Problems)-i))
			break
		}
		lines = append(lines, lang.T(ctx, p.Text, p.Args...))
	}
	return templ.Join(page.NoticeBox(n), lineList(lines))
}

// openBook opens the workbook that was sent under the name; nil when none was. The caller calls done when he has read it.
func openBook(f *web.Form, name string) (_ *xlsx.Book, done func(), _ error) {
	nothing := func() {}
	head, file, err := f.File(name)
	if err != nil || file == nil {
		return nil, nothing, err
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, nothing, errors.Join(errors.New("an upload cannot be read from the middle"), file.Close())
	}
	book, err := xlsx.Read(at, head.Size, head.Filename, xlsx.Limits{})
	if err != nil {
		_ = file.Close()
		return nil, nothing, err
	}
	return book, func() { _, _ = book.Close(), file.Close() }, nil
}

// takePlaces adds the places and units of a form: the typed list under «places», the workbook under «file». given is false when
// both were left empty.
func (c *Console) takePlaces(ctx context.Context, f *web.Form) (done org.Imported, given bool, err error) {
	lines, wrong := []placeLine(nil), errs.Fields(nil)
	if text := f.Text("places", "名单", 100000); text != "" {
		given = true
		lines, wrong = readPlaceLines(text)
	}
	var today day.Day
	if err := c.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		today, err = org.Today(ctx, tx)
		return err
	}); err != nil {
		return done, given, err
	}
	from, why := openDay(f, "from", today), f.Text("reason", "为什么动到结过的账", 200)
	wrong = append(f.Errors, wrong...)
	book, closing, err := openBook(f, "file")
	defer closing()
	if err != nil {
		if again(ctx, err) == nil {
			return done, true, err
		}
		wrong.Add("file", "%s", lang.Error(ctx, err))
	}
	if err := wrong.Err(); err != nil {
		return done, true, err
	}
	if book == nil && !given {
		return done, false, nil
	}
	err = c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		done = org.Imported{}
		if lines != nil {
			if done, err = addPlaces(ctx, tx, lines, from); err != nil {
				return err
			}
		}
		if book != nil {
			more, err := org.ImportFile(ctx, tx, book, from)
			if err != nil {
				return err
			}
			if done.Places == 0 || more.Places > 0 && more.Since < done.Since {
				done.Since = more.Since
			}
			done.Places, done.Units, done.Same, done.Problems = done.Places+more.Places, done.Units+more.Units, done.Same+more.Same, more.Problems
		}
		if done.Places+done.Units == 0 {
			return nil
		}
		if done.Places > 0 {
			if err := reorg.Allow(ctx, tx, done.Since, why, "from", "reason"); err != nil {
				return err
			}
		}
		if err := flow.Reseat(ctx, tx); err != nil {
			return err
		}
		reason := access.ListTyped
		if book != nil {
			reason = book.Name
		}
		if why != "" {
			reason = why + "（" + reason + "）"
		}
		return access.Log(ctx, tx, access.Event{Action: reorg.Listed, Reason: reason, Changes: []access.Change{
			{Field: "places", Label: "地点", After: fmt.Sprintf(access.NewlyAdded, done.Places)}, {Field: "units", Label: "单位", After: fmt.Sprintf(access.NewlyAdded, done.Units)}}})
	})
	return done, true, err
}

func (c *Console) postSetupPlaces(w http.ResponseWriter, r *http.Request) error {
	if !c.founded(w, r) {
		return nil
	}
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	done, given, err := c.takePlaces(ctx, f)
	if err != nil {
		wrong := again(ctx, err)
		if wrong == nil {
			return err
		}
		return c.showSetupPlaces(w, r, f.Values, wrong, nil)
	}
	if !given {
		web.Redirect(w, r, "/setup/people")
		return nil
	}
	return c.showSetupPlaces(w, r, url.Values{}, nil, &done)
}
