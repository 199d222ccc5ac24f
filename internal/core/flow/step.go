package flow

import "shilu/internal/kit/errs"

// Action is what somebody does with a record.
type Action string

// The actions. Enter is Create and Submit at once; the history names them "record.<action>".
const (
	ActCreate   Action = "create"
	ActEnter    Action = "enter"
	ActImport   Action = "import"
	ActSave     Action = "save"
	ActSubmit   Action = "submit"
	ActWithdraw Action = "withdraw"
	ActReturn   Action = "return"
	ActVerify   Action = "verify"
	ActVerifies Action = "verify_many"
	ActRevise   Action = "revise"
	ActVoid     Action = "void"
	ActRestore  Action = "restore"
	ActUndo     Action = "undo"
	ActDelete   Action = "delete"
)

// Title is the action as the history writes it.
func (a Action) Title() string {
	return map[Action]string{ActCreate: "新建", ActEnter: "填报并提交", ActImport: "导入", ActSave: "修改", ActSubmit: "提交", ActWithdraw: "撤回",
		ActReturn: "退回", ActVerify: "核实", ActVerifies: "批量核实", ActRevise: "修订", ActVoid: "作废", ActRestore: "恢复", ActUndo: "撤销导入", ActDelete: "删除"}[a]
}

// Event is the action's name in the history.
func (a Action) Event() string { return "record." + string(a) }

// who may take a step, beside seeing the record.
type who string

const (
	filler  who = "filler"  // may write records of the unit
	sender  who = "sender"  // wrote or sent what is waiting
	checker who = "checker" // may verify records of the unit, and wrote nothing of what is waiting
	officer who = "officer" // may verify records of the unit
	maker   who = "maker"   // imported the record, which nobody else wrote at since; else as officer
)

// stage is the state of a record and of its open revision.
type stage struct{ state, revision State }

type step struct {
	action   Action
	from, to stage
	who      who
}

// steps are all that can happen to a record; what is not here is refused.
var steps = []step{
	{ActSave, stage{Draft, None}, stage{Draft, None}, filler},
	{ActSave, stage{Returned, None}, stage{Returned, None}, filler},
	{ActSave, stage{Verified, Draft}, stage{Verified, Draft}, filler},
	{ActSave, stage{Verified, Returned}, stage{Verified, Returned}, filler},

	{ActSubmit, stage{Draft, None}, stage{Submitted, None}, filler},
	{ActSubmit, stage{Returned, None}, stage{Submitted, None}, filler},
	{ActSubmit, stage{Verified, Draft}, stage{Verified, Submitted}, filler},
	{ActSubmit, stage{Verified, Returned}, stage{Verified, Submitted}, filler},

	{ActWithdraw, stage{Submitted, None}, stage{Draft, None}, sender},
	{ActWithdraw, stage{Verified, Submitted}, stage{Verified, Draft}, sender},
	{ActWithdraw, stage{Verified, Draft}, stage{Verified, None}, filler}, // gives the revision up
	{ActWithdraw, stage{Verified, Returned}, stage{Verified, None}, filler},

	{ActReturn, stage{Submitted, None}, stage{Returned, None}, officer},
	{ActReturn, stage{Verified, Submitted}, stage{Verified, Returned}, officer},

	{ActVerify, stage{Submitted, None}, stage{Verified, None}, checker},
	{ActVerify, stage{Verified, Submitted}, stage{Verified, None}, checker},

	{ActRevise, stage{Verified, None}, stage{Verified, Draft}, filler},

	{ActRestore, stage{Verified, None}, stage{Verified, None}, officer}, // by undoing an import only, as ActUndo
	{ActUndo, stage{Draft, None}, stage{Voided, None}, maker},
	{ActUndo, stage{Returned, None}, stage{Voided, None}, maker},
	{ActUndo, stage{Submitted, None}, stage{Voided, None}, maker},
	{ActUndo, stage{Verified, None}, stage{Voided, None}, officer},

	{ActVoid, stage{Draft, None}, stage{Voided, None}, filler}, // only what was submitted once
	{ActVoid, stage{Returned, None}, stage{Voided, None}, filler},
	{ActVoid, stage{Submitted, None}, stage{Voided, None}, officer},
	{ActVoid, stage{Verified, None}, stage{Voided, None}, officer},
	{ActVoid, stage{Verified, Draft}, stage{Voided, None}, officer},
	{ActVoid, stage{Verified, Submitted}, stage{Voided, None}, officer},
	{ActVoid, stage{Verified, Returned}, stage{Voided, None}, officer},

	{ActDelete, stage{Draft, None}, stage{}, sender}, // only what was never submitted
}

// step finds the step that the action is at the record's stage; Conflict with what to do instead when there is none.
func (h Head) step(a Action) (step, error) {
	for _, s := range steps {
		if s.action != a || s.from != (stage{h.State, h.Revision}) {
			continue
		}
		switch {
		case a == ActDelete && h.Submitted != 0:
			return s, errs.E(errs.Conflict, "交过的记录不能删除，不要了请作废，作废后仍查得到")
		case a == ActVoid && h.State == Draft && h.Submitted == 0:
			return s, errs.E(errs.Conflict, "没交过的草稿不用作废，请直接删除")
		}
		return s, nil
	}
	return step{}, h.refusal(a)
}

// refusal says why the action is not possible now, who made it so, and what is possible.
func (h Head) refusal(a Action) error {
	text := ""
	switch w := h.Waiting(); {
	case h.State == Voided:
		text = "记录已作废，不能再改；要重新记，请另建一条"
	case a == ActSave && w == Submitted:
		text = "记录已提交，正等待核实；要改，请先撤回，或由核实人退回"
	case a == ActSave:
		text = "记录已核实；要改，请点修订，原来的数字在修订核实前照旧"
	case a == ActSubmit && w == Submitted:
		text = "记录已经提交，不用再交，等待核实"
	case a == ActSubmit:
		text = "记录已核实，没有要提交的修订"
	case a == ActWithdraw && w == Verified:
		text = "记录已核实，不能撤回；要改，请点修订"
	case a == ActWithdraw:
		text = "记录还没有提交，不用撤回"
	case (a == ActReturn || a == ActVerify) && w == Draft:
		text = "记录还是草稿，没有提交，不能核实或退回"
	case (a == ActReturn || a == ActVerify) && w == Returned:
		text = "记录已退回，等填报人改好再交"
	case a == ActReturn:
		text = "记录已核实，不能退回；数字不对，请修订或作废"
	case a == ActVerify:
		text = "记录已核实，不用再核实"
	case a == ActRevise && h.Revision != None:
		text = "已有一份修订没有办完，请接着改那一份，或先撤回它"
	case a == ActRevise:
		text = "记录还没有核实，直接改就行，不用修订"
	case a == ActUndo:
		text = "记录有没办完的修订，不能随导入撤销"
	case a == ActRestore:
		text = "记录有没办完的修订或还没有核实，不能恢复到上一次核实的内容"
	default:
		text = "交过的记录不能删除，不要了请作废，作废后仍查得到"
	}
	return errs.E(errs.Conflict, text)
}
