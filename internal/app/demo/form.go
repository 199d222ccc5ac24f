package demo

import (
	"image/color"
	"math"
	"math/rand/v2"
)

// inks are what a form with a stamp is drawn in: the last is the red of the stamp.
var inks = color.Palette{shades[0], shades[1], shades[2], color.RGBA{0xC8, 0x2A, 0x22, 0xFF}}

const (
	stampRed    = 3
	stampRadius = 74
	formHeight  = 620
	fieldTop    = 120
	fieldHeight = 44
	mostWords   = 24 // characters in a line of a field
)

// form is a sheet that a village, a school or a contractor fills in and stamps: a confirmation.
type form struct {
	title  string
	fields [][2]string // what is asked, and what was written
	said   string
	stamp  string // whose
	date   string
	hand   uint64
}

// draw makes the picture of the form.
func (f form) draw() ([]byte, error) {
	p, err := newPage(inks, formHeight)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(f.hand, seed))
	p.centre(p.title, 48, f.title)
	y := fieldTop
	for _, field := range f.fields {
		lines := broken(field[1], mostWords)
		bottom := y + fieldHeight + (len(lines)-1)*28
		p.fill(70, y, 674, y+1, ruleGrey)
		p.write(p.text, 84, y+13, field[0])
		for i, line := range lines {
			p.write(p.text, 200, y+13+i*28, line)
		}
		y = bottom
	}
	p.fill(70, y, 674, y+1, ruleGrey)
	for _, x := range []int{70, 186, 673} {
		p.fill(x, fieldTop, x+1, y, ruleGrey)
	}
	for i, line := range broken(f.said, mostWords+6) {
		p.write(p.text, 84, y+24+i*30, line)
	}
	at := min(y+100, formHeight-110) + r.IntN(16)
	p.write(p.text, 430, at, "（盖章）"+f.stamp)
	p.write(p.text, 470, at+36, f.date)
	p.seal(520+r.IntN(24), at+8+r.IntN(16), f.stamp)
	return p.png()
}

// broken cuts a text into lines.
func broken(text string, most int) (lines []string) {
	all := []rune(text)
	for len(all) > most {
		lines, all = append(lines, string(all[:most])), all[most:]
	}
	return append(lines, string(all))
}

// seal stamps a round stamp: a ring, a star, and the name of the unit below it.
func (p page) seal(x, y int, name string) {
	ring := func(radius, width float64) {
		for dx := -radius; dx <= radius; dx++ {
			for dy := -radius; dy <= radius; dy++ {
				if d := math.Hypot(dx, dy); d <= radius && d > radius-width {
					p.SetColorIndex(x+int(dx), y+int(dy), stampRed)
				}
			}
		}
	}
	ring(stampRadius, 4)
	for dx := -20; dx <= 20; dx++ {
		for dy := -20; dy <= 20; dy++ {
			a := math.Mod(math.Atan2(float64(dx), float64(-dy))+2*math.Pi, 2*math.Pi/5) - math.Pi/5
			if math.Hypot(float64(dx), float64(dy))*math.Cos(math.Pi/5-math.Abs(a)) < 8.5 && math.Hypot(float64(dx), float64(dy)) < 20 {
				p.SetColorIndex(x+dx, y-24+dy, stampRed)
			}
		}
	}
	words := broken(name, 6)
	for i, line := range words {
		p.stamped(p.text, x-p.text.width(line)/2, y+6+i*22, line)
	}
}

// stamped writes in the ink of the stamp.
func (p page) stamped(s strip, x, y int, text string) {
	for _, c := range text {
		s.each(c, func(dx, dy int, _ uint8) { p.SetColorIndex(x+dx, y+dy, stampRed) })
		x += s.advance(c)
	}
}
