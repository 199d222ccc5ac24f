package page

import (
	"encoding/json"
	"strconv"
)

// Chart is a drawing of series over the same labels, by the rules of LOOK.md, section 5: bars from zero, the peak and the latest
// labelled, every point opening its trace. The table below it has the same data; without scripts it is all there is.
type Chart struct {
	Name   string   // what it shows, for who does not see it: 逐月培训人次，2026年和2025年
	Labels []string // along the axis
	Series []Series // the first ones bars
	Open   bool     // the last label is a period that is not over: dashed
	Table  List
}

// Series is a row of points, one a label. A Line is drawn as a thin line over the bars: last year.
type Series struct {
	Name   string
	Line   bool
	Points []Point
}

// Point is a figure in a chart.
type Point struct {
	Value float64
	None  bool   // there is no number: nothing is drawn
	Text  string // the value as pages print it
	Href  string // its trace
}

// drawing is what the script is told (web/src/chart.js).
type drawing struct {
	Labels []string      `json:"labels"`
	Open   bool          `json:"open"`
	Series []drawnSeries `json:"series"`
}

type drawnSeries struct {
	Name   string     `json:"name"`
	Line   bool       `json:"line"`
	Values []*float64 `json:"values"`
	Texts  []string   `json:"texts"`
	Hrefs  []string   `json:"hrefs"`
}

// spec is the chart as the script reads it.
func (c Chart) spec() string {
	d := drawing{Labels: c.Labels, Open: c.Open}
	for _, s := range c.Series {
		out := drawnSeries{Name: s.Name, Line: s.Line}
		for i := range s.Points {
			p := &s.Points[i]
			value := &p.Value
			if p.None {
				value = nil
			}
			out.Values, out.Texts, out.Hrefs = append(out.Values, value), append(out.Texts, p.Text), append(out.Hrefs, p.Href)
		}
		d.Series = append(d.Series, out)
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic(err) // a value that is no number is None
	}
	return string(b)
}

// Tiles are places as squares of a grid; they need no boundaries of a map. Colours go by classes, each with its value written in it.
type Tiles struct {
	Name   string // for who does not see it: 各乡镇培训人次
	Cols   int
	Tiles  []Tile
	Legend []string // of the classes, the lowest first
	Table  List
}

// Tile is one place. Row and Col are from 1, Class from 0; -1 has no number.
type Tile struct {
	Name, Note      string
	Row, Col, Class int
	Figure          Figure
}

// tilesMost is how many rows and columns the styles know (home.css).
const tilesMost = 20

func (t Tile) class() string {
	class := "tile tile-row-" + strconv.Itoa(min(t.Row, tilesMost)) + " tile-col-" + strconv.Itoa(min(t.Col, tilesMost))
	if t.Class >= 0 {
		class += " tile-" + strconv.Itoa(t.Class+1)
	}
	return class
}

// againstMost is where a bar that is measured by last year's figure, 100, is cut off.
const againstMost = 125

// against is the part of a bar that is as long as last year's figure at 100, up to againstMost.
func against(now, last float64) string {
	if last <= 0 || now <= 0 {
		return "0"
	}
	return strconv.FormatFloat(min(againstMost, now*100/last), 'f', 2, 64)
}

// CutOff reports whether AgainstBar shows the figure shorter than it is.
func CutOff(now, last float64) bool { return last > 0 && now*100/last > againstMost }
