package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/config"
	"marketwarden/internal/weburl"
)

const (
	maxSitemaps     = 8        // files read for one site, those of an index included
	maxSitemapBytes = 10 << 20 // of one file, unpacked
	maxSitemapURLs  = 10_000   // taken from one file
)

// readSitemaps takes the addresses of the site's sitemaps as candidates, once. What
// robots.txt names is read; without that /sitemap.xml is tried. A sitemap that cannot be
// read is none.
func (x *Explorer) readSitemaps(ctx context.Context) {
	if x.mapped || x.o.File == nil {
		return
	}
	x.mapped = true
	base := x.o.Home
	if x.home != nil && x.home.Page != nil && x.home.Final != nil {
		base = x.home.Final
	}
	var todo []string
	if x.o.Sitemaps != nil {
		todo = x.o.Sitemaps(ctx, base)
	}
	if len(todo) == 0 {
		todo = []string{"/sitemap.xml"}
	}
	read := map[string]bool{}
	for len(todo) > 0 && len(read) < maxSitemaps && ctx.Err() == nil {
		u, err := base.Resolve(todo[0])
		todo = todo[1:]
		if err != nil || !u.IsHTTP() || bareHost(u) != x.host || read[u.String()] {
			continue
		}
		read[u.String()] = true
		data, problem := x.o.File(ctx, u)
		if problem != nil {
			continue
		}
		pages, more := ParseSitemap(data)
		todo = append(todo, more...)
		for _, s := range pages {
			if p, err := weburl.Parse(s); err == nil {
				x.candidate(p, "", 1, HowSitemap)
			}
		}
	}
}

// ParseSitemap reads a sitemap (sitemaps.org 0.9), packed by gzip or not: an XML list of
// pages, an XML index of further sitemaps, a feed (RSS, Atom) or a text with one address
// a line. It never fails: what cannot be read is left out. At most config's bounds are
// read, and nothing that the document refers to.
func ParseSitemap(data []byte) (pages, sitemaps []string) {
	data = unpack(data)
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] != '<' {
		return textSitemap(trimmed), nil
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // addresses are ASCII
	index := false
	var in, text string // the element at hand and its words
	for len(pages)+len(sitemaps) < maxSitemapURLs {
		t, err := d.Token()
		if err != nil {
			return pages, sitemaps // the end, or as far as it can be read
		}
		switch t := t.(type) {
		case xml.StartElement:
			text = ""
			switch in = t.Name.Local; in {
			case "sitemap", "sitemapindex":
				index = true
			case "url", "urlset":
				index = false
			case "link": // Atom
				if href := attr(t, "href"); href != "" {
					pages = append(pages, href)
				}
			}
		case xml.CharData:
			text = strings.TrimSpace(string(t))
		case xml.EndElement: // only now is the address whole
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
	}
	return pages, sitemaps
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && len(a.Value) <= config.MaxURLBytes {
			return a.Value
		}
	}
	return ""
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
