package web

import (
	"context"
	"errors"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// Running is what the pages of those who run the server need beyond the database. Nothing of it is needed for the rest of the pages,
// and what is nil is not offered.
type Running struct {
	Version string    // of the program, and the commit it was made from where that is known
	Since   time.Time // when it was started, zero if nobody knows
	Keep    store.Retention
	Space   func() []Space   // what takes up room on the disk
	Free    func() int64     // bytes left there, -1 if nobody knows
	Backups func() Backups   // how those go that the server makes by itself; nil if it makes none
	Passed  func() []Passage // activities that passed last, the newest first

	// Speaks says how a host is spoken to and why: said, shown or set, "" while nothing is known.
	Speaks func(store.Host) (d store.Dialect, basis string)
	// Wants says whether a host is sent what waits for it, or passed over.
	Wants func(store.Host, store.Waiting) bool

	// ReadBlocks reads a list of blocks (CSV). Problems are about lines that cannot be used.
	ReadBlocks func(text string) (entries []group.Barrier, problems []group.Fault, err error)
	// Subject finds out what is to be blocked. Errors: ErrBarred, ErrSubject; any other means that nobody was found.
	Subject func(ctx context.Context, name string) (string, error)
	// TryList tells what a list of blocks elsewhere would change, whether it is followed or not. Errors: ErrList, ErrBarred.
	TryList func(ctx context.Context, url string) (store.BlockEffect, error)
	// Refresh takes over a list of blocks that is followed, however much it changes. Errors: ErrList, ErrBarred.
	Refresh func(ctx context.Context, url string) (store.BlockEffect, error)
	// Close deals with a report. Errors: store.ErrNotFound.
	Close func(ctx context.Context, report int64, discard bool, words string) (group.Decision, error)
}

var (
	// ErrBarred means that whoever would have to be asked is blocked already.
	ErrBarred = errors.New("blocked on this server")
	// ErrSubject means that something can be no subject of a block.
	ErrSubject = errors.New("neither a server nor an account elsewhere")
	// ErrList means that a list of blocks cannot be used.
	ErrList = errors.New("the list of blocks cannot be used")
)

// Space is something that takes up room on the disk.
type Space struct {
	Name  string // of a file or folder in the data folder
	Bytes int64
}

// Passage is an activity that came in or went out, and what became of it. It holds nothing of what somebody wrote.
type Passage struct {
	At      time.Time
	Out     bool
	Peer    string
	Type    string
	Group   string
	Verdict string
	Reason  group.Reason
	Words   string // in English, where there is no reason
	Failed  bool
}

// Backups is how backups go.
type Backups struct {
	Newest time.Time // zero for none
	Failed time.Time // since the newest; zero for not
}
