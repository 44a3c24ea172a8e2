package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// runF takes over what was found out by tests that kill the program, stop it and fill its disk: a list of figures in JSON, as in
// performance.json. Without such a file there is nothing to report.
func runF(_ context.Context, b *bench) error {
	if b.Crashes == "" {
		b.say("f: no figures; name their file with --crashes")
		return nil
	}
	raw, err := os.ReadFile(b.Crashes)
	if err != nil {
		return fmt.Errorf("read the figures of the crash tests: %w", err)
	}
	var found []figure
	if err := json.Unmarshal(raw, &found); err != nil {
		return fmt.Errorf("read the figures of the crash tests from %s: %w", b.Crashes, err)
	}
	for _, f := range found {
		f.Scenario = "f"
		b.report.add(f)
	}
	return nil
}
