package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// usage is what one process used, as the kernel counted it when the process had ended.
type usage struct {
	cpu  time.Duration // user and system, the process's own
	wall time.Duration
	peak int64 // bytes of resident memory at most
}

// measure runs a program to its end. It fails when the program does.
func measure(ctx context.Context, env []string, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &out, env
	began := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(began)}
	if err != nil {
		return u, fmt.Errorf("%s %v: %w\n%s", name, args, err, out.Bytes())
	}
	ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return u, errors.New("this system does not tell what a process used")
	}
	u.cpu = time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
	u.peak = ru.Maxrss << 10 // Linux counts in KiB
	// A new process begins as an image of its parent, whose peak the kernel keeps for it.
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return u, fmt.Errorf("getrusage: %w", err)
	}
	if ru.Maxrss <= own.Maxrss {
		return u, fmt.Errorf("%s: its peak memory is that of this program (%d KiB) and says nothing", name, own.Maxrss)
	}
	return u, nil
}

// median of what f tells of the runs; of two in the middle the lower one.
func median[T int64 | float64 | time.Duration](runs []usage, f func(usage) T) T {
	vs := make([]T, len(runs))
	for i, u := range runs {
		vs[i] = f(u)
	}
	slices.Sort(vs)
	return vs[(len(vs)-1)/2]
}
