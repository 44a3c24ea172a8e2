package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"time"
)

// notify tells systemd about the server (sd_notify(3)): READY=1, WATCHDOG=1, STOPPING=1. Without systemd it does nothing.
func notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if path[0] == '@' { // in the abstract namespace
		path = "\x00" + path[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return // nobody listens: the server does not depend on it
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}

// watchdog tells systemd at half the time it allows that the server answers, as long as it does.
func watchdog(ctx context.Context, answers func(context.Context) error) {
	micros, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC"))
	if err != nil || micros <= 0 {
		return
	}
	tick := time.NewTicker(time.Duration(micros) * time.Microsecond / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if answers(ctx) == nil {
				notify("WATCHDOG=1")
			}
		}
	}
}
