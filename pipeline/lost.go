package pipeline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// RescueLost takes the jobs of dead workers back and reports how many jobs and workers
// that were. A worker of this machine whose process is gone is dead at once, so that a
// program that was killed and started anew need not wait for it to fall silent.
func RescueLost(ctx context.Context, s *store.Store) (jobs, workers int, err error) {
	here, err := s.WorkersOn(ctx, machine())
	if err != nil {
		return 0, 0, err
	}
	var gone []string
	for id, pid := range here {
		if processGone(pid) {
			gone = append(gone, id)
		}
	}
	return s.RescueLost(ctx, config.HeartbeatLost, config.HeartbeatSilent, gone)
}

// machine names what process numbers mean something in: this boot of this kernel, and the
// process's namespace (containers of one machine have each their own). "" where the system
// does not tell.
func machine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + namespace
}

// processGone reports whether a process of this machine is certainly gone. A zombie is: it only
// waits for its parent to look.
func processGone(pid int) bool {
	switch err := syscall.Kill(pid, 0); {
	case errors.Is(err, syscall.ESRCH):
		return true
	case err != nil: // another user's: its folder in /proc may be hidden
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	i := bytes.LastIndex(stat, []byte(") ")) // the name before it may hold anything
	return i >= 0 && i+2 < len(stat) && stat[i+2] == 'Z'
}
