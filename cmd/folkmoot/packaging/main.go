// Command packaging makes what operators install, from the tree: the same bytes whoever makes it.
//
//	go build ─► static binary ─┬─► notices of what is in it ─┐
//	                           ├─► SBOM (CycloneDX)          ├─► SHA256SUMS
//	                           └─► Debian package ◄──────────┘
//
// The systemd unit here is also the one that folkmoot init prints. Run it in the root of the tree: make release, make deb.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		stop()
		os.Exit(1)
	}
}

const usage = `usage: go run ./cmd/folkmoot/packaging WHAT [--arch amd64,arm64] [--out dist]

  binary     the static program alone
  deb        the Debian package
  release    the program, the package, the SBOM, the notices and their sums
  reproduce  a release from two folders, to compare their sums`

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	arch := flags.String("arch", hostArch(), "for which processors, as Go names them")
	out := flags.String("out", "dist", "the folder to put it in")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	tree, err := readTree(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return fmt.Errorf("make the folder %s: %w", *out, err)
	}
	for arch := range strings.SplitSeq(*arch, ",") {
		switch p := (product{tree, *out, arch}); args[0] {
		case "binary":
			err = p.build(ctx)
		case "deb":
			if err = p.build(ctx); err == nil {
				err = p.deb(ctx)
			}
		case "release":
			err = p.release(ctx)
		case "reproduce":
			err = reproduce(ctx, arch)
		default:
			err = errors.New(usage)
		}
		if err != nil {
			return err
		}
	}
	if args[0] == "release" {
		return writeSums(*out, filepath.Join(*out, "SHA256SUMS"))
	}
	return nil
}
