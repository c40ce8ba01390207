package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the program a command of the scripts, and what a test has to kill one of
// that test's.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"marketwarden": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
		"run-feed-command": runFeedCommand,
	})
}

// TestScripts runs the scenarios of the command line in testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("MARKETWARDEN_DATA_DIR", env.WorkDir+"/data")
			return nil
		},
	})
}
