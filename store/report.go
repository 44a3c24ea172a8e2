package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// Report is a report of the queue. Who sent it is for those who decide about it, and for nobody else.
type Report struct {
	ID       int64
	Group    string // name, "" for the server as a whole
	About    string // URI of the post, account, group or server
	Reporter string // URI; the group itself where one of its rules reported
	Words    string
	At       time.Time
	ForAdmin bool // about those who run the group, or the server

	Closed  time.Time // zero while open
	Outcome string    // resolved or discarded
	Answer  string    // what the moderator said of it
	By      string    // who dealt with it
}

const reportColumns = `r.id, COALESCE(g.name, ''), r.about, r.reporter, r.words, r.at, r.for_admin, r.resolved, r.outcome, r.answer, r.resolver`

func scanReport(scan func(...any) error) (r Report, err error) {
	var at, closed int64
	err = scan(&r.ID, &r.Group, &r.About, &r.Reporter, &r.Words, &at, &r.ForAdmin, &closed, &r.Outcome, &r.Answer, &r.By)
	r.At, r.Closed = moment(at), moment(closed)
	return r, err
}

// ReportQuery says which reports are wanted.
type ReportQuery struct {
	GroupID int64 // 0 for all of the server
	Closed  bool  // those dealt with, newest first, in place of the open ones, oldest first
	Limit   int
}

// Reports lists reports.
func (s *Store) Reports(ctx context.Context, q ReportQuery) ([]Report, error) {
	where := `r.resolved = 0 ORDER BY r.id`
	if q.Closed {
		where = `r.resolved <> 0 ORDER BY r.id DESC`
	}
	rows, err := s.read.QueryContext(ctx, `SELECT `+reportColumns+` FROM reports r LEFT JOIN groups g ON g.id = r.group_id
		WHERE ($1 = 0 OR r.group_id = $1) AND `+where+` LIMIT $2`, q.GroupID, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Report, error) { return scanReport(rows.Scan) })
}

// Report returns a report by its number, or ErrNotFound.
func (s *Store) Report(ctx context.Context, id int64) (Report, error) {
	r, err := scanReport(s.read.QueryRowContext(ctx, `SELECT `+reportColumns+` FROM reports r LEFT JOIN groups g ON g.id = r.group_id
		WHERE r.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Report{}, fmt.Errorf("report %d: %w", id, ErrNotFound)
	}
	return r, wrap(err, "read a report")
}

// ReportServer keeps a report about the server as a whole, once from each who sends one.
func (s *Store) ReportServer(ctx context.Context, reporter, about, words, activity string) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO reports (group_id, about, reporter, words, activity, at, for_admin)
			SELECT 0, $1, $2, $3, $4, $5, 1 WHERE NOT EXISTS
				(SELECT 1 FROM reports WHERE group_id = 0 AND about = $1 AND reporter = $2 AND resolved = 0)`, about, reporter, words, activity, s.now().Unix())
		return wrap(err, "keep a report")
	})
}

// CloseServerReport ends a report about the server as a whole.
func (s *Store) CloseServerReport(ctx context.Context, id int64, discarded bool, by, words string) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `UPDATE reports SET resolved = $2, outcome = $3, answer = $4, resolver = $5
			WHERE id = $1 AND group_id = 0 AND resolved = 0`, id, s.now().Unix(), outcome(discarded), words, by)
		return wrap(err, "close a report")
	})
}

func outcome(discarded bool) string {
	if discarded {
		return "discarded"
	}
	return "resolved"
}

func (w effectWriter) closeReports(ctx context.Context, e group.CloseReports) error {
	return w.exec(ctx, `UPDATE reports SET resolved = $3, outcome = $4, answer = $5, resolver = $6
		WHERE group_id = $1 AND about = $2 AND resolved = 0 AND ($7 OR for_admin = 0)`,
		w.group.ID, e.About, w.now.Unix(), outcome(e.Discarded), e.Text, w.request.By.URI, e.Admin)
}

// mine leaves out the reports that whoever asks may not close.
func (w effectWriter) mine() string {
	if w.request.By.Operator {
		return ""
	}
	return ` AND r.for_admin = 0`
}

// ownReport finds what somebody had reported, to tell them what became of it.
func (w effectWriter) ownReport(ctx context.Context, t *Telling, reporter string) error {
	err := w.tx.QueryRowContext(ctx, `SELECT r.activity, r.words FROM reports r WHERE r.group_id = $1 AND r.about = $2 AND r.reporter = $3
		AND r.resolved = 0`+w.mine()+` ORDER BY r.id DESC LIMIT 1`, w.group.ID, t.PostURI, reporter).Scan(&t.Activity, &t.Reported)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	t.Raw = nil
	return wrap(err, "find the report")
}

// Warning is a formal warning.
type Warning struct {
	ID     int64
	Person string
	Count  int // how many the person has had by then, this one too, without those that were lifted
	By     string
	Words  string
	At     time.Time
	Lifted time.Time // zero while it counts
}

// Warnings lists the warnings of a group, newest first; person is "" for everybody's.
func (s *Store) Warnings(ctx context.Context, groupID int64, person string, limit int) ([]Warning, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT w.id, w.person, (SELECT COUNT(*) FROM warnings v WHERE v.group_id = w.group_id
		AND v.person = w.person AND v.id <= w.id AND v.lifted = 0), w.by, w.words, w.at, w.lifted FROM warnings w
		WHERE w.group_id = $1 AND ($2 = '' OR w.person = $2) ORDER BY w.id DESC LIMIT $3`, groupID, person, limit)
	if err != nil {
		return nil, fmt.Errorf("list warnings: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (v Warning, err error) {
		var at, lifted int64
		err = rows.Scan(&v.ID, &v.Person, &v.Count, &v.By, &v.Words, &at, &lifted)
		v.At, v.Lifted = moment(at), moment(lifted)
		return v, err
	})
}
