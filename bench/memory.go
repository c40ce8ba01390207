package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
)

type memoryCmd struct {
	Root   string `help:"Folder of the program's module." default:".." type:"existingdir"`
	Small  int    `help:"Listings of the small market." default:"2000"`
	Big    int    `help:"Listings of the big market." default:"20000"`
	Only   string `help:"Sweep only listings, sites or accounts." default:""`
	Rounds int    `help:"How often each market is swept." default:"3"`
}

// Run sweeps both markets in turns and prints their peak memory.
func (c *memoryCmd) Run(ctx context.Context) error {
	return withSweeper(ctx, c.Root, func(s *sweeper) error {
		var vs []*visitor
		for _, n := range []int{c.Small, c.Big} {
			st, err := s.market(ctx, n)
			if err != nil {
				return err
			}
			vs = append(vs, &visitor{
				name: fmt.Sprintf("%d listings", n),
				run:  func() (usage, error) { return s.sweep(ctx, st, c.Only) },
			})
		}
		if err := takeTurns(vs, c.Rounds); err != nil {
			return err
		}
		return c.print(vs)
	})
}

func (c *memoryCmd) print(vs []*visitor) error {
	fmt.Printf("peak resident memory of a sweep, %d turns each, medians\n\n", c.Rounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "market\tpeak MB\t× small\t")
	peak := func(v *visitor) int64 { return median(v.runs, func(u usage) int64 { return u.peak }) }
	for _, v := range vs {
		fmt.Fprintf(w, "%s\t%.1f\t%.2f\t\n", v.name, float64(peak(v))/(1<<20), float64(peak(v))/float64(peak(vs[0])))
	}
	return w.Flush()
}
