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
}

// attached is what hangs on a post, for the column media; "" for nothing.
func attached(p group.Post) (string, error) {
	if len(p.Media) == 0 && len(p.Flairs) == 0 {
		return "", nil
	}
	raw, err := json.Marshal(attachments{Media: p.Media, Flairs: p.Flairs})
	return string(raw), wrap(err, "write the media of "+p.URI)
}

func readAttached(column []byte) ([]group.Media, []string, error) {
	if len(column) == 0 {
		return nil, nil, nil
	}
	var a attachments
	if err := json.Unmarshal(column, &a); err != nil {
		return nil, nil, fmt.Errorf("read media: %w", err)
	}
	return a.Media, a.Flairs, nil
}
