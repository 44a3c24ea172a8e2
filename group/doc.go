// Package group is the rule book of a group.
//
// A [Request] says what somebody wants, a [State] holds the few facts the rule needs, and [Decide] answers with a
// [Decision]: a verdict, a reason in words and the effects to write. The package knows the standard library only and
// does no I/O: it reads no clock, draws no random number and touches no database, so every rule can be tried as a table.
//
//	Request + State ─► Decide ─► Decision{Verdict, Reason, Effects}
//
// Which bytes arrived and which bytes leave is not its business: see package federation. Who loads the state and
// writes the effects: package store, in one transaction.
package group
