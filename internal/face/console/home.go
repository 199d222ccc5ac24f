package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/log"
	"shilu/internal/core/page"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

func (c *Console) homeRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /{$}", Right: desk.SignedIn, Handler: c.getHome},
		{Pattern: "GET /todo", Right: desk.SignedIn, Handler: c.getTodo},
		{Pattern: "GET /late", Right: string(access.Read), Handler: c.getLate},
		{Pattern: "GET /search", Right: desk.SignedIn, Handler: c.getSearch},
	}
}

// How much the first screen lists.
const (
	homeTodos   = 8
	homeRecords = 6
	homeImports = 3
	homeLate    = 6
)

// getHome answers on the first screen: what must I do, how do we stand. Who keeps the program and has no business rights sees
// what he keeps.
func (c *Console) getHome(w http.ResponseWriter, r *http.Request) error {
	var imports []intake.Import
	actor := access.From(r.Context())
	for _, m := range c.Modules {
		if m.Intake == nil || !actor.May(access.Import, m.Kind) {
			continue
		}
		latest, err := c.Intake.List(r.Context(), m.Kind, homeImports)
		if err != nil {
			return err
		}
		imports = append(imports, latest...)
	}
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		if !v.Actor.May(access.Read, "") {
			return c.keepersHome(w, r, tx, v)
		}
		h := homeShown{}
		var err error
		if h.Records, err = c.homeRecords(tx, v); err != nil {
			return err
		}
		if len(h.Records.Rows) == 0 {
			begun, err := c.begun(tx, v)
			if err != nil {
				return err
			}
			if !begun {
				return v.Render(w, r, desk.Page{Title: v.T("首页"), Tags: []string{"kind"}}, firstDay(c.firstSteps(v)))
			}
		}
		if h.Todos, h.TodoNote, err = c.homeTodos(tx, v); err != nil {
			return err
		}
		h.TodoHref = v.At.Scope("/todo").String()
		defs, err := c.defsOf(tx, v, c.Shown.Headlines...)
		if err != nil {
			return err
		}
		figures, err := c.compare(tx, v, defs, false)
		if err != nil {
			return err
		}
		h.Figures = page.List{Title: v.T("主要数字"), Columns: comparedColumns(v)}
		h.Figures.Columns = slices.Insert(h.Figures.Columns, 3, page.Column{Label: v.T("竖线是上年"), Less: true})
		cut := false
		for _, f := range figures {
			if f.NoRight || f.Now.NotApplicable && f.Now.PendingRecords == 0 {
				continue
			}
			row := f.row(v)
			bar, broken := f.bar()
			row.Cells = slices.Insert(row.Cells, 3, bar)
			cut = cut || broken
			h.Figures.Rows = append(h.Figures.Rows, row)
		}
		if err := c.homePictures(tx, v, figures, &h); err != nil {
			return err
		}
		if h.Late, err = c.lateLines(tx, v); err != nil {
			return err
		}
		h.LateAll = len(h.Late)
		h.Late = h.Late[:min(h.LateAll, homeLate)]
		h.LateHref = v.At.Scope("/late").String()
		h.FiguresNote = v.Indicators.Words(v.Ctx, v.Scope, v.Tree)
		if cut {
			h.FiguresNote += v.T("；") + v.T("断开的横条超过上年的 125%")
		}
		h.FiguresHref = v.At.Scope("/figures").String()
		if own := v.OwnScope(); len(h.Figures.Rows) == 0 && (own.Unit != "" || own.Place != "") {
			at := page.Address{Path: "/", Query: own.Query(v.Tree)}
			h.Refused = &page.Empty{Title: v.T("无权查看「%s」的数字", v.Scope.Who(v.Ctx, v.Tree)), Out: &page.Action{Label: v.T("看%s的", own.Who(v.Ctx, v.Tree)), Href: at.String()}, Small: true}
		}
		for _, i := range imports {
			sight, err := access.SightIn(v.Ctx, tx, i.Target)
			if err != nil {
				return err
			}
			if !sight.All && i.Account != v.Actor.Account {
				continue
			}
			h.Imports = append(h.Imports, importLine(v, i))
		}
		return v.Render(w, r, desk.Page{Title: v.T("首页"), Tags: []string{"kind"}}, homePage(h))
	})
}

// begun reports whether there is any record that the reader sees.
func (c *Console) begun(tx *db.Tx, v *desk.Visit) (bool, error) {
	for _, m := range c.Modules {
		some, err := flow.List(v.Ctx, tx, flow.Filter{Kinds: []string{m.Kind}}, flow.Page{Limit: 1})
		if err != nil || len(some) > 0 {
			return true, err
		}
	}
	return false, nil
}

// homeTodos are the first of what waits for the reader.
func (c *Console) homeTodos(tx *db.Tx, v *desk.Visit) ([]todoItem, string, error) {
	t, err := flow.TodosOf(v.Ctx, tx, homeTodos)
	if err != nil {
		return nil, "", err
	}
	items, err := c.todoItems(tx, v, t)
	if err != nil {
		return nil, "", err
	}
	note := ""
	if all := t.VerifyN + t.ReturnedN + t.DraftN + askedOf(items); all > 0 {
		note = v.T("%d 件", all)
	}
	return items[:min(len(items), homeTodos)], note, nil
}

// homeRecords are the latest records of the scope.
func (c *Console) homeRecords(tx *db.Tx, v *desk.Visit) (page.List, error) {
	l := page.List{Title: v.T("最近的记录"), Columns: []page.Column{{Label: v.T("日期"), Plain: true}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn}}}
	var heads []flow.Head
	for _, m := range c.Modules { // kind by kind, so that each is read from the end of its index
		some, err := flow.List(v.Ctx, tx, flow.Filter{Kinds: []string{m.Kind}, Unit: v.Scope.Unit, Place: v.Scope.Place, From: v.Scope.Period.From, To: v.Scope.Period.To,
			States: []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned}}, flow.Page{Limit: homeRecords})
		if err != nil {
			return l, err
		}
		heads = append(heads, some...)
	}
	slices.SortFunc(heads, func(a, b flow.Head) int { return strings.Compare(string(b.Day)+b.ID, string(a.Day)+a.ID) })
	for _, h := range heads[:min(len(heads), homeRecords)] {
		l.Rows = append(l.Rows, c.recordRow(v, h))
	}
	return l, nil
}

// recordRow is a record of any kind in a table: day, number, title, place, state.
func (c *Console) recordRow(v *desk.Visit, h flow.Head) page.Row {
	href := desk.Href(h.Kind, h.Number)
	return page.Row{Name: h.Title, Href: href, Left: h.State == flow.Voided, Cells: []templ.Component{page.Faint(v.T(h.Day.Short(v.Today))), page.Faint(v.Number(h)), page.LinkCell(href, h.Title),
		page.Cell(v.T(c.placeName(v, h))), page.StateBadge(string(h.Waiting()))}}
}

// placeName is the place of a record of any kind.
func (c *Console) placeName(v *desk.Visit, h flow.Head) string {
	if root := v.Tree.Root(); h.Place == root.ID && slices.ContainsFunc(c.Modules, func(m desk.Module) bool { return m.Kind == h.Kind && m.Whole }) {
		return root.Name
	}
	return v.Tree.PlaceName(h.Place)
}

func importLine(v *desk.Visit, i intake.Import) todoItem {
	item := todoItem{Title: i.File, Href: "/imports/" + i.Target + "/" + i.ID, When: v.Instant(i.Created)}
	switch i.State {
	case intake.Done:
		item.Word, item.Class = v.T("进账 %d 行", i.Done), "badge-done"
	case intake.Undone:
		item.Word, item.Class = v.T("已撤销"), "badge-void"
	default:
		item.Word, item.Class = v.T("没做完"), "badge-back"
	}
	return item
}

// firstStep is one of the next steps of the first day.
type firstStep struct{ Title, Says, Label, Href, Kind string }

// firstSteps are what a county does first, as far as the reader may.
func (c *Console) firstSteps(v *desk.Visit) (steps []firstStep) {
	primary := string(page.Primary)
	if _, villages := countPlaces(v.Tree); villages == 0 {
		if v.Actor.May(access.Trees, "") {
			steps = append(steps, firstStep{v.T("登记乡镇和村"), v.T("每条记录都落到一个乡镇、一个村；有 Excel 名单的整份交进来"), v.T("去登记"), placeBranch.path, primary})
			primary = ""
		} else {
			steps = append(steps, firstStep{v.T("登记乡镇和村"), v.T("每条记录都落到一个乡镇、一个村；由主席或系统管理员在「设置」里先登记"), v.T("看设置"), "/settings", ""})
		}
	}
	for _, m := range c.Modules {
		if strings.Contains(m.Kind, ".") { // a part of another module, which nobody begins with
			continue
		}
		if m.Intake != nil && v.Actor.May(access.Import, m.Kind) {
			steps = append(steps, firstStep{v.T("导入去年的%s台账", v.T(m.Title)), v.T("办公室的 Excel 台账直接交进来，先看懂、再进账，每个数都能点开到行"), v.T("导入%s", v.T(m.Title)), "/imports/" + m.Kind, primary})
			primary = ""
		}
		if v.Actor.May(access.Write, m.Kind) {
			steps = append(steps, firstStep{v.T("记%s", v.T(m.Title)), v.T("有一件就记一件，边填边看核实后计入哪些指标"), v.T("去记"), "/" + m.Kind + "/new", primary})
			primary = ""
		}
	}
	if v.Actor.May(access.Look, "") {
		steps = append(steps, firstStep{v.T("加人员"), v.T("给乡镇填报人和核实的干事各建一个账号"), v.T("去账号"), accountsPath, ""})
	} else {
		steps = append(steps, firstStep{v.T("加人员"), v.T("账号由系统管理员在「设置」里建立：乡镇填报、县里核实，两个人才能入账"), v.T("看设置"), "/settings", ""})
	}
	return steps
}

// keepersHome is for the administrators and the auditor, who have no business rights.
func (c *Console) keepersHome(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit) error {
	var k keepersShown
	reminder, err := access.KeepersReminder(v.Ctx, tx)
	if err != nil {
		return err
	}
	if reminder != "" {
		k.Notices = append(k.Notices, page.Notice{Kind: page.Caution, Text: reminder})
	}
	if v.Actor.May(access.Keep, "") {
		if err := c.upkeepOn(tx, v, &k); err != nil {
			return err
		}
	}
	add := func(right access.Right, title, says, label, href string) {
		if v.Actor.May(right, "") {
			k.Steps = append(k.Steps, firstStep{Title: title, Says: says, Label: label, Href: href})
		}
	}
	if v.Actor.May(access.Look, "") {
		accounts, err := access.ListAccounts(v.Ctx, tx)
		if err != nil {
			return err
		}
		counts := map[string]int{}
		for _, a := range accounts {
			counts[accountState(a)]++
		}
		says := v.T("%d 个在用，%d 个还没改一次性密码，%d 个锁着", counts["open"], counts["waiting"], counts["locked"])
		add(access.Look, v.T("账号和角色"), says, v.T("看账号"), accountsPath)
	}
	add(access.Settings, v.T("设置"), v.T("单位、地点和各项规则"), v.T("去设置"), "/settings")
	add(access.Trail, v.T("操作记录"), v.T("谁在什么时候做了什么，都能查"), v.T("看操作记录"), trailPath)
	add(access.Trail, v.T("核对台账"), v.T("逐条重算，看有没有一行被人改过"), v.T("去核对"), "/ledger")
	sizes, err := c.logStands(tx, v)
	if err != nil {
		return err
	}
	says := v.T("还没有存证点")
	if point := sizes[log.Ledger].point; point.Size > 0 {
		says = v.T("最近一次 № %d，%s", point.Size, moment(v, point.At))
	}
	if !v.Actor.May(access.Trail, "") {
		k.Steps = append(k.Steps, firstStep{Title: v.T("台账与存证"), Says: says, Label: v.T("看存证点"), Href: "/ledger"})
	}
	return v.Render(w, r, desk.Page{Title: v.T("首页"), NoScope: true}, keepersPage(k))
}

// upkeepOn shows a keeper what he must look after: when the last backup was, and what stands until it is put right.
func (c *Console) upkeepOn(tx *db.Tx, v *desk.Visit, k *keepersShown) error {
	keeper, err := upkeep.Keeper(v.Ctx, tx)
	if err != nil || keeper.ID != v.Association.ID {
		return err
	}
	plan, err := c.Upkeep.Plan(v.Ctx, tx)
	if err != nil {
		return err
	}
	st, err := c.Upkeep.State(v.Ctx, tx)
	if err != nil {
		return err
	}
	for _, text := range c.Upkeep.Warnings(v.Ctx, tx, plan, st) {
		k.Notices = append(k.Notices, page.Notice{Kind: page.Caution, Text: text, Action: &page.Action{Label: v.T("看备份"), Href: backupPath}})
	}
	k.Steps = append(k.Steps, firstStep{Title: v.T("备份"), Says: v.T("上次备份：%s", eventWords(v, st.Backup)), Label: v.T("看备份"), Href: backupPath})
	return nil
}
