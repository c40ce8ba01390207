package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// documented reads docs/commands.md: the flags of each command by its heading, those of
// every command under "".
func documented(t *testing.T) map[string][]string {
	t.Helper()
	body, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile("--[a-z][a-z-]*")
	out := map[string][]string{}
	command, within := "", false
	for line := range strings.SplitSeq(string(body), "\n") {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			command, within = strings.CutPrefix(heading, "marketwarden ")
			if heading == "Flags of every command" {
				command, within = "", true
			}
			if within {
				out[command] = []string{}
			}
			continue
		}
		// The first cell of a row of flags names them; prose may name any.
		if within && strings.HasPrefix(line, "| `-") {
			cell, _, _ := strings.Cut(line[2:], " | ")
			out[command] = append(out[command], flag.FindAllString(cell, -1)...)
		}
	}
	for _, flags := range out {
		slices.Sort(flags)
	}
	return out
}

// offered reads the same out of the program.
func offered(t *testing.T) map[string][]string {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, kong.Name("marketwarden"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{"": flagsOf(parser.Model.Node)}
	for _, leaf := range parser.Model.Leaves(true) {
		out[strings.TrimPrefix(leaf.FullPath(), "marketwarden ")] = flagsOf(leaf)
	}
	return out
}

func flagsOf(n *kong.Node) []string {
	flags := []string{}
	for _, f := range n.Flags {
		if !f.Hidden {
			flags = append(flags, "--"+f.Name)
		}
	}
	slices.Sort(flags)
	return flags
}

// TestCommandsAreDocumented: docs/commands.md and the program name the same commands
// with the same flags.
func TestCommandsAreDocumented(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(documented(t), offered(t)); diff != "" {
		t.Errorf("docs/commands.md against the program (-documented +offered)\n%s", diff)
	}
}

// TestHelpNamesTheCommands: what is documented is found by who asks the program.
func TestHelpNamesTheCommands(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"--help"}, strings.NewReader(""), &stdout, &stderr); code != exitDone {
		t.Fatalf("exit %d, want %d: %s", code, exitDone, stderr.String())
	}
	help := strings.Fields(stdout.String())
	for command := range documented(t) {
		for word := range strings.FieldsSeq(command) {
			if !slices.Contains(help, word) {
				t.Errorf("--help does not name %q of the command %q:\n%s", word, command, stdout.String())
			}
		}
	}
}

// TestExitCodesAreDocumented: the table of docs/commands.md has every code once.
func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{exitDone, exitViolations, exitUsage, exitPartial, exitInternal, exitNothing} {
		if n := strings.Count(string(body), "\n| "+strconv.Itoa(code)+" | "); n != 1 {
			t.Errorf("exit code %d has %d lines in docs/commands.md, want 1", code, n)
		}
	}
}
