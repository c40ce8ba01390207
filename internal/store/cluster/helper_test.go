package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// envProgram makes the test binary a program that opens the cluster in the named
// folder, says the server's process id, and closes it when its input ends.
const envProgram = "MARKETWARDEN_TEST_CLUSTER_PROGRAM"

// nobody is the ordinary user of tests that run as root.
const nobody = 65534

func TestMain(m *testing.M) {
	if dir := os.Getenv(envProgram); dir != "" {
		if err := program(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if dir, err := seed(); err == nil {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// seed is a cluster that was made once and does not run, to copy: making one takes far
// longer.
var seed = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mwc-seed")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return dir, err
	}
	c, err := Open(context.Background(), Options{Dir: dir, Unsafe: true})
	if err != nil {
		return dir, err
	}
	return dir, c.Close()
})

// ready returns the folder of a cluster that is made and does not run, below parent.
func ready(t *testing.T, parent string) string {
	t.Helper()
	from, err := seed()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "postgres")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(from, "data"), dir) // owners and modes, too
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

func program(dir string) error {
	c, err := Open(context.Background(), Options{Dir: dir, Unsafe: true})
	if err != nil {
		return err
	}
	fmt.Println("server", c.PID())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return c.Close()
}

// proc is another program that uses a cluster.
type proc struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	ended  bool
}

// spawn starts another program with the cluster in dir. env is added to ours.
func spawn(t *testing.T, dir string, env ...string) *proc {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self) //nolint:noctx // ended by end or kill
	cmd.Env = append(append(os.Environ(), envProgram+"="+dir), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &proc{t: t, cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
	t.Cleanup(func() {
		if !p.ended {
			p.kill()
		}
	})
	return p
}

// server waits until the program has the cluster open and returns the server's id.
func (p *proc) server() int {
	p.t.Helper()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the other program: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "server ")))
	if err != nil {
		p.t.Fatal(err)
	}
	return pid
}

// end lets the program close the cluster and waits for its end.
func (p *proc) end() {
	p.t.Helper()
	p.ended = true
	if err := errors.Join(p.stdin.Close(), p.cmd.Wait()); err != nil {
		p.t.Errorf("the other program: %v", err)
	}
}

// kill ends the program at once and for all.
func (p *proc) kill() {
	p.t.Helper()
	p.ended = true
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Error(err)
	}
	if err := p.cmd.Wait(); err == nil {
		p.t.Error("the killed program ended well")
	}
}

// tempDir returns a folder that the test's clean-up removes when its server is gone. It
// can be reached by other users, unlike t.TempDir.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mwc") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		killServers(t, dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// killServers ends the servers of clusters below dir that a failed test left.
func killServers(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "postmaster.pid" {
			if server, ok := findPostmaster(filepath.Dir(name)); ok {
				kill(t, server.pid)
			}
		}
		return nil // what vanishes meanwhile needs no care
	})
	if err != nil {
		t.Error(err)
	}
}

// kill kills a process and waits until it is dead, reaped or not.
func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "the end of the killed process", func() bool { return !alive(pid) })
}

// await waits for a condition that nothing announces.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute) // clean-up waits, too
	defer cancel()
	for !ok() {
		if pause(ctx, time.Millisecond) != nil {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// open opens the cluster and closes it at the end of the test at the latest.
func open(t *testing.T, opts Options) *Cluster {
	t.Helper()
	opts.Unsafe = true
	opts.Log = slog.New(slog.DiscardHandler)
	c, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, c) })
	return c
}

func shut(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// query runs one statement and returns the one value it gives as text.
func query(t *testing.T, c *Cluster, sql string) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, c.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var got string
	if err := conn.QueryRow(ctx, sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

// remember writes a row, and recall reads it back.
func remember(t *testing.T, c *Cluster) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, c.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "create table kept as select 'as it was' as said"); err != nil {
		t.Fatal(err)
	}
}

func recall(t *testing.T, c *Cluster) {
	t.Helper()
	if got, want := query(t, c, "select said from kept"), "as it was"; got != want {
		t.Errorf("the row says %q, want %q", got, want)
	}
}
