package fetch

import (
	"context"
	"net/http"
	"time"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
)

// GetOptions says how one page is visited. The zero value is right for most.
type GetOptions struct {
	// SkipRobots visits without asking robots.txt. Only for hosts whose owner runs this
	// program.
	SkipRobots bool
	// AnyType takes the body of any content type as it comes: for files such as sitemaps.
	// Body and Charset are then not set.
	AnyType bool
	// Before is called before every request: each hop of a redirect, robots.txt and its
	// redirects, and the second, confirming visit. host has no port. It waits until the
	// request may start, as (*Pacer).Wait does, or reserves a slot elsewhere. An error
	// ends the visit with the problem job_failed. Waiting in it does not count against
	// the time a page may take.
	Before func(ctx context.Context, host string) error
}

// Visit is what came of visiting an address. Failures are part of it: a Problem of nil
// means that there is a page to judge, anything else is the reason why there is not.
// The caller owns it.
type Visit struct {
	URL   *weburl.URL // as asked
	Final *weburl.URL // the last address asked, or refused; never nil
	// Status and Header are those of the last answer; Status is 0 when none came.
	Status int
	Header http.Header
	// Hops are the requests of the last attempt in order, the last or refused one
	// included; requests for robots.txt are not among them.
	Hops []Hop
	// Raw is the body with its content coding (gzip) removed, at most
	// config.MaxBodyBytes. Empty when the content is not HTML.
	Raw []byte
	// Body is Raw in UTF-8 and may share its memory: change neither. Charset names what it was decoded from, CharsetBy (one of the
	// By… constants) what told.
	Body        []byte
	Charset     string
	CharsetBy   string
	ContentType string // media type without parameters, sniffed when the server sent none

	Problem *record.Reason
	// Retryable says that a later visit may well go better. RetryAfter is how long the
	// server asks to wait before, at most config.MaxRetryAfter; 0 when it did not ask.
	Retryable  bool
	RetryAfter time.Duration
	// Confirmed: an error status that a second visit met again. An error_status that is
	// not confirmed proves nothing.
	Confirmed bool
	Attempts  int // 1, or 2 when there was a confirming visit
	// Truncated: the body was longer than config.MaxBodyBytes and is cut. What is there
	// may be judged; that something is absent must not be concluded from it.
	Truncated bool
	FetchedAt time.Time // when the last attempt began
}

// Hop is one request of a visit.
type Hop struct {
	URL      *weburl.URL
	Status   int    // 0 when it was refused or got no answer
	Location string // the raw header of a redirect
	IP       string // the address and port that answered, "" when none did
}

// fail ends the visit with a problem.
func (v *Visit) fail(p problem) {
	v.Problem, v.Retryable, v.RetryAfter = &p.reason, p.retryable, p.retryAfter
}
