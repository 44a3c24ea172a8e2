-- An activity is known again by eight bytes of a hash of its id and signer: an index on the texts was an eighth of all that is kept of it,
-- and more to write at each. Whether rows that share a hash are the same, their texts say, so that nobody can use up the id of another's
-- activity. The table hashes is there already, see hashes.go.

ALTER TABLE inbox RENAME TO inbox_before;
CREATE TABLE inbox (
	id        INTEGER PRIMARY KEY,
	hash      INTEGER NOT NULL, -- of activity and signer
	activity  TEXT    NOT NULL,
	signer    TEXT    NOT NULL,
	raw       BLOB    NOT NULL,
	received  INTEGER NOT NULL,
	state     TEXT    NOT NULL DEFAULT 'new', -- new, done
	due       INTEGER NOT NULL,
	attempts  INTEGER NOT NULL DEFAULT 0,
	waits_for TEXT    NOT NULL DEFAULT '',
	verdict   TEXT    NOT NULL DEFAULT '',
	reason    TEXT    NOT NULL DEFAULT '',
	host      TEXT    NOT NULL DEFAULT '', -- of the signer
	signed    INTEGER NOT NULL DEFAULT 0   -- when, as the signature says
);
INSERT INTO inbox (id, hash, activity, signer, raw, received, state, due, attempts, waits_for, verdict, reason, host, signed)
	SELECT b.id, h.hash, b.activity, b.signer, b.raw, b.received, b.state, b.due, b.attempts, b.waits_for, b.verdict, b.reason, b.host, b.signed
	FROM inbox_before b JOIN hashes h ON h.id = b.id ORDER BY b.id;
DROP TABLE inbox_before;
DROP TABLE hashes;

CREATE INDEX inbox_hash ON inbox (hash);
CREATE INDEX inbox_due ON inbox (due) WHERE state = 'new';
CREATE INDEX inbox_waits ON inbox (waits_for) WHERE waits_for <> '';
CREATE INDEX inbox_turn ON inbox (host, due, id) WHERE state = 'new';
CREATE INDEX inbox_received ON inbox (received);

-- In place of a unique index: a row that is here already is passed over.
CREATE TRIGGER inbox_once BEFORE INSERT ON inbox
	WHEN EXISTS (SELECT 1 FROM inbox WHERE hash = new.hash AND activity = new.activity AND signer = new.signer) BEGIN
	SELECT RAISE(IGNORE);
END;
