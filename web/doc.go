// Package web shows the groups to people, in pages that need no JavaScript and load nothing from elsewhere.
//
//	GET ─► route ─► read what the page shows from the store ─► template ─► HTML, with strict headers
//
// Every text is in languages/, a folder for each language and a file for each area of the pages (language.go). One file per page; tree arranges comments, text reads plain words out of HTML, headers and static say what browsers may do
// and keep. The browser tests (go test -tags browser ./web) look at all of it in a real Chromium. All HTML that came from other servers was sanitised when it was received; what owners write as
// Markdown is sanitised when it is saved.
package web
