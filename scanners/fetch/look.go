package fetch

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// view is what a visitor sees first on a page: enough to tell a page from a wall, and no
// more. It is not the page's text, which package page extracts.
type view struct {
	title    string
	heading  string // the first h1
	text     string // the first visible text, white space folded
	runes    int    // characters of it, white space not counted
	links    int
	password bool // there is a password field
	more     bool // there is more text than was looked at
}

// look reads a page up to a little more text than any wall or error page has, so that
// its cost on an ordinary page is the distance to its first paragraphs.
func look(body []byte) view {
	var v view
	var text, title, heading strings.Builder
	text.Grow(4 * maxSoftText)
	hidden := "" // the element whose content nobody sees
	inTitle, inHeading := false, false
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	for v.runes <= maxSoftText {
		tt := z.Next()
		switch tt {
		case html.ErrorToken:
			v.title, v.heading, v.text = fold(title.String()), fold(heading.String()), fold(text.String())
			return v
		case html.TextToken:
			raw := bytes.TrimSpace(z.Text())
			if len(raw) == 0 || (hidden != "" && !inTitle) {
				continue
			}
			if inTitle {
				title.Write(raw)
				continue
			}
			if inHeading {
				heading.Write(raw)
				heading.WriteByte(' ')
			}
			text.Write(raw)
			text.WriteByte(' ')
			v.runes += runeCount(raw)
		case html.StartTagToken, html.SelfClosingTagToken:
			name, hasAttr := z.TagName()
			switch string(name) {
			case "title":
				inTitle = tt == html.StartTagToken && title.Len() == 0
			case "h1":
				inHeading = heading.Len() == 0
			case "a":
				v.links++
			case "input":
				v.password = v.password || (hasAttr && isPassword(z))
			case "script", "style", "template", "textarea", "svg":
				if hidden == "" && tt == html.StartTagToken {
					hidden = string(name)
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "title":
				inTitle = false
			case "h1":
				inHeading = false
			case hidden:
				hidden = ""
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
	v.more = true
	v.title, v.heading, v.text = fold(title.String()), fold(heading.String()), fold(text.String())
	return v
}

func isPassword(z *html.Tokenizer) bool {
	for more := true; more; {
		var key, val []byte
		key, val, more = z.TagAttr()
		if string(key) == "type" && strings.EqualFold(string(val), "password") {
			return true
		}
	}
	return false
}

// fold joins the words of s with single spaces.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
