package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openLock opens a lock file, creating it. The lock belongs to the open file: closing
// it unlocks, and so does the end of the program however it comes.
func openLock(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
}

// lockExclusive waits for the exclusive lock.
func lockExclusive(ctx context.Context, f *os.File) error { return lock(ctx, f, unix.LOCK_EX) }

// lockShared waits for the shared lock.
func lockShared(ctx context.Context, f *os.File) error { return lock(ctx, f, unix.LOCK_SH) }

// tryLockExclusive turns a shared lock into the exclusive one if nobody else has any.
// When it fails the shared lock may be lost, too.
func tryLockExclusive(f *os.File) bool { return flock(f, unix.LOCK_EX|unix.LOCK_NB) == nil }

// lock polls because a blocking flock cannot be interrupted by ctx.
func lock(ctx context.Context, f *os.File, how int) error {
	for {
		err := flock(f, how|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

func flock(f *os.File, how int) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	err = conn.Control(func(fd uintptr) {
		for {
			lockErr = unix.Flock(int(fd), how)
			if !errors.Is(lockErr, unix.EINTR) {
				return
			}
		}
	})
	if err = errors.Join(err, lockErr); err != nil {
		return fmt.Errorf("flock %s: %w", f.Name(), err)
	}
	return nil
}

// pause waits for d or the end of ctx, whose cause it returns.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
