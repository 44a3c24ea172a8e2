package store

import (
	"encoding/json"
	"fmt"

	"folkmoot/group"
)

// attachments is what the column media holds: only pages read it, one post at a time, so it needs no tables.
type attachments struct {
	Media  []group.Media `json:"media,omitempty"`
	Flairs []string      `json:"flairs,omitempty"`
	Tags   []string      `json:"tags,omitempty"` // hashtags, without #
}

// attached is what hangs on a post, for the column media; "" for nothing.
func attached(p group.Post) (string, error) {
	if len(p.Media) == 0 && len(p.Flairs) == 0 && len(p.Tags) == 0 {
		return "", nil
	}
	raw, err := json.Marshal(attachments{Media: p.Media, Flairs: p.Flairs, Tags: p.Tags})
	return string(raw), wrap(err, "write the media of "+p.URI)
}

func readAttachments(column []byte) (a attachments, err error) {
	if len(column) == 0 {
		return a, nil
	}
	if err := json.Unmarshal(column, &a); err != nil {
		return a, fmt.Errorf("read media: %w", err)
	}
	return a, nil
}
