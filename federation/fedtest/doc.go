// Package fedtest is a small fediverse for tests and for the demonstration (folkmoot dev).
//
//	Peer.Post, Follow, …  ─► signed activity ─► Network (host ─► handler) ─► Folkmoot ─► Network ─► Peer's inbox ─► what its people see
//
// A Peer speaks like Mastodon 4.5: its payloads, signatures and reactions are written from Mastodon's documentation and
// recorded payloads, independently of package federation, so that both cannot be wrong in the same way. A Forum does the same for
// Lemmy, PieFed and Mbin, and refuses what these refuse. A Network carries requests inside one process and can take hosts down.
package fedtest
