package intake

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// Sheet is what a sheet of a workbook was understood as.
type Sheet struct {
	Index     int      `json:"index"`
	Name      string   `json:"name"`
	Skipped   string   `json:"skipped,omitempty"` // why nothing of it is imported
	Hidden    bool     `json:"hidden,omitempty"`
	Title     string   `json:"title,omitempty"`
	Reporter  string   `json:"reporter,omitempty"` // 填报单位
	First     int      `json:"first,omitempty"`    // lines of the heading
	Last      int      `json:"last,omitempty"`
	Shape     string   `json:"shape,omitempty"`
	Kind      string   `json:"kind,omitempty"`
	KindName  string   `json:"kind_name,omitempty"`
	Year      int      `json:"year,omitempty"` // of days without one; 0 when nothing says it
	Fields    []Field  `json:"fields,omitempty"`
	Rows      int      `json:"rows"` // rows of data
	Covers    *Cover   `json:"covers,omitempty"`
	Totals    []Total  `json:"totals,omitempty"`
	Ignored   []Line   `json:"ignored,omitempty"` // totals, signatures, notes; not blank rows
	Notes     []Note   `json:"notes,omitempty"`
	Wide      int      `json:"wide,omitempty"`   // of how many sheets of its own it is read as
	Spread    string   `json:"spread,omitempty"` // the column of a wide sheet that this one is
	From      string   `json:"from,omitempty"`   // the name of that wide sheet; what is said for all rows of it is said for those of this one
	wide      []Field  // columns that are sheets of their own
	Filled    []Filled `json:"filled,omitempty"`
	unfilled  []Filled // asked for, but the sheet says it itself
	Missing   []Lack   `json:"missing,omitempty"`
	hasColumn map[string]int
	fill      []fill
}

// Filled is what all rows of a sheet say in a column that it does not have, as a person chose.
type Filled struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Lack is a column that a sheet does not have and that keeps rows out.
type Lack struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Rows  int    `json:"rows"`           // that nothing else keeps out
	Each  bool   `json:"each,omitempty"` // each row says its own: no value for all rows is proposed
	Year  bool   `json:"year,omitempty"` // the year of the sheet would do
}

type fill struct {
	column Column
	text   string
}

// Line is a row that is no data, and why.
type Line struct {
	Line int    `json:"line"`
	What string `json:"what"`
	Text string `json:"text,omitempty"`
}

// Choice is what a person or the memory says of a sheet. A nil Fields keeps what the headings say; "" as a key is «not used».
type Choice struct {
	Fields map[int]string `json:"fields,omitempty"` // key by column, from 0
	Kind   string         `json:"kind,omitempty"`
	Year   int            `json:"year,omitempty"`
	Skip   bool           `json:"skip,omitempty"`
	First  int            `json:"first,omitempty"` // lines of the heading; Last 0 is one line, or two where the next one belongs to it
	Last   int            `json:"last,omitempty"`
	// Fill is what all rows say in columns that the sheet does not have, by key. It is not remembered.
	Fill map[string]string `json:"fill,omitempty"`
}

// Guide is what understanding goes by beside the file.
type Guide struct {
	Columns []Column
	Kinds   []SheetKind
	Year    int                               // asked for by the user; 0 leaves it to the sheets
	Chosen  map[string]Choice                 // by name of the sheet
	Fill    map[string]string                 // for all sheets, under what is chosen for one
	Memory  func(shape string) (Choice, bool) // of earlier imports; may be nil
}

// Understand reads the sheets of a book: headings, years, kinds, rows of data, and whether the totals add up. It is pure: the
// same book and guide give the same answer. each, if not nil, gets the rows of data.
func Understand(book *xlsx.Book, g Guide, each func(*Row) error) ([]*Sheet, error) {
	var all []*Sheet
	var spread []wide
	for i, s := range book.Sheets {
		sheet := &Sheet{Index: i, Name: s.Name}
		all = append(all, sheet)
		choice, chosen := g.Chosen[s.Name]
		switch {
		case (s.Hidden || s.VeryHidden) && (!chosen || choice.Skip):
			sheet.Hidden, sheet.Skipped = true, "隐藏的表不导入"
			continue
		case choice.Skip:
			sheet.Skipped = "已选不导入"
			continue
		}
		if err := sheet.understand(book, s, g, choice, each); err != nil {
			return all, err
		}
		if len(sheet.wide) > 0 {
			spread = append(spread, wide{sheet, s, sheet.wide})
		}
	}
	for _, w := range spread {
		for _, f := range w.columns {
			part := w.part(len(all), f, g, len(book.Sheets) == 1)
			if all = append(all, part); part.Skipped != "" {
				continue
			}
			if err := part.read(book, w.from, g, each); err != nil {
				return all, err
			}
			w.samples(part)
		}
	}
	return all, nil
}

func (s *Sheet) understand(book *xlsx.Book, from *xlsx.Sheet, g Guide, c Choice, each func(*Row) error) error {
	var top []xlsx.Row
	if err := from.Filled(func(r xlsx.Row) error {
		if len(top) >= headings+1 {
			return xlsx.ErrStop
		}
		top = append(top, r)
		return nil
	}); err != nil {
		return err
	}
	if len(top) == 0 {
		s.Skipped = "空表"
		return nil
	}
	h, ok := c.header(top, g)
	if !ok {
		s.Skipped = "没有认出表头，请在导入页写明表头在第几行"
		return nil
	}
	s.First, s.Last, s.Shape, s.Fields = h.first, h.last, h.shape(), h.fields
	remembered := false
	if c.Fields == nil && g.Memory != nil {
		if m, ok := g.Memory(s.Shape); ok {
			remembered = true
			c.Fields = m.Fields
			if c.Kind == "" {
				c.Kind = m.Kind
			}
		}
	}
	s.choose(c, remembered, g.Columns)
	s.above(top)
	s.note()
	s.fillIn(g)
	s.Kind, s.KindName = c.Kind, ""
	if s.Kind == "" {
		s.Kind = kindOf(g.Kinds, s, book.Name)
	}
	for _, k := range g.Kinds {
		if k.Code == s.Kind {
			s.KindName = k.Name
		}
	}
	for _, y := range []int{c.Year, g.Year, s.Year, yearIn(s.Name), yearIn(book.Name)} {
		if y != 0 {
			s.Year = y
			break
		}
	}
	if s.wide = s.spread(g.Columns); len(s.wide) > 0 {
		s.Wide = len(s.wide)
		s.Skipped = "一列一个数，分成下面几张来读"
		return nil
	}
	return s.read(book, from, g, each)
}

// choose lays a person's or the memory's answers over what the headings say.
func (s *Sheet) choose(c Choice, remembered bool, columns []Column) {
	how := "chosen"
	if remembered {
		how = "remembered"
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		key, ok := c.Fields[f.Column]
		if !ok || key != "" && !slices.ContainsFunc(columns, func(c Column) bool { return c.Key == key }) {
			continue
		}
		for j := range s.Fields { // a field has one column
			if j != i && key != "" && s.Fields[j].Key == key {
				s.Fields[j].Key = ""
			}
		}
		if f.Key != key {
			f.Key = key
		}
		f.How = how
	}
}

// fillIn notes what all rows say in columns that the sheet does not have; fixed are columns that it says without one.
func (s *Sheet) fillIn(g Guide, fixed ...string) {
	all := maps.Clone(g.Fill)
	if all == nil {
		all = map[string]string{}
	}
	if s.From != "" {
		maps.Copy(all, g.Chosen[s.From].Fill)
	}
	maps.Copy(all, g.Chosen[s.Name].Fill)
	s.fill, s.Filled, s.unfilled = nil, nil, nil
	for _, c := range g.Columns {
		text := strings.TrimSpace(all[c.Key])
		if text == "" {
			continue
		}
		if s.has(c.Key) || slices.Contains(fixed, c.Key) {
			s.unfilled = append(s.unfilled, Filled{c.Key, c.Title, text})
			s.Notes = append(s.Notes, note("", "表里有「%s」，给所有行的「%s」没有用", lang.Say(c.Title), text))
			continue
		}
		s.fill = append(s.fill, fill{c, text})
		s.Filled = append(s.Filled, Filled{c.Key, c.Title, text})
	}
}

// has reports whether the sheet has a column, or another one that says the same: a township and a place would say two things of one row.
func (s *Sheet) has(key string) bool {
	_, has := s.hasColumn[key]
	switch key {
	case "township":
		_, other := s.hasColumn["place"]
		return has || other
	case "place":
		_, other := s.hasColumn["township"]
		return has || other
	}
	return has
}

var (
	yearWords  = regexp.MustCompile(`(\d{4}|[〇○零一二三四五六七八九]{4})\s*(?:年|学年)`)
	yearAlone  = regexp.MustCompile(`(?:^|\D)((?:19|20)\d{2})(?:\D|$)`)
	infoWords  = regexp.MustCompile(`^(填报单位|填表单位|报送单位|填报时间|填表时间|填报日期|单位名称|制表单位)\s*:\s*(.*)$`)
	nextInfo   = regexp.MustCompile(`\s+\p{Han}{2,5}\s*:`) // 填表单位：县科协　单位：人次
	totalWords = regexp.MustCompile(`^(合计|小计|总计|共计|累计|本页小计|本页合计|本月合计|总合计):?$`)
	signWords  = regexp.MustCompile(`(单位负责人|分管领导|负责人|填表人|填报人|制表人|制表|审核人|审核|复核|联系人|联系电话|统计人|单位\(盖章\)|盖章)\s*:`)
	noteWords  = regexp.MustCompile(`^(注|备注|说明|填表说明|填报说明)\s*:|^注\d?[、.]`)
)

// yearIn is the year that a title says, 0 for none.
func yearIn(text string) int {
	text = zh.Fold(text)
	m := yearWords.FindStringSubmatch(text)
	if m == nil {
		m = yearAlone.FindStringSubmatch(text)
	}
	if m == nil {
		return 0
	}
	year := 0
	for _, r := range m[1] {
		d := strings.IndexRune("〇一二三四五六七八九", r) / len("〇")
		switch {
		case r >= '0' && r <= '9':
			d = int(r - '0')
		case r == '零' || r == '○':
			d = 0
		}
		year = year*10 + d
	}
	if year < 1980 || year > 2100 {
		return 0
	}
	return year
}

// above reads what stands over the heading: the title with its year, 填报单位, 填报时间.
func (s *Sheet) above(top []xlsx.Row) {
	reported := 0
	for _, r := range top {
		if r.Number >= s.First {
			break
		}
		for _, c := range r.Cells {
			if c.Filled || c.Kind == xlsx.Empty {
				continue
			}
			text := zh.Fold(c.Text)
			if m := infoWords.FindStringSubmatch(text); m != nil {
				if strings.HasSuffix(m[1], "单位") || m[1] == "单位名称" {
					s.Reporter = strings.TrimSpace(nextInfo.Split(m[2], 2)[0])
				} else if reported == 0 {
					reported = yearIn(m[2])
				}
				continue
			}
			if s.Title == "" {
				s.Title = strings.TrimSpace(c.Text)
			}
			if s.Year == 0 {
				s.Year = yearIn(text)
			}
		}
	}
	if s.Year == 0 {
		s.Year = reported
	}
}

// kindOf picks the kind whose words fit best: the sheet's name before its title, that before its headings and the file's name.
func kindOf(kinds []SheetKind, s *Sheet, file string) string {
	best, code := 0, ""
	var heads strings.Builder
	for _, f := range s.Fields {
		heads.WriteString(f.Head + " ")
	}
	if _, said := s.hasColumn["kind"]; said { // each row says it: the headings are of all kinds
		heads.Reset()
	}
	for _, k := range kinds {
		n := 0
		for _, h := range append([]string{k.Name}, k.Hints...) {
			for i, text := range []string{file, heads.String(), s.Title, s.Name} {
				if strings.Contains(squeeze(text), squeeze(h)) {
					n = max(n, (i+1)*100+len([]rune(h)))
				}
			}
		}
		if n > best {
			best, code = n, k.Code
		}
	}
	if code == "" && len(kinds) == 1 {
		return kinds[0].Code
	}
	return code
}

// read goes through the rows below the heading.
func (s *Sheet) read(book *xlsx.Book, from *xlsx.Sheet, g Guide, each func(*Row) error) error {
	types := map[int]Column{}
	for _, f := range s.Fields {
		for _, c := range g.Columns {
			if c.Key == f.Key {
				types[f.Column] = c
			}
		}
	}
	if len(types) == 0 { // nobody said what the columns are: only their samples are of use
		each = nil
	}
	sums := newSums(s.Fields, g.Columns)
	hidden := 0
	err := from.Filled(func(r xlsx.Row) error {
		if r.Number <= s.Last {
			return nil
		}
		what, word := s.sort(r, types)
		switch what {
		case "":
		case "blank":
			return nil
		case "total":
			s.Totals = append(s.Totals, sums.check(r, word)...)
			s.Ignored = append(s.Ignored, Line{r.Number, word, ""})
			return nil
		default:
			if len(s.Ignored) < 200 {
				s.Ignored = append(s.Ignored, Line{r.Number, what, firstText(r)})
			}
			return nil
		}
		if i, ok := s.hasColumn[spreadInto(g.Columns, s.Spread)]; ok && s.Spread != "" && zh.Blank(r.At(i).Text) {
			return nil // nothing is said of this one
		}
		s.Rows++
		if r.Hidden {
			hidden++
		}
		sums.add(r)
		s.sample(r)
		if each == nil {
			return nil
		}
		return each(readRow(s, r, types, book.Date1904))
	})
	if err != nil {
		return err
	}
	s.Totals = append(s.Totals, sums.end()...)
	for _, t := range s.Totals {
		if !t.OK() {
			s.Notes = append(s.Notes, note(t.Cell, "%s「%s」是 %d，上面各行相加是 %d，请核对；%s行不导入", t.Word, t.Head, t.Stated, t.Sum, t.Word))
		}
	}
	if hidden > 0 {
		s.Notes = append(s.Notes, note("", "有 %d 行是隐藏的，也在其中", hidden))
	}
	if s.Rows == 0 {
		s.Skipped = "表头下面没有内容"
	} else if len(types) == 0 {
		s.Skipped = "还不知道哪一列是什么，请给每一列选「填到」"
	} else if _, said := s.hasColumn["kind"]; s.Kind == "" && len(g.Kinds) > 0 && !said && !slices.ContainsFunc(s.Filled, func(f Filled) bool { return f.Key == "kind" }) {
		s.Skipped = "没有认出是哪一类，请选定类型"
	}
	return nil
}

// sort says what a row is: "" data, "blank", "total" with its word, or the words for a signature, a note, a heading again.
func (s *Sheet) sort(r xlsx.Row, types map[int]Column) (what, word string) {
	filled, used, texts := 0, 0, 0
	first := ""
	same := true
	for i, c := range r.Cells {
		if c.Kind == xlsx.Empty || c.Filled && c.Text == r.At(i-1).Text {
			continue
		}
		text := squeeze(c.Text)
		if text == "" {
			continue
		}
		filled++
		if first == "" {
			first = text
		}
		if m := totalWord(text); m != "" && (filled == 1 || filled == 2 && types[i].Type != List) {
			return "total", m
		}
		if folded := zh.Fold(c.Text); strings.Contains(folded, ":") && signWords.MatchString(folded) {
			texts++
		}
		if f, ok := s.fieldAt(i); !ok || !strings.HasSuffix(f.Head, text) {
			same = false
		}
		if t := types[i].Type; t != "" && t != Serial && !zh.Blank(c.Text) {
			used++
		}
	}
	switch {
	case filled == 0:
		return "blank", ""
	case same && filled > 1:
		return "表头", ""
	case texts > 0 && (texts > 1 || filled <= 3 || signWords.MatchString(first)):
		return "签字", ""
	case noteWords.MatchString(first) || filled == 1 && len([]rune(first)) > 12:
		return "说明", ""
	case used == 0 && len(types) > 0:
		if filled == 1 && types[firstColumn(r)].Type != Serial {
			return "说明", ""
		}
		return "blank", ""
	}
	return "", ""
}

// totalWord is the word of a total row in a folded text, "" for any other text.
func totalWord(text string) string {
	if len(text) > 16 || !strings.Contains(text, "计") {
		return ""
	}
	if m := totalWords.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func (s *Sheet) fieldAt(column int) (Field, bool) {
	for _, f := range s.Fields {
		if f.Column == column {
			return f, true
		}
	}
	return Field{}, false
}

func firstColumn(r xlsx.Row) int {
	return slices.IndexFunc(r.Cells, func(c xlsx.Cell) bool { return c.Kind != xlsx.Empty })
}

func firstText(r xlsx.Row) string {
	if i := firstColumn(r); i >= 0 {
		return r.Cells[i].Text
	}
	return ""
}

// sample keeps the first value of every column, for the page.
func (s *Sheet) sample(r xlsx.Row) {
	if s.Rows > 20 {
		return
	}
	for i := range s.Fields {
		if c := r.At(s.Fields[i].Column); s.Fields[i].Sample == "" && c.Kind != xlsx.Empty {
			s.Fields[i].Sample = c.Text
		}
	}
}

// Address is where a row is, for sentences: 「农函大」第 12 行.
func Address(sheet string, line int) lang.Sentence {
	return lang.Say("「%s」第 %d 行", sheet, line)
}

// Period is the year of the sheet as a period; the zero Period when it has none.
func (s *Sheet) Period() day.Period {
	if s.Year == 0 {
		return day.Period{}
	}
	return day.Year(s.Year)
}
