package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/config"
	"folkmoot/federation"
	"folkmoot/store/archive"
)

// backupCommand keeps a server's data in one file.
func backupCommand(e *environment) *cobra.Command {
	var locks lockFlags
	var noSettings bool
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Keep everything in one file, while the server runs or is stopped",
		Long: "Writes the database with all keys and pictures, the certificates and the configuration file into one new file that only\n" +
			"its owner may read. It is whole once it has its name; nothing is ever overwritten. Whoever can read the file can speak in\n" +
			"the name of your groups, so encrypt what leaves the machine: --recipient and --passphrase-file do it the way of age\n" +
			"(https://age-encryption.org). The settings under backup have the server do this by itself.",
		Example: "  folkmoot backup /var/backups/folkmoot.tar.gz\n  folkmoot backup --recipient age1… /mnt/elsewhere/folkmoot.tar.gz.age\n" +
			"  folkmoot backup verify /var/backups/folkmoot.tar.gz",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, file, err := e.loadWithFile()
			if err != nil {
				return err
			}
			source := backupSource(c, file)
			if noSettings {
				source.Settings = ""
			}
			if source.Lock, err = locks.lock(); err != nil {
				return err
			}
			w, err := archive.Write(cmd.Context(), source, args[0])
			if err != nil {
				return err
			}
			return e.print(backupInfoOf(args[0], w), func(out io.Writer) { sayWritten(out, args[0], w, source.Lock.Closed()) })
		},
	}
	e.settingFlags(cmd, "data_dir")
	e.jsonFlag(cmd)
	locks.flags(cmd)
	cmd.Flags().BoolVar(&noSettings, "no-config", false, "leave the configuration file out")
	cmd.AddCommand(backupVerifyCommand(e))
	return cmd
}

// backupSource is what a configuration says to keep.
func backupSource(c config.Config, file string) archive.Source {
	return archive.Source{
		Folder: c.DataDir, Settings: file, Program: programVersion(), Now: time.Now, Keys: checkKeys,
	}
}

// checkKeys says what is wrong with the private keys of an actor.
func checkKeys(text []byte) error {
	_, err := federation.ParseKeys(text)
	return err
}

// backupInfo is a backup as scripts see it.
type backupInfo struct {
	File    string    `json:"file"`
	Bytes   int64     `json:"bytes,omitempty"`
	Made    time.Time `json:"made"`
	Origin  string    `json:"origin"`
	Program string    `json:"program"`
	Schema  int       `json:"schema"`
	Groups  int       `json:"groups"`
	Files   int       `json:"files"`
	LeftOut []string  `json:"left_out,omitempty"`
}

func backupInfoOf(file string, w archive.Written) backupInfo {
	m := w.Manifest
	return backupInfo{
		File: file, Bytes: w.Bytes, Made: m.Made, Origin: m.Origin, Program: m.Program, Schema: m.Schema, Groups: m.Groups, Files: len(m.Files),
		LeftOut: w.LeftOut,
	}
}

func sayWritten(out io.Writer, file string, w archive.Written, locked bool) {
	fmt.Fprintf(out, "%s holds %s, as it was at %s (%s).\n", file, manifestWords(w.Manifest), timeWords(w.Manifest.Made), sizeWords(w.Bytes))
	for _, name := range w.LeftOut {
		fmt.Fprintf(out, "Left out, because it is no plain file: %s\n", name)
	}
	if !locked {
		fmt.Fprintln(out, "It is not encrypted: whoever can read it can speak in the name of your groups.")
	}
}

func manifestWords(m archive.Manifest) string {
	return fmt.Sprintf("%s with %s and %s", m.Origin, plural(m.Groups, "1 group", "groups"), plural(len(m.Files), "1 file", "files"))
}

func sizeWords(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

func backupVerifyCommand(e *environment) *cobra.Command {
	var keys keyFlags
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Check that a backup is whole and could be restored",
		Long: "Reads the whole file, compares every sum, and looks through the database in it as restore does: its pages, what refers to\n" +
			"what, the keys and the version. The database is put into the folder for temporary files (TMPDIR) for as long as that takes.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reading, err := keys.reading()
			if err != nil {
				return err
			}
			m, err := archive.Verify(cmd.Context(), args[0], reading)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return e.print(backupInfoOf(args[0], archive.Written{Manifest: m}), func(out io.Writer) {
				fmt.Fprintf(out, "%s is whole: %s, as it was at %s, written by Folkmoot %s.\n", args[0], manifestWords(m), timeWords(m.Made), m.Program)
			})
		},
	}
	e.jsonFlag(cmd)
	keys.flags(cmd)
	return cmd
}

func restoreCommand(e *environment) *cobra.Command {
	var keys keyFlags
	cmd := &cobra.Command{
		Use: "restore FILE DIR", Short: "Make a data folder out of a backup",
		Long: "Puts everything that a backup holds into a folder that is empty or does not exist yet, and looks it through as backup verify\n" +
			"does. If anything is wrong, nothing stays behind. Everybody has to sign in again. Stop the old server for good before you\n" +
			"start the new one: two with the same keys would contradict each other.",
		Example: "  folkmoot restore folkmoot.tar.gz /var/lib/folkmoot",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			reading, err := keys.reading()
			if err != nil {
				return err
			}
			m, err := archive.Restore(cmd.Context(), args[0], args[1], reading)
			if err != nil {
				return fmt.Errorf("restore %s: %w", args[0], err)
			}
			return e.print(backupInfoOf(args[0], archive.Written{Manifest: m}), func(out io.Writer) { sayRestored(out, args[1], m) })
		},
	}
	e.jsonFlag(cmd)
	keys.flags(cmd)
	return cmd
}

func sayRestored(out io.Writer, folder string, m archive.Manifest) {
	fmt.Fprintf(out, "%s holds %s, as it was at %s, and was checked.\n", folder, manifestWords(m), timeWords(m.Made))
	if os.Geteuid() == 0 {
		fmt.Fprintf(out, "Give it to the user that runs the server, for example: chown -R folkmoot: %s\n", folder)
	}
	settings := filepath.Join(folder, archive.Settings)
	if _, err := os.Stat(settings); err == nil {
		fmt.Fprintf(out, "The configuration that belonged to it is %s; nothing uses it there until you name it with --config.\n", settings)
	}
	fmt.Fprintf(out, "When the old server is stopped for good, start this one: folkmoot serve --data-dir %s\n", folder)
}

// lockFlags say how a backup is encrypted.
type lockFlags struct {
	recipients                     []string
	recipientsFile, passphraseFile string
}

func (l *lockFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&l.recipients, "recipient", nil, "encrypt for this public key of age (age1…); may be repeated")
	cmd.Flags().StringVar(&l.recipientsFile, "recipients-file", "", "encrypt for the public keys in this file, one a line")
	cmd.Flags().StringVar(&l.passphraseFile, "passphrase-file", "", "encrypt with the passphrase in this file's first line")
}

func (l *lockFlags) lock() (archive.Lock, error) {
	if l.passphraseFile != "" {
		if len(l.recipients) > 0 || l.recipientsFile != "" {
			return archive.Lock{}, usageError("encrypt for keys or with a passphrase, not both")
		}
		words, err := readPassphrase(l.passphraseFile)
		if err != nil {
			return archive.Lock{}, err
		}
		return archive.Passphrase(words)
	}
	text := strings.Join(l.recipients, "\n")
	if l.recipientsFile != "" {
		more, err := os.ReadFile(l.recipientsFile)
		if err != nil {
			return archive.Lock{}, fmt.Errorf("read the keys to encrypt for: %w", err)
		}
		text += "\n" + string(more)
	}
	if text == "" {
		return archive.Lock{}, nil
	}
	return archive.ParseRecipients(text)
}

func readPassphrase(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	words, _, _ := strings.Cut(string(text), "\n")
	if words = strings.TrimRight(words, "\r"); words == "" {
		return "", fmt.Errorf("the first line of %s is empty; put the passphrase there", path)
	}
	return words, nil
}

// keyFlags say what opens an encrypted backup.
type keyFlags struct{ identity, passphraseFile string }

func (k *keyFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.identity, "identity", "", "the file with your private key of age, if the backup is encrypted for it")
	cmd.Flags().StringVar(&k.passphraseFile, "passphrase-file", "", "the file with the passphrase in its first line, if there is one")
}

func (k *keyFlags) reading() (r archive.Reading, err error) {
	r.Keys = checkKeys
	switch {
	case k.identity != "" && k.passphraseFile != "":
		return r, usageError("give --identity or --passphrase-file, not both")
	case k.identity != "":
		text, err := os.ReadFile(k.identity)
		if err != nil {
			return r, fmt.Errorf("read your private key: %w", err)
		}
		r.Key, err = archive.ParseIdentities(string(text))
		return r, err
	case k.passphraseFile != "":
		words, err := readPassphrase(k.passphraseFile)
		if err != nil {
			return r, err
		}
		r.Key, err = archive.KnownWords(words)
		return r, err
	}
	return r, nil
}
