// Package interop holds the tests against a server that is not ours: peer.mjs, made with Fedify, on loopback.
//
//	go test -tags interop ./federation/interop   (after npm install in this folder)
//
// The test steers the peer over HTTP; both sides look each other up, fetch keys, sign and verify for real.
package interop
