// Package html sets a report as a folder of web pages that works from a disk, without a
// server and without the network: no page refers to anything outside the folder but the
// pages that were judged.
//
// Life-cycle: [Pages] takes a finished [Report] and returns the pages; each is made when
// it is written and nothing of it is kept. The same report gives the same bytes. The
// package opens no files: whoever writes the pages decides where and how.
//
// Pages are whole without JavaScript. With it, tables of findings can be sorted, filtered
// and paged, with the filter in the address. The style and the script are part of each
// page, allowed by their hashes; the content policy allows nothing else, since "self"
// means nothing to some browsers where a page comes from a file.
//
// Text in a [Report] is shown as it is, escaped by html/template for where it goes. What
// acts without being seen (control characters, turns of the reading direction) must have
// been made visible by whoever filled the report; reports.HTML does. The only
// addresses that become links are those of pages that were judged, and only where
// their target is what is shown (see link). Foreign addresses that were found on them
// stay text.
package html
