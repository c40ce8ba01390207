package cluster

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOpenMakesStartsAndStops(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "deep", "postgres")
	if got, err := Look(dir); err != nil || got.Exists {
		t.Errorf("Look says %+v, %v before there is anything", got, err)
	}
	c := open(t, Options{Dir: dir})
	pid := c.PID()
	for setting, want := range map[string]string{
		"listen_addresses": "", "server_encoding": "UTF8", "timezone": "UTC", "unix_socket_permissions": "0700",
	} {
		if got := query(t, c, "select current_setting('"+setting+"')"); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	remember(t, c)
	if got, err := Look(dir); err != nil || !got.Exists || got.PID != pid || !got.Running {
		t.Errorf("Look says %+v, %v of the running cluster", got, err)
	}
	shut(t, c)
	if alive(pid) {
		t.Error("the server runs after the only program closed it")
	}
	if got, err := Look(dir); err != nil || !got.Exists || got.Running {
		t.Errorf("Look says %+v, %v of the stopped cluster", got, err)
	}
	recall(t, open(t, Options{Dir: dir}))
	if left, err := filepath.Glob(filepath.Join(dir, "init-*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v left of making the data folder", left, err)
	}
}

func TestCommitsAreDurableUnlessUnsafe(t *testing.T) {
	t.Parallel()
	c, err := Open(t.Context(), Options{Dir: filepath.Join(tempDir(t), "postgres")})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, c)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes", "data_checksums"} {
		if got := query(t, c, "select current_setting('"+setting+"')"); got != "on" {
			t.Errorf("%s is %s", setting, got)
		}
	}
}

func TestProgramsShareTheServer(t *testing.T) {
	t.Parallel()
	dir := ready(t, tempDir(t))
	first := spawn(t, dir)
	pid := first.server()
	c := open(t, Options{Dir: dir})
	if c.PID() != pid {
		t.Fatalf("attached to server %d, want that of the first program, %d", c.PID(), pid)
	}
	first.end()
	if !alive(pid) {
		t.Fatal("the first program stopped the server under the second")
	}
	remember(t, c)
	shut(t, c)
	if alive(pid) {
		t.Error("the last program left the server running")
	}
}

func TestFirstStartsAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "postgres")
	programs := []*proc{spawn(t, dir), spawn(t, dir), spawn(t, dir)}
	pid := open(t, Options{Dir: dir}).PID()
	for _, p := range programs {
		if got := p.server(); got != pid {
			t.Errorf("a program uses server %d, another %d", got, pid)
		}
		p.end()
	}
}

func TestKilledProgramLeavesAServerToAttachTo(t *testing.T) {
	t.Parallel()
	dir := ready(t, tempDir(t))
	first := spawn(t, dir)
	pid := first.server()
	first.kill()
	if !alive(pid) {
		t.Fatal("the server went with its program")
	}
	c := open(t, Options{Dir: dir})
	if c.PID() != pid {
		t.Errorf("started server %d beside %d", c.PID(), pid)
	}
	shut(t, c)
	if alive(pid) {
		t.Error("the server runs after the last program closed it")
	}
}

func TestKilledServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	dir := ready(t, tempDir(t))
	first := spawn(t, dir) // keeps its hold on the cluster all along
	first.server()
	c := open(t, Options{Dir: dir})
	remember(t, c)
	kill(t, c.PID())
	again := open(t, Options{Dir: dir})
	recall(t, again)
	shut(t, c)
	if !alive(again.PID()) {
		t.Fatal("closing the old hold stopped the new server")
	}
	first.end()
	recall(t, again)
}

func TestKilledServerAndProgram(t *testing.T) {
	t.Parallel()
	dir := ready(t, tempDir(t))
	first := spawn(t, dir)
	pid := first.server()
	c := open(t, Options{Dir: dir})
	remember(t, c)
	shut(t, c)
	kill(t, pid) // a zombie as long as its parent lives
	recall(t, open(t, Options{Dir: dir}))
	first.kill()
}

func TestKillWhileTheDataFolderIsMade(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "postgres")
	first := spawn(t, dir)
	await(t, "initdb", func() bool {
		m, err := filepath.Glob(filepath.Join(dir, "init-*", "PG_VERSION"))
		return err == nil && len(m) > 0
	})
	first.kill()
	c := open(t, Options{Dir: dir})
	remember(t, c)
	recall(t, c)
}

func TestLockFileOfAStranger(t *testing.T) {
	t.Parallel()
	dir := ready(t, tempDir(t))
	c := open(t, Options{Dir: dir})
	remember(t, c)
	lock := filepath.Join(dir, "data", "postmaster.pid")
	left, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	shut(t, c)
	// As after a reboot: the id in the lock file now belongs to another program.
	_, rest, _ := bytes.Cut(left, []byte("\n"))
	if err := os.WriteFile(lock, append([]byte("1\n"), rest...), 0o600); err != nil {
		t.Fatal(err)
	}
	recall(t, open(t, Options{Dir: dir}))
}

func TestServerWithoutItsSocketIsRestarted(t *testing.T) {
	t.Parallel()
	dir := ready(t, tempDir(t))
	first := spawn(t, dir)
	pid := first.server()
	first.kill()
	if err := os.Remove(filepath.Join(dir, "socket", ".s.PGSQL."+port)); err != nil {
		t.Fatal(err)
	}
	c := open(t, Options{Dir: dir})
	if c.PID() == pid {
		t.Error("the unreachable server is still in use")
	}
	query(t, c, "select 'alive'")
}

func TestOpenGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "postgres")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	held, err := openLock(filepath.Join(dir, "start.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if !tryLockExclusive(held) {
		t.Fatal("cannot lock")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, Options{Dir: dir}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Open beside a starting program: %v, want the context's error", err)
	}
}

func TestCloseTwiceAndNil(t *testing.T) {
	t.Parallel()
	var none *Cluster
	if err := none.Close(); err != nil {
		t.Error(err)
	}
	c := open(t, Options{Dir: ready(t, tempDir(t))})
	shut(t, c)
	shut(t, c)
}
