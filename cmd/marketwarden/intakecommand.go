package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"marketwarden/internal/safetext"
)

// feedCommand is a program whose output is a feed. It runs without a shell, with nothing
// on its standard input, as the leader of a process group that is killed when it has
// ended: nothing that it started stays behind. Where we are killed, the kernel kills it,
// but not what it started: a step that is begun again never runs it beside itself.
type feedCommand struct {
	args    []string
	timeout time.Duration
	most    int64 // bytes of output
}

const (
	// maxStderr is how much of the end of standard error is told.
	maxStderr = 2 << 10
	// outputGrace is how long the output of a command that has ended may be held open by
	// what it left behind.
	outputGrace = 5 * time.Second
)

// run runs the command and returns its output, from the beginning, in a file that has no
// name any more. What is the command's fault is a problem, in words that follow "the
// command"; an error means that ctx has ended or that there is no room for output.
func (c feedCommand) run(ctx context.Context) (out *os.File, problem string, err error) {
	out, err = os.CreateTemp("", "marketwarden-feed-*")
	if err != nil {
		return nil, "", fmt.Errorf("keep the output of a command: %w", err)
	}
	// A file without a name goes with the process, however that ends.
	if err = os.Remove(out.Name()); err == nil {
		problem, err = c.runInto(ctx, out)
	}
	if err == nil && problem == "" {
		_, err = out.Seek(0, io.SeekStart)
	}
	if err != nil || problem != "" {
		return nil, problem, errors.Join(err, out.Close())
	}
	return out, "", nil
}

func (c feedCommand) runInto(ctx context.Context, out *os.File) (problem string, err error) {
	// The kernel takes the end of the thread that starts the command for our death. Until
	// Wait has returned, this thread is ours and lives.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	timed, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	cmd := exec.CommandContext(timed, c.args[0], c.args[1:]...) //nolint:gosec // running what the operator configured is what this is for
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Env = commandEnv(os.Environ())
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel, cmd.WaitDelay = kill, outputGrace
	output := &boundedWriter{to: out, left: c.most, stop: cancel}
	var said tail
	cmd.Stdout, cmd.Stderr = output, &said
	if err := cmd.Start(); err != nil {
		return fmt.Sprintf("could not be started: %v", err), nil
	}
	err = cmd.Wait()
	_ = kill() // there may be nobody left
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case output.over:
		return fmt.Sprintf("printed more than %d bytes and was stopped%s", c.most, said.text()), nil
	case output.err != nil:
		return "", fmt.Errorf("keep the output of a command: %w", output.err)
	case timed.Err() != nil:
		return fmt.Sprintf("took longer than %v and was stopped%s", c.timeout, said.text()), nil
	case errors.Is(err, exec.ErrWaitDelay):
		return "left a process behind that kept its output open: it cannot be known to be complete" + said.text(), nil
	}
	return fmt.Sprintf("failed (%v)%s", err, said.text()), nil
}

// commandEnv is our environment without what only we need to know: the database and the
// secrets of outgoing notices.
func commandEnv(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "DATABASE_URL=") || strings.HasPrefix(v, "MARKETWARDEN_")
	})
}

// boundedWriter passes on so many bytes and stops the writer at one more. It is used by
// one goroutine, and read when that has ended.
type boundedWriter struct {
	to   io.Writer
	left int64
	stop func()
	over bool
	err  error // of to
}

var errTooMuch = errors.New("too much output") // only makes the copying end

func (w *boundedWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		w.over = true
		w.stop()
		return 0, errTooMuch
	}
	w.left -= int64(len(p))
	n, err := w.to.Write(p)
	if err != nil {
		w.err = err
		w.stop()
	}
	return n, err
}

// tail keeps the last maxStderr bytes.
type tail struct {
	b   []byte
	cut bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if over := len(t.b) - maxStderr; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
		t.cut = true
	}
	return len(p), nil
}

// text is what the program said, made safe, after a colon; or nothing.
func (t *tail) text() string {
	s := strings.TrimSpace(strings.ToValidUTF8(string(t.b), "?"))
	if s == "" {
		return ""
	}
	var b strings.Builder
	b.WriteByte(':')
	for i, line := range strings.Split(s, "\n") {
		b.WriteByte('\n')
		if i == 0 && t.cut {
			b.WriteString("… ")
		}
		b.WriteString(safetext.Line(strings.TrimSuffix(line, "\r")))
	}
	return b.String()
}
