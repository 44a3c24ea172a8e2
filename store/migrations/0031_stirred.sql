-- What is behind is looked for in the logs that something was written to, and of the hosts that fail by when they may be tried. An index by
-- what each cursor stands at changed with each delivery: of what a fan-out writes it was more than half.
DROP INDEX cursors_behind;
CREATE INDEX hosts_retry ON hosts (next_try) WHERE failures > 0;
