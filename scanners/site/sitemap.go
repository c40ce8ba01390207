package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"marketwarden/internal/config"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/fetch"
)

const (
	maxSitemaps      = 12       // files read for one site, those of an index included
	maxSitemapDepth  = 2        // an index may name an index
	maxSitemapBytes  = 10 << 20 // of one file, unpacked
	maxSitemapURLs   = 10_000   // taken from one file
	maxSitemapTokens = 1 << 20  // tags and texts of one file
	maxSitemapsBytes = 24 << 20 // of all files of a site, unpacked
	// maxToken bounds one tag or run of text: larger than any article of a feed, and many
	// times an address.
	maxToken = 1 << 20
)

// sitemapFile is a sitemap to be read.
type sitemapFile struct {
	url   *weburl.URL
	depth int
}

// readSitemaps takes the addresses of the site's sitemaps as candidates, once. What
// robots.txt names is read; without that /sitemap.xml is tried. Those whose name promises
// something are read first. A sitemap that cannot be read is none; one that there is no
// room for is counted as skipped.
func (x *Explorer) readSitemaps(ctx context.Context) {
	x.mapped = true
	if x.o.File == nil {
		return
	}
	base := x.home.Final
	if base == nil {
		base = x.home.URL
	}
	var names []string
	if x.o.Sitemaps != nil {
		names = x.o.Sitemaps(ctx, base)
	}
	if len(names) == 0 {
		names = []string{"/sitemap.xml"}
	}
	known := map[string]bool{}
	todo := x.sitemapFiles(nil, base, names, 0, known)
	bytesLeft := maxSitemapsBytes
	for read := 0; len(todo) > 0 && ctx.Err() == nil; read++ {
		if read == maxSitemaps || bytesLeft <= 0 || x.spent >= x.o.Time {
			x.skipped[SkippedSitemap] += len(todo)
			return
		}
		f := todo[0]
		before := x.o.Now()
		data, problem := x.o.File(ctx, f.url)
		x.spent += x.o.Now().Sub(before)
		todo = todo[1:]
		if problem != nil {
			continue
		}
		data = unpack(data)
		bytesLeft -= len(data)
		pages, more := parseSitemap(data)
		if f.depth < maxSitemapDepth {
			todo = x.sitemapFiles(todo, f.url, more, f.depth+1, known)
		}
		for _, s := range pages {
			if u, err := weburl.Parse(s); err == nil {
				x.candidate(u, "", 1, HowSitemap)
			}
		}
	}
}

// sitemapFiles puts sitemaps of this site among those to be read, the most promising
// first.
func (x *Explorer) sitemapFiles(todo []sitemapFile, base *weburl.URL, names []string, depth int, known map[string]bool) []sitemapFile {
	for _, name := range names {
		u, err := base.Resolve(name)
		if err != nil || !u.IsHTTP() || bareHost(u) != x.host || known[u.String()] {
			continue
		}
		known[u.String()] = true
		todo = append(todo, sitemapFile{u, depth})
	}
	worth := make(map[*weburl.URL]int, len(todo))
	for _, f := range todo {
		worth[f.url] = x.sitemapWorth(f.url)
	}
	slices.SortStableFunc(todo, func(a, b sitemapFile) int { return worth[b.url] - worth[a.url] })
	return todo
}

// sitemapWorth is what the name of a sitemap promises ("product-sitemap.xml"), 0 or more.
func (x *Explorer) sitemapWorth(u *weburl.URL) int {
	name := strings.TrimSuffix(strings.TrimSuffix(u.Path(), ".gz"), ".xml")
	if bare, err := u.Resolve(strings.TrimSuffix(name, "-sitemap")); err == nil {
		return max(0, x.links.promise(bare, ""))
	}
	return 0
}

// ParseSitemap reads a sitemap (sitemaps.org 0.9), packed by gzip or not: an XML list of
// pages, an XML index of further sitemaps, a feed (RSS, Atom) or a text with one address
// a line. It never fails: what cannot be read is left out, and of a page of HTML, which
// many servers send for what they do not have, all. At most config's bounds are read, no
// entity is expanded but those of HTML, and nothing that the document refers to is read.
// Addresses are as written.
func ParseSitemap(data []byte) (pages, sitemaps []string) { return parseSitemap(unpack(data)) }

func parseSitemap(data []byte) (pages, sitemaps []string) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		data, _, _ = fetch.Decode(data, "") // UTF-16
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if len(data) == 0 || data[0] != '<' {
		return textSitemap(data), nil
	}
	// The tokenizer of HTML keeps no tree or stack and bounds its tokens, which that of
	// encoding/xml does not, and it reads what is not well formed.
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(maxToken)
	z.AllowCDATA(true)
	index := false
	var in, text string // the element at hand and its words
	take := func() {
		bare := (in == "sitemap" || in == "url") && strings.HasPrefix(text, "http") // <loc> left out
		switch {
		case text == "" || len(text) > config.MaxURLBytes || (in != "loc" && in != "link" && !bare):
		case index:
			sitemaps = append(sitemaps, text)
		default:
			pages = append(pages, text)
		}
		in, text = "", ""
	}
	for tokens := 0; tokens < maxSitemapTokens && len(pages)+len(sitemaps) < maxSitemapURLs; tokens++ {
		switch z.Next() {
		case html.ErrorToken: // the end, or as far as it can be read
			return pages, sitemaps
		case html.StartTagToken, html.SelfClosingTagToken:
			z.NextIsNotRawText()
			in, text = element(z), ""
			switch in {
			case "html":
				return nil, nil
			case "sitemap", "sitemapindex":
				index = true
			case "url", "urlset":
				index = false
			case "link": // Atom
				if href := attr(z, "href"); href != "" {
					pages = append(pages, href)
				}
			}
		case html.TextToken:
			if len(text) <= config.MaxURLBytes { // a CDATA section is a text of its own
				text = strings.TrimSpace(text + string(z.Text()))
			}
		case html.EndTagToken: // only now is the address whole
			take()
		case html.CommentToken, html.DoctypeToken:
		}
	}
	return pages, sitemaps
}

// element is the name of the tag at hand without prefix, "" where the prefix is that of
// what a page shows (image:loc) rather than of a page.
func element(z *html.Tokenizer) string {
	name, _ := z.TagName()
	prefix, local, ok := strings.Cut(string(name), ":")
	switch {
	case !ok:
		return prefix
	case prefix == "image", prefix == "video", prefix == "news":
		return ""
	}
	return local
}

// attr is an attribute of the tag at hand.
func attr(z *html.Tokenizer, name string) string {
	for {
		key, value, more := z.TagAttr()
		if string(key) == name && len(value) <= config.MaxURLBytes {
			return strings.TrimSpace(string(value))
		}
		if !more {
			return ""
		}
	}
}

// textSitemap reads one address a line.
func textSitemap(data []byte) []string {
	var out []string
	for line := range bytes.Lines(data) {
		s := strings.TrimSpace(string(line))
		if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") || len(s) > config.MaxURLBytes || !utf8.ValidString(s) {
			continue
		}
		if out = append(out, s); len(out) == maxSitemapURLs {
			break
		}
	}
	return out
}

// unpack takes the gzip off, as far as it can be read and up to the bound.
func unpack(data []byte) []byte {
	if len(data) > maxSitemapBytes {
		data = data[:maxSitemapBytes]
	}
	if len(data) < 2 || data[0] != 0x1f || data[1] != 0x8b {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(z, maxSitemapBytes))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return out
}
