-- Whether an activity is here already is asked by the statement that stores it: with a trigger, SQLite copies every page that the row goes
-- into, before it changes that, so that it can undo the row alone. With 10^5 rows that took most of the time.
DROP TRIGGER inbox_once;
