package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// mostRules is how many rules of papers a kind of record may have.
const mostRules = 60

var ruleKeys = []string{"paper", "need", "subkind", "group"}

func ruleName(n int, key string) string { return "rules." + strconv.Itoa(n) + "." + key }

func rulesIn(values url.Values) (n int) {
	for n < mostRules && values.Has(ruleName(n, "paper")) {
		n++
	}
	return n
}

// needTitle is how much a paper is wanted, as pages write it.
func needTitle(n evidence.Need) string {
	return map[evidence.Need]string{evidence.Needed: "应有", evidence.Expected: "有就传", evidence.Optional: "选传"}[n]
}

// module is the kind of work that the address names.
func (c *Console) module(kind string) (desk.Module, error) {
	for _, m := range c.Modules {
		if m.Kind == kind {
			return m, nil
		}
	}
	return desk.Module{}, errs.E(errs.NotFound, "没有「%s」这项业务", kind)
}

// mayRule reports whether the reader may change the rules of papers: they are a matter of the work, not of the keepers.
func mayRule(a access.Actor, kind string) bool {
	return a.May(access.Settings, "") && a.May(access.Check, kind)
}

func (c *Console) getPapers(w http.ResponseWriter, r *http.Request) error {
	return c.showPapers(w, r, nil, nil)
}

// showPapers shows the rules of a kind of record, those of today unless a form came back.
func (c *Console) showPapers(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		m, err := c.module(r.PathValue("kind"))
		if err != nil {
			return err
		}
		rules, err := c.rulesNow(v, tx, m.Kind)
		if err != nil {
			return err
		}
		changes, err := org.SettingHistory(v.Ctx, tx, evidence.Setting+m.Kind)
		if err != nil {
			return err
		}
		history := settingHistory(v, changes, func(text string) string {
			var was evidence.Rules
			if json.Unmarshal([]byte(text), &was) != nil {
				return text
			}
			return c.ruleWords(v, was)
		})
		title := v.T("%s应有的佐证", v.T(m.Title))
		parts := []templ.Component{c.rulesTable(v, rules)}
		if mayRule(v.Actor, m.Kind) {
			if values == nil {
				values = ruleValues(rules)
			}
			d := draft{v, values, wrong}
			d.status(w)
			parts = append(parts, page.Around(page.SectionBox(page.Section{Title: v.T("改")}), page.Around(page.SmallForm("/settings/papers/"+m.Kind,
				v.T("从那天起的记录按新的算，每条缺什么会重新核对；那天以前的照旧。"), v.T("按这样要求"), d.lead(), wrong), c.ruleRows(d), fromField(d))))
		} else {
			parts = append(parts, page.NoticeBox(page.Notice{Text: v.T("要改请找主席。")}))
		}
		return v.Render(w, r, desk.Page{Title: title, Path: "/settings", NoScope: true}, templ.Join(
			page.RecordTitle(page.RecordHead{Title: title, Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: title}}}), page.Around(page.Columns(history), parts...)))
	})
}

// rulesNow are all rules of a kind of record that hold today, those of its kinds in particular too.
func (c *Console) rulesNow(v *desk.Visit, tx *db.Tx, kind string) (rules evidence.Rules, err error) {
	own := evidence.Rules(nil)
	if err := org.Setting(v.Ctx, tx, evidence.Setting+kind, v.Today, &own); err != nil {
		return nil, err
	}
	if own == nil {
		own = c.Desk.Papers
	}
	for _, r := range own {
		if r.Kind == kind {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

func (c *Console) subkindTitle(v *desk.Visit, subkind string) string {
	if subkind == "" {
		return v.T("都一样")
	}
	return v.T(c.Desk.Indicators.ValueName("kind", subkind))
}

func (c *Console) rulesTable(v *desk.Visit, rules evidence.Rules) templ.Component {
	t := page.List{Title: v.T("现在的要求"), Columns: []page.Column{{Label: v.T("佐证"), Kind: page.MainColumn}, {Label: v.T("要求")}, {Label: v.T("哪一类")}, {Label: v.T("哪几样有一份就行")}}}
	for _, r := range rules {
		t.Rows = append(t.Rows, page.Row{Cells: []templ.Component{page.Cell(v.T(r.Paper.Title())), page.Cell(v.T(needTitle(r.Need))), page.Cell(c.subkindTitle(v, r.Subkind)), page.Cell(r.Group)}})
	}
	if len(rules) == 0 {
		return page.EmptyState(page.Empty{Small: true, Title: v.T("现在什么佐证都不要"), Reason: v.T("所有记录都算有佐证。")})
	}
	return page.Table(t)
}

// ruleWords are rules in one line, for the history: 应有签到册、花名册；有就传通知.
func (c *Console) ruleWords(v *desk.Visit, rules evidence.Rules) string {
	var all []string
	for _, need := range []evidence.Need{evidence.Needed, evidence.Expected, evidence.Optional} {
		var names []string
		for _, r := range rules {
			if r.Need == need {
				name := v.T(r.Paper.Title())
				if r.Subkind != "" {
					name += "（" + c.subkindTitle(v, r.Subkind) + "）"
				}
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			all = append(all, v.T(needTitle(need))+strings.Join(names, v.T("、")))
		}
	}
	if len(all) == 0 {
		return v.T("都不要")
	}
	return strings.Join(all, v.T("；"))
}

func ruleValues(rules evidence.Rules) url.Values {
	values := url.Values{}
	for n, r := range rules {
		for i, value := range []string{string(r.Paper), string(r.Need), r.Subkind, r.Group} {
			values.Set(ruleName(n, ruleKeys[i]), value)
		}
	}
	return values
}

func (c *Console) ruleRows(d draft) templ.Component {
	v := d.Visit
	papers, needs, kinds := []page.Option{{Label: v.T("选佐证")}}, []page.Option{}, []page.Option{{Label: v.T("都一样")}}
	for _, k := range evidence.Kinds() {
		papers = append(papers, page.Option{Value: string(k), Label: v.T(k.Title())})
	}
	for _, n := range []evidence.Need{evidence.Needed, evidence.Expected, evidence.Optional} {
		needs = append(needs, page.Option{Value: string(n), Label: v.T(needTitle(n))})
	}
	for _, k := range c.Desk.Indicators.TagValues("kind") {
		kinds = append(kinds, page.Option{Value: k, Label: c.subkindTitle(v, k)})
	}
	s := page.SubRows{Name: "rules", Label: v.T("要求"), AddLabel: v.T("再加一样"), Error: desk.ErrorOf(d.errors, "rules"),
		Hint: v.T("几样里有一份就行的，「一组」写同样的字，例如「名册」。照片从不要求。"),
		Heads: []page.SubHead{{Key: "paper", Label: v.T("佐证"), Type: "select", Options: papers}, {Key: "need", Label: v.T("要求"), Type: "select", Options: needs},
			{Key: "subkind", Label: v.T("哪一类"), Type: "select", Options: kinds}, {Key: "group", Label: v.T("一组")}}}
	for n := range max(rulesIn(d.values), 1) {
		row := page.SubRow{Errors: map[string]string{}}
		for _, key := range ruleKeys {
			row.Values = append(row.Values, d.values.Get(ruleName(n, key)))
			row.Errors[key] = desk.ErrorOf(d.errors, ruleName(n, key))
		}
		s.Rows = append(s.Rows, row)
	}
	return page.SubRowsField(s)
}

// readRules reads the rows of rules; rows without a paper are left out.
func (c *Console) readRules(f *web.Form, kind string) evidence.Rules {
	rules := evidence.Rules{} // an empty list means that nothing is wanted; nil would bring the catalogue's back
	var papers []string
	for _, k := range evidence.Kinds() {
		papers = append(papers, string(k))
	}
	for n := range rulesIn(f.Values) {
		r := evidence.Rule{Kind: kind, Paper: evidence.Kind(f.OneOf(ruleName(n, "paper"), "佐证", papers...)), Group: f.Text(ruleName(n, "group"), "一组", 20),
			Need:    evidence.Need(f.OneOf(ruleName(n, "need"), "要求", string(evidence.Needed), string(evidence.Expected), string(evidence.Optional))),
			Subkind: f.OneOf(ruleName(n, "subkind"), "哪一类", c.Desk.Indicators.TagValues("kind")...)}
		switch {
		case r.Paper == "":
			continue
		case r.Need == "" && !hasError(f, ruleName(n, "need")):
			f.Errors.Add(ruleName(n, "need"), "请选%s的要求", r.Paper.Title())
		case r.Paper == evidence.Photo && r.Need != evidence.Optional:
			f.Errors.Add(ruleName(n, "need"), "照片从不要求，只能选传")
		case slices.ContainsFunc(rules, func(o evidence.Rule) bool { return o.Paper == r.Paper && o.Subkind == r.Subkind }):
			f.Errors.Add(ruleName(n, "paper"), "%s写了两次，请去掉一次", r.Paper.Title())
		}
		rules = append(rules, r)
	}
	return rules
}

func (c *Console) postPapers(w http.ResponseWriter, r *http.Request) error {
	m, err := c.module(r.PathValue("kind"))
	if err != nil {
		return err
	}
	if err := access.Require(r.Context(), access.Check, m.Kind); err != nil {
		return err
	}
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		if f.Has("rows") {
			return errAddRow
		}
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		rules, from := c.readRules(f, m.Kind), startDay(f, "from", today)
		if err := f.Err(); err != nil {
			return err
		}
		if err := org.Set(ctx, tx, evidence.Setting+m.Kind, from, rules, access.From(ctx).Name); err != nil {
			return err
		}
		if _, err := c.Jobs.Insert(ctx, tx, org.Of(ctx), desk.SettleProofs{Of: m.Kind, From: from}, jobs.How{}); err != nil {
			return err
		}
		v := &desk.Visit{Desk: c.Desk, Ctx: lang.With(ctx, lang.Chinese)} // the history is written in Chinese
		return access.Log(ctx, tx, access.Event{Action: "setting.change", Ref: settingRef(evidence.Setting + m.Kind), Changes: []access.Change{
			{Field: "papers", Label: m.Title + "应有的佐证", After: c.ruleWords(v, rules)}, fromDay(from)}})
	})
	switch {
	case errors.Is(err, errAddRow):
		if gone, ok := strings.CutPrefix(f.Values.Get("rows"), "remove:"); ok {
			takeRow(f.Values, gone, rulesIn(f.Values), ruleName, ruleKeys)
		} else {
			f.Values.Set(ruleName(rulesIn(f.Values), "paper"), "")
		}
		return c.showPapers(w, r, f.Values, nil)
	case err != nil:
		return err
	case wrong != nil:
		return c.showPapers(w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "已改，正在重新核对每条缺什么"), "")
	web.Redirect(w, r, "/settings/papers/"+m.Kind)
	return nil
}
