package upkeep

import (
	"context"
	"time"

	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// Warning is a sentence for the keeper, as lang.T takes it.
type Warning struct {
	Text string
	Args []any
}

// Warnings are what the keeper is told until it is put right: no backup, an old one, one that failed, no drill.
func (s *Service) Warnings(ctx context.Context, tx *db.Tx, plan Plan, st State) (all []string) {
	say := func(text string, args ...any) { all = append(all, lang.T(ctx, text, args...)) }
	for _, w := range s.Standing {
		say(w.Text, w.Args...)
	}
	days := func(at int64) int { return int(tx.Now.Sub(time.UnixMilli(at)).Hours() / 24) }
	switch old := days(st.Backup.At); {
	case st.Backup.At == 0:
		say("还没有备份过。这台电脑坏了，记录就没了")
	case old >= plan.Stale:
		say("上次备份是 %d 天前，请现在备份一份，再看为什么没有自动做", old)
	}
	if st.Failed.At > 0 {
		say("最近一次备份没有做成：%s", st.Failed.Says)
	}
	if !plan.On {
		say("没有开自动备份")
	}
	switch old := days(st.Drill.At); {
	case st.Fell.At > 0:
		say("最近一次恢复演练没有通过：%s", st.Fell.Says)
	case st.Drill.At == 0:
		say("还没有做过恢复演练。没有试过的备份，不知道能不能用")
	case old >= plan.Drill:
		say("上次恢复演练是 %d 天前，请再做一次", old)
	}
	return all
}
