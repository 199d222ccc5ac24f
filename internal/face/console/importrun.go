package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/intake"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
)

// showRun shows an import while a step of it is under way, or stands still.
func (i imports) showRun(w http.ResponseWriter, r *http.Request, res intake.Result) error {
	return i.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		p := page.ImportRun{Title: v.T("导入%s", v.T(i.module.Title)), Crumbs: i.crumbs(v, res.File), File: res.File}
		if res.Failure != "" {
			p.Notes = append(p.Notes, page.Notice{Kind: page.Wrong, Text: res.Failure})
		}
		goOn := func(label string) {
			p.Actions = append(p.Actions, page.Action{Label: label, Href: i.href(res.ID, "go-on"), Post: true, Kind: page.Primary})
		}
		switch {
		case res.State == intake.Stopped:
			p.Notes = append(p.Notes, page.Notice{Kind: page.Caution, Text: v.T("停在 %s / %s 行。已进的行谁也看不到、哪里也不计，接着导入完才一起出现", page.Grouped(res.Done), page.Grouped(res.Total))})
			if res.Account == v.Actor.Account {
				goOn(v.T("接着导入"))
			}
			undo, err := i.undo(tx, v, res)
			if err != nil {
				return err
			}
			p.Actions = append(p.Actions, undo)
		case res.State == intake.Failed:
			p.Actions = append(p.Actions, page.Action{Label: v.T("换一个文件"), Href: i.href(""), Kind: page.Primary})
		case res.State == intake.Received:
			goOn(v.T("核对"))
		case res.Failure != "":
			goOn(v.T("现在再试"))
		default:
			work := i.work(v, res, progressSince(r, tx, res))
			p.Work = &work
		}
		return i.render(w, r, v, p.Title, page.ImportRunPage(p))
	})
}

// pace is where a piece of work was at an instant, so that what is left can be estimated.
type pace struct {
	done, at int64 // rows, UTC milliseconds
	now      int64
}

// progressSince is what the progress bar was first drawn with, from the address that it asks by.
func progressSince(r *http.Request, tx *db.Tx, res intake.Result) pace {
	s := pace{done: res.Done, at: tx.Millis(), now: tx.Millis()}
	q := r.URL.Query()
	done, err := strconv.ParseInt(q.Get("done"), 10, 64)
	if err != nil {
		return s
	}
	at, err := strconv.ParseInt(q.Get("at"), 10, 64)
	if err != nil || at > s.now {
		return s
	}
	s.done, s.at = done, at
	return s
}

// work is the bar of a running step.
func (i imports) work(v *desk.Visit, res intake.Result, s pace) page.Work {
	w := page.Work{Title: v.T("正在导入"), Done: res.Done, Total: res.Total, Noun: v.T("行"),
		PollHref: i.href(res.ID, "progress") + "?" + url.Values{"done": {strconv.FormatInt(s.done, 10)}, "at": {strconv.FormatInt(s.at, 10)}}.Encode()}
	switch res.State {
	case intake.Checking:
		w.Title, w.Total = v.T("正在核对"), 0
	case intake.Applying:
		w.StopHref = i.href(res.ID, "stop")
	case intake.Undoing:
		w.Title = v.T("正在撤销")
	case intake.Received, intake.Checked, intake.Stopped, intake.Done, intake.Undone, intake.Failed:
	}
	w.Says = v.T("可离开本页")
	if rows, spent := res.Done-s.done, s.now-s.at; w.Total > 0 && rows > 0 && spent > 500 {
		left := time.Duration((w.Total-res.Done)*spent/rows) * time.Millisecond
		w.Says = v.T("还要%s，可离开本页", roughly(v, left))
	}
	return w
}

// roughly writes how long something takes.
func roughly(v *desk.Visit, d time.Duration) string {
	if d >= 90*time.Second {
		return v.T("约 %d 分钟", int((d+30*time.Second)/time.Minute))
	}
	return v.T("约 %d 秒", max(1, int(d.Round(time.Second)/time.Second)))
}

// getProgress gives the bar anew, and has the page loaded anew when the step has ended.
func (i imports) getProgress(w http.ResponseWriter, r *http.Request) error {
	res, err := i.Intake.Result(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return i.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		if !runs(res.Import) || res.Failure != "" {
			w.Header().Set("HX-Refresh", "true")
			return nil
		}
		return v.Part(w, page.WorkBox(i.work(v, res, progressSince(r, tx, res))))
	})
}

// undo offers to take an import back, and says what that takes out of the figures.
func (i imports) undo(tx *db.Tx, v *desk.Visit, res intake.Result) (page.Action, error) {
	var says []string
	if res.Created > 0 {
		says = append(says, v.T("新增的 %s 条作废", page.Grouped(int64(res.Created))))
	}
	if res.Revised > 0 {
		says = append(says, v.T("改过的 %s 条恢复原样，合计一起改回", page.Grouped(int64(res.Revised))))
	}
	reason := ""
	left := v.T("各留一笔经过；导入后有人改过的不动")
	checks := v.Actor.May(access.Check, i.module.Kind)
	if !checks {
		left = v.T("各留一笔经过；导入后核实了的、有人改过的不动")
	} else if res.Verified > 0 && len(says) > 0 && (res.State == intake.Done || res.State == intake.Undone) {
		counted, err := i.countedIn(tx, v, res)
		if err != nil {
			return page.Action{}, err
		}
		says[len(says)-1] += v.T("。") + counted
		reason = v.T("为什么撤销")
	}
	after, err := i.changedAfter(tx, v, res)
	if err != nil {
		return page.Action{}, err
	}
	left += after
	a := page.Action{Label: v.T("撤销本次导入"), Href: i.href(res.ID, "undo"), Post: true, Kind: page.Danger, Confirm: &page.Confirm{Title: v.T("撤销本次导入"), Verb: v.T("撤销"), Reason: reason,
		Says: strings.Join(append(says, left), v.T("，"))}}
	if res.Verifier != "" && !checks {
		a.Confirm, a.Off = nil, v.T("这批已由%s核实，请干事来撤销", res.VerifierName)
	}
	return a, nil
}

// changedAfter says that the same file was handed in again after the import and changed records, which stay as they are then.
func (i imports) changedAfter(tx *db.Tx, v *desk.Visit, res intake.Result) (string, error) {
	others, err := i.Intake.SameFile(v.Ctx, tx, res.Import)
	if err != nil {
		return "", err
	}
	for _, later := range others {
		if later.Updated < res.Import.Updated {
			continue
		}
		changed, err := intake.ChangedBy(v.Ctx, tx, later.ID)
		if err != nil {
			return "", err
		}
		if changed > 0 {
			return v.T("。这个文件 %s 又导入过，改了 %s 条：那些不动，要动先撤销那次", v.Instant(later.Updated), page.Grouped(changed)), nil
		}
	}
	return "", nil
}

// lookedAt is how many verified records of an import are looked for in frozen reports: each costs a look at the ledger.
const lookedAt = 1000

// countedIn says how much of an import is verified and counted, and which frozen reports count it.
func (i imports) countedIn(tx *db.Tx, v *desk.Visit, res intake.Result) (string, error) {
	says := v.T("其中 %s 条已核实、计入指标，撤销后从指标里减去", page.Grouped(int64(res.Verified)))
	records, err := intake.VerifiedRecords(v.Ctx, tx, res.ID, lookedAt)
	if err != nil {
		return "", err
	}
	reports, n, err := i.Reports.Frozen(v.Ctx, tx, records)
	if err != nil || n == 0 {
		return says, err
	}
	most := page.Grouped(int64(n))
	if len(records) == lookedAt && res.Verified > lookedAt {
		most = v.T("至少 %s", most)
	}
	var titles []string
	for _, r := range reports[:min(len(reports), usesMost)] {
		titles = append(titles, v.T("「%s」", r.Title))
	}
	named := strings.Join(titles, "")
	if more := len(reports) - len(titles); more > 0 {
		named += v.T("等 %d 份", len(reports))
	}
	return says + v.T("；%s 条已经在定稿的报告%s里，报告的数字不变，差额另列为更正", most, named), nil
}

// showResult says what went in, what did not, and what was taken back.
func (i imports) showResult(w http.ResponseWriter, r *http.Request, res intake.Result) error {
	return i.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		p := page.ImportResult{Title: v.T("导入%s", v.T(i.module.Title)), Crumbs: i.crumbs(v, res.File)}
		big := func(n int, label string) {
			p.Counts = append(p.Counts, page.Big{Value: page.Grouped(int64(n)), Unit: v.Unit("行", page.Grouped(int64(n))), Label: label})
		}
		if res.State == intake.Undone {
			if err := i.undone(tx, v, res, &p); err != nil {
				return err
			}
		} else {
			first := res
			if v.At.Get("again") != "" {
				res = res.Unchanged()
			}
			big(res.Created, v.T("新增"))
			big(res.Revised, v.T("改动"))
			big(res.Counts[intake.Same], v.T("没有变"))
			if n := res.Counts[intake.Joined]; n > 0 {
				big(n, v.T("并入"))
			}
			big(res.Counts[intake.Rejected], v.T("没进"))
			if res.Again {
				i.again(v, first, &p)
			} else if err := i.done(tx, v, res, &p); err != nil {
				return err
			}
		}
		return i.render(w, r, v, p.Title, page.ImportResultPage(p))
	})
}

// again is the answer to a file that went in before; first is the result of then.
func (i imports) again(v *desk.Visit, first intake.Result, p *page.ImportResult) {
	p.Lead = v.T("%s 在 %s 导入过这个文件，一行也没有变", first.Name, v.Instant(first.Import.Created))
	p.Text = v.T("那次新增 %s 行、改动 %s 行。", page.Grouped(int64(first.Created)), page.Grouped(int64(first.Revised)))
	p.Actions = []page.Action{{Label: v.T("看那次导入"), Href: i.href(first.ID)}, {Label: v.T("再导入一个"), Href: i.href("")}}
	if said := filled(v, first); said != "" {
		p.Text += page.Gap(v.Ctx) + said
		i.anew(v, first, p)
	}
}

// filled says what all rows of the sheets of an import said; "" for nothing. A wide sheet says it once for its columns.
func filled(v *desk.Visit, res intake.Result) string {
	var says []string
	for _, s := range res.Sheets {
		for _, f := range s.Filled {
			if one := v.T("「%s」所有行都是「%s」", v.T(f.Title), f.Text); !slices.Contains(says, one) {
				says = append(says, one)
			}
		}
	}
	if len(says) == 0 {
		return ""
	}
	return v.T("那次%s。", strings.Join(says, v.T("，")))
}

// anew offers to have the same file say something else for all its rows, or says how that is done where no row could change.
func (i imports) anew(v *desk.Visit, res intake.Result, p *page.ImportResult) {
	if !i.Intake.MayRefill(res) {
		p.Text += page.Gap(v.Ctx) + v.T("「所有行都是」填错了的，撤销那次导入，再导一次。")
		return
	}
	p.Actions = append(p.Actions, page.Action{Label: v.T("换「所有行都是」再导入"), Href: i.href(res.ID, "anew"), Post: true})
}

// done is the result of an import that came to its end.
func (i imports) done(tx *db.Tx, v *desk.Visit, res intake.Result, p *page.ImportResult) error {
	rejected := res.Counts[intake.Rejected]
	in := page.Grouped(int64(res.Created + res.Revised))
	switch {
	case rejected > 0:
		p.Lead, p.Wrong = v.T("导入了 %s 行，%s 行没进", in, page.Grouped(int64(rejected))), true
	default:
		p.Lead = v.T("导入了 %s 行", in)
	}
	if res.Verifier != "" && res.Verified > 0 {
		p.Text = v.T("由%s导入，%s批量核实。", res.Name, res.VerifierName)
	}
	p.Text += standing(v, res)
	if res.Unverified > 0 {
		p.Text += page.Gap(v.Ctx) + v.T("没有变的里有 %s 条仍待核实，在待办里核实。", page.Grouped(int64(res.Unverified)))
	}
	if res.Unsent > 0 {
		p.Text += page.Gap(v.Ctx) + v.T("改动的记录里有 %s 条还没提交，只改了内容，由填报人提交。", page.Grouped(int64(res.Unsent)))
	}
	if rejected > 0 {
		p.FixHref, p.FixText = i.href(res.ID, "rejected.xlsx"), v.T("下载这 %s 行", page.Grouped(int64(rejected)))
		p.LeftTitle = v.T("没进的行")
		if len(res.Wrong) < rejected {
			p.LeftNote = v.T("前 %d 行，其余在下载的表里", len(res.Wrong))
		}
		p.Heads, p.Left = i.table(v, res, res.Wrong)
	}
	if res.Created+res.Revised > 0 {
		undo, err := i.undo(tx, v, res)
		if err != nil {
			return err
		}
		p.Actions = []page.Action{undo}
	}
	if res.Fills() {
		i.anew(v, res, p)
	}
	if res.Created > 0 {
		p.Actions = append(p.Actions, page.Action{Label: v.T("看这批记录"), Href: "/" + i.module.Kind + "?" + url.Values{"batch": {res.ID}}.Encode(), Kind: page.Primary})
	} else {
		p.Actions = append(p.Actions, page.Action{Label: v.T("再导入一个"), Href: i.href("")})
	}
	return nil
}

// standing says how the records of an import stand now.
func standing(v *desk.Visit, res intake.Result) string {
	var says []string
	say := func(n int, text string) {
		if n > 0 {
			says = append(says, v.T(text, page.Grouped(int64(n))))
		}
	}
	say(res.Waiting, "%s 条待核实")
	say(res.Verified, "%s 条已核实")
	say(res.Back-res.Unsent, "%s 条在草稿或已退回")
	say(res.Voided, "%s 条已作废")
	switch {
	case len(says) == 0:
		return ""
	case len(says) == 1 && res.Waiting > 0:
		return v.T("都在待核实里，核实后计入指标。")
	}
	return strings.Join(says, v.T("，")) + v.T("。")
}

// undone is the result of an import that was taken back, with the records that were left because somebody changed them since.
func (i imports) undone(tx *db.Tx, v *desk.Visit, res intake.Result, p *page.ImportResult) error {
	p.Lead = v.T("已撤销，%s 条", page.Grouped(int64(res.Undone)))
	p.Actions = []page.Action{{Label: v.T("再导入一个"), Href: i.href("")}}
	if made := res.Made(); len(made) > 0 {
		p.Text = v.T("这次新建的 %d 个地点还在：%s。用不着的，请在「设置 → 地点」里并入上级。", len(made), strings.Join(made, v.T("、")))
	}
	if res.Kept == 0 {
		return nil
	}
	rows, err := i.Intake.Rows(v.Ctx, res.ID, nil, intake.RowPage{Kept: true, Limit: 100})
	if err != nil {
		return err
	}
	p.Lead, p.Wrong = v.T("已撤销 %s 条，%s 条没有动", page.Grouped(int64(res.Undone)), page.Grouped(int64(res.Kept))), true
	p.LeftTitle = v.T("没有撤销的记录")
	again, err := i.undo(tx, v, res)
	if err != nil {
		return err
	}
	if again.Off == "" && v.Actor.May(access.Check, i.module.Kind) { // what a clerk had to leave
		p.Actions = append([]page.Action{again}, p.Actions...)
	}
	p.Heads, p.Left = i.table(v, res, rows)
	return nil
}
