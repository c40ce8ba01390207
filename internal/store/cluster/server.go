package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	superuser    = "marketwarden"
	maxLogBytes  = 4 << 20 // a longer log is set aside at the next start
	maxTailBytes = 2 << 10 // of the log, in errors
)

// settings are the server's, beside PostgreSQL's defaults. Commits are durable
// (synchronous_commit stays on); memory is that of a guest on a user's machine.
func (c *Cluster) settings(socket string) []string {
	s := []string{
		"listen_addresses=",
		"unix_socket_directories=" + socket,
		"unix_socket_permissions=0700",
		"port=" + port,
		"cluster_name=marketwarden",
		"shared_buffers=128MB",
		"max_connections=200",
		"max_wal_size=1GB",
		"jit=off", // compiling costs more than it saves in queries of milliseconds
		"timezone=UTC",
		"log_timezone=UTC",
		"log_checkpoints=off",
		"logging_collector=off",
	}
	if c.opts.Unsafe {
		s = append(s, "fsync=off", "full_page_writes=off", "autovacuum=off")
	}
	return s
}

// start brings the server up, making the data folder first if there is none. It returns
// once the server's process has written its lock file. The caller holds the start lock
// and knows that no server lives.
func (c *Cluster) start(ctx context.Context) (postmaster, error) {
	major, err := dataMajor(c.data())
	if err != nil {
		return postmaster{}, err
	}
	bin, err := pick(ctx, c.opts.Getenv, major)
	if err != nil {
		return postmaster{}, err
	}
	id, err := chooseIdentity(ctx, c.opts.identity, c.dir, c.data())
	if err != nil {
		return postmaster{}, err
	}
	c.removeAbandoned()
	if major == 0 {
		if err := c.initialise(ctx, bin, id); err != nil {
			return postmaster{}, err
		}
	}
	socket, err := c.socketDir(id)
	if err != nil {
		return postmaster{}, err
	}
	// The lock files of a dead server are in the way as long as its process id exists, as
	// a zombie that init has not reaped or as another program. That no server lives was
	// seen by findPostmaster; should backends of it still run, PostgreSQL notices by
	// their shared memory and refuses, which is the wait below.
	for _, name := range []string{filepath.Join(c.data(), "postmaster.pid"), filepath.Join(socket, ".s.PGSQL."+port+".lock")} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return postmaster{}, err
		}
	}
	orphans, cancel := context.WithTimeout(ctx, orphanGrace)
	defer cancel()
	for {
		server, tail, err := c.launch(ctx, bin, id, socket)
		if err == nil || !strings.Contains(tail, "still in use") {
			return server, err
		}
		if pause(orphans, orphanEvery) != nil {
			return postmaster{}, err
		}
	}
}

// launch runs the server's program once. tail is what it logged when it died.
func (c *Cluster) launch(ctx context.Context, bin Binaries, id identity, socket string) (server postmaster, tail string, err error) {
	log, err := c.openLog()
	if err != nil {
		return postmaster{}, "", err
	}
	defer log.Close()
	begin, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return postmaster{}, "", err
	}
	args := []string{"-D", c.data()}
	for _, s := range c.settings(socket) {
		args = append(args, "-c", s)
	}
	// Not CommandContext: the server outlives this call and perhaps the program.
	cmd := exec.Command(filepath.Join(bin.Dir, "postgres"), args...) //nolint:gosec,noctx // see above
	cmd.Dir, cmd.Env = "/", serverEnv()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = id.attr()
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		return postmaster{}, "", fmt.Errorf("start PostgreSQL %s: %w", bin.Version, err)
	}
	pid := cmd.Process.Pid
	if err := cmd.Process.Release(); err != nil { // it is waited for by reaped
		return postmaster{}, "", err
	}
	for {
		if server, ok := findPostmaster(c.data()); ok && server.socket != "" {
			return server, "", nil
		}
		if !alive(pid) {
			tail := c.logTail(begin)
			return postmaster{}, tail, fmt.Errorf("PostgreSQL %s ended at its start; %s says:\n%s", bin.Version, c.logFile(), tail)
		}
		if err := pause(ctx, pollEvery); err != nil {
			return postmaster{}, "", errors.Join(err, interrupt(pid))
		}
	}
}

// initialise makes a data folder beside its final place and renames it, so that a kill
// leaves no half of one. Each try has a folder of its own: the initdb of a killed
// program may live on for a moment.
func (c *Cluster) initialise(ctx context.Context, bin Binaries, id identity) error {
	tmp, err := os.MkdirTemp(c.dir, "init-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // nothing after the rename
	if err := id.owns(tmp); err != nil {
		return err
	}
	args := []string{
		"-D", tmp, "-U", superuser, "--auth-local=trust", "--auth-host=reject",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
	}
	if c.opts.Unsafe {
		args = append(args, "--no-sync")
	} else {
		args = append(args, "--data-checksums")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin.Dir, "initdb"), args...) //nolint:gosec // the found binaries
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", serverEnv(), id.attr()
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb of PostgreSQL %s: %w\n%s", bin.Version, err, lastBytes(out))
	}
	if err := os.Rename(tmp, c.data()); err != nil {
		return err
	}
	return syncDir(c.dir)
}

// removeAbandoned removes what killed programs left of data folders in the making. What
// cannot be removed, as an initdb that outlived its program still writes there, is left
// for the next start.
func (c *Cluster) removeAbandoned() {
	dirs, err := filepath.Glob(c.path("init-*"))
	for _, dir := range dirs {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		c.opts.Log.Debug("an abandoned folder stays", "err", err)
	}
}

// stop ends the server with a fast shutdown and waits for it.
func (c *Cluster) stop(ctx context.Context) error {
	server, running := findPostmaster(c.data())
	if running {
		if err := interrupt(server.pid); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, stopTimeout)
		defer cancel()
		for alive(server.pid) {
			if pause(ctx, pollEvery) != nil {
				return fmt.Errorf("PostgreSQL (pid %d) is still stopping; see %s", server.pid, c.logFile())
			}
		}
	}
	return nil
}

// interrupt asks a server for a fast shutdown.
func interrupt(pid int) error {
	if err := unix.Kill(pid, unix.SIGINT); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("stop PostgreSQL (pid %d): %w", pid, err)
	}
	return nil
}

// openLog opens the log for appending. A long one is set aside; the server is not
// running, so nobody writes to it.
func (c *Cluster) openLog() (*os.File, error) {
	if info, err := os.Stat(c.logFile()); err == nil && info.Size() > maxLogBytes {
		if err := os.Rename(c.logFile(), c.logFile()+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(c.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// logTail returns the end of what was logged from begin on.
func (c *Cluster) logTail(begin int64) string {
	b, err := os.ReadFile(c.logFile())
	if err != nil || int64(len(b)) < begin {
		return ""
	}
	return lastBytes(b[begin:])
}

func lastBytes(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[max(0, len(b)-maxTailBytes):])
}

// serverEnv is the environment of PostgreSQL's programs: ours without what would change
// their behaviour (PGDATA, PGPORT, …) or the language of their messages.
func serverEnv() []string {
	env := []string{"LC_ALL=C"}
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "LC_") && name != "LANG" && name != "LANGUAGE" {
			env = append(env, kv)
		}
	}
	return env
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
