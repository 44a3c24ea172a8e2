// Package federation speaks ActivityPub: it verifies, reads and answers what other servers send, and builds and delivers what
// this one has to say. Bytes from others are kept as received; decisions are left to package group.
package federation
