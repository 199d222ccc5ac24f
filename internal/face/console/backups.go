package console

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/disk"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/keys"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const backupPath = "/settings/backup"

// backupRoutes are the page of backups and what it does. A backup is never handed out: it holds everything of every association, and
// leaves the machine by the keeper's hand.
func (c *Console) backupRoutes() []web.Route {
	keep := string(access.Keep)
	return []web.Route{
		{Pattern: "GET " + backupPath, Right: keep, Handler: c.getBackup},
		{Pattern: "POST " + backupPath, Right: keep, Handler: c.postBackup},
		{Pattern: "POST " + backupPath + "/drill", Right: keep, Handler: c.postDrill},
		{Pattern: "POST " + backupPath + "/plan", Right: keep, Handler: c.postPlan},
		{Pattern: "GET " + backupPath + "/run/{job}", Right: keep, Handler: c.getBackupRun},
	}
}

// backupShown is the page of backups.
type backupShown struct {
	Actions  []page.Action
	Warnings []string
	Failed   string // a job that ended badly
	Running  *page.Work
	Facts    []page.Fact
	Files    page.List
	Fell     []string // what the last drill found
	Key      []string // what is to be known of the master key
	Lead     string
	Plan     draft
}

func (c *Console) getBackup(w http.ResponseWriter, r *http.Request) error {
	return c.showBackup(w, r, nil, nil)
}

func (c *Console) showBackup(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		keeper, err := upkeep.Keeper(v.Ctx, tx)
		if err != nil {
			return err
		}
		if keeper.ID != v.Association.ID {
			return v.Render(w, r, desk.Page{Title: v.T("备份"), Path: "/settings", NoScope: true}, templ.Join(
				page.RecordTitle(page.RecordHead{Title: v.T("备份"), Crumbs: []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("备份")}}}),
				page.NoticeBox(page.Notice{Text: v.T("这里有几个科协，备份是全部一起的，由%s的系统管理员管", keeper.Name)})))
		}
		plan, err := c.Upkeep.Plan(v.Ctx, tx)
		if err != nil {
			return err
		}
		st, err := c.Upkeep.State(v.Ctx, tx)
		if err != nil {
			return err
		}
		folder := plan.Dir(c.Upkeep.Data)
		files, err := upkeep.Files(folder, v.Association.Location())
		if err != nil {
			return errs.E(errs.Unavailable, "文件夹「%s」读不了，请看它在不在、有没有权限", folder).Because(err)
		}
		drills, err := c.Upkeep.Drills(v.Ctx, tx)
		if err != nil {
			return err
		}
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T("备份文件"), backupTable(v, backupsChosen(v, files), drills), string(access.Keep))
		}
		if values == nil {
			values = planValues(plan)
		}
		s := backupShown{Warnings: c.Upkeep.Warnings(v.Ctx, tx, plan, st), Files: backupList(v, files, drills, st, folder, tx.Now), Fell: st.Fell.Differences, Key: c.keyWords(v), Plan: draft{v, values, wrong}}
		s.Actions = []page.Action{{Label: v.T("现在备份"), Href: backupPath, Post: true, Kind: page.Primary}}
		s.Facts = []page.Fact{{Label: v.T("上次备份"), Value: eventWords(v, st.Backup), Wide: true}, {Label: v.T("上次演练"), Value: eventWords(v, st.Drill), Wide: true},
			{Label: v.T("放在"), Value: whereBackups(v, c.Upkeep.Data, folder), Wide: true}, {Label: v.T("安排"), Value: planWords(v, plan), Wide: true}}
		if err := backupRun(tx, v, &s); err != nil {
			return err
		}
		s.Plan.status(w)
		return v.Render(w, r, desk.Page{Title: v.T("备份"), Path: "/settings", NoScope: true}, backupPage(s))
	})
}

// absolute is the path as the keeper finds it on the machine.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// whereBackups says where they are, and that a disk which breaks takes them along.
func whereBackups(v *desk.Visit, data, folder string) string {
	if disk.Same(data, folder) {
		return v.T("%s（和数据在同一块盘，盘坏了一起没）", absolute(folder))
	}
	return absolute(folder)
}

// ago is how long ago an instant was, in the largest unit that says it.
func ago(v *desk.Visit, at, now time.Time) string {
	switch d := now.Sub(at); {
	case d < 2*time.Minute:
		return v.T("刚才")
	case d < 2*time.Hour:
		return v.T("%d 分钟前", int(d.Minutes()))
	case d < 48*time.Hour:
		return v.T("%d 小时前", int(d.Hours()))
	default:
		return v.T("%d 天前", int(d.Hours()/24))
	}
}

func eventWords(v *desk.Visit, e upkeep.Event) string {
	if e.At == 0 {
		return v.T("没有做过")
	}
	return v.Instant(e.At) + v.T("，") + e.Says
}

// drillWords say when a backup was last tried and what came of it.
func drillWords(v *desk.Visit, e upkeep.Event) string {
	switch {
	case e.At == 0:
		return v.T("没有演练过")
	case !e.Failed:
		return v.T("%s，核对无误", v.Instant(e.At))
	case len(e.Differences) > 0:
		return v.T("%s，核对有不一致", v.Instant(e.At))
	}
	return v.T("%s，没有做成", v.Instant(e.At))
}

func drillCell(v *desk.Visit, e upkeep.Event) templ.Component {
	if e.Failed {
		return page.Missing(drillWords(v, e))
	}
	return page.Faint(drillWords(v, e))
}

func planWords(v *desk.Visit, p upkeep.Plan) string {
	if !p.On {
		return v.T("不自动备份")
	}
	return v.T("每天 %d 点，电脑没开就在开机后补；留最近 %d 天、%d 周、%d 个月各一份", p.Hour, p.Daily, p.Weekly, p.Monthly)
}

// backupsChosen are the files that the search leaves: by name or by day.
func backupsChosen(v *desk.Visit, files []upkeep.File) []upkeep.File {
	return slices.DeleteFunc(slices.Clone(files), func(f upkeep.File) bool { return !found(v.At.Get("q"), f.Name, v.Instant(f.At.UnixMilli())) })
}

func backupTable(v *desk.Visit, files []upkeep.File, drills map[string]upkeep.Event) xlsx.Table {
	rows := make([][]any, len(files))
	for i, f := range files {
		rows[i] = []any{f.Name, f.At.In(v.Association.Location()).Format("2006-01-02 15:04:05"), f.Size, drillWords(v, drills[f.Name])}
	}
	return xlsx.Table{Name: v.T("备份文件"), Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("文件"), Width: 40}, {Title: v.T("时间"), Width: 22}, {Title: v.T("大小（字节）"), Width: 16}, {Title: v.T("上次演练"), Width: 30}}}
}

func backupList(v *desk.Visit, files []upkeep.File, drills map[string]upkeep.Event, st upkeep.State, folder string, now time.Time) page.List {
	l := page.List{ID: "files", Title: v.T("备份文件"), At: v.At.Without("run"), Search: v.T("文件名、日期"), Empty: unfound(v, len(files), "q"), Columns: []page.Column{{Label: v.T("文件"), Kind: page.MainColumn}, {Label: v.T("时间"), Plain: true}, {Label: v.T("多久以前"), Plain: true},
		{Label: v.T("大小"), Kind: page.NumColumn}, {Label: v.T("上次演练"), Plain: true}, {Label: v.T("恢复演练"), Kind: page.StateColumn}}}
	if len(files) == 0 {
		l.Search, l.Empty = "", &page.Empty{Title: v.T("还没有备份"), Reason: v.T("到了时间会自动做，也可以现在做一份"), Small: true}
		if st.Backup.At > 0 {
			last := absolute(st.Backup.File)
			l.Empty.Title, l.Empty.Reason = v.T("%s 里没有备份", absolute(folder)), v.T("上次的备份是 %s，在本机上找不到了。请现在做一份", last)
			if info, err := os.Stat(last); err == nil && info.Mode().IsRegular() {
				l.Empty.Reason = v.T("上次的备份是 %s，不在这里列。要演练那一份，在服务器上运行 shilu restore --drill；也可以现在做一份", last)
			}
		}
	} else {
		l.Actions = []page.Action{exportMenu(v)}
	}
	for _, f := range backupsChosen(v, files) {
		l.Rows = append(l.Rows, page.Row{Name: f.Name, Cells: []templ.Component{unbroken(f.Name), page.Faint(v.Instant(f.At.UnixMilli())), page.Cell(ago(v, f.At, now)), page.Cell(blob.Size(f.Size)), drillCell(v, drills[f.Name]),
			page.Button(page.Action{Label: v.T("演练"), Href: backupPath + "/drill", Post: true, Small: true, Name: "file", Value: f.Name})}})
	}
	return l
}

// keyWords say what the master key is and what its loss means.
func (c *Console) keyWords(v *desk.Visit) []string {
	where := v.T("主密钥在 %s，备份里没有它。", absolute(filepath.Join(c.Upkeep.Data, keys.File)))
	if os.Getenv(keys.Env) != "" {
		where = v.T("主密钥由环境变量 %s 给出，备份里没有它。", keys.Env)
	}
	return []string{where,
		v.T("现在就抄一份：拷到两个 U 盘，或打印出来，锁进两个地方；不要和备份放在一起。"),
		v.T("恢复时要它。丢了主密钥，备份就恢复不了：签名接不上，加密保存的内容再也打不开。记录和数字还在备份文件里，但只能请人从里面取出来，存证从头开始。"),
		v.T("别人拿到主密钥又拿到备份，就能看全部内容，还能冒签存证点。所以两样要分开放。")}
}

// backupRun shows a backup or drill that runs, by the number in the address.
func backupRun(tx *db.Tx, v *desk.Visit, s *backupShown) error {
	job, err := strconv.ParseInt(v.At.Get("run"), 10, 64)
	if err != nil {
		return nil //nolint:nilerr // an address without a run shows none
	}
	state, err := jobs.Progress(v.Ctx, tx, org.Of(v.Ctx), job)
	switch {
	case errs.Is(err, errs.NotFound):
		return nil
	case err != nil:
		return err
	case state.Phase == jobs.Failed:
		s.Failed = state.Note
	case state.Phase != jobs.Done:
		work := backupWork(v, job, state)
		s.Running, s.Actions = &work, nil
	}
	return nil
}

func backupWork(v *desk.Visit, job int64, state jobs.State) page.Work {
	noun := "行"
	if state.Note == upkeep.AtFiles {
		noun = "个文件"
	}
	return page.Work{Title: v.T("正在备份或演练"), Done: state.Done, Total: state.Total, Noun: v.T(noun), Says: v.T("别人照常用；可离开本页，结果会留在这里"),
		PollHref: backupPath + "/run/" + strconv.FormatInt(job, 10)}
}

// getBackupRun is the progress, asked for while it runs.
func (c *Console) getBackupRun(w http.ResponseWriter, r *http.Request) error {
	job, err := strconv.ParseInt(r.PathValue("job"), 10, 64)
	if err != nil {
		return errs.E(errs.NotFound, "没有这次备份")
	}
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		state, err := jobs.Progress(v.Ctx, tx, org.Of(v.Ctx), job)
		if err != nil {
			return err
		}
		if state.Phase == jobs.Done || state.Phase == jobs.Failed {
			w.Header().Set("HX-Refresh", "true")
		}
		return v.Part(w, page.WorkBox(backupWork(v, job, state)))
	})
}

// postBackup begins a backup.
func (c *Console) postBackup(w http.ResponseWriter, r *http.Request) error {
	return c.startKeeping(w, r, upkeep.MakeJob{Login: access.From(r.Context()).User})
}

// postDrill begins a drill with one of the files.
func (c *Console) postDrill(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	return c.startKeeping(w, r, upkeep.DrillJob{Login: access.From(r.Context()).User, File: f.Text("file", "文件", 100)})
}

func (c *Console) startKeeping(w http.ResponseWriter, r *http.Request, args jobs.Args) error {
	ctx := r.Context()
	var job int64
	if err := c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		keeper, err := upkeep.Keeper(ctx, tx)
		if err != nil {
			return err
		}
		if keeper.ID != org.Of(ctx) {
			return errs.E(errs.Forbidden, "备份由%s的系统管理员管", keeper.Name)
		}
		job, err = c.Jobs.Insert(ctx, tx, org.Of(ctx), args, jobs.How{Once: true})
		return err
	}); err != nil {
		return err
	}
	web.Redirect(w, r, backupPath+"?run="+strconv.FormatInt(job, 10))
	return nil
}

// planValues are the fields of a plan's form.
func planValues(p upkeep.Plan) url.Values {
	values := url.Values{"folder": {p.Folder}}
	if p.On {
		values.Set("on", "on")
	}
	for name, n := range map[string]int{"hour": p.Hour, "daily": p.Daily, "weekly": p.Weekly, "monthly": p.Monthly, "stale": p.Stale, "drill": p.Drill} {
		values.Set(name, strconv.Itoa(n))
	}
	return values
}

// postPlan changes the plan.
func (c *Console) postPlan(w http.ResponseWriter, r *http.Request) error {
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		p := upkeep.Plan{On: f.Bool("on"), Folder: f.Text("folder", "文件夹", 300)}
		for _, n := range []struct {
			name, label string
			into        *int
		}{{"hour", "几点备份", &p.Hour}, {"daily", "每天一份", &p.Daily}, {"weekly", "每周一份", &p.Weekly}, {"monthly", "每月一份", &p.Monthly},
			{"stale", "几天没有备份就提醒", &p.Stale}, {"drill", "几天没有演练就提醒", &p.Drill}} {
			value := f.Int(n.name, n.label)
			switch {
			case value != nil:
				*n.into = int(max(min(*value, 1_000_000), -1))
			case !hasError(f, n.name):
				f.Errors.Add(n.name, "请填「%s」", n.label)
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		return c.Upkeep.SetPlan(ctx, tx, p)
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.showBackup(w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "已改备份的安排"), "")
	web.Redirect(w, r, backupPath)
	return nil
}

// hinted is a field with a hint, left empty by choice.
func (d draft) hinted(name, label, hint string) page.Field {
	f := d.field(name, label)
	f.Hint, f.Optional, f.Wide = hint, true, true
	return f
}
