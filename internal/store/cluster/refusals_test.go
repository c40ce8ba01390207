package cluster

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree returns the files below dir with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		got[strings.TrimPrefix(name, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDataOfAnotherVersionIsNotTouched(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		version string
		want    []string
	}{
		"older":  {"9\n", []string{"PostgreSQL 9,", "Install PostgreSQL 9", "Nothing was changed"}},
		"newer":  {"99\n", []string{"PostgreSQL 99,", "Install PostgreSQL 99", "Nothing was changed"}},
		"broken": {"none\n", []string{`says "none"`, "nothing was changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(tempDir(t), "postgres")
			data := filepath.Join(dir, "data")
			if err := os.MkdirAll(filepath.Join(data, "base"), 0o700); err != nil {
				t.Fatal(err)
			}
			for file, content := range map[string]string{"PG_VERSION": test.version, "base/1": "rows"} {
				if err := os.WriteFile(filepath.Join(data, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := tree(t, data)
			_, err := Open(t.Context(), Options{Dir: dir})
			if !errors.Is(err, ErrVersion) {
				t.Fatalf("Open: %v, want %v", err, ErrVersion)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if diff := cmp.Diff(before, tree(t, data)); diff != "" {
				t.Errorf("the data changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestFolderThatIsNoDatabaseIsNotTouched(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "postgres")
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "photo.jpg"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "no database") {
		t.Errorf("Open: %v, want a refusal", err)
	}
	if diff := cmp.Diff(map[string]string{"/photo.jpg": "dear"}, tree(t, filepath.Join(dir, "data"))); diff != "" {
		t.Errorf("the folder changed (-want +got):\n%s", diff)
	}
}

func TestFolderOfAnotherUser(t *testing.T) {
	t.Parallel()
	dir := "/usr" // root's, for an ordinary user
	if os.Geteuid() == 0 {
		dir = filepath.Join(tempDir(t), "postgres")
		if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, nobody, nobody)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	if !errors.Is(err, ErrOwner) {
		t.Fatalf("Open: %v, want %v", err, ErrOwner)
	}
	if !strings.Contains(err.Error(), userName(os.Geteuid())) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("%q does not say who asks and what to do", err)
	}
}

func TestWithoutBinaries(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "postgres")
	empty := t.TempDir()
	_, err := Open(t.Context(), Options{Dir: dir, Getenv: func(name string) string {
		return map[string]string{"PG_BINDIR": empty}[name]
	}})
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("Open: %v, want %v", err, ErrNotInstalled)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a data folder without binaries: %v", err)
	}
}

func TestTooOldBinaries(t *testing.T) {
	t.Parallel()
	bin := tempDir(t)
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) 12.9 (Debian 12.9-1)'\n"
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Find(t.Context(), func(string) string { return bin })
	if !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "12.9") || !strings.Contains(err.Error(), "15") {
		t.Errorf("Find: %v, want %v with both versions", err, ErrVersion)
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	long := filepath.Join(tempDir(t), strings.Repeat("long", 30))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := ready(t, long)
	runtime := tempDir(t)
	if err := os.Chmod(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	c := open(t, Options{Dir: dir, Getenv: func(name string) string {
		return map[string]string{"XDG_RUNTIME_DIR": runtime}[name]
	}})
	want := runtime
	if owner(t, filepath.Join(dir, "data")) != os.Geteuid() {
		want = "/tmp" // the server is another user, for whom the runtime folder is closed
	}
	if got := filepath.Dir(c.server.socket); got != want {
		t.Errorf("the socket is in %s, want %s", got, want)
	}
	// A program that knows nothing of this runtime folder finds the same server.
	other := spawn(t, dir, "XDG_RUNTIME_DIR=")
	if got := other.server(); got != c.PID() {
		t.Errorf("the other program uses server %d, want %d", got, c.PID())
	}
	other.end()
	remember(t, c)
	shut(t, c)
	if left, err := os.ReadDir(runtime); err != nil || len(left) > 0 {
		t.Errorf("%v, %v left in the runtime folder", left, err)
	}
	c = open(t, Options{Dir: dir, Getenv: func(string) string { return "" }})
	if !strings.HasPrefix(c.server.socket, "/tmp/marketwarden-") {
		t.Errorf("the socket is in %s", c.server.socket)
	}
	recall(t, c)
}

func TestSquattedSocketFolder(t *testing.T) {
	t.Parallel()
	id := identity{mode: identityOwn}
	for name, squat := range map[string]func(dir string) error{
		"link":   func(dir string) error { return os.Symlink(filepath.Dir(dir), dir) },
		"file":   func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
		"public": func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o755)) },
		"foreign": func(dir string) error {
			if os.Geteuid() != 0 {
				return os.Symlink("/usr", dir) // cannot give a folder away
			}
			return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, nobody, nobody))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "socket")
			if err := squat(dir); err != nil {
				t.Fatal(err)
			}
			if err := makePrivateDir(dir, id); err == nil {
				t.Error("accepted")
			}
		})
	}
	dir := filepath.Join(t.TempDir(), "socket")
	if err := errors.Join(makePrivateDir(dir, id), makePrivateDir(dir, id)); err != nil {
		t.Errorf("its own folder: %v", err)
	}
}

// owner returns whose a file is, or a process by its folder in /proc.
func owner(t *testing.T, name string) int {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("no owner of %s", name)
	}
	return int(st.Uid)
}

// TestServerOfAnotherUser is for root where user namespaces are refused.
func TestServerOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // an ordinary user's server is always that user's
	}
	dir := filepath.Join(tempDir(t), "postgres")
	c := open(t, Options{Dir: dir, identity: identityOther})
	remember(t, c)
	if owner(t, procFile(c.PID(), "")) == 0 {
		t.Error("the server runs as root")
	}
	shut(t, c)
	// Without being told again, as its files' owner shows it.
	recall(t, open(t, Options{Dir: dir}))

	closed := tempDir(t)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	remember(t, open(t, Options{Dir: filepath.Join(closed, "postgres"), identity: identityOther}))
}

// TestAsOrdinaryUser runs those tests again without root's rights in which they matter.
func TestAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // they run that way already
	}
	dir := tempDir(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, tmp := filepath.Join(dir, "cluster.test"), filepath.Join(dir, "tmp")
	// Another program copies: were the file open for writing here, a test that starts a
	// server meanwhile would hand it on, and a file that is written cannot be run.
	if out, err := exec.CommandContext(t.Context(), "install", "-m", "755", self, bin).CombinedOutput(); err != nil {
		t.Fatalf("copy the test program: %v\n%s", err, out)
	}
	if err := errors.Join(os.Mkdir(tmp, 0o755), os.Chown(tmp, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, "-test.count=1", "-test.timeout=5m",
		"-test.run=Makes|Share|KilledProgram|ServerAndProgram|LongPath|AnotherUser|Squatted|Durable")
	cmd.Dir, cmd.Env = tmp, append(os.Environ(), "TMPDIR="+tmp, "HOME="+tmp, "XDG_RUNTIME_DIR=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as uid %d: %v\n%s", nobody, err, out)
	}
}
