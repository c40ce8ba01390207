package main

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/fetch"
)

// input is one page or text to check.
type input struct {
	name string
	as   string
	err  error // it cannot be read; nothing else is set then

	text  string // for asText
	html  []byte // UTF-8, else
	field string // which field of a listing a text is; "" = detail
	url   string // where the page came from, "" = unknown

	product, listingURL string
	problem             *record.Reason // a URL was given and no page was had
}

// Bounds of a folder that is checked.
const (
	maxCheckFiles = 100_000
	maxCheckDepth = 64
)

// inputs reads what one argument names, one input at a time.
func (c *checkCmd) inputs(a *app, j *judge, name string) iter.Seq[input] {
	return func(yield func(input) bool) {
		switch {
		case name == "-":
			yield(c.read(name, a.stdin))
		case isURL(name):
			yield(c.fetch(j, name))
		default:
			info, err := os.Stat(name)
			switch {
			case err != nil:
				yield(input{err: err})
			case info.IsDir():
				c.folder(name, yield)
			default:
				yield(c.file(name))
			}
		}
	}
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func parseURL(s string) (*weburl.URL, error) { return weburl.Parse(s) }

// folder yields the pages and texts below a folder, in order of their paths. Links to
// files and folders are not followed.
func (c *checkCmd) folder(root string, yield func(input) bool) {
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if !yield(input{err: err}) {
				return fs.SkipAll
			}
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && strings.Count(rel, string(filepath.Separator)) >= maxCheckDepth {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || !slices.Contains([]string{".html", ".htm", ".xhtml", ".txt", ".md"}, strings.ToLower(filepath.Ext(path))) {
			return nil
		}
		if n++; n > maxCheckFiles {
			yield(input{err: fmt.Errorf("%s holds more than %d files: the rest was not checked", root, maxCheckFiles)})
			return fs.SkipAll
		}
		if !yield(c.file(path)) {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		yield(input{err: err})
	}
}

func (c *checkCmd) file(path string) input {
	f, err := os.Open(path)
	if err != nil {
		return input{err: err}
	}
	defer f.Close()
	return c.read(path, f)
}

// read takes at most one byte more than a page may have, so that the page says itself
// that it was cut.
func (c *checkCmd) read(name string, r io.Reader) input {
	raw, err := io.ReadAll(io.LimitReader(r, config.MaxBodyBytes+1))
	if err != nil {
		return input{err: fmt.Errorf("read %s: %w", name, err)}
	}
	in := c.fromFlags(name)
	decoded, _, _ := fetch.Decode(raw, "")
	if in.as == asText {
		in.text = string(decoded)
	} else {
		in.html = decoded
	}
	return in
}

func (c *checkCmd) fromFlags(name string) input {
	in := input{name: name, as: c.kindOf(name), url: c.URL, product: c.Product, listingURL: c.ListingURL}
	if name == "-" {
		in.name = "stdin"
	}
	return in
}

// fetch gets the page at an address that the user gave.
func (c *checkCmd) fetch(j *judge, address string) input {
	in := c.fromFlags(address)
	if in.as == asText {
		in.as = asListing
	}
	if in.url == "" {
		in.url = address
	}
	u, err := parseURL(address)
	if err != nil {
		return input{err: err}
	}
	client, err := j.fetcher()
	if err != nil {
		return input{err: err}
	}
	v := client.Get(j.app.ctx, u, fetch.GetOptions{})
	in.html, in.problem = v.Body, v.Problem
	if v.Problem == nil && c.URL == "" {
		in.url = v.Final.String()
	}
	return in
}
