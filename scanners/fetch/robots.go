package fetch

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/config"
)

// maxRobotsLine bounds one line of robots.txt in bytes. No address we ask for is longer
// than half of it, so a longer line is left out: cut, it would forbid or allow more than
// its author wrote.
const maxRobotsLine = 16 << 10

// maxRobotsSitemaps bounds the sitemaps that are remembered of one robots.txt.
const maxRobotsSitemaps = 10

// Robots is a parsed robots.txt (RFC 9309). It is immutable after ParseRobots and safe
// for concurrent use.
type Robots struct {
	groups   []robotsGroup
	sitemaps []string // as written, whoever the group around is for
}

// robotsGroup is a run of user-agent lines and the rules below them. A crawler named in
// several groups obeys all of them together (RFC 9309 §2.2.1).
type robotsGroup struct {
	agents []string // lower-case product tokens; "*" is everybody
	rules  []robotsRule
	delays []agentDelay
}

type robotsRule struct {
	allow   bool
	pattern string // normalised; '*' is any run of bytes, a final '$' the end of the path
}

// agentDelay is a Crawl-delay, which holds for the agents named above it: it is no rule
// and does not end the list of user agents.
type agentDelay struct {
	agents int // how many of the group's agents stood above it
	delay  time.Duration
}

// ParseRobots reads a robots.txt. It never fails: what cannot be understood is passed
// over, as RFC 9309 asks. At most config.MaxRobotsBytes are read, a line cut by that
// bound is left out, and rules that stand above the first user-agent line belong to
// nobody.
func ParseRobots(data []byte) *Robots {
	if len(data) > config.MaxRobotsBytes {
		data = data[:config.MaxRobotsBytes]
		data = data[:bytes.LastIndexAny(data, "\r\n")+1]
	}
	text := string(robotsText(data))

	r := &Robots{}
	inAgents := false // the current group still collects user agents
	for line := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '\n' || c == '\r' }) {
		key, value, ok := robotsLine(line)
		if !ok {
			continue
		}
		switch key {
		case "sitemap":
			if len(r.sitemaps) < maxRobotsSitemaps && value != "" && len(value) <= config.MaxURLBytes {
				r.sitemaps = append(r.sitemaps, value)
			}
		case "user-agent":
			if !inAgents {
				r.groups = append(r.groups, robotsGroup{})
				inAgents = true
			}
			g := &r.groups[len(r.groups)-1]
			g.agents = append(g.agents, productToken(value))
		case "allow", "disallow":
			inAgents = false
			if len(r.groups) == 0 || value == "" {
				continue // an empty rule forbids nothing
			}
			g := &r.groups[len(r.groups)-1]
			g.rules = append(g.rules, robotsRule{allow: key == "allow", pattern: normalPattern(value)})
		case "crawl-delay":
			s, err := strconv.ParseFloat(value, 64)
			if len(r.groups) == 0 || err != nil || math.IsNaN(s) || s <= 0 {
				continue
			}
			g := &r.groups[len(r.groups)-1]
			delay := time.Duration(min(s, config.MaxCrawlDelay.Seconds()) * float64(time.Second))
			g.delays = append(g.delays, agentDelay{len(g.agents), delay})
		}
	}
	return r
}

// robotsText drops a byte order mark. RFC 9309 knows UTF-8 only, but files saved as
// UTF-16 exist and mean what they say.
func robotsText(data []byte) []byte {
	if enc := bomEncoding(data); enc != nil {
		if text, err := enc.NewDecoder().Bytes(data); err == nil {
			data = text
		}
	}
	return bytes.TrimPrefix(data, []byte("\ufeff"))
}

// robotsLine splits a line into a known key and its value. Common misspellings count:
// who writes "dissallow" wants to be left alone.
func robotsLine(line string) (key, value string, ok bool) {
	if len(line) > maxRobotsLine {
		return "", "", false
	}
	line, _, _ = strings.Cut(line, "#")
	key, value, ok = strings.Cut(line, ":")
	if !ok {
		// "disallow /path" without colon.
		key, value, ok = strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			return "", "", false
		}
	}
	switch key = strings.ToLower(strings.TrimSpace(key)); key {
	case "useragent", "user agent", "user_agent":
		key = "user-agent"
	case "dissallow", "dissalow", "disalow", "diasllow", "disallaw", "desallow":
		key = "disallow"
	case "crawldelay", "crawl delay":
		key = "crawl-delay"
	}
	return key, strings.TrimSpace(value), true
}

// productToken takes the name out of a user-agent line or string: "FooBot/1.2 (…)" is
// "foobot". An empty token matches nobody.
func productToken(s string) string {
	s = strings.TrimSpace(s)
	if s == "*" || strings.HasPrefix(s, "* ") || strings.HasPrefix(s, "*\t") {
		return "*"
	}
	end := strings.IndexFunc(s, func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	if end >= 0 {
		s = s[:end]
	}
	return strings.ToLower(s)
}

// Allowed reports whether agent (a product token such as "marketwarden") may ask for
// pathAndQuery ("/path?query"). The longest matching rule decides, allow wins a tie, and
// no rule means yes. robots.txt itself may always be read.
func (r *Robots) Allowed(agent, pathAndQuery string) bool {
	return r.forAgent(agent).allowed(pathAndQuery)
}

// CrawlDelay is how long agent is asked to wait between two requests, cut at
// config.MaxCrawlDelay; 0 when nothing is asked.
func (r *Robots) CrawlDelay(agent string) time.Duration { return r.forAgent(agent).delay }

// agentRules are the rules of one agent, all its groups merged.
type agentRules struct {
	rules    []robotsRule
	delay    time.Duration
	sitemaps []string
}

// forAgent merges the groups that name agent, or, when none does, those for everybody.
func (r *Robots) forAgent(agent string) agentRules {
	token := productToken(agent)
	if out, ok := r.merge(token); ok && token != "" {
		out.sitemaps = r.sitemaps
		return out
	}
	out, _ := r.merge("*")
	out.sitemaps = r.sitemaps
	return out
}

func (r *Robots) merge(token string) (out agentRules, found bool) {
	for _, g := range r.groups {
		first := slices.Index(g.agents, token)
		if first < 0 {
			continue
		}
		found = true
		out.rules = append(out.rules, g.rules...)
		for _, d := range g.delays {
			if first < d.agents {
				out.delay = max(out.delay, d.delay)
			}
		}
	}
	return out, found
}

func (a agentRules) allowed(pathAndQuery string) bool {
	path := normalPath(pathAndQuery)
	if path == "/robots.txt" {
		return true
	}
	allowed, longest := true, -1
	for _, rule := range a.rules {
		n := len(rule.pattern)
		if n < longest || (n == longest && !rule.allow) {
			continue
		}
		if matches(rule.pattern, path) || (rule.allow && matchesIndex(rule.pattern, path)) {
			allowed, longest = rule.allow, n
		}
	}
	return allowed
}

// size is roughly what the rules cost in memory, in bytes.
func (a agentRules) size() int {
	n := 64
	for _, r := range a.rules {
		n += len(r.pattern) + 32
	}
	for _, s := range a.sitemaps {
		n += len(s) + 16
	}
	return n
}

// matches reports whether pattern matches the beginning of path. Each piece between two
// stars is looked for once, at the first place behind the piece before it: taking the
// first place never loses a match, so the cost is linear and no pattern can blow it up.
func matches(pattern, path string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	piece, rest, more := strings.Cut(pattern, "*")
	path, ok := strings.CutPrefix(path, piece)
	if !ok {
		return false
	}
	for more {
		piece, rest, more = strings.Cut(rest, "*")
		if !more && anchored {
			return strings.HasSuffix(path, piece)
		}
		_, path, ok = strings.Cut(path, piece)
		if !ok {
			return false
		}
	}
	return !anchored || path == ""
}

// matchesIndex lets "allow: /dir/index.html" allow "/dir/" too: it is the same page.
func matchesIndex(pattern, path string) bool {
	slash := strings.LastIndexByte(pattern, '/')
	return slash >= 0 && strings.HasPrefix(pattern[slash:], "/index.htm") && matches(pattern[:slash+1]+"$", path)
}

// normalPattern brings a rule's path into the form addresses are compared in.
func normalPattern(s string) string {
	body, anchored := strings.CutSuffix(s, "$")
	body = normalPercent(body, "*")
	if anchored {
		body += "$"
	}
	return body
}

// normalPath brings an address's path and query into the form patterns are compared in:
// '*' and '$' are ordinary characters there and are escaped (RFC 9309 §2.2.3).
func normalPath(s string) string {
	if s == "" || s[0] != '/' {
		s = "/" + s
	}
	return normalPercent(s, "")
}

// normalPercent percent-encodes whatever RFC 3986 does not allow to stand as it is,
// decodes what need not be encoded, and writes hex digits in upper case (RFC 9309
// §2.2.2). '*' and '$' are encoded except those in keep.
func normalPercent(s, keep string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			if raw, err := hex.DecodeString(s[i+1 : i+3]); err == nil && isUnreserved(raw[0]) {
				b.WriteByte(raw[0])
			} else {
				b.WriteString(strings.ToUpper(s[i : i+3]))
			}
			i += 2
		case (c == '*' || c == '$') && strings.IndexByte(keep, c) < 0:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		case isUnreserved(c) || strings.IndexByte("%:/?#[]@!$&'()*+,;=", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
