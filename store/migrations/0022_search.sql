-- What people may be found by. The indexes hold no text, only where which words are (contentless-delete tables of FTS5), and triggers
-- keep them: whatever hides a post takes it out in the same transaction. Words are put in a little later, see search.go: they come
-- out of HTML, and whoever posts does not wait for it.

-- What an account says of being found: 0 nothing, 1 yes, 2 no.
ALTER TABLE actors ADD COLUMN discoverable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE actors ADD COLUMN indexable INTEGER NOT NULL DEFAULT 0;
UPDATE actors SET
	discoverable = CASE json_type(CAST(raw AS TEXT), '$.discoverable') WHEN 'true' THEN 1 WHEN 'false' THEN 2 ELSE 0 END,
	indexable = CASE json_type(CAST(raw AS TEXT), '$.indexable') WHEN 'true' THEN 1 WHEN 'false' THEN 2 ELSE 0 END
	WHERE raw IS NOT NULL AND json_valid(CAST(raw AS TEXT));

CREATE VIRTUAL TABLE found_posts USING fts5 (title, words, content = '', contentless_delete = 1,
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE VIRTUAL TABLE found_people USING fts5 (name, handle, content = '', contentless_delete = 1,
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE VIRTUAL TABLE found_groups USING fts5 (title, name, summary, content = '', contentless_delete = 1,
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');

CREATE TABLE hashtags (
	tag      TEXT    NOT NULL, -- lower case, without #
	post_id  INTEGER NOT NULL,
	group_id INTEGER NOT NULL,
	PRIMARY KEY (tag, post_id)
) WITHOUT ROWID;
CREATE INDEX hashtags_post ON hashtags (post_id);
CREATE INDEX hashtags_group ON hashtags (group_id, tag);

-- Posts whose words are not in the index as they are now.
CREATE TABLE unread (post_id INTEGER PRIMARY KEY);
INSERT INTO unread SELECT id FROM posts WHERE state = 'visible' AND visibility = 0;

-- The tags of the posts that are here already stand in the objects as received.
UPDATE posts SET media = json_set(CASE media WHEN '' THEN '{}' ELSE media END, '$.tags', json((
		SELECT json_group_array(LTRIM(json_extract(t.value, '$.name'), '#')) FROM json_each(CAST(posts.raw AS TEXT), '$.tag') t
		WHERE t.type = 'object' AND json_extract(t.value, '$.type') = 'Hashtag' AND json_type(t.value, '$.name') = 'text')))
	WHERE state = 'visible' AND visibility = 0 AND raw IS NOT NULL AND INSTR(CAST(raw AS TEXT), '"Hashtag"') > 0
		AND json_valid(CAST(raw AS TEXT)) AND json_type(CAST(raw AS TEXT), '$.tag') = 'array';

CREATE TRIGGER posts_filed_found AFTER INSERT ON posts WHEN new.state = 'visible' AND new.visibility = 0 BEGIN
	INSERT INTO unread VALUES (new.id);
END;
CREATE TRIGGER posts_changed_found AFTER UPDATE OF state, title, html, warning, media, visibility, group_id ON posts BEGIN
	DELETE FROM found_posts WHERE rowid = old.id;
	DELETE FROM hashtags WHERE post_id = old.id;
	INSERT INTO unread SELECT new.id WHERE new.state = 'visible' AND new.visibility = 0
		AND NOT EXISTS (SELECT 1 FROM unread WHERE post_id = new.id);
END;
CREATE TRIGGER posts_gone_found AFTER DELETE ON posts BEGIN
	DELETE FROM found_posts WHERE rowid = old.id;
	DELETE FROM hashtags WHERE post_id = old.id;
	DELETE FROM unread WHERE post_id = old.id;
END;

CREATE TRIGGER actors_indexable AFTER UPDATE OF indexable ON actors WHEN (new.indexable = 2) <> (old.indexable = 2) BEGIN
	DELETE FROM found_posts WHERE rowid IN (SELECT id FROM posts WHERE author_id = new.id);
	DELETE FROM hashtags WHERE post_id IN (SELECT id FROM posts WHERE author_id = new.id);
	INSERT INTO unread SELECT id FROM posts WHERE author_id = new.id AND state = 'visible' AND visibility = 0 AND new.indexable <> 2
		AND id NOT IN (SELECT post_id FROM unread);
END;

INSERT INTO found_people (rowid, name, handle) SELECT id, name, handle FROM actors WHERE discoverable = 1 AND gone = 0;
CREATE TRIGGER actors_new_found AFTER INSERT ON actors WHEN new.discoverable = 1 AND new.gone = 0 BEGIN
	INSERT INTO found_people (rowid, name, handle) VALUES (new.id, new.name, new.handle);
END;
CREATE TRIGGER actors_changed_found AFTER UPDATE OF name, handle, discoverable, gone ON actors
	WHEN NOT (new.name = old.name AND new.handle = old.handle AND new.discoverable = old.discoverable AND new.gone = old.gone) BEGIN
	DELETE FROM found_people WHERE rowid = old.id;
	INSERT INTO found_people (rowid, name, handle) SELECT new.id, new.name, new.handle WHERE new.discoverable = 1 AND new.gone = 0;
END;
CREATE TRIGGER actors_gone_found AFTER DELETE ON actors BEGIN
	DELETE FROM found_people WHERE rowid = old.id;
END;

INSERT INTO found_groups (rowid, title, name, summary) SELECT id, title, name, summary FROM groups;
CREATE TRIGGER groups_new_found AFTER INSERT ON groups BEGIN
	INSERT INTO found_groups (rowid, title, name, summary) VALUES (new.id, new.title, new.name, new.summary);
END;
CREATE TRIGGER groups_changed_found AFTER UPDATE OF title, name, summary ON groups BEGIN
	DELETE FROM found_groups WHERE rowid = old.id;
	INSERT INTO found_groups (rowid, title, name, summary) VALUES (new.id, new.title, new.name, new.summary);
END;
CREATE TRIGGER groups_gone_found AFTER DELETE ON groups BEGIN
	DELETE FROM found_groups WHERE rowid = old.id;
END;
