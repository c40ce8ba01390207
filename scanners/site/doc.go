// Package site explores a provider's website: from its home page, its sitemaps and the
// pages that a caller adds, along the links that look most promising, until the caller
// has seen enough or a bound is reached. What looks promising and what is enough are
// functions it is given; it knows no rules.
//
// # Life-cycle
//
// An Explorer belongs to one goroutine and lives as long as one visit of one website. It
// keeps the pages it has visited (at most Options.Pages), so that the search for the next
// product of the same provider begins with what is known.
//
// # Order
//
// Links are followed by promise, the greatest first; among equals those of pages nearer
// to the beginning, then in the order found. Links without promise are followed only
// while nothing promising is left, and at most idlePages of them in all.
//
// # What a website is
//
// The host of the home page where its redirects end, and that host with or without
// "www.". Other hosts, subdomains included, are other sites: the caller holds the right
// to visit one host.
//
// # Traps
//
// Addresses are compared without session ids, tracking parameters and fragments. Paths
// that repeat a segment, are very deep or very long, one path with many queries, far
// pages of a list, and dates are followed sparingly or not at all; a page whose text was
// seen before adds nothing. Each of these ends by a rule that is named in Survey.Skipped.
//
// # What it does not do
//
// It opens no connections (Options.Load and File do), runs no scripts and judges nothing.
package site
