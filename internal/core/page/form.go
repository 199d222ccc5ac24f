package page

import (
	"context"

	"github.com/a-h/templ"

	"shilu/internal/kit/lang"
)

// Form is a page to fill in: errors on top, fields, a bar of actions at the bottom. Fields are its children.
type Form struct {
	ID       string
	Action   string // where it posts
	Errors   []FieldError
	Lead     string          // over the errors: 还有 2 处要改才能提交
	Aside    templ.Component // 核实后计入, 可能重复
	Buttons  []Action        // the first Primary
	Says     string          // beside the buttons: 提交后由周敏核实；填报人不能自己核实
	Leave    *Action         // 放弃
	Files    bool            // the form carries files
	Autosave string          // address that takes the draft as it is typed; answers with the sentence of Saved
	Saved    string          // 17:20 已自动保存
	Preview  string          // address that gives «核实后计入» for what is typed (PreviewSlot takes it)
	Version  string          // version that was read; the handler refuses when someone else saved meanwhile
}

// FieldError is what is wrong with one field: the sentence names the figures and what to do.
type FieldError struct {
	Name, Text string
}

// FieldID is the id of the control called name; error summaries and labels point at it.
func FieldID(name string) string { return "f-" + name }

// Field is what every field has. Fields are required unless Optional, which marks them 选填.
type Field struct {
	Name, Label string
	Value       string
	Note        string // beside the label, small: 按花名册去重
	Hint        string // below
	Error       string
	Optional    bool
	Wide        bool // over both columns
	Preview     bool // typing here changes «核实后计入»
	Off         bool // shown, but can't be changed
}

func (f Field) id() string { return FieldID(f.Name) }

// describedBy names the sentences that belong to the control.
func (f Field) describedBy() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return f.id() + "-error " + f.id() + "-hint"
	case f.Error != "":
		return f.id() + "-error"
	case f.Hint != "":
		return f.id() + "-hint"
	}
	return ""
}

// Input is a line of text, a phone number, a password.
type Input struct {
	Field
	Type         string // text unless said
	Unit         string // inside, right: 学时
	Placeholder  string
	Autocomplete string
	InputMode    string
	MaxLength    int
	Focus        bool // the cursor begins here
}

// Count is a count of people or things with its unit and, where Exact is not nil, how sure it is.
type Count struct {
	Field
	Unit  string
	Exact *Exactness
}

// Exactness asks in people's words how sure a count is; the field's name is Name, its values exact, about, least.
type Exactness struct {
	Name, Label, Value string
}

// DayField is one day, YYYY-MM-DD.
type DayField struct {
	Field
	Min, Max string
}

// Select is a choice out of a few. Combo is a choice out of many, with search; free text is sent as typed.
type Select struct {
	Field
	Options []Option
	Empty   string // text of the empty choice; "" leaves it out
	Again   string // other choices ask for other fields: a button 按这个填 that shows the form again ("rows" = "again"); scripts press it
}

// Combo offers Options while typing; what is sent is the text itself (as a datalist does), so that it works without scripts.
type Combo struct {
	Field
	Options     []string
	Placeholder string
}

// Text is a longer text.
type Text struct {
	Field
	Rows, MaxLength int
}

// Checks are several choices at once; each is sent under Name. Radios are one choice, all visible.
type Checks struct {
	Field
	Options []Option
	Chosen  []string
}

// Radios are a few choices of which one holds.
type Radios struct {
	Field
	Options []Option
}

// Computed is a value that the program works out; From says from what.
type Computed struct {
	Field
	From string
}

// SubRows are lines within a form (场次): a table whose rows can be added and taken away, also without scripts:
// the buttons submit the form with name "rows" and value "add:sessions" or "remove:sessions:2", and the handler shows the form again.
// Field names are Name.0.day, Name.0.topic …; empty rows are ignored by the handler.
type SubRows struct {
	Name, Label, Hint string
	Heads             []SubHead
	Rows              []SubRow
	AddLabel          string // 再加一场
	Error             string
}

// SubHead is a column of SubRows: Key is the last part of the field names.
type SubHead struct {
	Key, Label, Type, Unit string // Type: text, date, number; select of Options
	Options                []Option
	Offers                 []string // of a text: what was written before, offered while typing
	Long                   bool     // a place, a title: it is wider than the numbers beside it
}

// name is the label with its unit: what stands above the control when the row is stacked on a phone.
func (h SubHead) name(ctx context.Context) string {
	if h.Unit == "" {
		return h.Label
	}
	return h.Label + lang.T(ctx, "（%s）", h.Unit)
}

// list is the id of what is offered in a column; "" where nothing is.
func (s SubRows) list(h SubHead) string {
	if len(h.Offers) == 0 {
		return ""
	}
	return FieldID(s.Name+"."+h.Key) + "-list"
}

// SubRow is one line: values by column, and errors by column key.
type SubRow struct {
	Values []string
	Errors map[string]string
}

// Drop takes files by dragging or choosing. With Href files are sent at once (with a bar of progress); else with the form.
type Drop struct {
	Field
	Accept  string
	Many    bool
	Most    int64 // bytes of one file; larger ones are not even sent
	Href    string
	Have    []string // names of files already there
	Missing string   // 还缺签到册: a note in zhe, never an error that blocks
}

func (c Checks) has(value string) bool {
	for _, v := range c.Chosen {
		if v == value {
			return true
		}
	}
	return false
}

func (r SubRow) value(i int) string {
	if i < len(r.Values) {
		return r.Values[i]
	}
	return ""
}

// Fold is a part of a form that stays closed until it is needed: its title, what it is for, and whether it is open at first.
type Fold struct {
	Title, Note string
	Open        bool
}
