package training

import (
	"context"
	"iter"
	"net/http"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

func (p *pages) getExport(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		asked := p.listed(v, !v.Actor.May(access.Check, Kind))
		asked.Sort = "day"
		if !asked.known {
			return errs.E(errs.Invalid, "筛选里有一项已经没有了，请清除筛选后再导出")
		}
		return p.export(w, tx, v, asked.Query, v.At.Get("format"))
	})
}

// postExport exports the rows that were chosen in the list.
func (p *pages) postExport(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	picks, err := desk.Picks(f, Kind)
	if err != nil {
		return p.showList(w, r, err, picks)
	}
	q := Query{Sort: "day", Filter: flow.Filter{Kinds: []string{Kind}}}
	for _, one := range picks {
		q.IDs = append(q.IDs, one.Ref.ID)
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error { return p.export(w, tx, v, q, f.Values.Get("format")) })
}

// export answers with the classes of a query as a file. Its headings are those that the import knows, so that a list that was
// put right in a sheet can be imported again.
func (p *pages) export(w http.ResponseWriter, tx *db.Tx, v *desk.Visit, q Query, format string) error {
	subjects, err := org.Terms(v.Ctx, tx, SubjectVocabulary)
	if err != nil {
		return err
	}
	t := xlsx.Table{Name: v.T("培训班"), Rows: func(yield func([]any, error) bool) {
		for e, err := range exported(v.Ctx, tx, q) {
			if err != nil {
				yield(nil, err)
				return
			}
			words := Words{Tree: v.Tree, Subjects: subjects, Rules: p.Catalogue.On(e.class.countingDay()), Today: v.Today}
			if !yield(exportRow(v, e, words), nil) {
				return
			}
		}
	}}
	for _, c := range exportColumns {
		c.Title = v.T(c.Title)
		t.Columns = append(t.Columns, c)
	}
	return desk.SendTable(w, format, v.T("培训班 %s", v.Today.Long()), t)
}

// exportColumns are the columns of the file, in the order of exportRow.
var exportColumns = []xlsx.Column{
	{Title: "编号", Kind: xlsx.AsText, Width: 15}, {Title: "类型", Width: 20}, {Title: "培训班名称", Width: 32}, {Title: "专业", Width: 18}, {Title: "主办单位", Width: 18},
	{Title: "乡镇", Width: 10}, {Title: "村", Width: 12}, {Title: "具体场所", Width: 18}, {Title: "开始日期", Kind: xlsx.AsDay}, {Title: "结束日期", Kind: xlsx.AsDay},
	{Title: "学时"}, {Title: "场次"}, {Title: "招收学员"}, {Title: "培训人次"}, {Title: "参加考试"}, {Title: "考试合格"}, {Title: "授课教师", Width: 18},
	{Title: "协办单位", Width: 18}, {Title: "方式"}, {Title: "教材", Width: 18}, {Title: "人群", Width: 14}, {Title: "主题活动", Width: 14}, {Title: "备注", Width: 24},
	{Title: "佐证件数"}, {Title: "缺的佐证", Width: 14}, {Title: "状态"}, {Title: "填报人"},
}

func exportRow(v *desk.Visit, e exportItem, w Words) []any {
	c := e.class
	var town, village any
	if t, ok := w.Tree.Township(c.Place); ok {
		town = t.Name
		if t.ID != c.Place {
			village = w.Tree.Place(c.Place).Name
		}
	} else {
		town = w.Tree.PlaceName(c.Place)
	}
	text := func(key string) any {
		for _, f := range fields {
			if f.Key == key {
				if s := f.Text(c, w); s != "" {
					return s
				}
			}
		}
		return nil
	}
	var learned, sessions any
	if m := c.minutes(); m != nil {
		learned = float64(*m) / 60
	}
	if n := len(c.Sessions); n > 0 {
		sessions = n
	}
	missing := ""
	if e.missing != "" {
		missing = missingWords(v, e.missing)
	}
	return []any{e.Number, text("kind"), c.Name, text("subject"), text("unit"), town, village, text("venue"), c.Start, c.End, learned, sessions,
		c.Enrolled.Cell(), c.attendances().Cell(), c.Examined.Cell(), c.Passed.Cell(), text("teachers"), text("partners"), text("method"), text("material"),
		text("audiences"), text("campaigns"), text("note"), e.papers, missing, v.T(e.State.Title()), e.AuthorName}
}

// exportItem is a class with all that it says, in the version that stands.
type exportItem struct {
	flow.Head
	class   Class
	papers  int64
	missing string
}

// exported reads the classes of a query one by one.
func exported(ctx context.Context, tx *db.Tx, q Query) iter.Seq2[exportItem, error] {
	return func(yield func(exportItem, error) bool) {
		fail := func(err error) { yield(exportItem{}, err) }
		where, args, err := q.where(ctx, tx)
		if err != nil {
			fail(err)
			return
		}
		rows, err := tx.Query(ctx, "SELECT "+flow.Columns("r")+`, v.body,
			(SELECT COUNT(*) FROM evidence e WHERE e.association = r.association AND e.record = r.id AND e.removed = 0),
			COALESCE((SELECT p.missing FROM proof p WHERE p.association = r.association AND p.record = r.id), '')
			FROM `+listFrom+` JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = c.version
			WHERE r.kind = '`+Kind+"' AND "+where+" ORDER BY "+sorts[q.Sort], args...)
		if err != nil {
			fail(err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var e exportItem
			var body string
			if err = rows.Scan(append(e.Fields(), &body, &e.papers, &e.missing)...); err == nil {
				e.class, err = register.Decode[Class](body)
			}
			if err != nil {
				fail(err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}
