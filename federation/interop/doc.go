// Package interop holds the tests against servers that are not ours: peer.mjs, made with Fedify, on loopback.
//
//	npm ci --ignore-scripts                       (in this folder)
//	go test -tags interop ./federation/interop
//
// Everything is https between 127.0.0.1 and 127.0.0.1, with an authority made for the run. The tests steer the peers over
// HTTP; both sides look each other up, fetch keys, sign and verify for real.
package interop
