package fetch

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/weburl"
)

const (
	// robotsFailureTTL is how long a robots.txt that could not be read is not asked for
	// again, so that the many pages of a host that is down cost one attempt. It is shorter
	// than the wait before a page is visited again.
	robotsFailureTTL = 25 * time.Second
	// maxRobotsRedirects is RFC 9309 §2.3.1.2's number of redirects to follow.
	maxRobotsRedirects = 5
	// maxRobotsMemory bounds the rules kept of all hosts, in bytes.
	maxRobotsMemory = 64 << 20
	// robotsAgent is this program's product token.
	robotsAgent = "marketwarden"
)

// robotsAnswer is what is known about one host's robots.txt: the rules for us, or why
// there are none.
type robotsAnswer struct {
	rules   agentRules
	problem *problem
	ttl     time.Duration // how long it holds; 0 = it is not kept
}

// robotsCache keeps one answer per scheme, host and port, and lets one request at a time
// ask for it. Nobody waits for another host.
type robotsCache struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[string]*robotsEntry
	memory  int // of all finished entries, in bytes
}

type robotsEntry struct {
	done    chan struct{} // closed when the fields below are set
	answer  robotsAnswer
	kept    bool
	expires time.Time
}

// get returns the answer for key and calls fetch when there is none. A caller whose
// context ends does not spoil the answer for the others: one of them asks again.
func (rc *robotsCache) get(ctx context.Context, key string, fetch func() robotsAnswer) robotsAnswer {
	for {
		e, mine := rc.entry(key)
		if mine {
			return rc.fill(key, e, fetch)
		}
		select {
		case <-e.done:
			if e.kept {
				return e.answer
			}
		case <-ctx.Done():
			p := networkProblem(ctx, ctx.Err(), phaseQueue, "")
			return robotsAnswer{problem: &p}
		}
	}
}

// entry returns the entry of key; mine says that the caller has to fill it.
func (rc *robotsCache) entry(key string) (e *robotsEntry, mine bool) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if e := rc.entries[key]; e != nil && (!e.finished() || rc.now().Before(e.expires)) {
		return e, false
	}
	rc.drop(key)
	e = &robotsEntry{done: make(chan struct{})}
	rc.entries[key] = e
	return e, true
}

func (e *robotsEntry) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// fill asks for the answer and publishes it. It lets the others go on even when fetch
// panics.
func (rc *robotsCache) fill(key string, e *robotsEntry, fetch func() robotsAnswer) robotsAnswer {
	defer func() {
		rc.mu.Lock()
		defer rc.mu.Unlock()
		if e.kept = e.answer.ttl > 0; e.kept {
			e.expires = rc.now().Add(e.answer.ttl)
			rc.memory += e.answer.rules.size()
		} else {
			delete(rc.entries, key)
		}
		close(e.done)
		rc.shrink()
	}()
	e.answer = fetch()
	return e.answer
}

// drop forgets a finished entry.
func (rc *robotsCache) drop(key string) {
	if e := rc.entries[key]; e != nil {
		rc.memory -= e.answer.rules.size()
		delete(rc.entries, key)
	}
}

// shrink keeps the cache within its bounds: when it is full, expired entries go first,
// then any, until there is some room, so that the next call has nothing to do.
func (rc *robotsCache) shrink() {
	if len(rc.entries) <= config.MaxRobotsHosts && rc.memory <= maxRobotsMemory {
		return
	}
	now := rc.now()
	for key, e := range rc.entries {
		if e.finished() && !now.Before(e.expires) {
			rc.drop(key)
		}
	}
	for key, e := range rc.entries {
		if len(rc.entries) <= config.MaxRobotsHosts/10*9 && rc.memory <= maxRobotsMemory/10*9 {
			return
		}
		if e.finished() {
			rc.drop(key)
		}
	}
}

// robotsFor returns what u's host lets us do.
func (c *Client) robotsFor(ctx context.Context, u *weburl.URL, o GetOptions) robotsAnswer {
	key := u.Scheme() + "://" + hostPort(u)
	return c.robots.get(ctx, key, func() robotsAnswer {
		a := c.fetchRobots(ctx, u, o)
		if a.problem != nil && ctx.Err() != nil {
			a.ttl = 0 // called off: nothing was learnt
		}
		return a
	})
}

// fetchRobots asks for robots.txt as RFC 9309 §2.3.1 lays down: 4xx allows everything,
// 5xx and silence forbid everything, redirects are followed, to other hosts too. 429 is
// a "not now" and forbids, as the host would have no page for us either.
func (c *Client) fetchRobots(ctx context.Context, page *weburl.URL, o GetOptions) robotsAnswer {
	host := page.Host()
	u, err := page.Resolve("/robots.txt")
	if err != nil {
		p := badLocation("/robots.txt")
		return robotsAnswer{problem: &p, ttl: robotsFailureTTL}
	}
	left := c.cfg.Total
	for range maxRobotsRedirects + 1 {
		if p := c.admit(ctx, u, o); p != nil {
			if p.reason.Code == jobFailed {
				return robotsAnswer{problem: p}
			}
			q := robotsUnread(host, *p)
			return robotsAnswer{problem: &q, ttl: robotsFailureTTL}
		}
		a, at, err := c.exchange(ctx, u, nil, &left, robotsLimit)
		switch {
		case errors.Is(err, errCoding):
			return robotsAnswer{ttl: config.RobotsTTL} // nothing that anybody could read
		case err != nil:
			p := networkProblem(ctx, err, at, u.Host())
			if !p.down || u.Host() != host {
				p = robotsUnread(host, p)
			}
			return robotsAnswer{problem: &p, ttl: robotsFailureTTL}
		case isRedirect(a):
			next, err := u.Resolve(location(a.header))
			if err != nil {
				return robotsAnswer{ttl: config.RobotsTTL}
			}
			u = next
		case a.status == http.StatusTooManyRequests, a.status >= 500:
			p := robotsStatus(host, a.status)
			p.retryAfter, _ = retryAfter(a.header, c.now())
			return robotsAnswer{problem: &p, ttl: max(robotsFailureTTL, p.retryAfter)}
		case a.status >= 200 && a.status < 300:
			return robotsAnswer{rules: ParseRobots(a.body).forAgent(robotsAgent), ttl: config.RobotsTTL}
		default:
			return robotsAnswer{ttl: config.RobotsTTL}
		}
	}
	return robotsAnswer{ttl: config.RobotsTTL} // §2.3.1.2: more redirects count as "there is none"
}

// Sitemaps are the addresses of sitemaps that the robots.txt of u's host names, as
// written, at most ten; nil when there is none or it cannot be read. It asks for the file
// only when it is not known.
func (c *Client) Sitemaps(ctx context.Context, u *weburl.URL, o GetOptions) []string {
	return slices.Clone(c.robotsFor(ctx, u, o).rules.sitemaps)
}

// robotsLimit reads one byte more than ParseRobots takes, so that it knows about a cut.
func robotsLimit(int, http.Header) int { return config.MaxRobotsBytes + 1 }
