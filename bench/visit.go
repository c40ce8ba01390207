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
	"strings"
	"sync"

	"github.com/PuerkitoBio/goquery"
)

// visitors is how many pages the plain visitors have in work at once: as many as a sweep
// does by default (sweep.workers × sweep.pages).
const visitors = 64

// writeAddresses writes the addresses of the listing pages in a feed of listings.
func writeAddresses(name string, feed []byte) error {
	r := csv.NewReader(bytes.NewReader(feed))
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("read feed of listings: %w", err)
	}
	col := slices.Index(head, "detail_url")
	if col < 0 {
		return errors.New("the feed of listings has no detail_url")
	}
	var b strings.Builder
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read feed of listings: %w", err)
		}
		b.WriteString(row[col] + "\n")
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write addresses: %w", err)
	}
	return nil
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
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			for a := range addresses {
				if err := visit(ctx, client, a); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
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
	return errors.Join(err, failed)
}

func visit(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, res.Status)
	}
	if _, err = goquery.NewDocumentFromReader(res.Body); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	return nil
}
