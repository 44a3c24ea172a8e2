package federation

import (
	"bytes"
	"encoding/xml"
)

// buildHostMeta writes /.well-known/host-meta (RFC 6415), by which old Friendica and Pleroma find WebFinger.
func buildHostMeta(origin string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString(`<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` + "\n")
	b.WriteString(`  <Link rel="lrdd" type="application/jrd+json" template="`)
	_ = xml.EscapeText(&b, []byte(webfingerTemplate(origin))) // a Buffer does not fail
	b.WriteString(`"/>` + "\n</XRD>\n")
	return b.Bytes()
}

// buildHostMetaJSON writes /.well-known/host-meta.json, the same as JSON.
func buildHostMetaJSON(origin string) ([]byte, error) {
	return marshalPlain(jrdDocument{Links: []jrdLink{
		{Rel: "lrdd", Type: "application/jrd+json", Template: webfingerTemplate(origin)},
	}})
}

func webfingerTemplate(origin string) string {
	return origin + "/.well-known/webfinger?resource={uri}"
}
