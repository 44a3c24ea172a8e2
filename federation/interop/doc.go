// Package interop holds the tests against servers that are not ours, on loopback: peer.mjs, made with Fedify, and snac.
//
//	npm ci --ignore-scripts                       (in this folder)
//	go test -tags interop ./federation/interop
//	SNAC=$(federation/interop/get-snac.sh /tmp/snac) go test -tags interop,snac -run Snac ./federation/interop
//
// With Fedify everything is https between 127.0.0.1 and 127.0.0.1, with an authority made for the run. The tests steer the
// peers over HTTP or at the command line; both sides look each other up, fetch keys, sign and verify for real.
package interop
