package federation

import (
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// wantsActivity says whether a request would rather have the ActivityPub document than the page: it accepts one of the two
// media types and does not prefer HTML. Mitra asks only for the long one, Lemmy only for the short one.
func wantsActivity(r *http.Request) bool {
	var activity, html float64
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			media, params, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			q := 1.0
			if v, err := strconv.ParseFloat(params["q"], 64); err == nil {
				q = v
			}
			switch {
			case isActivityMedia(media) || media == "application/json":
				activity = max(activity, q)
			case media == "text/html" || media == "application/xhtml+xml":
				html = max(html, q)
			}
		}
	}
	return activity > 0 && activity >= html
}

// served is something to serve.
type served struct {
	media   string
	body    []byte
	maxAge  int  // seconds; what is meant for one reader has 0
	private bool // for the asking server alone
}

const activityMedia = "application/activity+json"

// serveDocument writes a document with an ETag, and only the ETag to whoever has it already.
func serveDocument(w http.ResponseWriter, r *http.Request, d served) {
	sum := sha256.Sum256(d.body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Content-Type", d.media)
	h.Set("X-Content-Type-Options", "nosniff")
	if d.private {
		h.Set("Cache-Control", "private, no-store")
	} else {
		h.Set("Cache-Control", "public, max-age="+strconv.Itoa(d.maxAge))
	}
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(d.body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.body) // a reader that hung up wants nothing more
	}
}

func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
