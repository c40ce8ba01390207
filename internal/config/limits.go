package config

import "time"

// The bounds that keep one bad page, feed or host from harming everything else. They
// are constants because a user who raises one has no way to know what else it bounds.
const (
	// Fetching.
	MaxBodyBytes    = 10 << 20  // of one page, after decompression
	MaxHeaderBytes  = 128 << 10 // of one response
	MaxRedirects    = 5         // hops followed for one page
	MaxRobotsBytes  = 512 << 10 // of robots.txt; RFC 9309 §2.5 asks for at least 500 KiB
	RobotsTTL       = 24 * time.Hour
	MaxRobotsHosts  = 100_000          // entries of the robots cache
	MaxCrawlDelay   = 30 * time.Second // a longer Crawl-delay is cut
	MaxRetryAfter   = 15 * time.Minute // a longer Retry-After is cut
	MaxIdleConns    = 64               // of all hosts: one that a job is done with is of no use any more
	MaxConnsPerHost = 8

	// Extraction.
	MaxURLBytes   = 8 << 10 // a longer address is cut and judged unresolvable
	MaxNodes      = 400_000 // DOM nodes looked at
	MaxDepth      = 512     // depth of nesting looked at
	MaxLinks      = 50_000
	MaxTextBytes  = 4 << 20
	MaxInlineJSON = 4 << 20
	MaxDescFrames = 5 // description frames fetched for one page

	// Exploring a provider's website, for all listings of one job.
	MaxSitePages = 60
	MaxSiteDepth = 5 // links away from the home page
	MaxSiteTime  = 4 * time.Minute
	MaxSiteBytes = 24 << 20 // of its pages; what is read of them is kept while a job works on the site

	// The sweep.
	MaxWorkers     = 256
	MaxBatchPages  = 50               // pages of one listing batch
	MaxBatchTime   = 30 * time.Second // after which a batch hands back what is left
	MaxHostPages   = 60               // pages of one provider host job
	MaxHostTime    = 5 * time.Minute  // after which a host job hands back what is left
	MaxAttempts    = 10
	HeartbeatEvery = 3 * time.Second
	HeartbeatLost  = 12 * time.Second // a worker silent for longer is taken for dead
	// A worker without a connection is taken for dead when it is silent for longer: a
	// living one needs a beat to notice that it lost it, and a moment to come back.
	HeartbeatSilent = HeartbeatEvery + 1500*time.Millisecond
	MaxFeedLine     = 1 << 20

	// Term files of the operator.
	MaxTermFiles = 50
	MaxTermFile  = 1 << 20 // bytes of one

	// A night.
	MaxFeedOutput = 4 << 30 // bytes that the command of a feed may print
)
