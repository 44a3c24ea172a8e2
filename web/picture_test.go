package web

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"folkmoot/store"
)

// corners is a picture whose left half is red, and whose lower right corner is blue.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{0xff, 0xff, 0xff, 0xff}
			switch {
			case x < w/2:
				c = color.RGBA{0xff, 0, 0, 0xff}
			case y >= h/2:
				c = color.RGBA{0, 0, 0xff, 0xff}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asGIF(t testing.TB, frames ...image.Image) []byte {
	t.Helper()
	g := &gif.GIF{}
	for _, f := range frames {
		p := image.NewPaletted(f.Bounds(), color.Palette{color.White, color.RGBA{0xff, 0, 0, 0xff}, color.RGBA{0, 0, 0xff, 0xff}})
		for y := range f.Bounds().Dy() {
			for x := range f.Bounds().Dx() {
				p.Set(x, y, f.At(x, y))
			}
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 5)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exifOf is what a phone writes into a photo: how it was held, and where.
func exifOf(order binary.AppendByteOrder, mark string, orientation uint16) []byte {
	b := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x8825), 4), 1) // GPS
	b = order.AppendUint32(b, 38)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0112), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, orientation), 0)
	return append(order.AppendUint32(b, 0), "GPSLatitude 52.5200"...)
}

// withExif puts it into a JPEG.
func withExif(file, exif []byte) []byte {
	body := append([]byte("Exif\x00\x00"), exif...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{file[:2], segment, body, file[2:]}, nil)
}

// withChunk puts a chunk behind the header of a PNG.
func withChunk(file []byte, kind string, body []byte) []byte {
	chunk := append([]byte(kind), body...)
	out := binary.BigEndian.AppendUint32(bytes.Clone(file[:33]), uint32(len(body)))
	out = binary.BigEndian.AppendUint32(append(out, chunk...), crc32.ChecksumIEEE(chunk))
	return append(out, file[33:]...)
}

// sized is a PNG that says it has other measures than it has.
func sized(file []byte, w, h uint32) []byte {
	out := bytes.Clone(file)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// progressive is a JPEG that goes over its picture again and again.
func progressive(file []byte, scans int) []byte {
	out := bytes.Replace(file, []byte{0xff, 0xc0}, []byte{0xff, 0xc2}, 1)
	return append(out[:len(out)-2], bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0}, scans)...)
}

// asWebP is the same picture of 40 x 20 points as Chromium writes it, once with loss and once without, with a chunk behind it.
func asWebP(t testing.TB, kind string, body []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for _, text := range []string{
		"UklGRqAAAABXRUJQVlA4WAoAAAAAAAAAJwAAEwAAVlA4IIIAAABQBQCdASooABQAPqVEmkmmJCKhNUgAwBSJZADDn9b6B+Kv4gUABX/+5AAf9e" +
			"2PFtlc/YAA/u3O3/F44RgYv/+yrOitv2lv7hqxkP+b0//pgjY/HT28f9i/3SUe4vOgafn773/jK38mYv9YRd/Jz4f2Ps5nygwcKKWV5Y0kIutW" +
			"aJAA",
		"UklGRk4AAABXRUJQVlA4WAoAAAAQAAAAJwAAEwAAVlA4TC8AAAAvJ8AEEB8w//MvICj4P7r5D4IuoBCSJAfh6EZyJD/nB4jo/wiomlJKsdZ+BY" +
			"CPAQA=",
	} {
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		file = append(binary.LittleEndian.AppendUint32(append(file, kind...), uint32(len(body))), body...)
		binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
		out = append(out, file)
	}
	return out
}

// opened reads what a picture was written as, by a reader that knows the two formats it may be in.
func opened(t *testing.T, p store.Picture) image.Image {
	t.Helper()
	img, format, err := image.Decode(bytes.NewReader(p.Body))
	if err != nil || "image/"+format != p.Type {
		t.Fatalf("%s is %s: %v", p.Type, format, err)
	}
	return img
}

func near(c color.Color, r, g, b uint32) bool {
	cr, cg, cb, _ := c.RGBA()
	off := func(x, y uint32) bool { return max(x>>8, y)-min(x>>8, y) > 40 }
	return !off(cr, r) && !off(cg, g) && !off(cb, b)
}

func TestPicturesAreMadeToSize(t *testing.T) {
	for _, tt := range []struct {
		name  string
		file  []byte
		made  func([]byte) (store.Picture, error)
		w, h  int
		media string
	}{
		{"wide photo to an icon", asJPEG(t, corners(1000, 500)), Icon, 400, 400, "image/jpeg"},
		{"high drawing to an icon", asPNG(t, corners(500, 1000)), Icon, 400, 400, "image/png"},
		{"small drawing stays small", asPNG(t, corners(100, 120)), Icon, 100, 100, "image/png"},
		{"photo to a header", asJPEG(t, corners(3000, 2000)), Header, 1500, 500, "image/jpeg"},
		{"with loss", asWebP(t, "XMP ", []byte("<x/>"))[0], Icon, 20, 20, "image/png"},
		{"the first of what moves", asGIF(t, corners(64, 64), image.NewGray(image.Rect(0, 0, 64, 64))), Icon, 64, 64, "image/png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.made(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			img := opened(t, p)
			if b := img.Bounds(); b.Dx() != tt.w || b.Dy() != tt.h || p.Type != tt.media {
				t.Errorf("%s of %v", p.Type, b)
			}
			if !near(img.At(2, 2), 0xff, 0, 0) || !near(img.At(tt.w-3, tt.h-3), 0, 0, 0xff) {
				t.Errorf("corners %v %v", img.At(2, 2), img.At(tt.w-3, tt.h-3))
			}
		})
	}
}

func TestNoisyDrawingBecomesAPhotoOnWhite(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 600, 600))
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(dice.UintN(256))
		if i < 8*600*4 {
			img.Pix[i] = 0 // nothing to see
		}
	}
	p, err := Icon(asPNG(t, img))
	if err != nil || p.Type != "image/jpeg" || len(p.Body) > maxPNG {
		t.Fatalf("%s of %d bytes, %v", p.Type, len(p.Body), err)
	}
	if got := opened(t, p).At(1, 1); !near(got, 0xff, 0xff, 0xff) {
		t.Errorf("what was clear is %v", got)
	}
}

// HTM-06: what comes out is a picture and nothing else, made of its points alone, whatever went in.
func TestOddUploads(t *testing.T) {
	small, photo := asPNG(t, corners(64, 64)), asJPEG(t, corners(64, 64))
	script := []byte("/*<script>alert(document.domain)</script>*/=1;alert(1)//")
	vast := asJPEG(t, image.NewGray(image.Rect(0, 0, 5200, 5200)))
	gifScript := asGIF(t, corners(64, 64))
	many := make([]image.Image, 500)
	for i := range many {
		many[i] = corners(32, 32)
	}
	for name, tt := range map[string]struct {
		file []byte
		want error // nil: taken, and rid of what does not belong there
	}{
		"nothing":                         {nil, ErrNoPicture},
		"a page":                          {[]byte("<!doctype html><script>alert(1)</script>"), ErrNoPicture},
		"a page after white space":        {[]byte("\n\n  <html>"), ErrNoPicture},
		"SVG":                             {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ErrNoPicture},
		"SVG with a declaration":          {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), ErrNoPicture},
		"an ActivityPub document":         {[]byte(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Person"}`), ErrNoPicture},
		"PDF":                             {[]byte("%PDF-1.7"), ErrNoPicture},
		"TIFF":                            {exifOf(binary.LittleEndian, "II", 1), ErrNoPicture},
		"the head of a GIF and a script":  {append([]byte("GIF89a/*"), script...), ErrPictureTooLarge},
		"a PNG and a script":              {append(bytes.Clone(small), script...), nil},
		"a GIF and a script":              {append(gifScript, script...), nil},
		"a photo and an archive":          {append(bytes.Clone(photo), "PK\x03\x04<script>alert(1)"...), nil},
		"a script in a comment":           {bytes.Join([][]byte{photo[:2], {0xff, 0xfe, 0, byte(len(script) + 2)}, script, photo[2:]}, nil), nil},
		"a script in a chunk":             {withChunk(small, "tEXt", append([]byte("Comment\x00"), script...)), nil},
		"where it was taken":              {withExif(photo, exifOf(binary.BigEndian, "MM", 1)), nil},
		"where it was drawn":              {withChunk(small, "eXIf", exifOf(binary.LittleEndian, "II", 1)), nil},
		"half a PNG":                      {small[:len(small)/2], ErrNoPicture},
		"half a photo":                    {photo[:len(photo)-40], ErrNoPicture},
		"a head alone":                    {small[:33], ErrNoPicture},
		"the marks of a WebP alone":       {[]byte("RIFF\xff\xff\xff\x7fWEBPVP8 \xff\xff\xff\x7f"), ErrNoPicture},
		"a PNG that is called a photo":    {append([]byte{0xff, 0xd8, 0xff}, small...), ErrNoPicture},
		"a bomb":                          {sized(small, 50_000, 50_000), ErrPictureTooLarge},
		"the largest there are":           {sized(small, 1<<31-1, 1<<31-1), ErrNoPicture},
		"one point wide":                  {sized(small, 1, 100_000), ErrPictureTooLarge},
		"one point wide and 10000 high":   {asPNG(t, image.NewGray(image.Rect(0, 0, 1, 10_000))), ErrPictureTooSmall},
		"one point":                       {asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))), ErrPictureTooSmall},
		"more points than memory":         {sized(small, 6000, 6000), ErrPictureTooLarge},
		"many points of a clear photo":    {vast, nil},
		"many points seen scan by scan":   {progressive(vast, 1), ErrPictureTooLarge},
		"a photo of a thousand scans":     {progressive(photo, 1000), ErrPictureTooLarge},
		"a WebP that knows where":         {asWebP(t, "EXIF", exifOf(binary.LittleEndian, "II", 1))[0], nil},
		"half a WebP":                     {asWebP(t, "EXIF", nil)[0][:120], ErrNoPicture},
		"many that move":                  {asGIF(t, many...), nil},
		"too many bytes":                  {append(bytes.Clone(small), make([]byte, MaxPicture)...), ErrPictureTooLarge},
		"an EXIF that ends early":         {withExif(photo, exifOf(binary.LittleEndian, "II", 6)[:20]), nil},
		"an EXIF that points elsewhere":   {withExif(photo, []byte("II*\x00\xff\xff\xff\xff")), nil},
		"an orientation that is none":     {withExif(photo, exifOf(binary.BigEndian, "MM", 77)), nil},
		"a chunk longer than its file":    {append(bytes.Clone(small[:33]), 0xff, 0xff, 0xff, 0xff, 'e', 'X', 'I', 'f'), ErrNoPicture},
		"a wide comment in front of it":   {withExif(photo, bytes.Repeat([]byte("<script>"), 8000)), nil},
		"a segment longer than the photo": {append(bytes.Clone(photo[:2]), 0xff, 0xe1, 0xff, 0xff), ErrNoPicture},
	} {
		t.Run("HTM-06 "+name, func(t *testing.T) {
			p, err := Icon(tt.file)
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err != nil {
				return
			}
			opened(t, p)
			for _, bad := range []string{"script", "alert", "GPS", "Exif", "eXIf", "PK\x03\x04", "Comment", "52.5"} {
				if bytes.Contains(p.Body, []byte(bad)) {
					t.Errorf("%q is still there", bad)
				}
			}
			if p.Type != "image/png" && p.Type != "image/jpeg" || strings.ContainsAny(p.Name, `/\ "`) || len(p.Name) != 36 {
				t.Errorf("%s %q", p.Type, p.Name)
			}
		})
	}
}

// A photo is shown as its camera was held, however that is written.
func TestPhotosStandUpright(t *testing.T) {
	// Where the blue corner, which is at the lower right of the points, belongs, and where the white one above it.
	places := map[uint16][2]image.Point{
		1: {{1, 1}, {1, 0}}, 2: {{0, 1}, {0, 0}}, 3: {{0, 0}, {0, 1}}, 4: {{1, 0}, {1, 1}},
		5: {{1, 1}, {0, 1}}, 6: {{0, 1}, {1, 1}}, 7: {{0, 0}, {1, 0}}, 8: {{1, 0}, {0, 0}},
	}
	for orientation, want := range places {
		for name, file := range map[string][]byte{
			"JPEG, large end first": withExif(asJPEG(t, corners(120, 60)), exifOf(binary.BigEndian, "MM", orientation)),
			"JPEG, small end first": withExif(asJPEG(t, corners(120, 60)), exifOf(binary.LittleEndian, "II", orientation)),
			"PNG":                   withChunk(asPNG(t, corners(120, 60)), "eXIf", exifOf(binary.LittleEndian, "II", orientation)),
			"WebP with loss":        asWebP(t, "EXIF", exifOf(binary.BigEndian, "MM", orientation))[0],
			"WebP without":          asWebP(t, "EXIF", exifOf(binary.BigEndian, "MM", orientation))[1],
		} {
			t.Run(fmt.Sprintf("HTM-06 %s %d", name, orientation), func(t *testing.T) {
				p, err := readPicture(file, pictureShape{width: 2048, height: 2048})
				if err != nil {
					t.Fatal(err)
				}
				img := opened(t, p)
				b := img.Bounds()
				if lying := b.Dx() < b.Dy(); lying != (orientation >= 5) {
					t.Errorf("measures %v", b)
				}
				at := func(corner image.Point) color.Color {
					return img.At(4+corner.X*(b.Dx()-9), 4+corner.Y*(b.Dy()-9))
				}
				if !near(at(want[0]), 0, 0, 0xff) || !near(at(want[1]), 0xff, 0xff, 0xff) {
					t.Errorf("blue is %v, white is %v", at(want[0]), at(want[1]))
				}
			})
		}
	}
}

// FuzzPicture looks for files that break the door, or that come out as anything but a picture of the measures asked for.
func FuzzPicture(f *testing.F) {
	small, photo := asPNG(f, corners(40, 20)), asJPEG(f, corners(40, 20))
	f.Add(small)
	f.Add(photo)
	f.Add(asGIF(f, corners(20, 20)))
	f.Add(withExif(photo, exifOf(binary.BigEndian, "MM", 6)))
	f.Add(withChunk(small, "eXIf", exifOf(binary.LittleEndian, "II", 8)))
	f.Add(progressive(photo, 3))
	for _, file := range asWebP(f, "EXIF", exifOf(binary.LittleEndian, "II", 5)) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, format := range pictureFormats() {
			if c, err := format.config(bytes.NewReader(file)); format.magic(file) && err == nil && c.Width*c.Height > 1<<18 {
				return // it takes long, and finds nothing more
			}
		}
		p, err := readPicture(file, pictureShape{width: 100, height: 50})
		if err != nil {
			if pictureTrouble(err) == "common.picture.none" && !errors.Is(err, ErrNoPicture) {
				t.Errorf("nobody can tell people about %v", err)
			}
			return
		}
		c, format, err := image.DecodeConfig(bytes.NewReader(p.Body))
		if err != nil || "image/"+format != p.Type || c.Width > 100 || c.Height > 50 || c.Width < 1 || c.Height < 1 {
			t.Errorf("%s: %s of %d x %d, %v", p.Type, format, c.Width, c.Height, err)
		}
	})
}
