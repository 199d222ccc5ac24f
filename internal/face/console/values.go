package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/insight/board"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// number is a setting that is a whole number.
type number struct {
	name, path         string // of the setting; last part of its address
	title, says, unit  string
	least, most, usual int64
	none               string // what 0 means; "" when it is a number like others
}

var numbers = []number{
	{indicator.InexactPercent, "inexact", "估计数的界限", "合计里估计的部分不超过这个百分比时，合计不写「约」", "%", 0, 100, 5, ""},
	{board.ReturnedDays, "late-returned", "退回几天算逾期", "退回以后这么多天还没重填，首页列在「落后与逾期」", "天", 1, 365, board.Usual.Returned, ""},
	{board.SubmittedDays, "late-submitted", "交来几天算逾期", "交来以后这么多天还没核实，首页列在「落后与逾期」", "天", 1, 365, board.Usual.Submitted, ""},
	{board.DraftDays, "late-draft", "草稿几天算逾期", "草稿这么多天没有动过，首页列在「落后与逾期」", "天", 1, 365, board.Usual.Draft, ""},
	{access.MaxAgeSetting, "password-days", "密码最长用多久", "到期以后登录要先换密码", "天", 0, 3650, 0, "不限"},
}

// words is the value as pages write it.
func (n number) words(v *desk.Visit, value int64) string {
	if value == 0 && n.none != "" {
		return v.T(n.none)
	}
	if n.unit == "%" {
		return strconv.FormatInt(value, 10) + "%"
	}
	return strconv.FormatInt(value, 10) + " " + v.T(n.unit)
}

func (n number) now(v *desk.Visit, tx *db.Tx) (int64, error) {
	value := n.usual
	return value, org.Setting(v.Ctx, tx, n.name, v.Today, &value)
}

func (c *Console) valueRoutes() []web.Route {
	change := string(access.Settings)
	return []web.Route{
		{Pattern: "GET /settings/values/{name}", Right: desk.SignedIn, Handler: c.getValue},
		{Pattern: "POST /settings/values/{name}", Right: change, Handler: c.postValue},
		{Pattern: "GET /settings/papers/{kind}", Right: desk.SignedIn, Handler: c.getPapers},
		{Pattern: "POST /settings/papers/{kind}", Right: change, Handler: c.postPapers},
		{Pattern: "GET /settings/terms", Right: string(access.Read), Handler: c.getTerms},
		{Pattern: "POST /settings/terms/alias", Right: change, Handler: c.postAlias},
	}
}

// settingRef is what the history calls a setting.
func settingRef(name string) id.Ref { return id.Ref{Kind: "setting", ID: name} }

// valuesTable lists what can be set, with its value of today.
func (c *Console) valuesTable(v *desk.Visit, tx *db.Tx) (templ.Component, error) {
	t := page.List{Title: v.T("规则"), Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("现在"), Kind: page.StateColumn}, {Label: v.T("说明"), Plain: true}}}
	for _, n := range numbers {
		value, err := n.now(v, tx)
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, page.Row{Cells: []templ.Component{page.LinkCell("/settings/values/"+n.path, v.T(n.title)), page.Strong(n.words(v, value)), page.Cell(v.T(n.says))}})
	}
	for _, m := range c.Modules {
		rules, err := c.Desk.Papers.Of(v.Ctx, tx, m.Kind, "", v.Today)
		if err != nil {
			return nil, err
		}
		var needed []string
		for _, r := range rules {
			if r.Need == evidence.Needed && !slices.Contains(needed, v.T(r.Paper.Title())) {
				needed = append(needed, v.T(r.Paper.Title()))
			}
		}
		now := page.NotFilled(v.T("都不要"))
		if len(needed) > 0 {
			now = page.Strong(strings.Join(needed, v.T("或")))
		}
		t.Rows = append(t.Rows, page.Row{Cells: []templ.Component{page.LinkCell("/settings/papers/"+m.Kind, v.T("%s应有的佐证", v.T(m.Title))), now, page.Cell(v.T("缺了不影响核实，数字后面会写多少缺佐证"))}})
	}
	zone := v.Association.Zone
	if zone == "Asia/Shanghai" {
		zone = v.T("北京时间")
	}
	t.Rows = append(t.Rows, page.Row{Cells: []templ.Component{page.Cell(v.T("时区")), page.Strong(zone), page.Cell(v.T("日子按它算；建立以后不改"))}})
	return page.Around(page.SectionBox(page.Section{Title: v.T("规则"), Note: v.T("改了从某一天起算，以前的照旧")}), page.Table(t)), nil
}

func numberAt(path string) (number, error) {
	for _, n := range numbers {
		if n.path == path {
			return n, nil
		}
	}
	return number{}, errs.E(errs.NotFound, "没有这项设置")
}

func (c *Console) getValue(w http.ResponseWriter, r *http.Request) error {
	return c.showValue(w, r, url.Values{}, nil)
}

func (c *Console) showValue(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		n, err := numberAt(r.PathValue("name"))
		if err != nil {
			return err
		}
		value, err := n.now(v, tx)
		if err != nil {
			return err
		}
		changes, err := org.SettingHistory(v.Ctx, tx, n.name)
		if err != nil {
			return err
		}
		d := draft{v, values, wrong}
		d.status(w)
		history := settingHistory(v, changes, func(text string) string {
			var was int64
			if json.Unmarshal([]byte(text), &was) != nil {
				return text
			}
			return n.words(v, was)
		})
		parts := []templ.Component{page.Facts([]page.Fact{{Label: v.T("现在"), Value: n.words(v, value)}, {Label: v.T("说明"), Value: v.T(n.says), Wide: true}})}
		if may(v, access.Settings) {
			unit := v.T(n.unit)
			field := d.field("value", v.T("改为"))
			field.Hint = v.T("%d 到 %d", n.least, n.most)
			if n.none != "" {
				field.Hint += v.T("；0 是%s", v.T(n.none))
			}
			parts = append(parts, page.Around(page.SectionBox(page.Section{Title: v.T("改")}), page.Around(page.SmallForm("/settings/values/"+n.path, v.T("那天以前仍按原来的算。"), v.T("改"), d.lead(), wrong),
				page.InputField(page.Input{Field: field, Unit: unit, InputMode: "numeric", MaxLength: 6}), fromField(d))))
		}
		return v.Render(w, r, desk.Page{Title: v.T(n.title), Path: "/settings", NoScope: true}, templ.Join(
			page.RecordTitle(page.RecordHead{Title: v.T(n.title), Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T(n.title)}}}), page.Around(page.Columns(history), parts...)))
	})
}

// fromField asks from which day a setting holds; today unless said.
func fromField(d draft) templ.Component {
	f := d.field("from", d.T("从哪天起"))
	if f.Value == "" {
		f.Value = string(d.Today)
	}
	return page.DayInput(page.DayField{Field: f})
}

// settingHistory lists what a setting was, latest first; words writes a value.
func settingHistory(v *desk.Visit, changes []org.SettingChange, words func(string) string) templ.Component {
	if len(changes) == 0 {
		return page.Around(page.SectionBox(page.Section{Title: v.T("经过")}), page.Faint(v.T("没有改过，按程序自带的")))
	}
	var events []page.Event
	for _, ch := range changes {
		events = append(events, page.Event{What: v.T("%s起：%s", ch.From.Short(v.Today), words(ch.Value)), Who: ch.By, When: v.Instant(ch.At)})
	}
	return page.History(events)
}

func (c *Console) postValue(w http.ResponseWriter, r *http.Request) error {
	n, err := numberAt(r.PathValue("name"))
	if err != nil {
		return err
	}
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		value, from := f.Int("value", n.title), startDay(f, "from", today)
		switch {
		case value == nil && !hasError(f, "value"):
			f.Errors.Add("value", "请填「改为」，%d 到 %d", n.least, n.most)
		case value != nil && (*value < n.least || *value > n.most):
			f.Errors.Add("value", "「改为」填的是 %d，请填 %d 到 %d", *value, n.least, n.most)
		}
		if err := f.Err(); err != nil {
			return err
		}
		before := n.usual
		if err := org.Setting(ctx, tx, n.name, from, &before); err != nil {
			return err
		}
		if err := org.Set(ctx, tx, n.name, from, *value, access.From(ctx).Name); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "setting.change", Ref: settingRef(n.name), Changes: []access.Change{
			{Field: n.name, Label: n.title, Before: strconv.FormatInt(before, 10), After: strconv.FormatInt(*value, 10)}, fromDay(from)}})
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.showValue(w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "已改"), "")
	web.Redirect(w, r, "/settings/values/"+n.path)
	return nil
}
