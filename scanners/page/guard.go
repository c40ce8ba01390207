package page

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"marketwarden/internal/config"
)

// The parser's tree can be far larger than the page. Formatting elements (<b>, <font>, …)
// that are never closed are opened again in every paragraph after them, up to the limit
// of the stack: a megabyte of "<p>" behind five hundred different <font> would become a
// hundred million nodes. These bounds keep the tree in proportion.
const (
	maxStack      = 512                 // the parser's own limit of open elements
	maxTreeFactor = 1_500_000           // formatting elements × start tags taken as they are
	flattenDepth  = 200                 // depth kept when a page is flattened
	maxTags       = 2 * config.MaxNodes // "<" looked at: start and end tags
)

// hints are what one look at the bytes tells about the page.
type hints struct {
	starts int  // "<" followed by a letter
	links  int  // of these, elements that may hold an address: a, area, img, iframe
	images int  // of these, img and iframe
	base   bool // there may be a <base>
	cut    bool // more than maxTags tags: the rest was dropped
}

// defuse counts the page's tags, cuts it behind maxTags of them, and, where formatting
// elements with attributes could multiply, makes all formatting elements spans, which
// mean the same to a reader and are not opened again.
func defuse(body []byte) ([]byte, hints) {
	var h hints
	formatting, tags := 0, 0
	for i := 0; ; {
		j := bytes.IndexByte(body[i:], '<')
		if j < 0 || i+j+2 >= len(body) {
			break
		}
		i += j + 1
		if tags++; tags > maxTags {
			body = body[:i-1]
			h.cut = true
			break
		}
		switch c := body[i] | 0x20; c {
		case 'b', 'c', 'e', 'f', 'i', 's', 't', 'u':
			h.starts++
			n := tagName(body[i:])
			if name := body[i : i+n]; isFormatting(name) {
				if i+n < len(body) && body[i+n] != '>' {
					formatting++
				}
			} else if c == 'b' && n == 4 && bytes.EqualFold(name, []byte("base")) {
				h.base = true
			} else if c == 'i' && n >= 3 && n != 5 { // img, iframe
				h.links++
				h.images++
			}
		case 'a':
			h.starts++
			if next := body[i+1]; next <= ' ' || next|0x20 == 'r' {
				h.links++
			}
		default:
			if 'a' <= c && c <= 'z' {
				h.starts++
			}
		}
	}
	// Without attributes at most three of each name stay open, which is no danger.
	if formatting > 0 && (min(formatting, maxStack)+42)*h.starts > maxTreeFactor {
		body = unformat(body)
	}
	return body, h
}

// tagName is the length of the tag name b starts with; longer than any formatting
// element's it does not matter how long.
func tagName(b []byte) int {
	n := 0
	for n < len(b) && n < 8 && 'a' <= b[n]|0x20 && b[n]|0x20 <= 'z' {
		n++
	}
	return n
}

// isFormatting reports whether name is an element of the standard's list of active
// formatting elements, less <a> and <nobr>, which close the one before.
func isFormatting(name []byte) bool {
	if len(name) > 6 {
		return false
	}
	var low [6]byte
	for i, c := range name {
		low[i] = c | 0x20
	}
	switch string(low[:len(name)]) {
	case "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u":
		return true
	}
	return false
}

// unformat renames the tags of formatting elements to span.
func unformat(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/8)
	for i := 0; i < len(body); {
		j := bytes.IndexByte(body[i:], '<')
		if j < 0 {
			out = append(out, body[i:]...)
			break
		}
		j += i + 1
		if j < len(body) && body[j] == '/' {
			j++
		}
		out = append(out, body[i:j]...)
		i = j
		if n := tagName(body[i:]); isFormatting(body[i : i+n]) {
			out = append(out, "span"...)
			i += n
		}
	}
	return out
}

// flatten rewrites a page that is nested too deeply for the parser: elements below
// flattenDepth lose their tags, save those that point somewhere. Words stay; what would
// have been blocks are split by <br>.
func flatten(body []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(body))
	z := html.NewTokenizer(bytes.NewReader(body))
	open := make([]string, 0, flattenDepth) // names of the elements whose tags were kept
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			return out.Bytes()
		}
		raw := z.Raw()
		switch tt {
		case html.StartTagToken:
			tag, _ := z.TagName()
			name := string(tag)
			switch {
			case isVoid(name) || name == "a" || isRawText(name):
				out.Write(raw)
			case len(open) < flattenDepth:
				open = append(open, name)
				out.Write(raw)
			default:
				out.WriteString("<br>")
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			name := string(tag)
			if name == "a" || isRawText(name) {
				out.Write(raw)
				continue
			}
			if len(open) > 0 && open[len(open)-1] == name {
				open = open[:len(open)-1]
				out.Write(raw)
				continue
			}
			// An end tag of an element further out closes what is inside it; one whose start
			// tag was dropped closes nothing.
			if at := lastIndex(open, name); at >= 0 && len(open) < flattenDepth {
				open = open[:at]
				out.Write(raw)
			}
		default:
			out.Write(raw)
		}
	}
}

func lastIndex(list []string, s string) int {
	for i, v := range slices.Backward(list) {
		if v == s {
			return i
		}
	}
	return -1
}

func isVoid(name string) bool {
	switch name {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// isRawText reports whether the tokenizer reads the element's content as text.
func isRawText(name string) bool {
	switch name {
	case "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "title", "textarea", "xmp":
		return true
	}
	return strings.HasPrefix(name, "!")
}
