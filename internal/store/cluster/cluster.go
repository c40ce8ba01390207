// Package cluster runs the private PostgreSQL server of one user on one machine: the
// database of those who have not set DATABASE_URL.
//
// One folder holds one cluster:
//
//	data/          the database files; appears complete or not at all
//	init-*/        a data folder being made
//	socket/        the server's Unix socket, where its path is short enough
//	start.lock     held exclusively while a program starts or stops the server
//	users.lock     held shared by every program that uses the server
//	postgres.log   the server's log; postgres.log.1 is the one before
//
// Life-cycle: [Open] attaches to the server when it runs and starts it otherwise;
// [Cluster.Close] stops it when no other program uses it. The kernel drops the locks
// of a killed program, so a kill at any moment leaves at worst a running server, which
// the next program attaches to and stops at its own end. A killed server is started
// again by the next Open, and PostgreSQL recovers what was committed.
//
// The server is a direct child, in a session of its own so that an interrupt meant for
// the program does not reach it. It listens on no network address, only on a socket in
// a folder that its owner alone can enter; who can open the socket is trusted.
//
// Limits: Linux only (it reads /proc and, as root, uses user namespaces); the folder
// must be on a local disk, as file locks on network file systems are not to be relied
// on; a server that dies under a running program is not started again before the next
// Open. The package creates, starts and stops; it does not upgrade, back up, migrate or
// ever delete a data folder.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

const (
	startTimeout = 2 * time.Minute        // recovery after a crash included
	stopTimeout  = time.Minute            // a fast shutdown writes a checkpoint
	leaveTimeout = 10 * time.Second       // how long Close waits for others that start or stop
	pollEvery    = 5 * time.Millisecond   // of conditions that nothing announces
	orphanGrace  = 10 * time.Second       // until the backends of a killed server have noticed
	orphanEvery  = 100 * time.Millisecond // between two tries meanwhile
)

// Options say where the cluster is and how it runs.
type Options struct {
	// Dir is the cluster's folder. It is created if absent and must belong to the
	// effective user.
	Dir string
	// Log gets what the package does, at debug level. nil = slog.Default().
	Log *slog.Logger
	// Getenv reads PG_BINDIR (folder of the PostgreSQL binaries, before any search) and
	// XDG_RUNTIME_DIR. nil = os.Getenv.
	Getenv func(string) string
	// Unsafe turns off what makes commits survive a crash of the machine; those of a
	// killed server survive still. For tests.
	Unsafe bool

	identity identityMode // tests force one; 0 = chosen by the folder and the system
}

// Cluster is a running server that this program uses. It is safe for concurrent use,
// except that Close is called once, after the last connection was closed.
type Cluster struct {
	opts   Options
	dir    string // absolute, symbolic links resolved
	server postmaster
	users  *os.File // shared lock; nil after Close
}

// Open starts the server, or attaches to it when it runs, and holds it until Close.
//
// The errors that users can mend are [ErrNotInstalled], [ErrVersion] and [ErrOwner];
// they say how. Cancelling ctx gives up; a server that was just started is then left
// for the next program if it cannot be stopped.
func Open(ctx context.Context, opts Options) (*Cluster, error) {
	c, err := prepare(opts)
	if err != nil {
		return nil, fmt.Errorf("open private cluster %s: %w", opts.Dir, err)
	}
	if err := c.open(ctx); err != nil {
		return nil, fmt.Errorf("open private cluster %s: %w", c.dir, err)
	}
	return c, nil
}

// prepare makes the folder and checks whose it is.
func prepare(opts Options) (*Cluster, error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	if opts.Dir == "" {
		return nil, errors.New("no folder given")
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, err
	}
	// One folder must have one name: lock files and socket are found by it.
	dir, err := filepath.Abs(opts.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	if err := checkOwner(dir); err != nil {
		return nil, err
	}
	return &Cluster{opts: opts, dir: dir}, nil
}

// open does the work of Open under the start lock.
func (c *Cluster) open(ctx context.Context) error {
	start, err := openLock(c.path("start.lock"))
	if err != nil {
		return err
	}
	defer start.Close() // unlocks
	if err := lockExclusive(ctx, start); err != nil {
		return fmt.Errorf("wait for another program that starts or stops the server: %w", err)
	}
	users, err := openLock(c.path("users.lock"))
	if err != nil {
		return err
	}
	// Nobody holds this lock exclusively but under the start lock, so this is at once.
	if err := lockShared(ctx, users); err != nil {
		return errors.Join(fmt.Errorf("lock %s: %w", users.Name(), err), users.Close())
	}
	if err := c.attachOrStart(ctx, users); err != nil {
		return errors.Join(err, users.Close())
	}
	c.users = users
	return nil
}

// attachOrStart finds or makes a server that answers. A server that was stopping when
// it was found is waited for and started again; one whose socket was removed is
// restarted if nobody uses it.
func (c *Cluster) attachOrStart(ctx context.Context, users *os.File) error {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("not ready after %s", startTimeout))
	defer cancel()
	for restarted := false; ; restarted = true {
		how := "attached to"
		server, running := findPostmaster(c.data())
		if !running {
			var err error
			how = "started"
			if server, err = c.start(ctx); err != nil {
				return err
			}
		}
		ready, err := c.awaitDatabase(ctx, server.pid)
		switch {
		case err == nil:
			c.server = ready
			c.opts.Log.Debug(how+" the private cluster", "dir", c.dir, "pid", ready.pid, "took", time.Since(began))
			return nil
		case restarted || !running:
			return err
		case errors.Is(err, errGone):
		case errors.Is(err, errUnreachable) && tryLockExclusive(users):
			if err := errors.Join(c.stop(ctx), lockShared(ctx, users)); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// Close gives the server up and stops it when no other program uses it.
// Calling it on a nil or closed Cluster does nothing.
func (c *Cluster) Close() error {
	if c == nil || c.users == nil {
		return nil
	}
	users := c.users
	c.users = nil
	defer users.Close()
	start, err := openLock(c.path("start.lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the folder was removed; the server notices by itself
	}
	if err != nil {
		return fmt.Errorf("close private cluster %s: %w", c.dir, err)
	}
	defer start.Close()
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	if lockExclusive(ctx, start) != nil {
		return nil // a program is starting: it holds the server, or will find it running
	}
	if !tryLockExclusive(users) {
		c.opts.Log.Debug("private cluster left running for others", "dir", c.dir)
		return nil
	}
	if err := c.stop(context.Background()); err != nil {
		return fmt.Errorf("close private cluster %s: %w", c.dir, err)
	}
	if dir := c.server.socket; filepath.Dir(dir) != c.dir {
		if err := os.Remove(dir); err != nil {
			c.opts.Log.Debug("socket folder stays", "dir", dir, "err", err)
		}
	}
	c.opts.Log.Debug("stopped the private cluster", "dir", c.dir)
	return nil
}

// Dir returns the cluster's folder, absolute.
func (c *Cluster) Dir() string { return c.dir }

// PID returns the process id of the server.
func (c *Cluster) PID() int { return c.server.pid }

// Status is what can be seen of a cluster without touching it.
type Status struct {
	Exists  bool
	Major   int // of the PostgreSQL that made it
	Running bool
	PID     int
}

// Look returns the status of the cluster in dir.
func Look(dir string) (Status, error) {
	data := filepath.Join(dir, "data")
	major, err := dataMajor(data)
	if err != nil {
		return Status{}, err
	}
	server, running := findPostmaster(data)
	return Status{Exists: major > 0, Major: major, Running: running, PID: server.pid}, nil
}

func (c *Cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *Cluster) data() string { return c.path("data") }

func (c *Cluster) logFile() string { return c.path("postgres.log") }
