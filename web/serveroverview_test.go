package web

import (
	"net/http"
	"testing"
	"time"
)

func TestOverviewSaysHowBackupsGo(t *testing.T) {
	var b Backups
	h, st := admins(t, Running{Backups: func() Backups { return b }, Free: func() int64 { return 7 << 20 }})
	v := browse(t, h)
	v.enter(st, bob)
	v.shows(v.get("/server"), http.StatusOK, "No backup is made yet", "Free on this disk", "7 MB")
	b.Newest = clock().Add(-time.Hour)
	v.shows(v.get("/server"), http.StatusOK, "The last backup was made 15 Jan 2027, 07:00 UTC", "Nothing needs your attention.")
	b.Failed = clock()
	v.shows(v.get("/server"), http.StatusOK, "The last backup failed 15 Jan 2027, 08:00 UTC; the newest is of 15 Jan 2027, 07:00 UTC", `href="#storage"`)
	h, st = admins(t, Running{})
	v = browse(t, h)
	v.enter(st, bob)
	v.shows(v.get("/server"), http.StatusOK, "makes no backups by itself")
}
