package evidence

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders of the pictures that are taken
	"image/jpeg"
	_ "image/png"
	"io"
	"os"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/errs"
)

const (
	maxPixels   = 200_000_000 // a picture of more is refused: no camera makes it
	mostDecoded = 256 << 20   // a picture that takes more memory while it is decoded gets no preview
	thumbSide   = 320
)

// measure reads the width and height in a picture's header.
func measure(f *os.File, kind, name string) (int, int, error) {
	c, format, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil || "image/"+format != kind || c.Width < 1 || c.Height < 1 {
		return 0, 0, errs.E(errs.Invalid, "「%s」打不开，可能没有传完或已损坏，请再传一次", name).Because(err)
	}
	if int64(c.Width)*int64(c.Height) > maxPixels {
		return 0, 0, errs.E(errs.Invalid, "「%s」有 %d×%d 点，太大，请缩小后再传", name, c.Width, c.Height)
	}
	return c.Width, c.Height, nil
}

// decoded is how much memory a picture takes while it is decoded: 16-bit ones take eight bytes a point, and a progressive JPEG
// is held as coefficients beside its points.
func decoded(c image.Config, format string) int64 {
	bytes := int64(4)
	switch {
	case format == "jpeg", c.ColorModel == color.RGBA64Model, c.ColorModel == color.NRGBA64Model:
		bytes = 8
	case c.ColorModel == color.GrayModel:
		bytes = 1
	case c.ColorModel == color.Gray16Model:
		bytes = 2
	}
	return int64(c.Width) * int64(c.Height) * bytes
}

// previews lets one preview be made at a time: a large photo takes up to mostDecoded while it is decoded.
var previews = make(chan struct{}, 1)

var errNoPreview = errors.New("no preview of this file")

// preview opens the small picture of a file, at most 320 pixels a side, and makes it the first time.
func preview(ctx context.Context, store *blob.Store, f File) (*os.File, error) {
	if !f.Picture() {
		return nil, errNoPreview
	}
	return store.Derived(ctx, org.Of(ctx), f.Hash, fmt.Sprint(thumbSide), func(src *os.File, dst io.Writer) error {
		select {
		case previews <- struct{}{}:
			defer func() { <-previews }()
		case <-ctx.Done():
			return ctx.Err()
		}
		config, format, err := image.DecodeConfig(bufio.NewReader(src))
		if err != nil || decoded(config, format) > mostDecoded {
			return errors.Join(errNoPreview, err)
		}
		if _, err := src.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read %s again: %w", f.Hash[:12], err)
		}
		turn := 1
		if f.Type == "image/jpeg" {
			turn = orientation(src)
			if _, err := src.Seek(0, io.SeekStart); err != nil {
				return fmt.Errorf("read %s again: %w", f.Hash[:12], err)
			}
		}
		full, _, err := image.Decode(bufio.NewReader(src))
		if err != nil {
			return errors.Join(errNoPreview, err)
		}
		if err := jpeg.Encode(dst, small(full, turn), &jpeg.Options{Quality: 80}); err != nil {
			return fmt.Errorf("write the preview of %s: %w", f.Hash[:12], err)
		}
		return nil
	})
}

// small scales a picture to fit the preview, on white, and turns it upright.
func small(full image.Image, turn int) image.Image {
	w, h := full.Bounds().Dx(), full.Bounds().Dy()
	if longest := max(w, h); longest > thumbSide {
		w, h = max(1, w*thumbSide/longest), max(1, h*thumbSide/longest)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Bounds(), full, full.Bounds(), draw.Over, nil)
	return upright(out, turn)
}

// upright turns a picture as its EXIF orientation (1 to 8) says.
func upright(p *image.RGBA, turn int) image.Image {
	if turn < 2 || turn > 8 {
		return p
	}
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if turn >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			var to image.Point
			switch turn {
			case 2:
				to = image.Pt(w-1-x, y)
			case 3:
				to = image.Pt(w-1-x, h-1-y)
			case 4:
				to = image.Pt(x, h-1-y)
			case 5:
				to = image.Pt(y, x)
			case 6:
				to = image.Pt(h-1-y, x)
			case 7:
				to = image.Pt(h-1-y, w-1-x)
			case 8:
				to = image.Pt(y, w-1-x)
			}
			out.SetRGBA(to.X, to.Y, p.RGBAAt(x, y))
		}
	}
	return out
}

// orientation reads the EXIF tag 0x0112 of a JPEG; 1 when there is none.
func orientation(r io.Reader) int {
	b := bufio.NewReader(r)
	var soi [2]byte
	if _, err := io.ReadFull(b, soi[:]); err != nil || soi != [2]byte{0xff, 0xd8} {
		return 1
	}
	for {
		var head [4]byte
		if _, err := io.ReadFull(b, head[:]); err != nil || head[0] != 0xff || head[1] == 0xda {
			return 1
		}
		length := int(binary.BigEndian.Uint16(head[2:])) - 2
		if length < 0 {
			return 1
		}
		segment := make([]byte, length)
		if _, err := io.ReadFull(b, segment); err != nil {
			return 1
		}
		if head[1] == 0xe1 && len(segment) > 6 && string(segment[:6]) == "Exif\x00\x00" {
			return tiffOrientation(segment[6:])
		}
	}
}

func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(t[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int(order.Uint32(t[4:]))
	if at < 8 || at+2 > len(t) {
		return 1
	}
	n := int(order.Uint16(t[at:]))
	for i := range n {
		entry := at + 2 + 12*i
		if entry+12 > len(t) {
			return 1
		}
		if order.Uint16(t[entry:]) == 0x0112 {
			if v := int(order.Uint16(t[entry+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}
