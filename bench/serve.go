package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
)

// Files that the server writes beside the feeds (NAME.csv).
const (
	resolveFile  = "resolve.json" // config.Fetch.Resolve: host → address:port
	listingsFile = "listings.txt" // addresses of listing pages, one a line
	allFile      = "all.txt"      // these, and product pages and home pages of providers' websites
)

type serveCmd struct {
	Listings int    `arg:""`
	Dir      string `arg:"" type:"existingdir"`
}

// Run writes the market's feeds and addresses to Dir, says so on standard output and
// serves until standard input ends, which it does with the program that started it.
func (c *serveCmd) Run(ctx context.Context) (err error) {
	m := fixtures.Generate(c.Listings)
	srv, err := m.Serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.Close()) }()
	for name, feed := range m.Feeds() {
		if err := os.WriteFile(filepath.Join(c.Dir, name+".csv"), feed, 0o600); err != nil {
			return fmt.Errorf("write feed: %w", err)
		}
	}
	resolve, err := json.Marshal(srv.Resolve())
	if err != nil {
		return fmt.Errorf("encode hosts: %w", err)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, resolveFile), resolve, 0o600); err != nil {
		return fmt.Errorf("write hosts: %w", err)
	}
	if err := c.writeAddresses(m.Feeds()); err != nil {
		return err
	}
	fmt.Println(srv.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// writeAddresses writes the lists of addresses that plain visitors visit, each once.
func (c *serveCmd) writeAddresses(feeds map[string][]byte) error {
	var all []string
	seen := map[string]bool{}
	for _, col := range [][2]string{
		{fixtures.FeedListings, "detail_url"}, {fixtures.FeedListings, "product_page_url"}, {fixtures.FeedProviders, "site_url"},
	} {
		vs, err := column(feeds[col[0]], col[1])
		if err != nil {
			return fmt.Errorf("%s: %w", col[0], err)
		}
		for _, v := range vs {
			if !seen[v] {
				seen[v] = true
				all = append(all, v)
			}
		}
		name := allFile
		if col[1] == "detail_url" {
			name = listingsFile
		}
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
			return fmt.Errorf("write addresses: %w", err)
		}
	}
	return nil
}

// site is a generated market that a process of its own serves.
type site struct {
	listings int
	dir      string // its feeds, hosts and addresses
	addr     string // address:port that answers for every host

	config     config.Config // to sweep it with
	configFile string
	base       string // database that holds its feeds

	cmd   *exec.Cmd
	stdin io.Closer
}

// startSite serves a market of n listings whose files go to a new folder in dir. The
// caller ends it with stop.
func startSite(ctx context.Context, dir string, n int) (*site, error) {
	s := &site{listings: n, dir: filepath.Join(dir, "market-"+strconv.Itoa(n))}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of the market: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	s.cmd = exec.CommandContext(ctx, self, "serve", strconv.Itoa(n), s.dir)
	s.cmd.Stderr = os.Stderr
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("serve the market: %w", err)
	}
	s.stdin = in
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("serve the market: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("serve the market: %w", err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("the market's server did not start"), s.stop())
	}
	s.addr = lines.Text()
	return s, nil
}

// stop ends the server and waits for it.
func (s *site) stop() error {
	if err := errors.Join(s.stdin.Close(), s.cmd.Wait()); err != nil {
		return fmt.Errorf("stop the market's server: %w", err)
	}
	return nil
}

// resolve is the market's map of hosts.
func (s *site) resolve() (map[string]string, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, resolveFile))
	if err != nil {
		return nil, fmt.Errorf("read hosts: %w", err)
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("read hosts: %w", err)
	}
	return m, nil
}
