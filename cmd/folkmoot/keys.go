package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/store"
	"folkmoot/store/archive"
)

// keysFile is what keys export writes.
type keysFile struct {
	Format int         `json:"format"`
	Origin string      `json:"origin"`
	Made   time.Time   `json:"made"`
	Actors []actorKeys `json:"actors"`
}

type actorKeys struct {
	Group string `json:"group"` // name; "" for the server itself
	PEM   string `json:"pem"`
}

const keysFormat = 1

// keysCommand is about private keys by themselves.
func keysCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Keep the private keys of the server and its groups by themselves, or bring them back",
		Long: "Other servers know a group by its address and its key. Whoever has both can go on as that group even if everything else is\n" +
			"lost; followers would be missing, and would have to follow again. A backup holds the keys too.",
	}
	cmd.AddCommand(keysExportCommand(e), keysImportCommand(e))
	return cmd
}

func keysExportCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write the private keys into a new file for its owner alone", Args: cobra.ExactArgs(1),
		Long: "Writes the private keys of the server and of all its groups into a new file, whether the server runs or not. Whoever reads\n" +
			"the file can speak in the name of the groups: keep it where nobody else comes.",
		Example: "  folkmoot keys export folkmoot-keys.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.load()
			if err != nil {
				return err
			}
			n, err := exportKeys(cmd.Context(), c.DataDir, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(e.stdout, "%s holds the private keys of %s. Whoever reads it can speak in their name.\n", args[0], plural(n, "1 actor", "actors"))
			return nil
		},
	}
	e.settingFlags(cmd, "data_dir")
	return cmd
}

func exportKeys(ctx context.Context, folder, file string) (n int, err error) {
	origin, list, err := store.ReadPrivateKeys(ctx, filepath.Join(folder, archive.Database))
	if err != nil {
		return 0, err
	}
	k := keysFile{Format: keysFormat, Origin: origin, Made: time.Now().UTC().Truncate(time.Second)}
	for _, keys := range list {
		if err := checkKeys(keys.Text); err != nil {
			return 0, fmt.Errorf("the keys of %s cannot be read: %w", keys.Owner(), err)
		}
		k.Actors = append(k.Actors, actorKeys{keys.Group, string(keys.Text)})
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return 0, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("%s is there already and is left as it is; choose another name", file)
	}
	if err != nil {
		return 0, fmt.Errorf("write the keys: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, errors.Join(fmt.Errorf("write the keys: %w", err), os.Remove(file))
	}
	return len(k.Actors), nil
}

func keysImportCommand(e *environment) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Give the server and its groups the private keys they had", Args: cobra.ExactArgs(1),
		Long: "Gives the server and its groups the private keys in a file of keys export. Stop the server first. Groups must be there\n" +
			"already: found them again under their names before. A group that has other keys keeps them, unless --replace is given;\n" +
			"servers that know the group by those would then refuse what it says until they look at its key again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := readKeysFile(args[0])
			if err != nil {
				return err
			}
			given, err := e.importKeys(cmd.Context(), k, replace)
			if errors.Is(err, store.ErrOtherKeys) {
				return fmt.Errorf("%w, and nothing was changed: if those in %s are the right ones, say --replace", err, args[0])
			}
			if err != nil {
				return err
			}
			sayGiven(e.stdout, given)
			return nil
		},
	}
	e.settingFlags(cmd, "data_dir")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace other keys that an actor has")
	return cmd
}

func readKeysFile(path string) (k keysFile, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("read the keys: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil || k.Format != keysFormat || len(k.Actors) == 0 {
		return k, fmt.Errorf("%s is no file of keys that this Folkmoot can read", path)
	}
	for _, a := range k.Actors {
		if err := checkKeys([]byte(a.PEM)); err != nil {
			return k, fmt.Errorf("the keys of %s in %s cannot be read: %w", store.PrivateKeys{Group: a.Group}.Owner(), path, err)
		}
	}
	return k, nil
}

// importKeys works on a folder that no server runs on: a running one would go on with the keys it has read.
func (e *environment) importKeys(ctx context.Context, k keysFile, replace bool) (given store.KeysGiven, err error) {
	c, err := e.load()
	if err != nil {
		return given, err
	}
	if k.Origin != c.Origin {
		return given, fmt.Errorf("the keys are those of %s, and this server is %s: keys belong to one address alone", k.Origin, c.Origin)
	}
	path := filepath.Join(c.DataDir, archive.Database)
	if _, err := os.Stat(path); err != nil {
		return given, fmt.Errorf("there is no %s yet: start the server once, found the groups again, stop it, and import then", path)
	}
	unlock, err := lockFolder(c.DataDir)
	if err != nil {
		return given, err
	}
	defer unlock()
	st, err := store.Open(store.Options{Path: path, Origin: c.Origin})
	if err != nil {
		return given, serveWords(err)
	}
	list := []store.PrivateKeys{}
	for _, a := range k.Actors {
		list = append(list, store.PrivateKeys{Group: a.Group, Text: []byte(a.PEM)})
	}
	given, err = st.GivePrivateKeys(ctx, list, replace)
	return given, errors.Join(err, st.Close())
}

func sayGiven(out io.Writer, given store.KeysGiven) {
	for _, line := range []struct {
		owners []string
		words  string
	}{
		{given.Set, "Keys given to: "},
		{given.Same, "They had them already: "},
		{given.Missing, "Left out, because they are not here (found them first, then import again): "},
	} {
		if len(line.owners) > 0 {
			fmt.Fprintln(out, line.words+strings.Join(line.owners, ", "))
		}
	}
}
