package store

import (
	"context"
	"database/sql"
	"sync"
)

// Statements are prepared once for each connection: in the pure Go driver, reading a query takes longer than most of them run.

// maxStatements bounds what is kept, against queries whose text is never the same.
const maxStatements = 400

// statements keeps prepared statements by their text.
type statements struct {
	mu      sync.RWMutex
	known   map[string]*sql.Stmt
	prepare func(context.Context, string) (*sql.Stmt, error)
}

func newStatements(prepare func(context.Context, string) (*sql.Stmt, error)) *statements {
	return &statements{known: map[string]*sql.Stmt{}, prepare: prepare}
}

// of returns the statement of a query, nil if it cannot be kept: then the query runs as it is, and says what is wrong with it.
func (s *statements) of(ctx context.Context, query string) *sql.Stmt {
	s.mu.RLock()
	stmt, full := s.known[query], len(s.known) >= maxStatements
	s.mu.RUnlock()
	if stmt != nil || full {
		return stmt
	}
	made, err := s.prepare(ctx, query)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt = s.known[query]; stmt != nil {
		_ = made.Close()
		return stmt
	}
	s.known[query] = made
	return made
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.known {
		_ = stmt.Close()
	}
	clear(s.known)
}

// readPool reads with prepared statements.
type readPool struct {
	*sql.DB
	stmts *statements
}

func newReadPool(db *sql.DB) *readPool { return &readPool{db, newStatements(db.PrepareContext)} }

// QueryContext is that of sql.DB.
func (p *readPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := p.stmts.of(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext is that of sql.DB.
func (p *readPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := p.stmts.of(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, query, args...)
}

// Close closes the statements and the connections.
func (p *readPool) Close() error {
	p.stmts.close()
	return p.DB.Close()
}

// txn is the writer's transaction, on its own connection and with prepared statements.
type txn struct {
	conn    *sql.Conn
	stmts   *statements
	changes changes
	kept    writerRows

	withdrawers *withdrawers
}

// prepared returns the statement of a query that is about to run, nil if it runs as it is.
func (t *txn) prepared(ctx context.Context, query string) *sql.Stmt {
	what := t.kept.beforeRunning(query)
	t.changes.actors = t.changes.actors || what.actors
	t.changes.followers = t.changes.followers || what.members
	t.changes.groupRows = t.changes.groupRows || what.groups
	return t.stmts.of(ctx, query)
}

// ExecContext is that of sql.Tx.
func (t *txn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return t.conn.ExecContext(ctx, query, args...)
}

// changed is ExecContext that counts the rows.
func (t *txn) changed(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// QueryContext is that of sql.Tx.
func (t *txn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return t.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext is that of sql.Tx.
func (t *txn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return t.conn.QueryRowContext(ctx, query, args...)
}
