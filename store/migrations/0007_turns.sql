-- Each host's activities have their turn, however many another one sends; a repeated request is told from a replayed one.

ALTER TABLE inbox ADD COLUMN host TEXT NOT NULL DEFAULT '';     -- of the signer
ALTER TABLE inbox ADD COLUMN signed INTEGER NOT NULL DEFAULT 0; -- when, as the signature says
UPDATE inbox SET host = SUBSTR(signer, INSTR(signer, '://') + 3, INSTR(SUBSTR(signer, INSTR(signer, '://') + 3) || '/', '/') - 1);
CREATE INDEX inbox_turn ON inbox (host, due, id) WHERE state = 'new';
