package page

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Scripts are not run. What is read in them are navigations whose address stands there
// as a literal: location = "…", location.href = "…", location.assign("…"),
// location.replace("…"), window.open("…"), x.href = "…". Literals may be put together
// with "+", escaped (\x68, \u0068) or wrapped in atob, decodeURIComponent or unescape.
// Other addresses in scripts are data, not ways to go.

// maxCode bounds what is looked at in one script.
const maxCode = 1 << 20

// maxLiteral bounds an address put together from literals.
const maxLiteral = 4096

// script reads <script>.
func (w *walker) script(n *html.Node, a *attrs, c *ctx) {
	w.pointAt(LoadScript, "src", a.src, a.hasSrc, c)
	if w.matcher != nil {
		w.noteInline(n, c)
	}
	isCode := isScriptType(a.typ)
	if isCode {
		w.shellInfo.scripts++
	}
	if isCode && n.FirstChild != nil {
		w.shellInfo.code += len(n.FirstChild.Data)
		w.code(n.FirstChild.Data, LinkScript, "", false, c)
	}
}

func isScriptType(typ string) bool {
	typ = strings.ToLower(strings.TrimSpace(typ))
	return typ == "" || typ == "module" || strings.Contains(typ, "javascript") || strings.Contains(typ, "ecmascript") ||
		strings.Contains(typ, "babel") || strings.Contains(typ, "jsx")
}

// javaScriptOf is the code of a javascript: address.
func javaScriptOf(href string) string {
	_, code, _ := strings.Cut(href, ":")
	if strings.Contains(code, "%") {
		if plain, err := url.PathUnescape(code); err == nil {
			code = plain
		}
	}
	return code
}

// code adds the addresses that code leads to. In a handler for clicks every absolute
// address counts: it is an argument of something that happens on the click.
func (w *walker) code(s string, kind LinkKind, attrName string, click bool, c *ctx) {
	if len(s) > maxCode {
		s = s[:maxCode]
	}
	var seen []string
	add := func(address string) {
		address = strings.TrimSpace(address)
		if address == "" || isJavaScript(address) || len(seen) > 200 {
			return
		}
		if slices.Contains(seen, address) {
			return
		}
		seen = append(seen, address)
		w.link(kind, attrName, strings.ToValidUTF8(address, "\uFFFD"), c)
	}
	navigations(s, click, add)
	if !click {
		return
	}
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "'\"`")
		if j < 0 {
			return
		}
		i += j
		address, n, _ := literals(s[i:])
		if isAbsolute(address) {
			add(address)
		}
		i += max(n, 1)
	}
}

// navigations calls add for every navigation with a literal address.
func navigations(s string, handler bool, add func(string)) {
	for i := 0; ; {
		j := strings.Index(s[i:], "location")
		if j < 0 {
			break
		}
		at := i + j
		i = at + len("location")
		if at > 0 && isIdent(s[at-1]) || commented(s, at) {
			continue
		}
		rest := s[i:]
		if at > 0 && (strings.HasPrefix(rest, `"]`) || strings.HasPrefix(rest, "']")) { // window["location"]
			rest = rest[2:]
		}
		rest = skipBlank(rest)
		for _, prop := range []string{".href", `["href"]`, "['href']"} {
			if after, ok := strings.CutPrefix(rest, prop); ok {
				rest = skipBlank(after)
				break
			}
		}
		if after, ok := assigned(rest); ok {
			emit(after, add)
			continue
		}
		for _, call := range []string{".assign", `["assign"]`, "['assign']", ".replace", `["replace"]`, "['replace']"} {
			if after, ok := strings.CutPrefix(rest, call); ok {
				if after = skipBlank(after); strings.HasPrefix(after, "(") {
					emit(after[1:], add)
				}
				break
			}
		}
	}
	for i := 0; ; {
		j := strings.Index(s[i:], "open")
		if j < 0 {
			break
		}
		at := i + j
		i = at + len("open")
		rest, called := strings.CutPrefix(skipBlank(s[i:]), "(")
		if !called || commented(s, at) {
			continue
		}
		switch {
		case opensWindow(s[:at], handler):
			emit(rest, add)
		case isBare(s[:at]): // a function of that name may be the page's own
			emit(rest, func(address string) {
				if isAbsolute(address) {
					add(address)
				}
			})
		}
	}
	for i := 0; ; {
		j := strings.Index(s[i:], ".href")
		if j < 0 {
			break
		}
		at := i + j
		i = at + len(".href")
		if strings.HasSuffix(s[:at], "location") || commented(s, at) {
			continue
		}
		if after, ok := assigned(skipBlank(s[i:])); ok {
			emit(after, func(address string) {
				path, _, _ := strings.Cut(address, "?")
				if !strings.HasSuffix(path, ".css") { // a style sheet put in by script
					add(address)
				}
			})
		}
	}
}

// isBare reports whether a name behind before is a name of its own, no property and no
// end of a longer one.
func isBare(before string) bool {
	return before == "" || !isIdent(before[len(before)-1]) && before[len(before)-1] != '.'
}

// opensWindow reports whether "open(" behind before is window.open and not the method of
// a request or a dialog.
func opensWindow(before string, handler bool) bool {
	for _, owner := range []string{"window.", "window?.", "self.", "top.", "parent."} {
		if strings.HasSuffix(before, owner) {
			rest := before[:len(before)-len(owner)]
			return rest == "" || !isIdent(rest[len(rest)-1])
		}
	}
	return handler && isBare(before)
}

func emit(s string, add func(string)) {
	address, _, whole := literals(s)
	if !whole && !hostEnds(address) {
		return // only the start of an address is there
	}
	add(address)
}

// hostEnds reports whether the start of an address already says which host it is.
func hostEnds(s string) bool {
	if !isAbsolute(s) {
		return false
	}
	_, rest, _ := strings.Cut(s, "//")
	return strings.ContainsAny(rest, "/?#")
}

// assigned reports whether s starts with "=" that assigns, and what follows it.
func assigned(s string) (string, bool) {
	if len(s) < 2 || s[0] != '=' || s[1] == '=' || s[1] == '>' {
		return "", false
	}
	return s[1:], true
}

// commented reports whether at stands behind "//" on its line or inside /* */. It looks
// no further back than a few kilobytes.
func commented(s string, at int) bool {
	back := s[max(0, at-2048):at]
	line := back[strings.LastIndexByte(back, '\n')+1:]
	if strings.HasPrefix(strings.TrimLeft(line, " \t\r"), "//") {
		return true
	}
	return strings.LastIndex(back, "/*") > strings.LastIndex(back, "*/")
}

func isIdent(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

func skipBlank(s string) string { return strings.TrimLeft(s, " \t\r\n") }

// literals reads the string that s starts with, put together from literals with "+".
// n is how much of s that was; whole is false when something that is no literal follows.
func literals(s string) (value string, n int, whole bool) {
	rest := s
	for {
		t := skipBlank(rest)
		part, used, ok := operand(t)
		if used == 0 {
			return value, len(s) - len(rest), false
		}
		if value == "" {
			value = part
		} else if len(value)+len(part) <= maxLiteral {
			value += part
		}
		rest = t[used:]
		if !ok {
			return value, len(s) - len(rest), false
		}
		after := skipBlank(rest)
		if !strings.HasPrefix(after, "+") {
			return value, len(s) - len(rest), true
		}
		rest = after[1:]
	}
}

// operand reads one literal, or a call that decodes one. used is 0 when there is none;
// ok is false when only its start is a literal (a template with an expression).
func operand(s string) (value string, used int, ok bool) {
	if s == "" {
		return "", 0, false
	}
	switch s[0] {
	case '\'', '"', '`':
		return literal(s)
	}
	for _, f := range []struct {
		name   string
		decode func(string) string
	}{{"atob(", fromBase64}, {"window.atob(", fromBase64}, {"decodeURIComponent(", unescape}, {"decodeURI(", unescape}, {"unescape(", unescape}} {
		rest, is := strings.CutPrefix(s, f.name)
		if !is {
			continue
		}
		inner, n, whole := literals(rest)
		after := skipBlank(rest[n:])
		if !whole || !strings.HasPrefix(after, ")") {
			return "", 0, false
		}
		return f.decode(inner), len(s) - len(after) + 1, true
	}
	return "", 0, false
}

func fromBase64(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(s)
	}
	if err != nil {
		return ""
	}
	return string(b)
}

func unescape(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}

// literal reads a quoted string with its escapes.
func literal(s string) (value string, used int, ok bool) {
	quote := s[0]
	var b []byte
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == quote:
			return string(b), i + 1, true
		case c == '\n' && quote != '`':
			return "", 0, false
		case c == '$' && quote == '`' && i+1 < len(s) && s[i+1] == '{':
			return string(b), i, false
		case c == '\\' && i+1 < len(s):
			r, n := escape(s[i+1:])
			if r >= 0 {
				b = utf8.AppendRune(b, r)
			}
			i += n
		default:
			b = append(b, c)
		}
		if len(b) > maxLiteral {
			return "", 0, false
		}
	}
	return "", 0, false
}

// escape reads what stands behind a backslash; a negative rune is nothing.
func escape(s string) (r rune, n int) {
	hex := func(from, to int) (rune, bool) {
		if to > len(s) {
			return 0, false
		}
		v, err := strconv.ParseUint(s[from:to], 16, 32)
		return rune(v), err == nil //nolint:gosec // at most six digits
	}
	switch s[0] {
	case 'x':
		if r, ok := hex(1, 3); ok {
			return r, 3
		}
	case 'u':
		if strings.HasPrefix(s, "u{") {
			if end := strings.IndexByte(s, '}'); end > 2 && end <= 8 {
				if r, ok := hex(2, end); ok {
					return r, end + 1
				}
			}
		} else if r, ok := hex(1, 5); ok {
			return r, 5
		}
	case 'n':
		return '\n', 1
	case 't':
		return '\t', 1
	case 'r':
		return '\r', 1
	case '\n':
		return -1, 1
	}
	r, n = utf8.DecodeRuneInString(s)
	return r, n
}
