package site

import (
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/publicsuffix"

	"marketwarden/internal/weburl"
)

// Why links are not followed; the keys of Survey.Skipped.
const (
	SkippedFile      = "file"      // no page: an archive, a picture, a document
	SkippedDeep      = "deep_path" // a path too deep or too long to be a page for people
	SkippedRepeat    = "repeating_path"
	SkippedQueries   = "many_queries" // one path with ever new queries
	SkippedCalendar  = "calendar"
	SkippedFar       = "far_page"  // far down a list
	SkippedDuplicate = "duplicate" // the same text under another address
	SkippedMany      = "too_many"
)

const (
	maxSegments  = 10
	maxPathBytes = 400
	maxRepeats   = 2  // times that one segment may stand in a path
	maxQueries   = 12 // distinct queries of one path
	maxListPage  = 6  // of a list
)

// Session ids and the like: parameters that make a page look like another one.
var sessionParam = regexp.MustCompile(`(?i)^(?:jsessionid|phpsessid|aspsessionid\w*|session_?id|sid|sessid|token|_t|timestamp|rand(?:om)?|utm_\w+|spm|scm|from|ref)$`)

var (
	calendarPath  = regexp.MustCompile(`(?i)/(?:calendar|events?|archives?|rili)/.*(?:19|20)\d\d|/(?:19|20)\d\d[/-]\d{1,2}(?:[/-]\d{1,2})?/?$`)
	calendarQuery = regexp.MustCompile(`(?i)(?:^|&)(?:date|day|month|year|ym|riqi)=`)
	listPage      = regexp.MustCompile(`(?i)(?:[/_-](?:page|index)[/_-]?|(?:^|&)(?:page|pn|pageno|pageindex|paged|start|offset)=)(\d+)`)
)

// identity is what two addresses of one page have in common.
func (x *Explorer) identity(u *weburl.URL) string {
	if u == nil {
		return ""
	}
	p, _, _ := strings.Cut(u.Path(), ";") // ;jsessionid=…
	for _, index := range []string{"index.html", "index.htm", "index.php", "default.aspx", "index.aspx", "index.jsp"} {
		p = strings.TrimSuffix(p, "/"+index)
	}
	p = strings.TrimSuffix(p, "/")
	var keep []string
	for pair := range strings.SplitSeq(u.RawQuery(), "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !sessionParam.MatchString(name) && !x.tracking(name) {
			keep = append(keep, pair)
		}
	}
	id := bareHost(u) + p
	if port := u.Port(); port != "" {
		id = bareHost(u) + ":" + port + p
	}
	if len(keep) > 0 {
		id += "?" + strings.Join(keep, "&")
	}
	if strings.HasPrefix(u.Fragment(), "!") || strings.HasPrefix(u.Fragment(), "/") {
		id += "#" + u.Fragment() // a route of a script
	}
	return id
}

func (x *Explorer) tracking(name string) bool {
	for _, t := range x.o.Tracking {
		if t == name || (strings.HasSuffix(t, "*") && strings.HasPrefix(name, t[:len(t)-1])) {
			return true
		}
	}
	return false
}

// trap names the rule by which an address is not followed, "" when it may be.
func (x *Explorer) trap(u *weburl.URL) string {
	p, query := u.Path(), u.RawQuery()
	if isFile(p) {
		return SkippedFile
	}
	if len(p) > maxPathBytes || strings.Count(p, "/") > maxSegments {
		return SkippedDeep
	}
	seen := map[string]int{}
	for seg := range strings.SplitSeq(strings.Trim(p, "/"), "/") {
		if seen[seg]++; seg != "" && seen[seg] > maxRepeats {
			return SkippedRepeat
		}
	}
	if calendarPath.MatchString(p) || calendarQuery.MatchString(query) {
		return SkippedCalendar
	}
	for _, part := range []string{p, query} {
		if m := listPage.FindStringSubmatch(part); m != nil && len(m[1]) < 4 && number(m[1]) > maxListPage {
			return SkippedFar
		}
	}
	if query != "" {
		if x.queries[p]++; x.queries[p] > maxQueries {
			return SkippedQueries
		}
	}
	return ""
}

func number(s string) int {
	n := 0
	for _, c := range []byte(s) {
		n = n*10 + int(c-'0')
	}
	return n
}

// isFile reports whether a path names something that is no page.
func isFile(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".exe", ".msi", ".dmg",
		".apk", ".ipa", ".iso", ".rpm", ".deb", ".jar", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".bmp", ".mp3", ".mp4",
		".avi", ".mov", ".wmv", ".flv", ".m3u8", ".css", ".js", ".json", ".xml", ".rss", ".atom", ".txt", ".csv", ".woff", ".woff2", ".ttf", ".map":
		return true
	}
	return false
}

// sameOwner reports whether two addresses belong to one registrable domain.
func sameOwner(a, b *weburl.URL) bool {
	if bareHost(a) == bareHost(b) {
		return true
	}
	da, errA := publicsuffix.EffectiveTLDPlusOne(a.Host())
	db, errB := publicsuffix.EffectiveTLDPlusOne(b.Host())
	return errA == nil && errB == nil && da == db
}
