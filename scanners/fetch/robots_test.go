package fetch

import (
	"strings"
	"testing"
	"time"

	"marketwarden/internal/config"
)

func TestRobotsAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, robots, path string
		want               bool
	}{
		{"no rules", "", "/x", true},
		{"everything", "User-agent: *\nDisallow: /", "/x", false},
		{"robots.txt itself", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"empty disallow", "User-agent: *\nDisallow:", "/x", true},
		{"our group beats everybody's", "User-agent: *\nDisallow: /\nUser-agent: marketwarden\nDisallow: /a", "/b", true},
		{"token in any case", "User-agent: MarketWarden\nDisallow: /a", "/a", false},
		{"token with version", "User-agent: marketwarden/2.0\nDisallow: /a", "/a", false},
		{"longer token is another agent", "User-agent: marketwarden-images\nDisallow: /a", "/a", true},
		{"several agents, one group", "User-agent: foo\nUser-agent: marketwarden\nDisallow: /a", "/a", false},
		{"groups merge", "User-agent: marketwarden\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: marketwarden\nDisallow: /b", "/b", false},
		{"blank line ends nothing", "User-agent: marketwarden\n\nDisallow: /a", "/a", false},
		{"rules before any agent", "Disallow: /\nUser-agent: x\nDisallow: /", "/a", true},
		{"unknown lines end no group", "User-agent: marketwarden\nSitemap: http://h/s.xml\nUser-agent: x\nDisallow: /a", "/a", false},
		{"longest wins", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true},
		{"order does not matter", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", true},
		{"allow wins a tie", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
		{"length counts the pattern", "User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", false},
		{"star in the middle", "User-agent: *\nDisallow: /a/*/c", "/a/b/b/c/d", false},
		{"star needs its tail", "User-agent: *\nDisallow: /a/*/c", "/a/b/b", true},
		{"dollar", "User-agent: *\nDisallow: /*.php$", "/a.php", false},
		{"dollar excludes more", "User-agent: *\nDisallow: /*.php$", "/a.php?x=1", true},
		{"dollar takes the last", "User-agent: *\nDisallow: /*.php$", "/a.php/b.php", false},
		{"plain dollar", "User-agent: *\nDisallow: /a$", "/a", false},
		{"dollar and more", "User-agent: *\nDisallow: /a$", "/ab", true},
		{"dollar inside is a character", "User-agent: *\nDisallow: /a$b", "/a$bc", false},
		{"star after dollar", "User-agent: *\nDisallow: /*$", "/anything", false},
		{"query", "User-agent: *\nDisallow: /*?id=", "/a?id=1", false},
		{"case of paths counts", "User-agent: *\nDisallow: /A", "/a", true},
		{"escaped and raw", "User-agent: *\nDisallow: /产品", "/%e4%BA%a7%E5%93%81/1", false},
		{"raw and escaped", "User-agent: *\nDisallow: /%E4%ba%A7", "/产品", false},
		{"unreserved decoded", "User-agent: *\nDisallow: /%7Euser/%61", "/~user/a", false},
		{"reserved stays", "User-agent: *\nDisallow: /a%2Fb", "/a/b", true},
		{"escaped star is a star", "User-agent: *\nDisallow: /a%2Ab", "/a*b", false},
		{"escaped star is no wildcard", "User-agent: *\nDisallow: /a%2Ab", "/axb", true},
		{"comment", "User-agent: * # all\nDisallow: /a # private", "/a", false},
		{"cr only", "User-agent: *\rDisallow: /a\r", "/a", false},
		{"crlf", "User-agent: *\r\nDisallow: /a\r\n", "/a", false},
		{"bom", "\ufeffUser-agent: *\nDisallow: /a", "/a", false},
		{"space before the colon", "User-agent : *\nDisallow : /a", "/a", false},
		{"no colon", "User-agent *\nDisallow /a", "/a", false},
		{"misspelt", "Useragent: *\nDissallow: /a", "/a", false},
		{"pattern without slash matches nothing", "User-agent: *\nDisallow: a", "/a", true},
		{"index page", "User-agent: *\nAllow: /d/index.html\nDisallow: /d/", "/d/", true},
		{"empty path", "User-agent: *\nDisallow: /$", "", false},
		{"html instead", "<!DOCTYPE html><html><body>Disallow: /</body></html>", "/a", true},
		{"overlong line", "User-agent: *\nDisallow: /" + strings.Repeat("*a", maxRobotsLine), "/a", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := ParseRobots([]byte(tt.robots)).Allowed("marketwarden", tt.path); got != tt.want {
				t.Errorf("Allowed(%q) = %v, want %v\n%s", tt.path, got, tt.want, tt.robots)
			}
		})
	}
}

func TestRobotsCutByLimit(t *testing.T) {
	t.Parallel()
	// The limit falls inside the last line, which would forbid far more if it were cut.
	head := "User-agent: *\nDisallow: /early\n#"
	tail := "\nDisallow: /late\n"
	fill := strings.Repeat("x", config.MaxRobotsBytes-len(head)-len("\nDisallow: /"))
	r := ParseRobots([]byte(head + fill + tail))
	for path, want := range map[string]bool{"/early": false, "/late": true, "/": true} {
		if got := r.Allowed("marketwarden", path); got != want {
			t.Errorf("Allowed(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestRobotsCrawlDelay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		robots string
		want   time.Duration
	}{
		{"User-agent: *\nCrawl-delay: 5", 5 * time.Second},
		{"User-agent: *\nCrawl-delay: 0.5", 500 * time.Millisecond},
		{"User-agent: *\nCrawl-delay: 86400", config.MaxCrawlDelay},
		{"User-agent: *\nCrawl-delay: 1e300", config.MaxCrawlDelay},
		{"User-agent: *\nCrawl-delay: -1", 0},
		{"User-agent: *\nCrawl-delay: NaN", 0},
		{"User-agent: *\nCrawl-delay: soon", 0},
		{"Crawl-delay: 5\nUser-agent: *", 0},
		{"User-agent: marketwarden\nDisallow:\nUser-agent: *\nCrawl-delay: 5", 0},
		{"User-agent: marketwarden\nCrawl-delay: 2\nUser-agent: x\nDisallow: /", 2 * time.Second},
		{"User-agent: x\nCrawl-delay: 2\nUser-agent: marketwarden\nDisallow: /", 0},
	}
	for _, tt := range tests {
		if got := ParseRobots([]byte(tt.robots)).CrawlDelay("marketwarden"); got != tt.want {
			t.Errorf("CrawlDelay of %q = %v, want %v", tt.robots, got, tt.want)
		}
	}
}

func TestRobotsHostilePattern(t *testing.T) {
	t.Parallel()
	// Backtracking would need longer than the test may run.
	r := ParseRobots([]byte("User-agent: *\nDisallow: /" + strings.Repeat("*a", 4000) + "b$"))
	if !r.Allowed("marketwarden", "/"+strings.Repeat("a", 8000)) {
		t.Error("a path without b matched a pattern that ends in b")
	}
}

// matchesSlowly is the definition of a pattern's meaning: try every length for each star.
func matchesSlowly(pattern, path string) bool {
	switch {
	case pattern == "":
		return true
	case pattern == "$":
		return path == ""
	case pattern[0] == '*':
		for i := range len(path) + 1 {
			if matchesSlowly(pattern[1:], path[i:]) {
				return true
			}
		}
		return false
	}
	return path != "" && path[0] == pattern[0] && matchesSlowly(pattern[1:], path[1:])
}

func FuzzRobotsMatch(f *testing.F) {
	f.Add("/a*b$", "/axbxb")
	f.Add("/a*$", "/a")
	f.Add("**a*", "ba")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern) > 12 || len(path) > 16 {
			t.Skip("too long for the slow definition")
		}
		pattern, path = normalPattern(pattern), normalPath(path)
		if got, want := matches(pattern, path), matchesSlowly(pattern, path); got != want {
			t.Errorf("matches(%q, %q) = %v, want %v", pattern, path, got, want)
		}
	})
}

func FuzzParseRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nCrawl-delay: 1"), "/a%2")
	f.Add([]byte("\xff\xfeU\x00s\x00"), "")
	f.Add([]byte("\xef\xbb\xbfuser-agent:*\rallow:%zz%"), "/%")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		r := ParseRobots(data)
		r.Allowed("marketwarden", path)
		if d := r.CrawlDelay("marketwarden"); d < 0 || d > config.MaxCrawlDelay {
			t.Errorf("crawl delay %v", d)
		}
		if once := normalPath(path); normalPath(once) != once {
			t.Errorf("normalPath(%q) = %q is not stable", path, once)
		}
	})
}
