package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MinMajor is the oldest PostgreSQL the program works with.
const MinMajor = 15

// ErrNotInstalled says that no PostgreSQL binaries were found.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: apt-get install -y --no-install-recommends postgresql" +
	" (or the like elsewhere), or set PG_BINDIR to the folder of its binaries, or DATABASE_URL to a server")

// ErrVersion says that the binaries do not fit the data folder or are too old.
var ErrVersion = errors.New("unsuitable PostgreSQL version")

// Binaries is a folder with PostgreSQL's server programs.
type Binaries struct {
	Dir     string
	Version string // "15.18"
	Major   int
}

// Find returns the server binaries to use: those of PG_BINDIR if it is set, else the
// newest of what pg_config, the packages of Debian and those of the PostgreSQL project
// for Red Hat offer. The error is ErrNotInstalled or ErrVersion.
func Find(ctx context.Context, getenv func(string) string) (Binaries, error) {
	return pick(ctx, getenv, 0)
}

// pick is Find with a wish: major, unless it is 0. The data folder decides which
// version can open it.
func pick(ctx context.Context, getenv func(string) string, major int) (Binaries, error) {
	var found []Binaries
	for _, dir := range candidates(ctx, getenv) {
		if b, err := inspectBinaries(ctx, dir); err == nil {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		if dir := getenv("PG_BINDIR"); dir != "" {
			return Binaries{}, fmt.Errorf("no initdb and postgres in PG_BINDIR %s: %w", dir, ErrNotInstalled)
		}
		return Binaries{}, ErrNotInstalled
	}
	best := slices.MaxFunc(found, func(a, b Binaries) int { return a.Major - b.Major })
	if major == 0 {
		if best.Major < MinMajor {
			return Binaries{}, fmt.Errorf("%w: PostgreSQL %s in %s is too old, version %d or later is needed",
				ErrVersion, best.Version, best.Dir, MinMajor)
		}
		return best, nil
	}
	if i := slices.IndexFunc(found, func(b Binaries) bool { return b.Major == major }); i >= 0 {
		return found[i], nil
	}
	return Binaries{}, fmt.Errorf("%w: the database was made by PostgreSQL %d, but only version %s is installed (%s)."+
		" Nothing was changed. Install PostgreSQL %d beside it; to move on to the newer version, dump the database with"+
		" pg_dump while the old version runs it, and load the dump with another --data-dir",
		ErrVersion, major, best.Version, best.Dir, major)
}

// candidates lists folders that may hold the binaries.
func candidates(ctx context.Context, getenv func(string) string) []string {
	if dir := getenv("PG_BINDIR"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		m, err := filepath.Glob(pattern)
		if err != nil {
			continue // only for a malformed pattern
		}
		dirs = append(dirs, m...)
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

var versionLine = regexp.MustCompile(`\b(\d+)(\.\d+|devel|beta\d+|rc\d+)\S*`)

// inspectBinaries asks the server in dir for its version.
func inspectBinaries(ctx context.Context, dir string) (Binaries, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Binaries{}, err
	}
	name := filepath.Join(dir, "postgres")
	out, err := exec.CommandContext(ctx, name, "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("run %s --version: %w", name, err)
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return Binaries{}, fmt.Errorf("%s --version says %q", name, out)
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return Binaries{}, fmt.Errorf("%s --version says %q: %w", name, out, err)
	}
	return Binaries{Dir: dir, Version: m[0], Major: major}, nil
}

// dataMajor returns the major version that made the data folder, 0 when there is none.
func dataMajor(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		entries, err := os.ReadDir(data)
		if err == nil && len(entries) > 0 {
			return 0, fmt.Errorf("%s holds files but no PG_VERSION: it is no database of PostgreSQL; nothing was changed", data)
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	v := strings.TrimSpace(string(b))
	major, err := strconv.Atoi(v)
	if err != nil || major <= 0 {
		return 0, fmt.Errorf("%w: %s/PG_VERSION says %q; nothing was changed", ErrVersion, data, v)
	}
	return major, nil
}
