// Command marketwarden sweeps a cloud marketplace against its provider norms. This
// package holds flags, wiring and exit codes, one file per subcommand; what the
// subcommands do lives in the other packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"marketwarden/internal/config"
	"marketwarden/pipeline"
)

// cli is the whole command line.
type cli struct {
	Config  string `help:"Configuration file (YAML)." type:"path" placeholder:"FILE" env:"MARKETWARDEN_CONFIG"`
	DataDir string `help:"Folder of the private cluster, evidence and default output (environment: MARKETWARDEN_DATA_DIR)." placeholder:"DIR"`
	Market  string `help:"Market profile: aliyun, demo or a YAML file." placeholder:"NAME"`
	Lang    string `help:"Language of what users read: zh or en." placeholder:"LANG"`
	Verbose bool   `help:"Log more." short:"v"`

	LogFormat string `help:"How to log: text or json, one object a line." enum:",text,json" default:"" placeholder:"FORMAT"`

	Demo    demoCmd    `cmd:"" help:"The whole thing on the shipped market: serve it, import, sweep two nights, report."`
	Import  importCmd  `cmd:"" help:"Import a feed of providers, listings, orders or complaints."`
	Sweep   sweepCmd   `cmd:"" help:"Visit and judge the market; keep the records."`
	Serve   serveCmd   `cmd:"" help:"Keep the schedule and work, until told to stop; or do one night."`
	Worker  workerCmd  `cmd:"" help:"Take part in the sweeps of a fleet, until told to stop."`
	Sweeps  sweepsCmd  `cmd:"" help:"List, show and compare sweeps."`
	Nights  nightsCmd  `cmd:"" help:"List and show nights."`
	Cases   casesCmd   `cmd:"" help:"Decide about records: list, show, confirm, dismiss, waive."`
	Notify  notifyCmd  `cmd:"" help:"Tell providers what people confirmed: previews, or with --send notices."`
	Notices noticesCmd `cmd:"" help:"List, show, settle and retry notices."`
	Check   checkCmd   `cmd:"" help:"Judge pages or texts without a database."`
	Report  reportCmd  `cmd:"" help:"Write what the last sweep found."`
	Rules   rulesCmd   `cmd:"" help:"Show and test the rulebook."`
	Prune   pruneCmd   `cmd:"" help:"Remove from the database what is older than what is kept."`
	Doctor  doctorCmd  `cmd:"" help:"What is installed, reachable and configured, and what will be not_checked because of it."`
}

// app is what every subcommand gets: configuration and the edges of the process.
type app struct {
	ctx    context.Context
	cfg    config.Config
	log    *slog.Logger
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	// metrics counts what the process does; nil where nobody asks.
	metrics *pipeline.Metrics
}

// Exit codes; see docs/commands.md. When several apply: 4 > 2 > 5 > 3 > 1.
const (
	exitDone       = 0
	exitViolations = 1
	exitUsage      = 2
	exitPartial    = 3
	exitInternal   = 4
	exitNothing    = 5
)

// exitError ends the program with a code. err may be nil when all was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is an error the user mends by calling differently.
func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func main() {
	if os.Getenv("MARKETWARDEN_CONFIG") == "" { // set but empty is not set: it would be read as this folder
		_ = os.Unsetenv("MARKETWARDEN_CONFIG")
	}
	tuneGC(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	exit := -1 // set when kong answers itself (--help)
	parser, err := kong.New(&c, kong.Name("marketwarden"),
		kong.Description("Sweeps a cloud marketplace against its provider norms."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "marketwarden:", err)
		return exitInternal
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintln(stderr, "marketwarden:", err)
		return exitUsage
	}
	a, err := newApp(ctx, &c, kctx.Command(), stdin, stdout, stderr)
	if err == nil {
		err = kctx.Run(a)
	}
	return exitCode(err, stderr)
}

// newApp reads the configuration and lays the flags over it.
func newApp(ctx context.Context, c *cli, command string, stdin io.Reader, stdout, stderr io.Writer) (*app, error) {
	cfg, err := config.Load(c.Config, os.Getenv)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	if c.DataDir != "" {
		cfg.DataDir = c.DataDir
	}
	if c.Market != "" {
		cfg.Market = c.Market
	}
	if c.Lang != "" {
		cfg.Lang = c.Lang
	}
	if c.LogFormat != "" {
		cfg.Log.Format = c.LogFormat
	}
	if err := cfg.Validate(); err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("configuration: %w", err)}
	}
	level, err := logLevel(&cfg.Log, c.Verbose, command)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return &app{ctx: ctx, cfg: cfg, log: newLogger(stderr, cfg.Log.Format, level), stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}, nil
}

// exitCode says what went wrong and turns it into the exit code.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		if e.err != nil {
			fmt.Fprintln(stderr, "marketwarden:", e.err)
		}
		return e.code
	}
	fmt.Fprintln(stderr, "marketwarden:", err)
	return exitInternal
}
