package cluster

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// postmaster is a server as its lock file in the data folder describes it. The file
// decides, not our own idea of the socket's place: a program with another
// XDG_RUNTIME_DIR must find the same server.
type postmaster struct {
	pid    int
	port   string
	socket string // folder of the Unix socket
	ready  bool   // accepts connections, or stands by
}

// Lines of postmaster.pid, from 0; see PostgreSQL's src/include/utils/pidfile.h.
const (
	lineID     = 0
	linePort   = 3
	lineSocket = 4
	lineStatus = 7
)

// findPostmaster reads the lock file and reports whether its server lives. A zombie is
// dead, whoever has not reaped it yet; a process id that another program got after a
// reboot is no server. A live server may still be starting or already be stopping.
func findPostmaster(data string) (postmaster, bool) {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return postmaster{}, false
	}
	lines := strings.Split(string(b), "\n")
	line := func(i int) string {
		if i < len(lines) {
			return strings.TrimSpace(lines[i])
		}
		return ""
	}
	pid, err := strconv.Atoi(line(lineID))
	if err != nil || pid <= 0 {
		return postmaster{}, false
	}
	if data, err = filepath.EvalSymlinks(data); err != nil || !serves(pid, data) {
		return postmaster{}, false
	}
	return postmaster{
		pid: pid, port: line(linePort), socket: line(lineSocket),
		ready: line(lineStatus) == "ready" || line(lineStatus) == "standby",
	}, true
}

// serves reports whether pid is a living process that works in data. A postmaster makes
// the data folder its working directory before it writes the lock file; asking whether
// pid exists would take a zombie or a stranger for it.
func serves(pid int, data string) bool {
	if !alive(pid) {
		return false
	}
	cwd, err := os.Readlink(procFile(pid, "cwd"))
	if errors.Is(err, fs.ErrPermission) {
		// A server with another user's identity, seen by a root that may not look into
		// other processes: better taken for ours than started twice.
		comm, err := os.ReadFile(procFile(pid, "comm"))
		return err == nil && strings.HasPrefix(string(comm), "postgres")
	}
	return err == nil && cwd == data
}

// alive reports whether pid runs, reaping it first if it is a dead child of ours.
func alive(pid int) bool {
	if reaped(pid) {
		return false
	}
	b, err := os.ReadFile(procFile(pid, "stat"))
	if err != nil {
		return false
	}
	// "pid (comm) state …", where comm may hold anything.
	_, rest, ok := strings.Cut(string(b[max(0, strings.LastIndexByte(string(b), ')')):]), " ")
	return ok && rest != "" && rest[0] != 'Z' && rest[0] != 'X'
}

// reaped reports whether pid was a dead child of this process and is gone now. The
// package waits this way, and not in a goroutine, because the server may outlive both
// the Cluster and the program.
func reaped(pid int) bool {
	var status unix.WaitStatus
	got, err := unix.Wait4(pid, &status, unix.WNOHANG, nil)
	return err == nil && got == pid
}

func procFile(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}
