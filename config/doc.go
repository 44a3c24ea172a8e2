// Package config reads the settings of a server.
//
//	flags > environment FOLKMOOT_… > file > defaults ─► Load ─► Config ─► check
//
// The structs below are the reference: [Reference] and [Write] make docs/config.md and the annotated file that init
// writes from their fields. The package reads and checks; it opens nothing and connects to nobody.
package config
