// Command bench measures what a sweep costs beside what visiting the same pages must
// cost: a bare loop (GET and goquery's parse) and colly with a goquery callback. It is a
// module of its own so that colly is no dependency of the program.
//
// # How it measures
//
// Every part runs in a process of its own: the server of the generated market, the
// PostgreSQL cluster (started by this program, shared by all runs) and each visitor. The
// figures of a visitor are what the kernel counted for that one process: processor time,
// user and system, over its pages, and its peak resident memory. So neither the server
// nor PostgreSQL is in them, while start, planning, storing and reporting are. Visitors
// take turns in an order that is reversed every other round; medians are shown, because
// whatever else the machine does disturbs single runs.
//
// # What it does not do
//
// It asserts nothing: what is slow on one machine is not on another. It checks only that
// nearly every page was there and, in a sweep, was judged: some that are not there belong to
// a generated market.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Cost    costCmd    `cmd:"" help:"Processor time a page: a sweep beside the bare loop and colly."`
	Memory  memoryCmd  `cmd:"" help:"Peak resident memory of sweeps of a small and a big market."`
	Profile profileCmd `cmd:"" help:"Sweep in this process and write profiles for go tool pprof."`

	Serve serveCmd `cmd:"" hidden:"" help:"Serve a generated market until standard input ends."`
	Bare  bareCmd  `cmd:"" hidden:"" help:"Visit a list of addresses with net/http and parse with goquery."`
	Colly collyCmd `cmd:"" hidden:"" help:"Visit a list of addresses with colly and a goquery callback."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var c cli
	k := kong.Parse(&c, kong.Name("bench"), kong.Description("What a sweep costs beside the same pages visited plainly."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := k.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
