package bench

import (
	"bytes"
	"context"
	"fmt"

	"shilu/internal/app"
	"shilu/internal/core/access"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// county is a fresh county of ten townships with ten villages each, and its people.
type county struct {
	*app.App
	ctx  context.Context
	tree *org.Tree
	once map[string]string // one-time passwords by login
}

func newCounty(ctx context.Context, a *app.App) (*county, error) {
	c := &county{App: a, once: map[string]string{}}
	_, password, err := a.Found(ctx, app.NewAssociation{Name: "测速县科学技术协会", Code: "bench", Admin: "admin"})
	if err != nil {
		return nil, err
	}
	c.once["admin"] = password
	if c.ctx, err = a.In(ctx); err != nil {
		return nil, err
	}
	return c, a.DB.Update(c.ctx, func(tx *db.Tx) error {
		today, err := org.Today(c.ctx, tx)
		if err != nil {
			return err
		}
		if c.tree, err = org.Load(c.ctx, tx, today); err != nil {
			return err
		}
		for t := range 10 {
			for v := range 11 {
				village := ""
				if v > 0 {
					village = fmt.Sprintf("第%d村", v)
				}
				if _, _, err := org.EnsurePlace(c.ctx, tx, c.tree, townshipName(t), village, "", ""); err != nil {
					return err
				}
				if c.tree, err = org.Load(c.ctx, tx, today); err != nil {
					return err
				}
			}
		}
		place, ok := c.tree.FindPlace(townshipName(5), "")
		if !ok {
			return fmt.Errorf("township %s is not there", townshipName(5))
		}
		unit := c.tree.UnitsOf(place.ID)[0].ID
		for _, n := range []access.NewAccount{
			{Login: "officer", Name: "干事", Unit: c.tree.Office().ID, Grants: []access.Grant{{Role: access.Officer}}},
			{Login: "chair", Name: "主席", Unit: c.tree.Office().ID, Grants: []access.Grant{{Role: access.Chair}}},
			{Login: "clerk", Name: "填报人", Unit: unit, Grants: []access.Grant{{Role: access.Clerk, Unit: unit}}},
		} {
			if c.once[n.Login], err = access.CreateAccount(c.ctx, tx, n, access.NewSecret(c.ctx, "")); err != nil {
				return err
			}
		}
		return nil
	})
}

func townshipName(i int) string {
	return []string{"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"}[i] + "镇"
}

// as is the context of somebody acting.
func (c *county) as(login string) (context.Context, error) { return c.As(c.ctx, login) }

// workbook is a list of n classes as an office keeps it, as csv; at numbers its rows, so that no two workbooks are alike.
func workbook(at, n int) []byte {
	var b bytes.Buffer
	b.WriteString("序号,培训班名称,专业,乡镇,村,开始日期,结束日期,参训人次,授课教师\n")
	for i := at; i < at+n; i++ {
		subject := []string{"养蜂", "核桃", "蔬菜", "养猪", "当归"}[i%5]
		fmt.Fprintf(&b, "%d,%s技术培训班%d,%s%d,%s,第%d村,2025-%02d-%02d,2025-%02d-%02d,%d,教师%d\n", i+1, subject, i, subject, i%12,
			townshipName(i%10), 1+i/10%10, 1+i/100%12, 1+i%28, 1+i/100%12, 1+i%28, 20+i%70, i%30)
	}
	return b.Bytes()
}

// imported lets n classes in, verified.
func (c *county) imported(n int) error {
	ctx, err := c.as("officer")
	if err != nil {
		return err
	}
	r, err := c.Intake.Run(ctx, training.Kind, "短期培训.csv", bytes.NewReader(workbook(0, n)), intake.Options{Year: 2025}, "chair")
	if err == nil && r.Created != n {
		err = fmt.Errorf("%d of %d rows went in", r.Created, n)
	}
	return err
}
