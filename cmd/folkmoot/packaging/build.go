package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// product is one release for one kind of processor.
type product struct {
	tree
	out, arch string
}

func (p product) name(kind string) string {
	return filepath.Join(p.out, fmt.Sprintf("folkmoot_%s_linux_%s%s", p.version, p.arch, kind))
}

func (p product) binary() string { return p.name("") }

func (p product) release(ctx context.Context) error {
	steps := []func(context.Context) error{p.build, p.sbom, p.deb}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	text, err := p.notices(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(p.name(".notices.txt"), text, 0o644)
}

// environ lets nothing of this machine's settings into the program: neither C libraries nor flags nor a processor newer than others have.
func (p product) environ() []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+p.arch, "GOFLAGS=-trimpath", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0",
		"GOWORK=off", "GOFIPS140=off")
}

// build makes the static program. -trimpath leaves out where it was made, and -buildid= what differs with it; -buildvcs=true says from
// which commit.
func (p product) build(ctx context.Context) error {
	return p.run(ctx, p.environ(), "go", "build", fmt.Sprintf("-buildvcs=%t", p.hasGit), "-ldflags=-s -w -buildid=", "-o", p.binary(), "./cmd/folkmoot")
}

// sbomTool writes SBOMs from what Go notes in a binary: every module, with its version and sum.
const sbomTool = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// sbom says what is in the program, for whoever asks whether it has a hole that was found elsewhere. Without serial number, time and
// what depends on the machine it is the same for the same program.
func (p product) sbom(ctx context.Context) error {
	env := append(os.Environ(), "GOFLAGS=-trimpath")
	path := p.name(".cdx.json")
	err := p.run(ctx, env, "go", "run", sbomTool, "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", p.version,
		"-output", path, p.binary())
	if err != nil {
		return err
	}
	bom, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the SBOM: %w", err)
	}
	if bom, err = withoutToolSums(bom); err != nil {
		return fmt.Errorf("make the SBOM the same everywhere: %w", err)
	}
	return os.WriteFile(path, bom, 0o644)
}

// withoutToolSums takes out of an SBOM the sums of the tool that wrote it: that was built for the machine it runs on, so they differ
// from one to the next. Its name and version stay, and the sums of our program.
func withoutToolSums(bom []byte) ([]byte, error) {
	var document map[string]any
	if err := json.Unmarshal(bom, &document); err != nil {
		return nil, err
	}
	metadata, _ := document["metadata"].(map[string]any)
	tools, ok := metadata["tools"].([]any)
	if !ok {
		return nil, errors.New("it does not name the tool that wrote it where CycloneDX 1.4 to 1.6 have it")
	}
	for _, tool := range tools {
		if tool, ok := tool.(map[string]any); ok {
			delete(tool, "hashes")
		}
	}
	out, err := json.MarshalIndent(document, "", "  ")
	return append(out, '\n'), err
}

// run runs a program and shows what it says only if it fails.
func (p product) run(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// notices are the licences of all that is in the program. BSD, MIT and Apache want them to come with it.
func (p product) notices(ctx context.Context) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", `{{with .Module}}{{.Path}}{{"\t"}}{{.Version}}{{"\t"}}{{.Dir}}{{end}}`, "./cmd/folkmoot")
	cmd.Env = p.environ()
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list what the program is made of: %w", err)
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find Go itself: %w", err)
	}
	lines := slices.Sorted(strings.SplitSeq(strings.TrimSpace(string(out))+"\nGo\t\t"+strings.TrimSpace(string(goroot)), "\n"))
	var text bytes.Buffer
	for _, line := range slices.Compact(lines) {
		name, rest, _ := strings.Cut(line, "\t")
		version, folder, _ := strings.Cut(rest, "\t")
		if folder == "" {
			continue // the standard library
		}
		if err := notice(&text, strings.TrimSpace(name+" "+version), folder); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// notice adds the licences of one module.
func notice(text *bytes.Buffer, title, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("look for the licence of %s: %w", title, err)
	}
	found := false
	for _, e := range entries {
		name, _, _ := strings.Cut(strings.ToUpper(e.Name()), ".")
		name, _, _ = strings.Cut(name, "-")
		if e.IsDir() || !slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"}, name) {
			continue
		}
		words, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return fmt.Errorf("read the licence of %s: %w", title, err)
		}
		found = true
		fmt.Fprintf(text, "==== %s: %s\n\n%s\n\n", title, e.Name(), bytes.TrimSpace(words))
	}
	if !found {
		return fmt.Errorf("%s has no licence that could be passed on", title)
	}
	return nil
}

// writeSums lists the sums of what is in a folder, as sha256sum -c reads them.
func writeSums(folder, path string) error {
	sums, err := sumsOf(folder, filepath.Base(path))
	if err != nil {
		return err
	}
	fmt.Print(sums)
	return os.WriteFile(path, []byte(sums), 0o644)
}

// sumsOf are the sums of the files in a folder but one.
func sumsOf(folder, but string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", fmt.Errorf("list what was made: %w", err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	var sums strings.Builder
	for _, e := range entries {
		if e.Name() == but || e.IsDir() {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return "", fmt.Errorf("read what was made: %w", err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(body), e.Name())
	}
	return sums.String(), nil
}
