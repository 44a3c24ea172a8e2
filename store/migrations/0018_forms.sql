-- Where the log of a group ends is asked for each form: a host waits for nothing in forms that it does not read.

CREATE INDEX outbox_form ON outbox (group_id, form, seq);
