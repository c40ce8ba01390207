package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"
)

type costCmd struct {
	Root     string `help:"Folder of the program's module." default:".." type:"existingdir"`
	Listings int    `help:"Listings of the market." short:"n" default:"10000"`
	Whole    bool   `help:"Sweep everything and not the listing pages alone: product pages and home pages, too, and the accounts."`
	Rounds   int    `help:"How often each visitor has its turn." default:"3"`
}

// visitor is something that visits all listing pages of a site.
type visitor struct {
	name string
	run  func() (usage, error)
	runs []usage
}

// Run lets the visitors take turns and prints what they cost.
func (c *costCmd) Run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return withSweeper(ctx, c.Root, func(s *sweeper) error {
		st, err := s.market(ctx, c.Listings)
		if err != nil {
			return err
		}
		file, only := filepath.Join(st.dir, listingsFile), "listings"
		if c.Whole {
			file, only = filepath.Join(st.dir, allFile), ""
		}
		pages := 0
		if err := eachLine(file, func(string) error { pages++; return nil }); err != nil {
			return err
		}
		plain := func(how string) func() (usage, error) {
			return func() (usage, error) {
				return measure(ctx, os.Environ(), self, how, st.addr, file)
			}
		}
		vs := []*visitor{
			{name: "bare loop", run: plain("bare")},
			{name: "colly", run: plain("colly")},
			{name: "marketwarden sweep", run: func() (usage, error) { return s.sweep(ctx, st, only) }},
		}
		if err := takeTurns(vs, c.Rounds); err != nil {
			return err
		}
		return c.print(vs, pages)
	})
}

// takeTurns runs the visitors in order and, every other round, in reverse.
func takeTurns(vs []*visitor, rounds int) error {
	order := slices.Clone(vs)
	for round := range rounds {
		for _, v := range order {
			u, err := v.run()
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "round %d: %s: %s of processor time in %s, peak %d MB\n",
				round+1, v.name, u.cpu.Round(10*time.Millisecond), u.wall.Round(10*time.Millisecond), u.peak>>20)
			v.runs = append(v.runs, u)
		}
		slices.Reverse(order)
	}
	return nil
}

func (c *costCmd) print(vs []*visitor, pages int) error {
	fmt.Printf("%d pages of %d listings, %d turns each, medians; the first line is what the others are compared with\n\n", pages, c.Listings, c.Rounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "visitor\tCPU ms/page\t× bare\tpages/s\tpeak MB\t")
	for _, v := range vs {
		cpu := median(v.runs, func(u usage) time.Duration { return u.cpu })
		wall := median(v.runs, func(u usage) time.Duration { return u.wall })
		peak := median(v.runs, func(u usage) int64 { return u.peak })
		fmt.Fprintf(w, "%s\t%.3f\t%.2f\t%.0f\t%d\t\n", v.name, float64(cpu.Microseconds())/1000/float64(pages),
			ratio(v.runs, vs[0].runs), float64(pages)/wall.Seconds(), peak>>20)
	}
	return w.Flush()
}

// ratio is the median over the rounds of the processor time of one visitor to that of
// another in the same round.
func ratio(of, to []usage) float64 {
	rs := make([]float64, len(of))
	for i := range of {
		rs[i] = float64(of[i].cpu) / float64(to[i].cpu)
	}
	slices.Sort(rs)
	return rs[(len(rs)-1)/2]
}
