package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/viper"
)

// Source is where settings come from, the strongest first.
type Source struct {
	Flags   map[string]string // by key, e.g. "tls.mode"
	Environ []string          // as of os.Environ: FOLKMOOT_TLS_MODE=…, or FOLKMOOT_TLS_MODE_FILE=path
	File    string            // the file that must exist; "" for the first of Places that does, or none
	Places  []string
}

// Places are where the file is looked for when nobody names one.
func Places() []string { return []string{"folkmoot.toml", "/etc/folkmoot/folkmoot.toml"} }

const envPrefix = "FOLKMOOT_"

// notSettings are names with our prefix in the environment that are no settings: the file itself, and the payloads that
// the project's tests read.
func notSettings() []string { return []string{"FOLKMOOT_CONFIG", "FOLKMOOT_FIXTURES"} }

// Load reads and checks all settings. Errors wrap ErrInvalid, or fs.ErrNotExist where a named file is missing.
func Load(s Source) (Config, error) {
	c, _, err := LoadWithOrigins(s)
	return c, err
}

// LoadWithOrigins also says where each setting that is no default comes from: "flag", "environment" or the file's path.
// When only a value is wrong, what was read comes along with the error.
func LoadWithOrigins(s Source) (Config, map[string]string, error) {
	// The usual delimiter "." would tear apart keys that contain one, such as domains.
	v := viper.NewWithOptions(viper.KeyDelimiter(delimiter))
	origins := map[string]string{}
	path, err := readFile(v, s, origins)
	if err != nil {
		return Config{}, nil, err
	}
	env, err := fromEnvironment(s.Environ)
	if err != nil {
		return Config{}, nil, err
	}
	for _, layer := range []struct {
		name   string
		values map[string]string
	}{{"environment", env}, {"flag", s.Flags}} {
		for key, value := range layer.values {
			v.Set(strings.ReplaceAll(key, ".", delimiter), value)
			origins[key] = layer.name
		}
	}
	c := Default()
	if err := v.UnmarshalExact(&c, viper.DecodeHook(readText)); err != nil {
		return Config{}, nil, fmt.Errorf("%w: %s", ErrInvalid, decodeWords(err))
	}
	c.complete(filepath.Dir(path))
	return c, origins, c.check()
}

const delimiter = "::"

func readFile(v *viper.Viper, s Source, origins map[string]string) (path string, err error) {
	path = s.File
	if path == "" {
		i := slices.IndexFunc(s.Places, func(p string) bool { _, err := os.Stat(p); return err == nil })
		if i < 0 {
			return "", nil
		}
		path = s.Places[i]
	}
	v.SetConfigFile(path)
	if filepath.Ext(path) == "" {
		v.SetConfigType("toml")
	}
	err = v.ReadInConfig()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no configuration file %s: write one with: folkmoot init (%w)", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("this user may not read the configuration file %s: %w", path, fs.ErrPermission)
	case err != nil:
		return "", fmt.Errorf("%w: %s is not in the form it should have: %w", ErrInvalid, path, err)
	}
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	for _, key := range v.AllKeys() {
		origins[strings.ReplaceAll(key, delimiter, ".")] = path
	}
	return path, nil
}

// fromEnvironment reads the settings named FOLKMOOT_…. With _FILE behind the name the value is the text of that file, so
// that secrets need not stand in the environment.
func fromEnvironment(environ []string) (map[string]string, error) {
	keys := map[string]string{}
	for _, s := range Settings(Default()) {
		keys[s.Env] = s.Key
	}
	out := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(notSettings(), name) {
			continue
		}
		key, ok := keys[name]
		if plain, isFile := strings.CutSuffix(name, "_FILE"); !ok && isFile && keys[plain] != "" {
			text, err := os.ReadFile(value)
			if err != nil {
				return nil, fmt.Errorf("%w: read the file that %s names: %w", ErrInvalid, name, err)
			}
			key, ok, value = keys[plain], true, strings.TrimSpace(string(text))
		}
		if !ok {
			return nil, fmt.Errorf("%w: there is no setting for the environment variable %s%s", ErrInvalid, name, meant(name, sortedKeys(keys)))
		}
		out[key] = value
	}
	return out, nil
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// readText reads a value that was written as text: a time ("10s"), days ("30d"), or a list in one line, by commas or
// blanks. It is a mapstructure.DecodeHookFunc.
func readText(_, to reflect.Type, value any) (any, error) {
	text, ok := value.(string)
	switch {
	case !ok:
		return value, nil
	case to == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf(`%q is no time such as "10s"`, text)
		}
		return d, nil
	case to == reflect.TypeFor[Days]():
		d, err := ParseDays(text)
		if err != nil {
			return nil, err
		}
		return int(d), nil
	case to.Kind() == reflect.Slice:
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }), nil
	}
	return value, nil
}

// decodeWords turns the decoder's report into one line and says which key may have been meant.
func decodeWords(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	_, list, ok := strings.Cut(text, "invalid keys: ")
	if !ok {
		return text
	}
	var keys []string
	for _, s := range Settings(Default()) {
		keys = append(keys, s.Key)
	}
	section := ""
	if _, rest, ok := strings.Cut(text, "'"); ok {
		section, _, _ = strings.Cut(rest, "'")
	}
	if section != "" {
		section = strings.ToLower(section) + "."
	}
	var out []string
	for unknown := range strings.SplitSeq(list, ", ") {
		unknown = section + unknown
		out = append(out, fmt.Sprintf("there is no setting %q%s", unknown, meant(unknown, keys)))
	}
	return strings.Join(out, "; ")
}

// meant suggests the known name that is nearest to an unknown one.
func meant(name string, known []string) string {
	best, nearest := len(name)/3+2, ""
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < best {
			best, nearest = d, k
		}
	}
	if nearest == "" {
		return "; docs/config.md lists them all"
	}
	return fmt.Sprintf("; did you mean %q?", nearest)
}

// distance is Levenshtein's: how many letters must change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
