package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"folkmoot/store/archive"
)

// folder looks at who may read the data.
func (d *doctor) folder() []finding {
	const about = "data folder"
	dir := d.c.DataDir
	info, err := os.Stat(dir)
	if err != nil {
		return []finding{isWrong(about, "%s cannot be looked at: %v", dir, err).
			remedy("Start the server once, or correct data_dir; run this as the user that runs the server.")}
	}
	var found []finding
	if info.Mode().Perm()&0o077 != 0 {
		found = append(found, isWrong(about, "others than its owner may look into %s (mode %04o)", dir, info.Mode().Perm()).
			remedy("chmod 700 %s", dir))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return append(found, isWrong(about, "%s cannot be read: %v", dir, err).remedy("Run this as the user that runs the server."))
	}
	for _, e := range entries {
		if f, bad := fileOfOthers(dir, e, info); bad {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		found = append(found, ok(about, "%s is for its owner alone", dir))
	}
	return found
}

// fileOfOthers says whether a file in the data folder can be read by others, or belongs to somebody else than the folder.
func fileOfOthers(dir string, e fs.DirEntry, folder fs.FileInfo) (finding, bool) {
	const about = "data folder"
	info, err := e.Info()
	if err != nil || e.IsDir() || e.Type()&fs.ModeSymlink != 0 { // folders in it are behind its own mode
		return finding{}, false
	}
	path := filepath.Join(dir, e.Name())
	if info.Mode().Perm()&0o077 != 0 && strings.HasPrefix(e.Name(), "folkmoot.") && e.Name() != archive.Settings {
		return isWrong(about, "others than its owner may open %s (mode %04o)", path, info.Mode().Perm()).remedy("chmod 600 %s", path), true
	}
	if ownerOf(info) != ownerOf(folder) {
		return isWrong(about, "%s belongs to another user than the folder it is in", path).
			remedy("chown -R it to the user that runs the server; commands run as another user leave such files."), true
	}
	return finding{}, false
}

const (
	roomNeeded = 200 << 20 // below this, an upgrade, a backup or a busy day may fill the disk
	roomLeft   = 50 << 20
)

// disk looks how much room there is for the data and for backups.
func (d *doctor) disk() []finding {
	used, _ := sizeOf(filepath.Join(d.c.DataDir, archive.Database))
	places := []struct{ about, dir string }{{"disk", d.c.DataDir}}
	if d.c.Backup.Dir != "" {
		places = append(places, struct{ about, dir string }{"disk for backups", d.c.Backup.Dir})
	}
	var found []finding
	for _, p := range places {
		free, err := archive.Free(p.dir)
		if err != nil {
			if p.dir == d.c.DataDir { // was said
				continue
			}
			free, err = archive.Free(filepath.Dir(p.dir))
		}
		switch {
		case err != nil:
			found = append(found, isWrong(p.about, "%v", err).remedy("Make the folder, or correct backup.dir."))
		case free < roomLeft:
			found = append(found, isWrong(p.about, "only %d MB are free in %s", free>>20, p.dir).
				remedy("Make room: with a full disk the server refuses what others send it."))
		case free < uint64(used)+roomNeeded: // #nosec G115 -- no file is smaller than nothing
			found = append(found, advise(p.about, "%d MB are free in %s, and the database takes %d MB", free>>20, p.dir, used>>20).
				remedy("Make room: backups and upgrades need a copy of the database."))
		default:
			found = append(found, ok(p.about, "%d MB are free in %s", free>>20, p.dir))
		}
	}
	return found
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// database looks through all of it.
func (d *doctor) database(ctx context.Context) []finding {
	const about = "database"
	if _, err := os.Stat(d.c.DataDir); err != nil {
		return nil // was said
	}
	v, err := lookThrough(ctx, d.c.DataDir)
	if err != nil {
		return []finding{isWrong(about, "%v", err).remedy("Start the server once, or correct data_dir; to get lost data back: folkmoot restore FILE DIR")}
	}
	var found []finding
	for _, line := range v.Damage {
		found = append(found, isWrong(about, "%s", strings.TrimSuffix(line, ".")).
			remedy("Stop the server, keep the whole folder somewhere, and restore a backup into a new one: folkmoot restore FILE DIR"))
	}
	if v.Origin != "" && v.Origin != d.c.Origin {
		found = append(found, isWrong(about, "it belongs to %s, and the configuration is for %s", v.Origin, d.c.Origin).
			remedy("Set domain back to what it was, or give this server another data_dir."))
	}
	if len(found) == 0 {
		found = append(found, ok(about, "it is whole: %s, %s", plural(v.Groups, "1 group", "groups"), sizeWords(v.Bytes)))
	}
	return append(found, d.leftovers()...)
}

// leftovers are copies from before upgrades.
func (d *doctor) leftovers() []finding {
	copies, _ := filepath.Glob(filepath.Join(d.c.DataDir, archive.Database+".schema-*")) // the pattern is well formed
	if len(copies) < 3 {
		return nil
	}
	return []finding{advise("database", "%d copies from before upgrades take room in %s", len(copies), d.c.DataDir).
		remedy("Delete %s.schema-… of versions to which you will not go back.", archive.Database)}
}

// backups looks whether there are any, and how old the newest is.
func (d *doctor) backups() []finding {
	const about = "backups"
	s := backupState{Folder: d.c.Backup.Dir, Every: d.c.Backup.Every}
	if d.health != nil && d.health.Backup != nil {
		s = *d.health.Backup
	} else if s.Folder != "" {
		s.Newest = newestBackup(s.Folder)
	}
	if s.Folder == "" {
		return []finding{advise(about, "the server makes none by itself").
			remedy("Set backup.dir, or have something else run folkmoot backup FILE every day.")}
	}
	age := d.now().Sub(s.Newest)
	switch {
	case !s.Failed.IsZero():
		return []finding{isWrong(about, "%s", s.words()).remedy("Mend what it says; it is tried again by itself, or at once with: folkmoot backup FILE")}
	case s.Newest.IsZero() && d.health == nil:
		return []finding{advise(about, "there is none in %s yet", s.Folder).remedy("The first is made soon after the server has started.")}
	case s.Newest.IsZero() || age > 2*s.Every+againAfter:
		return []finding{isWrong(about, "the newest is %s, and one is wanted every %s", s.newestWords(), s.Every).
			remedy("See that the server runs and that it may write to %s; its log says what went wrong.", s.Folder)}
	}
	if f, bad := readableBackup(s.Folder); bad {
		return []finding{f}
	}
	return []finding{ok(about, "the newest is %s", s.newestWords())}
}

func readableBackup(folder string) (finding, bool) {
	kept, err := archive.List(folder)
	if err != nil {
		return isWrong("backups", "%v", err).remedy("Run this as the user that runs the server."), true
	}
	for _, k := range kept {
		info, err := os.Stat(k.Path)
		if err == nil && info.Mode().Perm()&0o077 != 0 && !strings.HasSuffix(k.Path, ".age") {
			return isWrong("backups", "others may read %s, which holds all keys", k.Path).remedy("chmod 600 %s", k.Path), true
		}
	}
	return finding{}, false
}
