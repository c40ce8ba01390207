package site

import (
	"time"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// How says how a page was come by.
type How string

// Ways to come by a page.
const (
	HowHome    How = "home"
	HowSitemap How = "sitemap"
	HowLink    How = "link" // also a page that the caller added
)

// Visited is a page of the site, or why there is none.
type Visited struct {
	URL        *weburl.URL // as asked
	Final      *weburl.URL // where the visit ended; nil when it did not begin
	Page       *page.Page  // nil when Problem is set
	Problem    *record.Reason
	Status     int  // of the last answer
	Confirmed  bool // an error status that a second visit met again
	Retryable  bool
	RetryAfter time.Duration
	Bytes      int64
	Depth      int // links away from where the search began
	How        How
	Text       string   // the words of the link that led there, at their most promising
	Evidence   []string // SHA-256 of kept bodies
	Bodies     []string // SHA-256 of what was read
}

// Survey is what an exploration came to. The caller owns it.
type Survey struct {
	// Pages are all pages visited so far, in the order of visits, those added included.
	Pages []Visited
	// Problem says why the site could not be explored, or not as a visitor sees it; nil
	// when it could, or when enough was seen all the same.
	Problem *record.Reason
	// Stopped names what kept promising links from being followed, one of the Stopped…
	// constants. "" when none was left, or enough was seen.
	Stopped string
	Left    int            // promising links that were not followed
	Skipped map[string]int // addresses that a trap's rule left out, by Skipped… constant
}

// What ends an exploration while promising links are left.
const (
	StoppedPages = "pages"
	StoppedTime  = "time"
	StoppedBytes = "bytes"
	StoppedDepth = "depth"     // all that is left is too many links away
	StoppedHosts = "hosts"     // all that is left names the product on another host of the same domain
	StoppedMany  = "addresses" // more addresses than are remembered
)

func shellProblem(p *page.Page) *record.Reason {
	return &record.Reason{Code: record.ReasonShell, Text: record.Text{
		ZH: "官网内容由脚本生成，静态内容中看不到：" + p.Shell.Reason,
		EN: "the site shows its content only after JavaScript: " + p.Shell.Reason,
	}}
}

// movedProblem: the address on file leads to a website of another domain. Whether that is
// the provider's is not known here, and it is not the host that may be visited.
func movedProblem(to *weburl.URL) *record.Reason {
	return &record.Reason{Code: record.ReasonNoInput, Text: record.Text{
		ZH: "登记的官网跳转到了另一个域名（" + to.HostUnicode() + "），该网站没有登记",
		EN: "the website on file leads to another domain (" + to.Host() + "), which is not on file",
	}}
}
