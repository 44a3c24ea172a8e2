-- A group shows its threads in three orders, each out of an index: the newest first (posts_latest), the last answered first, the most
-- liked first. (Of the last, state and parent_id are there so that the rows need not be read.) The first post of a thread knows the thread's last visible post.

ALTER TABLE posts ADD COLUMN active INTEGER NOT NULL DEFAULT 0;
UPDATE posts SET active = COALESCE((SELECT MAX(c.id) FROM posts c WHERE c.thread_id = posts.id AND c.state = 'visible'), id)
	WHERE parent_id IS NULL;

CREATE INDEX posts_active ON posts (group_id, active) WHERE parent_id IS NULL AND state = 'visible';
CREATE INDEX posts_top ON posts (group_id, likes - dislikes + boosts, id, state, parent_id) WHERE parent_id IS NULL AND state = 'visible';

CREATE TRIGGER posts_filed_active AFTER INSERT ON posts WHEN new.state = 'visible' BEGIN
	UPDATE posts SET active = new.id WHERE id = CASE new.thread_id WHEN 0 THEN new.id ELSE new.thread_id END AND active < new.id;
END;
CREATE TRIGGER posts_shown_active AFTER UPDATE OF state ON posts WHEN new.state = 'visible' AND old.state <> 'visible' BEGIN
	UPDATE posts SET active = new.id WHERE id = new.thread_id AND active < new.id;
END;
CREATE TRIGGER posts_unseen_active AFTER UPDATE OF state ON posts WHEN new.state <> 'visible' AND old.state = 'visible' BEGIN
	UPDATE posts SET active = COALESCE((SELECT c.id FROM posts c WHERE c.thread_id = new.thread_id AND c.id < new.id AND c.state = 'visible'
		ORDER BY c.id DESC LIMIT 1), id) WHERE id = new.thread_id AND active = new.id;
END;
