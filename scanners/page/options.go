package page

import (
	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
)

// Options say what is known about the page beside its bytes.
type Options struct {
	// URL is the address the page came from; nil when unknown (relative addresses are
	// then resolved only if <base href> is absolute).
	URL *weburl.URL
	// Profile is the market whose page profile to try. It is tried when AsListing is
	// set or URL is one of its detail addresses; otherwise, and when nil, the whole body
	// is the provider's words (Field "detail") and Layout is zero. When it is tried and
	// required parts are missing, Layout says so and the body outside the areas that
	// were found is Field "detail" too.
	Profile   *market.Profile
	AsListing bool
	// Matcher is Profile compiled, once for all pages (NewMatcher). Nil: Parse compiles
	// the profile for this one page.
	Matcher *Matcher
	// ValidUTF8 promises that the body is valid UTF-8, as fetch.Visit.Body is, so that Parse
	// need not look.
	ValidUTF8 bool
	// Frames are bodies (UTF-8) of description frames by their address (URL.String()),
	// as named by FramesWanted of an earlier Parse. Their words and links become part of
	// the area the frame stands in.
	Frames map[string][]byte
}
