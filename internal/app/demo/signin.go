package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"sync"

	"shilu/internal/kit/day"
)

// Characters are drawn from two strips of grey pictures: no font is shipped. data/glyphs.txt has their order, one line a strip;
// the test writes them anew from Noto Sans CJK (OFL) when it is run with -update.
const (
	textSize  = 19 // pixels of a character of text
	titleSize = 36
)

// shades are what a sheet is drawn in. Four keep the files small.
var shades = color.Palette{color.Gray{0xFD}, color.Gray{0x96}, color.Gray{0x26}, color.RGBA{0x2B, 0x3F, 0x7A, 0xFF}}

const (
	ruleGrey = 1
	penInk   = 3
)

// strip has characters of one size beside each other.
type strip struct {
	picture *image.Paletted
	size    int
	at      map[rune]int
}

// glyphs reads both strips once.
var glyphs = sync.OnceValues(func() (both [2]strip, err error) {
	text, err := data.ReadFile("data/glyphs.txt")
	if err != nil {
		return both, fmt.Errorf("read the characters: %w", err)
	}
	lines := bytes.SplitN(text, []byte("\n"), 3)
	for i, size := range []int{textSize, titleSize} {
		f, err := data.Open(fmt.Sprintf("data/glyphs-%d.png", size))
		if err != nil {
			return both, fmt.Errorf("read the characters: %w", err)
		}
		picture, err := png.Decode(f)
		_ = f.Close()
		if err != nil {
			return both, fmt.Errorf("read the characters: %w", err)
		}
		paletted, ok := picture.(*image.Paletted)
		if !ok {
			return both, fmt.Errorf("the characters of %d pixels are not in greys", size)
		}
		both[i] = strip{paletted, size, map[rune]int{}}
		for n, c := range []rune(string(lines[i])) {
			both[i].at[c] = n
		}
	}
	return both, nil
})

// perLine is how many characters a row of a strip has.
const perLine = 32

// page is a sheet of A4 at some 90 dots an inch.
type page struct {
	*image.Paletted
	text, title strip
}

func newPage(shades color.Palette, height int) (page, error) {
	both, err := glyphs()
	return page{image.NewPaletted(image.Rect(0, 0, pageWidth, height), shades), both[0], both[1]}, err
}

func (p page) centre(s strip, y int, text string) { p.write(s, (pageWidth-s.width(text))/2, y, text) }

func (p page) png() ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &buffers{}}).Encode(&b, p.Paletted)
	return b.Bytes(), err
}

// write sets a text with its upper left corner at x, y.
func (p page) write(s strip, x, y int, text string) {
	for _, c := range text {
		s.each(c, func(dx, dy int, shade uint8) { p.SetColorIndex(x+dx, y+dy, shade) })
		x += s.advance(c)
	}
}

// each gives the inked dots of a character; there are none of one that the strip lacks.
func (s strip) each(c rune, dot func(dx, dy int, shade uint8)) {
	n, ok := s.at[c]
	if !ok {
		return
	}
	from := image.Pt(n%perLine*s.size, n/perLine*s.size)
	for dy := range s.size {
		row := s.picture.Pix[s.picture.PixOffset(from.X, from.Y+dy):][:s.size]
		for dx, shade := range row {
			if shade > 0 {
				dot(dx, dy, shade)
			}
		}
	}
}

func (s strip) advance(c rune) int {
	if c < 0x80 {
		return s.size * 6 / 10
	}
	return s.size
}

func (s strip) width(text string) (w int) {
	for _, c := range text {
		w += s.advance(c)
	}
	return w
}

func (p page) fill(x0, y0, x1, y1 int, shade uint8) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			p.SetColorIndex(x, y, shade)
		}
	}
}

// sign writes somebody's name in his own hand: a line that nobody can read.
func (p page) sign(r *rand.Rand, x, y int) {
	length, slant := 44+r.IntN(26), r.Float64()*6-3
	a, b, phase := 3+r.Float64()*3, 2+r.Float64()*3, r.Float64()*6
	for i := range length * 4 {
		t := float64(i) / 4
		dx := t + 3*math.Sin(t/2.1+phase)
		dy := a*math.Sin(t/3.3+phase) + b*math.Cos(t/1.7) + slant*t/float64(length)
		px, py := x+int(dx), y+int(dy)
		p.fill(px, py, px+2, py+2, penInk)
	}
}

const (
	pageWidth, pageHeight = 744, 1052
	perBlock              = 27
	perPage               = 2 * perBlock
	rowHeight             = 30
	tableTop              = 196
)

// signIn is what stands above the names on a sheet on which people sign. hand is the chance in their writing.
type signIn struct {
	name, place, host, who string
	day                    day.Day
	hand                   uint64
}

// draw makes a sheet on which the people of names signed, numbered from first+1.
func (s signIn) draw(names []string, first int) ([]byte, error) {
	p, err := newPage(shades, pageHeight)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(uint64(first), s.hand))
	p.centre(p.title, 48, "签到册")
	p.centre(p.text, 104, s.name)
	p.write(p.text, 60, 140, "时间："+s.day.Long())
	p.write(p.text, 330, 140, "地点："+s.place)
	p.write(p.text, 60, 166, "主办单位："+s.host)
	p.write(p.text, 460, 166, s.who)
	for block := range 2 {
		part := names[min(len(names), block*perBlock):min(len(names), (block+1)*perBlock)]
		if len(part) == 0 {
			continue
		}
		columns := []int{60, 112, 214, 362}
		left := block * 316
		bottom := tableTop + (len(part)+1)*rowHeight
		for i, x := range columns {
			p.fill(left+x-4, tableTop, left+x-3, bottom+1, ruleGrey)
			if i < 3 {
				p.write(p.text, left+x+3, tableTop+6, []string{"序号", "姓名", "签名"}[i])
			}
		}
		for y := tableTop; y <= bottom; y += rowHeight {
			p.fill(left+columns[0]-4, y, left+columns[3]-3, y+1, ruleGrey)
		}
		for i, name := range part {
			y := tableTop + (i+1)*rowHeight
			p.write(p.text, left+columns[0]+8, y+6, fmt.Sprint(first+block*perBlock+i+1))
			p.write(p.text, left+columns[1]+4, y+6, name)
			p.sign(r, left+columns[2]+18+r.IntN(20), y+14)
		}
	}
	return p.png()
}

// spare keeps the buffers of the encoder, which are larger than the pictures.
var spare sync.Pool

type buffers struct{}

func (*buffers) Get() *png.EncoderBuffer {
	b, _ := spare.Get().(*png.EncoderBuffer)
	return b
}

func (*buffers) Put(b *png.EncoderBuffer) { spare.Put(b) }
