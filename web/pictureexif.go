package web

import (
	"bytes"
	"encoding/binary"
)

// exif is what has to be known of a file beside its points.
type exif struct {
	orientation int  // how the camera was held, 0 for not said
	scans       bool // of a JPEG: it becomes clearer with each of several scans, which are all kept until the last
}

// jpegExif goes through the segments of a JPEG up to the picture (ITU T.81 annex B).
func jpegExif(file []byte) (e exif) {
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		kind, size := file[at+1], int(binary.BigEndian.Uint16(file[at+2:]))
		if kind == 0xff { // padding
			at++
			continue
		}
		if size < 2 || at+2+size > len(file) {
			return e
		}
		body := file[at+4 : at+2+size]
		switch kind {
		case 0xe1: // APP1
			if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && e.orientation == 0 {
				e.orientation = tiffOrientation(tiff)
			}
		case 0xc2: // SOF2
			e.scans = true
		case 0xda: // the picture begins
			return e
		}
		at += 2 + size
	}
	return e
}

// pngExif goes through the chunks of a PNG (PNG 3, section 11.3.4.4).
func pngExif(file []byte) (e exif) {
	for at := 8; at+12 <= len(file); {
		size := int(binary.BigEndian.Uint32(file[at:]))
		if size < 0 || size > len(file)-at-12 {
			return e
		}
		if string(file[at+4:at+8]) == "eXIf" {
			e.orientation = tiffOrientation(file[at+8 : at+8+size])
			return e
		}
		at += 12 + size
	}
	return e
}

// webpExif goes through the chunks of a WebP (RFC 9649 section 2.7.1.5).
func webpExif(file []byte) (e exif) {
	for at := 12; at+8 <= len(file); {
		size := int(binary.LittleEndian.Uint32(file[at+4:]))
		if size < 0 || size > len(file)-at-8 {
			return e
		}
		if string(file[at:at+4]) == "EXIF" {
			body := bytes.TrimPrefix(file[at+8:at+8+size], []byte("Exif\x00\x00"))
			e.orientation = tiffOrientation(body)
			return e
		}
		at += 8 + size + size%2
	}
	return e
}

// tiffOrientation reads one tag of the first directory (TIFF 6.0 section 2).
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(b, []byte("II*\x00")):
		return 0
	}
	if len(b) < 8 {
		return 0
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 0
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 0
		}
		const orientation, short = 0x0112, 3
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 0
}
