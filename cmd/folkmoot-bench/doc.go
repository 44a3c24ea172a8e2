// Command folkmoot-bench measures the real program, and the machine beside it.
//
//	scenario ─► signer: requests, signed beforehand ─► load: at a pace, whatever the answers ─┐
//	   │                                                                                       ▼
//	   ├─► filler: a database to begin with ─────────────────────────────► folkmoot serve, a process of its own
//	   ├─► names: a name server on loopback ◄──────────────── asked by ───────────┤
//	   └─► receivers: thousands of hosts at 127.77.0.x, one more process ◄────────┘ deliveries, fetches
//	                                                │
//	probe: what the machine can do ─► figures, ratios, targets ─► JSON, Markdown, SVG
//
// One file for each scenario, named after the letter it has in docs/performance.md. A fan-out is compared with a bare one
// (probefanout.go), which the driver sends to the same receivers right after the program's. Nothing leaves loopback, every load ends, and
// all keys and certificates are made for the run and thrown away.
package main
