// Package archive keeps a whole data folder in one file, and gets it back out.
//
//	Write    copy of the database, files ─► manifest with sums ─► tar ─► gzip ─► age, if wanted ─► one file, under its name once whole
//	Verify   the file ─► every sum, then the database in it from end to end
//	Restore  the same, into an empty folder
//
// The manifest comes first: what follows is what it lists, in its order, and nothing else is believed or written.
package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Sentinel errors.
var (
	// ErrExists means that something is where the archive or the data should go.
	ErrExists = errors.New("nothing is overwritten")
	// ErrDamaged means that a file is no whole archive.
	ErrDamaged = errors.New("this is no backup of Folkmoot, or it is damaged or incomplete; use another one")
	// ErrLocked means that an archive is encrypted and none of the given secrets opens it.
	ErrLocked = errors.New("the backup is encrypted")
	// ErrData means that the data itself is not as it should be.
	ErrData = errors.New("the data is damaged")
)

// Names in the archive and in a data folder.
const (
	Database = "folkmoot.db"
	Settings = "folkmoot.toml"
	manifest = "manifest.json"
)

// Folders lists the folders beside the database that belong to a server's data: the certificates of autocert. All else is in the
// database, pictures too; what is put beside it one day is kept once its folder stands here.
func Folders() []string { return []string{"certificates"} }

// Manifest says what is in an archive.
type Manifest struct {
	Format  int       `json:"format"`
	Made    time.Time `json:"made"`
	Origin  string    `json:"origin"`
	Program string    `json:"program"` // version of Folkmoot that made it
	Schema  int       `json:"schema"`  // of the database
	Groups  int       `json:"groups"`
	Files   []File    `json:"files"` // the database is the first
}

// File is one file of an archive.
type File struct {
	Name   string `json:"name"` // with slashes, relative to the data folder
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// format is the form of archives. What is added to it must be understood by programs that do not know it; else it is counted up.
const format = 1

// maxManifest bounds the manifest: about 100,000 files.
const maxManifest = 16 << 20

// Bytes is how large everything is together.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

func parseManifest(text []byte) (m Manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w (manifest: %w)", ErrDamaged, err)
	}
	if m.Format != format {
		return m, fmt.Errorf("the backup has form %d and this program reads form %d: use the Folkmoot that made it (%s)", m.Format, format, m.Program)
	}
	if len(m.Files) == 0 || m.Files[0].Name != Database {
		return m, fmt.Errorf("%w (there is no database in it)", ErrDamaged)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !allowed(f.Name) || f.Size < 0 || seen[f.Name] {
			return m, fmt.Errorf("%w (%q has no place in a backup)", ErrDamaged, f.Name)
		}
		seen[f.Name] = true
	}
	for _, f := range m.Files {
		for above := path.Dir(f.Name); above != "."; above = path.Dir(above) {
			if seen[above] {
				return m, fmt.Errorf("%w (%q is a file and a folder)", ErrDamaged, above)
			}
		}
	}
	return m, nil
}

// allowed says whether a name may stand in an archive: nothing that leads out of the data folder, and nothing of which another
// program than this one makes something.
func allowed(name string) bool {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return false
	}
	top, _, below := strings.Cut(name, "/")
	if !below {
		return name == Database || name == Settings
	}
	return slices.Contains(Folders(), top) && path.Base(name) != Database
}
