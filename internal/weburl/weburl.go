// Package weburl reads addresses as a browser does (the WHATWG URL standard, through
// nlnwa/whatwg-url) and gives them one canonical form.
package weburl

// URL is a parsed address. It is immutable and safe for concurrent use.
type URL struct{}

// Parse reads an absolute address.
func Parse(raw string) (*URL, error) { return nil, nil }
