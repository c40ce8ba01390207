// Package site explores a provider's website: from its home page, its sitemaps and the
// pages that a caller adds, along the links that look most promising, until the caller
// has seen enough or a bound is reached. What looks promising and what is enough are
// functions it is given; it knows no rules.
//
// # Life-cycle
//
// An Explorer belongs to one goroutine and lives as long as one job's visits of one
// website. It keeps the pages it has visited and the addresses it
// has met (at most maxCandidates), so that the search for the next product of the same
// provider begins with what is known. Bounds hold for all its searches together; that of
// pages leaves each search ownPages of those that promise its product itself.
//
// # Order
//
// Links are followed by promise, the greatest first; among equals those found on pages
// before those of sitemaps, those nearer to the beginning, then in the order found. One
// address may have several links; the words that promise most count. Sitemaps are read
// when no link is left that promises the product itself. Links without promise are
// followed only while nothing promising is left, and at most idlePages of them in all;
// those of pages that have no words, such as pictures, may lead anywhere and do not count
// among these.
//
// # What a website is
//
// The host of the home page where its redirects end, and that host with or without
// "www.". Other hosts, subdomains included, are other sites and not visited: the caller
// holds the right to visit one host. Links to hosts of the same registrable domain that
// name the product are not forgotten, though: they count as left unvisited.
//
// # Traps
//
// Addresses are compared without session ids, tracking parameters, fragments and the
// order of parameters. Files, actions (log-out, a cart) and paths that repeat a segment,
// are very deep or very long are never followed. Dates, ever new queries of one path and
// far pages of a list that brought nothing new are followed only where the link names the
// product. A page whose text was seen before, or that ends at a page that was, adds
// nothing. Each of these ends by a rule that is named in Survey.Skipped.
//
// # What it says
//
// That the product was not found proves something only when Survey.Problem is nil and
// Survey.Stopped is empty: then nothing that promised was left out but by a trap's rule.
//
// # What it does not do
//
// It opens no connections (Options.Load and File do), runs no scripts and judges nothing.
// It has no goroutines.
package site
