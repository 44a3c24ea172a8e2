//go:build browser

package web

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "folder to write pictures of the pages to")

// TestScreenshots makes the pictures of the documentation, where -screenshots says where to.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		return // nobody asked for pictures
	}
	w := world{browser: chromium(t, nil)}.holding(t, newBookClub(t))
	for name, shot := range map[string]struct {
		look
		path string
	}{
		"group":  {look{width: 1200, height: 1000}, "/g/books"},
		"thread": {look{width: 390, height: 844}, w.newest},
		"home":   {look{width: 1200, height: 800, dark: true}, "/"},
	} {
		tab := w.open(t, shot.look)
		tab.visit(shot.path)
		picture, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := savePicture(filepath.Join(*screenshots, name+".png"), picture); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLook pictures every page in every look, where FOLKMOOT_LOOK says where to, for somebody who wants to see them.
func TestLook(t *testing.T) {
	dir := os.Getenv("FOLKMOOT_LOOK")
	if dir == "" {
		return // nobody wants to see them
	}
	w := world{browser: chromium(t, nil)}.holding(t, newBookClub(t))
	for _, l := range []look{
		{name: "wide-light", width: 1200, height: 800},
		{name: "wide-dark", width: 1200, height: 800, dark: true},
		{name: "phone-light", width: 390, height: 844},
		{name: "phone-dark", width: 390, height: 844, dark: true},
	} {
		tab := w.open(t, l)
		for name, path := range map[string]string{
			"home": "/", "group": "/g/books", "active": "/g/books?sort=active", "top": "/g/books?sort=top&in=all", "thread": w.newest,
			"person": "/people/@ann@mastodon.example", "members": "/g/books/members", "search": "/search?q=book", "log": "/g/books/log",
			"follow": "/g/books/follow?server=mastodon.example", "sign-in": "/sign-in",
		} {
			tab.visit(path)
			picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"-"+l.name+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// savePicture writes a picture in the 256 colours that are in it most, which a page of text does not miss: a third of the size.
func savePicture(path string, picture []byte) error {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return fmt.Errorf("read what the browser drew: %w", err)
	}
	small := image.NewPaletted(img.Bounds(), frequent(img, 256))
	draw.Draw(small, small.Bounds(), img, img.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		return fmt.Errorf("draw %s: %w", path, err)
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

func frequent(img image.Image, n int) color.Palette {
	pixels := map[color.Color]int{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			pixels[img.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(pixels), func(a, b color.Color) int { return pixels[b] - pixels[a] })
	return colours[:min(n, len(colours))]
}
