// Command folkmoot is the server and everything that administers it.
//
//	command line ─► environment ─► config ─► app (store + federation + web) ─► listeners
//	folkmoot group …  ─► unix socket ─► the running app
//
// One file for each command; no rules and no SQL live here. Only this package reads the configuration, and only the
// running server opens the database.
package main
