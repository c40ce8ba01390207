package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runFeedCommand runs a feed's command and nothing else: a process to be killed meanwhile.
func runFeedCommand() {
	c := feedCommand{args: os.Args[1:], timeout: time.Hour, most: 1000}
	_, problem, err := c.run(context.Background())
	fmt.Println("the command ended:", problem, err)
}

// TestFeedCommandDiesWithUs: where the program is killed, so is the command that it waits
// for: the step that is begun again must not run a second one beside it.
func TestFeedCommandDiesWithUs(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pid")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	us := exec.CommandContext(t.Context(), "run-feed-command", script(`echo $$ >"$1"; exec sleep 600`, pipe)...)
	if err := us.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := os.ReadFile(pipe)
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.TrimSpace(string(line))
	if !alive(pid) {
		t.Fatalf("the command, process %q, is not there", pid)
	}
	if err := us.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := us.Wait(); err == nil {
		t.Error("the program was not killed")
	}
	for alive(pid) { // the kernel kills it, in its own time
		time.Sleep(10 * time.Millisecond)
	}
}
