package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

const (
	svgWidth, svgHeight          = 720, 360
	svgLeft, svgTop              = 80, 50
	svgPlotWidth, svgPlotHeight  = 600, 240
	svgTicks                     = 4
	svgLegendStep, svgLegendLine = 150, 6
)

// svg draws a curve, with nothing in it that a browser would have to fetch. It reads on light and dark ground.
func (c curve) svg() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#777">`+"\n", svgWidth, svgHeight)
	fmt.Fprintf(&b, `<text x="%d" y="20" font-size="15">%s</text>`+"\n", svgLeft, html.EscapeString(c.Title))
	a := c.axes()
	for i := range svgTicks + 1 {
		part := float64(i) / svgTicks
		x, y := svgLeft+part*svgPlotWidth, svgTop+svgPlotHeight*(1-part)
		fmt.Fprintf(&b, `<path d="M%d %.1fh%d" stroke="#999" stroke-opacity=".4"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			svgLeft, y, svgPlotWidth, svgLeft-6, y+4, amount(part*a.maxY))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, svgTop+svgPlotHeight+18, amount(a.valueX(part)))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text><text x="%d" y="40">%s</text>`+"\n",
		svgLeft+svgPlotWidth/2, svgTop+svgPlotHeight+38, html.EscapeString(c.X), svgLeft-60, html.EscapeString(c.Y))
	for i, s := range c.Series {
		color := [...]string{"#2b7bba", "#d1652f", "#3d9a50", "#9a4fb0"}[i%4]
		var points []string
		for _, p := range s.Points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", svgLeft+a.partX(p[0])*svgPlotWidth, svgTop+svgPlotHeight*(1-p[1]/a.maxY)))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), color)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s">%s</text>`+"\n", svgLeft+i*svgLegendStep, svgHeight-svgLegendLine, color, html.EscapeString(s.Name))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// axes are the ranges of a picture. Y begins at nothing.
type axes struct {
	minX, maxX, maxY float64
	log              bool
}

func (c curve) axes() axes {
	a := axes{minX: math.Inf(1), maxX: math.Inf(-1), maxY: math.SmallestNonzeroFloat64, log: c.LogX}
	for _, s := range c.Series {
		for _, p := range s.Points {
			a.minX, a.maxX, a.maxY = min(a.minX, a.scaled(p[0])), max(a.maxX, a.scaled(p[0])), max(a.maxY, p[1])
		}
	}
	if a.maxX <= a.minX {
		a.maxX = a.minX + 1
	}
	return a
}

func (a axes) scaled(x float64) float64 {
	if a.log {
		return math.Log10(max(x, 1))
	}
	return x
}

func (a axes) partX(x float64) float64 { return (a.scaled(x) - a.minX) / (a.maxX - a.minX) }

func (a axes) valueX(part float64) float64 {
	x := a.minX + part*(a.maxX-a.minX)
	if a.log {
		return math.Round(math.Pow(10, x))
	}
	return x
}
