package web

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"

	"folkmoot/store"
)

// What people upload is read as a picture and written anew from its points alone: whatever else was in the file (where it was taken,
// programs, a second file) stays behind. Names and types that come with it are not looked at.

var (
	// ErrNoPicture means that a file is not an image that can be read.
	ErrNoPicture = errors.New("this is no picture that can be read; choose a JPEG, PNG, GIF or WebP file")
	// ErrPictureTooLarge means that a picture would take too much memory.
	ErrPictureTooLarge = errors.New("this picture is too large; make it smaller than 8 MB and 24 megapixels, and try again")
	// ErrPictureTooSmall means that there is too little to see.
	ErrPictureTooSmall = errors.New("this picture is too small; choose one that is at least 16 pixels wide and high")
)

// MaxPicture is how many bytes a file with a picture may have.
const MaxPicture = 8 << 20

const (
	maxPictureSide   = 12_000
	minPictureSide   = 16
	maxPictureMemory = 128 << 20 // while one is read: what a phone takes is well below
	maxPictureScans  = 100       // of a JPEG: each goes over the whole picture
	maxPNG           = 512 << 10 // larger ones are photos, and written as JPEG
)

// pictureShape is what a picture is made to: cut to just that, or kept whole within it. Nothing is made larger.
type pictureShape struct {
	width, height int
	cut           bool
}

func iconShape() pictureShape   { return pictureShape{400, 400, true} }
func headerShape() pictureShape { return pictureShape{1500, 500, true} }

// Icon makes the square picture of a group out of a file.
func Icon(file []byte) (store.Picture, error) { return readPicture(file, iconShape()) }

// Header makes the wide picture of a group out of a file.
func Header(file []byte) (store.Picture, error) { return readPicture(file, headerShape()) }

// pictureFormat is a kind of file that pictures come in.
type pictureFormat struct {
	magic  func([]byte) bool
	config func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
	weight func(file []byte, c image.Config) int64 // bytes that a pixel takes while the file is read, at most
	chunks func([]byte) exif
	drawn  bool // rather than photographed
}

func pictureFormats() []pictureFormat {
	begins := func(with string) func([]byte) bool {
		return func(b []byte) bool { return bytes.HasPrefix(b, []byte(with)) }
	}
	return []pictureFormat{
		{
			begins("\xff\xd8\xff"), func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }, jpegWeight, jpegExif, false,
		},
		{
			begins("\x89PNG\r\n\x1a\n"), func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }, pngWeight, pngExif, true,
		},
		{
			begins("GIF8"), func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }, // the first of what moves
			func([]byte, image.Config) int64 { return 2 }, func([]byte) exif { return exif{} }, true,
		},
		{
			func(b []byte) bool { return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" },
			func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) },
			func([]byte, image.Config) int64 { return 8 }, webpExif, true,
		},
	}
}

// jpegWeight counts what the parts of a JPEG take, and for one that comes in scans also what is known of them until the last.
func jpegWeight(file []byte, c image.Config) int64 {
	parts := int64(3)
	switch c.ColorModel {
	case color.GrayModel:
		parts = 1
	case color.CMYKModel:
		parts = 8
	}
	if jpegExif(file).scans {
		return parts * 5
	}
	return parts
}

// pngWeight counts what a pixel takes, and as much again for a part of what is interlaced.
func pngWeight(_ []byte, c image.Config) int64 {
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		return 12
	}
	return 6
}

// readPicture makes a picture to a shape out of a file that nobody trusts.
func readPicture(file []byte, to pictureShape) (store.Picture, error) {
	if len(file) > MaxPicture {
		return store.Picture{}, ErrPictureTooLarge
	}
	for _, f := range pictureFormats() {
		if f.magic(file) {
			return f.read(file, to)
		}
	}
	return store.Picture{}, ErrNoPicture
}

func (f pictureFormat) read(file []byte, to pictureShape) (store.Picture, error) {
	c, err := f.config(bytes.NewReader(file))
	if err != nil {
		return store.Picture{}, fmt.Errorf("%w: %w", ErrNoPicture, err)
	}
	if c.Width > maxPictureSide || c.Height > maxPictureSide || int64(c.Width)*int64(c.Height)*f.weight(file, c) > maxPictureMemory {
		return store.Picture{}, ErrPictureTooLarge
	}
	if c.Width < minPictureSide || c.Height < minPictureSide {
		return store.Picture{}, ErrPictureTooSmall
	}
	if bytes.Count(file, []byte{0xff, 0xda}) > maxPictureScans && !f.drawn {
		return store.Picture{}, ErrPictureTooLarge
	}
	img, err := f.decode(bytes.NewReader(file))
	if err != nil {
		return store.Picture{}, fmt.Errorf("%w: %w", ErrNoPicture, err)
	}
	points, ok := img.(image.RGBA64Image)
	if b := img.Bounds(); !ok || b.Dx() < minPictureSide || b.Dy() < minPictureSide { // a GIF's first picture may be less than the whole
		return store.Picture{}, ErrPictureTooSmall
	}
	return write(reshape(points, to, f.chunks(file).orientation), f.drawn)
}

// write makes a file of a picture: PNG for what is drawn or can be seen through, as long as that is small, JPEG for photos.
func write(img *image.RGBA, drawn bool) (store.Picture, error) {
	var out bytes.Buffer
	if drawn {
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img); err != nil {
			return store.Picture{}, fmt.Errorf("write a picture: %w", err)
		}
		if out.Len() <= maxPNG {
			return store.NewPicture("image/png", out.Bytes()), nil
		}
		out.Reset()
		whiten(img)
	}
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		return store.Picture{}, fmt.Errorf("write a picture: %w", err)
	}
	return store.NewPicture("image/jpeg", out.Bytes()), nil
}

// whiten lays a picture on white: there is nothing to see through in a JPEG.
func whiten(img *image.RGBA) {
	for i := 0; i+3 < len(img.Pix); i += 4 {
		rest := 0xff - img.Pix[i+3]
		for c := range 3 {
			img.Pix[i+c] += rest // the parts are multiplied by what can be seen already
		}
		img.Pix[i+3] = 0xff
	}
}
