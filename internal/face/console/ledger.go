package console

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const ledgerPath = "/ledger"

// ledgerRoutes are the pages of the ledger and its checkpoints. Whoever is signed in may keep a checkpoint outside: it says
// nothing of the county's work.
func (c *Console) ledgerRoutes() []web.Route {
	audit := string(access.Audit)
	return []web.Route{
		{Pattern: "GET " + ledgerPath, Right: desk.SignedIn, Handler: c.getLedger},
		{Pattern: "GET " + ledgerPath + "/checkpoints/{log}/{size}", Right: desk.SignedIn, Handler: c.getCheckpoint},
		{Pattern: "GET " + ledgerPath + "/keys", Right: desk.SignedIn, Handler: c.getKeys},
		{Pattern: "POST " + ledgerPath + "/check", Right: desk.SignedIn, Handler: c.postCheck},
		{Pattern: "POST " + ledgerPath + "/seal", Right: audit, Handler: c.postSeal},
		{Pattern: "POST " + ledgerPath + "/verify", Right: audit, Handler: c.postVerify},
		{Pattern: "GET " + ledgerPath + "/verify/{job}", Right: audit, Handler: c.getVerify},
	}
}

func (c *Console) ledgerNav() []desk.Entry {
	return []desk.Entry{{Label: "台账与存证", Path: ledgerPath, Right: desk.SignedIn, Foot: true}}
}

// logStand is where a log stands: how many entries have a number, how many wait, the latest checkpoint.
type logStand struct {
	size, waiting int64
	point         log.Checkpoint
}

func (c *Console) logStands(tx *db.Tx, v *desk.Visit) (map[string]logStand, error) {
	stands := map[string]logStand{}
	for _, name := range []string{log.Ledger, log.Trail} {
		var s logStand
		var err error
		if s.size, err = log.Size(v.Ctx, tx, name); err != nil {
			return nil, err
		}
		if s.waiting, err = log.Waiting(v.Ctx, tx, name); err != nil {
			return nil, err
		}
		points, err := log.Checkpoints(v.Ctx, tx, name, 0, 1)
		if err != nil {
			return nil, err
		}
		if len(points) > 0 {
			s.point = points[0]
		}
		stands[name] = s
	}
	return stands, nil
}

// checkpointsPage is how many checkpoints a page lists.
const checkpointsPage = 20

func (c *Console) getLedger(w http.ResponseWriter, r *http.Request) error {
	return c.showLedger(w, r, outsideCheck{}, http.StatusOK)
}

// outsideCheck is a checkpoint that was kept outside, as it was handed in, and what comparing it found.
type outsideCheck struct {
	Text, Error string
	Notice      *page.Notice
	Differences []string
}

func (c *Console) showLedger(w http.ResponseWriter, r *http.Request, check outsideCheck, status int) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		name := log.Ledger
		if v.At.Get("log") == log.Trail {
			name = log.Trail
		}
		before, _ := strconv.ParseInt(v.At.Get("after"), 10, 64)
		from, to, err := daysAsked(v, r)
		if err != nil {
			return err
		}
		if as := v.At.Get("as"); as != "" {
			points, err := log.CheckpointsIn(v.Ctx, tx, name, from, to, 0, 100_000)
			if err != nil {
				return err
			}
			return sendTable(w, v, as, v.T("存证点"), checkpointTable(v, points), string(access.Audit))
		}
		stands, err := c.logStands(tx, v)
		if err != nil {
			return err
		}
		points, err := log.CheckpointsIn(v.Ctx, tx, name, from, to, before, checkpointsPage+1)
		if err != nil {
			return err
		}
		s := ledgerShown{Check: check, Points: checkpointList(v, name, points), Place: sealPlace(v), Audits: v.Actor.May(access.Audit, "")}
		s.Stands = []page.Big{
			{Value: grouped(stands[log.Ledger].size), Unit: v.T(" 条"), Label: v.T("台账已编号")}, {Value: grouped(stands[log.Ledger].waiting), Unit: v.T(" 条"), Label: v.T("台账等编号")},
			{Value: grouped(stands[log.Trail].size), Unit: v.T(" 条"), Label: v.T("操作记录已编号")}, {Value: grouped(stands[log.Trail].waiting), Unit: v.T(" 条"), Label: v.T("操作记录等编号")},
		}
		if s.Keys, err = log.PublicKeys(v.Ctx, tx); err != nil {
			return err
		}
		if v.MayTake("", string(access.Audit)) == nil && len(points) > 0 {
			s.Points.Actions = []page.Action{exportMenu(v)}
		}
		if v.Actor.May(access.Read, "") {
			s.Actions = append(s.Actions, page.Action{Label: v.T("变了什么"), Href: changesPath}, page.Action{Label: v.T("结账"), Href: closingPath})
		}
		if s.Audits {
			s.Actions = append(s.Actions, page.Action{Label: v.T("存证"), Href: ledgerPath + "/seal", Post: true}, page.Action{Label: v.T("现在核对"), Href: ledgerPath + "/verify", Post: true, Kind: page.Primary})
			if err := c.verifications(tx, v, &s); err != nil {
				return err
			}
		}
		if status != http.StatusOK {
			w.WriteHeader(status)
		}
		return v.Render(w, r, desk.Page{Title: v.T("台账与存证"), Path: ledgerPath, NoScope: true}, ledgerPage(s))
	})
}

func checkpointList(v *desk.Visit, name string, points []log.Checkpoint) page.List {
	l := page.List{ID: "points", Title: v.T("存证点"), At: v.At.Without("after"), Filters: []page.Filter{{Key: "day", Label: v.T("日期"), Dates: true}}, Foot: page.Words(v.T("入账后几秒内自动存证；每天抄一份给主席或上级最好")),
		Empty: &page.Empty{Title: v.T("还没有存证点"), Reason: v.T("有账目入账后几秒内自动存证"), Small: true}, Columns: []page.Column{{Label: v.T("存证点"), Kind: page.MainColumn}, {Label: v.T("时间"), Kind: page.StateColumn}, {Label: v.T("条数"), Kind: page.NumColumn}, {Label: v.T("根哈希")}, {Label: v.T("签名原文")}},
		Views: []page.View{{Label: v.T("台账"), Href: v.At.Without("log", "after").String(), Active: name == log.Ledger}, {Label: v.T("操作记录"), Href: v.At.Without("after").With("log", log.Trail).String(), Active: name == log.Trail}}}
	if v.At.Get("day_from")+v.At.Get("day_to") != "" {
		l.Empty = &page.Empty{Title: v.T("这段日子没有存证点"), Reason: v.T("没有新账目的日子不另存证。"), Out: &page.Action{Label: v.T("看全部"), Href: v.At.Without("after", "day_from", "day_to").String()}, Small: true}
	} else if len(points) == 0 {
		l.Filters = nil
	}
	if len(points) > checkpointsPage {
		points = points[:checkpointsPage]
		l.Pager = page.Pager{Page: 1, After: strconv.FormatInt(points[len(points)-1].Size, 10)}
	}
	for _, p := range points {
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Cell("№ " + strconv.FormatInt(p.Size, 10)), page.Faint(moment(v, p.At)), page.Cell(grouped(p.Size)), hashCell(shortRoot(p.Root)),
			page.Anchor(ledgerPath+"/checkpoints/"+name+"/"+strconv.FormatInt(p.Size, 10), v.T("下载"))}})
	}
	return l
}

func checkpointTable(v *desk.Visit, points []log.Checkpoint) xlsx.Table {
	rows := make([][]any, len(points))
	for i, p := range points {
		rows[i] = []any{p.Log, p.Size, moment(v, p.At), p.Root, p.Note}
	}
	return xlsx.Table{Name: v.T("存证点"), Columns: []xlsx.Column{{Title: v.T("日志")}, {Title: v.T("条数")}, {Title: v.T("时间"), Width: 22}, {Title: v.T("根哈希"), Kind: xlsx.AsText, Width: 48}, {Title: v.T("签名原文"), Kind: xlsx.AsText, Width: 60}}, Rows: xlsx.Values(rows)}
}

// verifications are the results of the last verifications and the progress of one that runs.
func (c *Console) verifications(tx *db.Tx, v *desk.Visit, s *ledgerShown) error {
	if job, err := strconv.ParseInt(v.At.Get("run"), 10, 64); err == nil {
		state, err := jobs.Progress(v.Ctx, tx, org.Of(v.Ctx), job)
		switch {
		case errs.Is(err, errs.NotFound):
		case err != nil:
			return err
		case state.Phase == jobs.Failed:
			s.Failed = v.T("这次核对没有做完：%s", state.Note)
		case state.Phase != jobs.Done:
			work := verificationWork(v, job)
			s.Running = &work
		}
	}
	history, err := access.HistoryOf(v.Ctx, tx, ledgerRef(v.Ctx))
	if err != nil {
		return err
	}
	for _, e := range history {
		if e.Action != desk.VerifiedEvent || len(s.Results) == 5 {
			continue
		}
		one := verified{When: moment(v, e.At), Who: e.Name, Says: access.Spoken(v.Ctx, e.Reason), Wrong: len(e.Changes) > 0}
		for _, d := range e.Changes {
			one.Differences = append(one.Differences, d.Label+"："+d.After)
		}
		s.Results = append(s.Results, one)
	}
	return nil
}

func verificationWork(v *desk.Visit, job int64) page.Work {
	return page.Work{Title: v.T("正在逐条重算"), Says: v.T("可离开本页，结果会留在这里"), PollHref: ledgerPath + "/verify/" + strconv.FormatInt(job, 10)}
}

func grouped(n int64) string { return indicator.Commas(strconv.FormatInt(n, 10)) }

// getCheckpoint gives the signed text of a checkpoint, to be kept outside.
func (c *Console) getCheckpoint(w http.ResponseWriter, r *http.Request) error {
	size, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
	if err != nil {
		return errs.E(errs.NotFound, "没有存证点「%s」", r.PathValue("size"))
	}
	var point log.Checkpoint
	if err := c.Desk.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		point, err = log.CheckpointAt(r.Context(), tx, r.PathValue("log"), size)
		return err
	}); err != nil {
		return err
	}
	web.Download(w, "checkpoint-"+point.Log+"-"+strconv.FormatInt(size, 10)+".txt")
	_, err = io.WriteString(w, point.Note)
	return err
}

// getKeys gives the public keys, one a line.
func (c *Console) getKeys(w http.ResponseWriter, r *http.Request) error {
	var keys []string
	if err := c.Desk.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		keys, err = log.PublicKeys(r.Context(), tx)
		return err
	}); err != nil {
		return err
	}
	web.Download(w, "public-keys.txt")
	_, err := io.WriteString(w, strings.Join(keys, "\n")+"\n")
	return err
}

// postSeal numbers what waits and signs a checkpoint now.
func (c *Console) postSeal(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	point, err := c.Seal(ctx)
	if err != nil {
		return err
	}
	text := lang.T(ctx, "还没有账目，没有可存证的")
	if point.Size > 0 {
		text = lang.T(ctx, "已存证：№ %d", point.Size)
	}
	desk.Toast(w, r, text, "")
	web.Redirect(w, r, ledgerPath)
	return nil
}

// postVerify begins a verification in the background.
func (c *Console) postVerify(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var job int64
	if err := c.Desk.DB.Update(ctx, func(tx *db.Tx) (err error) {
		job, err = c.Jobs.Insert(ctx, tx, org.Of(ctx), Verification{Login: access.From(ctx).User, Asked: tx.Millis()}, jobs.How{})
		return err
	}); err != nil {
		return err
	}
	web.Redirect(w, r, ledgerPath+"?run="+strconv.FormatInt(job, 10))
	return nil
}

// getVerify is the progress of a verification, asked for while it runs.
func (c *Console) getVerify(w http.ResponseWriter, r *http.Request) error {
	job, err := strconv.ParseInt(r.PathValue("job"), 10, 64)
	if err != nil {
		return errs.E(errs.NotFound, "没有这次核对")
	}
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		state, err := jobs.Progress(v.Ctx, tx, org.Of(v.Ctx), job)
		if err != nil {
			return err
		}
		if state.Phase == jobs.Done || state.Phase == jobs.Failed {
			w.Header().Set("HX-Refresh", "true")
		}
		return v.Part(w, page.WorkBox(verificationWork(v, job)))
	})
}

// postCheck compares a checkpoint that was kept outside with the log as it is now.
func (c *Console) postCheck(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	check, err := readCheck(r)
	if err != nil {
		return err
	}
	var point log.Checkpoint
	if check.Error == "" {
		err = c.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
			point, err = c.Keeper.Check(ctx, tx, check.Text, func(d log.Difference) { check.Differences = append(check.Differences, lang.T(ctx, d.Text, d.Args...)) })
			return err
		})
	}
	switch {
	case errs.Is(err, errs.Invalid):
		check.Error = lang.Error(ctx, err)
	case err != nil:
		return err
	}
	if check.Error != "" {
		return c.showLedger(w, r, check, http.StatusUnprocessableEntity)
	}
	check.Notice = &page.Notice{Lead: lang.T(ctx, "对得上。"), Text: lang.T(ctx, "这个存证点签名有效，其中 %d 条到现在一条没改。", point.Size)}
	if len(check.Differences) > 0 {
		check.Notice = &page.Notice{Kind: page.Wrong, Lead: lang.T(ctx, "对不上。"), Text: lang.T(ctx, "保管好这份存证点，请保管人运行 shilu verify 查是哪一行。")}
	}
	return c.showLedger(w, r, check, http.StatusOK)
}

// checkMost is the longest checkpoint that is read; a real one has some 250 bytes.
const checkMost = 4096

// readCheck reads the text that was pasted or the file that was handed in.
func readCheck(r *http.Request) (outsideCheck, error) {
	f, err := web.ReadForm(r)
	if err != nil {
		return outsideCheck{}, err
	}
	check := outsideCheck{Text: f.Values.Get("note")}
	if _, file, err := f.File("file"); err != nil {
		return check, err
	} else if file != nil {
		defer func() { _ = file.Close() }()
		text, err := io.ReadAll(io.LimitReader(file, checkMost+1))
		if err != nil {
			return check, err
		}
		check.Text = string(text)
	}
	check.Text = tidyNote(check.Text)
	switch {
	case check.Text == "":
		check.Error = lang.T(r.Context(), "请把存证点原文贴进来，或选保管的文件")
	case len(check.Text) > checkMost:
		check.Text, check.Error = "", lang.T(r.Context(), "这不是存证点：它有 %d 字节，存证点只有几行", len(check.Text))
	}
	return check, nil
}

// tidyNote takes away what pasting adds: line ends of another kind, blanks at the ends; the text ends with one line end.
func tidyNote(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff"))
	if text == "" {
		return ""
	}
	return text + "\n"
}

// hashCell is a hash in a table.
func hashCell(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<span class="mono">`+templ.EscapeString(text)+`</span>`)
		return err
	})
}
