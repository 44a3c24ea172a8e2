package web

import (
	"image"
	"image/color"
)

// reshape cuts and shrinks a picture, and turns it upright.
func reshape(src image.RGBA64Image, to pictureShape, orientation int) *image.RGBA {
	if orientation >= 5 { // it lies on its side
		to.width, to.height = to.height, to.width
	}
	from := src.Bounds()
	if to.cut {
		from = middle(from, to.width, to.height)
	}
	w, h := from.Dx(), from.Dy()
	if w > to.width {
		w, h = to.width, max(1, h*to.width/w)
	}
	if h > to.height {
		w, h = max(1, w*to.height/h), to.height
	}
	return upright(shrink(src, from, w, h), orientation)
}

// middle is the largest part in the middle that has the proportions of a width and height.
func middle(b image.Rectangle, width, height int) image.Rectangle {
	w, h := b.Dx(), b.Dy()
	if w*height > h*width {
		w = max(1, h*width/height)
	} else {
		h = max(1, w*height/width)
	}
	x, y := b.Min.X+(b.Dx()-w)/2, b.Min.Y+(b.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}

// shrink makes each point the mean of those it stands for. It needs no memory but for what comes out.
func shrink(src image.RGBA64Image, from image.Rectangle, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		top, bottom := from.Min.Y+y*from.Dy()/h, from.Min.Y+(y+1)*from.Dy()/h
		for x := range w {
			left, right := from.Min.X+x*from.Dx()/w, from.Min.X+(x+1)*from.Dx()/w
			out.SetRGBA(x, y, mean(src, image.Rect(left, top, right, bottom)))
		}
	}
	return out
}

func mean(src image.RGBA64Image, of image.Rectangle) color.RGBA {
	var r, g, b, a uint64
	for y := of.Min.Y; y < of.Max.Y; y++ {
		for x := of.Min.X; x < of.Max.X; x++ {
			c := src.RGBA64At(x, y)
			r, g, b, a = r+uint64(c.R), g+uint64(c.G), b+uint64(c.B), a+uint64(c.A)
		}
	}
	n := uint64(of.Dx()*of.Dy()) << 8                                         // #nosec G115 -- no picture has fewer points than none
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), uint8(a / n)} // #nosec G115 -- means of 16 bits without the lower 8
}

// upright turns and mirrors a picture as its camera was held (EXIF 2.32, tag 0x0112).
func upright(img *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			toX, toY := x, y
			switch orientation {
			case 2, 3, 7, 8:
				toX = w - 1 - x
			}
			switch orientation {
			case 3, 4, 6, 7:
				toY = h - 1 - y
			}
			if orientation >= 5 {
				toX, toY = toY, toX
			}
			out.SetRGBA(toX, toY, img.RGBAAt(x, y))
		}
	}
	return out
}
