package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"

	"github.com/PuerkitoBio/goquery"
)

// visitors is how many pages the plain visitors have in work at once: as many as a sweep
// does by default (sweep.workers × sweep.pages).
const visitors = 64

// column returns the values of a column of a feed that are not empty.
func column(feed []byte, name string) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(feed))
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	col := slices.Index(head, name)
	if col < 0 {
		return nil, fmt.Errorf("the feed has no column %s", name)
	}
	var out []string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read feed: %w", err)
		}
		if row[col] != "" {
			out = append(out, row[col])
		}
	}
}

// eachLine calls f for the lines of a file.
func eachLine(name string, f func(string) error) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read addresses: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if err := f(lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// transport dials addr whatever the host, and keeps a connection for every visitor.
func transport(addr string) *http.Transport {
	var d net.Dialer
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, addr)
		},
		MaxIdleConns: visitors, MaxIdleConnsPerHost: visitors,
	}
}

type bareCmd struct {
	Addr string `arg:"" help:"The server's address:port."`
	File string `arg:"" help:"Addresses, one a line." type:"existingfile"`
}

// Run visits every address and parses what it gets: the least that any program which
// looks at pages does.
func (c *bareCmd) Run(ctx context.Context) error {
	client := &http.Client{Transport: transport(c.Addr)}
	addresses := make(chan string)
	var mu sync.Mutex
	var failed error
	var good goodPages
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			for a := range addresses {
				ok, err := visit(ctx, client, a)
				mu.Lock()
				good.add(ok)
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	err := eachLine(c.File, func(a string) error {
		select {
		case addresses <- a:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(addresses)
	wg.Wait()
	return errors.Join(err, failed, good.check())
}

// visit gets and parses one page and reports whether it was there: generated markets have
// some addresses that are not.
func visit(ctx context.Context, client *http.Client, address string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return false, err
	}
	res, err := client.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	if _, err = goquery.NewDocumentFromReader(res.Body); err != nil {
		return false, fmt.Errorf("%s: %w", address, err)
	}
	return res.StatusCode == http.StatusOK, nil
}

// goodPages counts the pages that a visitor met.
type goodPages struct{ good, all int }

func (g *goodPages) add(ok bool) {
	g.all++
	if ok {
		g.good++
	}
}

// check fails when most pages were not there: then the figures are those of error pages.
func (g *goodPages) check() error {
	if g.good*10 < g.all*9 {
		return fmt.Errorf("only %d of %d pages were there", g.good, g.all)
	}
	return nil
}
