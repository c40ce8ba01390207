package site

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marketwarden/internal/weburl"
)

// Why addresses are left out; the keys of Survey.Skipped.
const (
	SkippedFile      = "file"      // no page: an archive, a picture, a document
	SkippedAction    = "action"    // does something: log-out, a cart
	SkippedDeep      = "deep_path" // a path too deep or too long to be a page for people
	SkippedRepeat    = "repeating_path"
	SkippedQueries   = "many_queries" // one path with ever new queries
	SkippedCalendar  = "calendar"
	SkippedFar       = "far_page"  // far down a list that brings nothing new
	SkippedDuplicate = "duplicate" // the same text, or the same page, by another address
	SkippedElsewhere = "elsewhere" // it redirects to a page of another domain
	SkippedSitemap   = "sitemap"   // a sitemap too many, or too large
)

const (
	maxSegments  = 10
	maxPathBytes = 400
	maxRepeats   = 2  // times that one segment may stand in a path
	maxQueries   = 12 // different queries visited of one path
	nearPages    = 6  // pages of a list that are near its beginning
	maxListPage  = 60 // of any list: as many as pages are visited
)

// Parameters that make a page look like another one.
var (
	noiseParam   = regexp.MustCompile(`(?i)^(?:jsessionid|phpsessid|aspsessionid\w*|session_?id|sessid|_t|timestamp|rand(?:om)?|utm_\w+|spm|scm|from|ref)$`)
	sessionParam = regexp.MustCompile(`(?i)^(?:sid|token|key)=[\w%.~-]{16,}$`) // a short sid is that of a section
)

var (
	calendarPath  = regexp.MustCompile(`(?i)/(?:calendar|events?|archives?|rili)/.*(?:19|20)\d\d|/(?:19|20)\d\d[/-]\d{1,2}(?:[/-]\d{1,2})?/?$`)
	calendarQuery = regexp.MustCompile(`(?i)(?:^|&)(?:date|day|month|year|ym|riqi)=`)
	actionPath    = regexp.MustCompile(`(?i)(?:^|[/_.?&=-])(?:log[_-]?out|log[_-]?off|sign[_-]?out|add[_-]?to[_-]?cart|cart[_-]?add|add[_-]?cart|unsubscribe)(?:$|[/_.&=?-])`)
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
		if pair != "" && !noiseParam.MatchString(name) && !sessionParam.MatchString(pair) && !x.tracking(name) {
			keep = append(keep, pair)
		}
	}
	id := bareHost(u) + p
	if port := u.Port(); port != "" {
		id = bareHost(u) + ":" + port + p
	}
	if slices.Sort(keep); len(keep) > 0 {
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

// sureTrap names the rule by which an address is never followed, "" when it may be.
func sureTrap(u *weburl.URL) string {
	p := u.Path()
	if isFile(p) {
		return SkippedFile
	}
	if actionPath.MatchString(p + "?" + u.RawQuery()) {
		return SkippedAction
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
	return ""
}

// likelyTrap names the rule by which a candidate is not followed, unless it names the
// product; "" when it is.
func (x *Explorer) likelyTrap(c *candidate) string {
	switch {
	case c.worth >= named:
		return ""
	case c.date:
		return SkippedCalendar
	case c.far > maxListPage, c.far > nearPages && x.isBarren(c.list):
		return SkippedFar
	}
	if c.url.RawQuery() != "" {
		if met := x.queries[c.url.Path()]; len(met) >= maxQueries && !met[c.query()] {
			return SkippedQueries
		}
	}
	return ""
}

// isBarren reports whether a list brings nothing new: the page of it that was visited
// last did not, or none was visited yet, although its near pages come first.
func (x *Explorer) isBarren(list string) bool {
	barren, visited := x.barren[list]
	return barren || !visited
}

func isDate(u *weburl.URL) bool {
	return calendarPath.MatchString(u.Path()) || calendarQuery.MatchString(u.RawQuery())
}

// listOf recognises a page of a list: what the list's pages have in common and which page
// it is; "" and 0 for others.
func listOf(u *weburl.URL) (list string, number int) {
	p, query := u.Path(), u.RawQuery()
	for i, part := range []string{p, query} {
		m := listPage.FindStringSubmatchIndex(part)
		if m == nil || m[3]-m[2] > 4 { // an id rather than a page
			continue
		}
		number, _ := strconv.Atoi(part[m[2]:m[3]])
		rest := part[:m[2]] + "#" + part[m[3]:]
		if strings.HasSuffix(part[:m[2]], "start=") || strings.HasSuffix(part[:m[2]], "offset=") {
			number /= 10 // counts entries
		}
		if i == 0 {
			return rest + "?" + query, number
		}
		return p + "?" + rest, number
	}
	return "", 0
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
