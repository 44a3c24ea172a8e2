// Package store keeps everything in one SQLite file, and is the only place where state changes.
//
//	Receive  raw activity ─► inbox row, durable, once per activity id
//	Apply    group.Request ─► load State ─► group.Decide ─► write effects ─► outbox rows, all in one transaction
//
// Writes go through one goroutine that commits whatever is waiting together, so that many requests share one fsync
// (synchronous=FULL: a commit survives a power cut). Reads use their own connections and never wait for the writer.
//
// Statements stay within what PostgreSQL also accepts: numbered placeholders, ON CONFLICT, RETURNING.
package store
