package html

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
)

// Compiled once, as every row is held against them.
var (
	plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	// Windows has devices by these names, whatever the extension.
	device    = regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
	hexPrefix = regexp.MustCompile(`^[0-9a-f]{16}`)
	hostName  = regexp.MustCompile(`^[a-zA-Z0-9.-]+(:[0-9]+)?$`)
)

// fileName is the name of the page of a provider or rule. Identifiers come from feeds and
// may be anything. Lower-case ones of plain characters stand for themselves; all others,
// those that differ only in case among them, are named by their hash behind a dot that
// no plain name has. So two identifiers never share a page, on any file system.
func fileName(id string) string {
	if plainName.MatchString(id) && !device.MatchString(id) {
		return id + ".html"
	}
	sum := sha256.Sum256([]byte(id))
	return "h." + hex.EncodeToString(sum[:]) + ".html"
}

// anchor is the id of a finding on a page: the beginning of its fingerprint.
func anchor(fingerprint string) string {
	if hexPrefix.MatchString(fingerprint) {
		return fingerprint[:16]
	}
	sum := sha256.Sum256([]byte(fingerprint))
	return hex.EncodeToString(sum[:8])
}

// link is the address when it may become a link: http or https, a plain host without
// user names before it, nothing that a reader would see as something else than where it
// leads. Otherwise it is empty, and the address is shown as text.
func link(address string) string {
	if len(address) > 2048 || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !hostName.MatchString(u.Host) {
		return ""
	}
	return u.String()
}
