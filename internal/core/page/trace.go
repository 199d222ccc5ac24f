package page

import (
	"strings"

	"github.com/a-h/templ"
)

// Trace is the way from a figure to its facts, records, evidence and checkpoint, and what was left out and why.
type Trace struct {
	At    Address
	Scope string // 全县 · 2026年1月1日—9月18日 · 标签不限
	Name  string
	Value string // 3,847; "" with Reason when the figure is not available
	Unit  string
	Word  string // 约, 至少: before the value
	Proof Proof
	// External says that the figure was stated by somebody else: it is marked so beside its seal.
	External bool
	// Reason says why there is no value.
	Reason        string
	NotApplicable bool   // there can be none
	Target        string // 目标 5,000，完成 76.9%
	// Pending is what waits: 另有 [5 条待核实]，约 290 人次，未计入.
	Pending     string
	PendingHref string
	Notes       []string // 其中 161 人次是估计的; 120 缺佐证

	CopyHref, ExportHref string // the trace page's own address; the xlsx
	ChangesHref          string // who changed what on it
	Chain                []Link
	Definition, Formula  string // 口径, 算法
	Counted              string // what a distinct figure counts, by name: 核桃嫁接、烤烟栽培
	Users                []Use  // 用在
	Ratio                *Ratio

	PartsBy  []Tab // 乡镇, 月份, 专业
	Parts    []Part
	PartsSum string // 11 项相加 = 3,847; or why they do not add up

	Facts     FactTable
	LeftOut   []LeftOut
	Stamp     Stamp
	Recount   Recount
	ProofHref string // 下载证明
	AskHref   string // 报告疑问
}

// Link is one member of the chain 数字 ‹ 账目 ‹ 业务记录 ‹ 佐证 ‹ 存证点: its count, each a filter of what is below.
type Link struct {
	Count, Unit, Label, Href string
	Active                   bool
}

// Use is a place that shows this figure; Href is "" for a form on paper.
type Use struct{ Label, Href string }

// Ratio is a figure that is a quotient of two others.
type Ratio struct{ Numerator, Denominator Figure }

// Tab is one way to break a figure down.
type Tab struct {
	Label, Href string
	Active      bool
}

// Part is one piece of a figure; Width is 0 to 100 of the largest part.
type Part struct {
	Name, Value, Href, Note string
	Width                   float64
	NoRight                 bool
}

// FactTable are the facts behind a figure: postings and their corrections.
type FactTable struct {
	Note    string // 最近 5 条和更正
	AllHref string
	AllText string // 全部 66 条
	Heads   []Column
	Rows    []Row
	Pager   Pager
}

// LeftOut is something that the figure does not count, and why.
type LeftOut struct {
	Name, Href, Why, Amount string
}

// Stamp is the checkpoint that proves the figure.
type Stamp struct {
	Place string // two characters for the seal: 云岭
	Note  string // 任何人拿着存证点都能验证这个数没有被改过
	Lines []StampLine
}

// StampLine is one statement about the checkpoint; OK puts a tick behind it.
type StampLine struct {
	Label, Value string
	Mono, OK     bool
	Href, Link   string
}

// Recount is the result of computing the figure anew, now.
type Recount struct {
	Text  string // 刚刚重算，与 66 条账目一致；存证点 № 1204 签名有效
	Wrong bool
}

// Shown is what a trace shows of itself: the whole page or the content of the drawer.
type Shown bool

const (
	onPage   Shown = false
	inDrawer Shown = true
)

// TraceBody is the content of the drawer; a handler answers with it when InDrawer(r).
func TraceBody(t Trace) templ.Component { return trace(t, inDrawer) }

// TracePage is the trace as a page; put it into a FramePage.
func TracePage(t Trace) templ.Component { return tracePage(t) }

func (t Trace) longNames() bool {
	for _, p := range t.Parts {
		if len([]rune(p.Name)) > 5 {
			return true
		}
	}
	return false
}

// wordedParts reports whether a value carries a word, 约 or 以上, and is wider than digits.
func (t Trace) wordedParts() bool {
	for _, p := range t.Parts {
		if strings.ContainsRune(p.Value, ' ') {
			return true
		}
	}
	return false
}
