package page

import (
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"marketwarden/internal/config"
)

// inlineScript is a script of the page profile whose JSON holds provider's words.
type inlineScript struct {
	data string
	json int // index in Matcher.inline
	node Node
}

// noteInline remembers the script if the page profile names it. It is read after the
// walk: its words stand at the end of the page.
func (w *walker) noteInline(n *html.Node, c *ctx) {
	if n.FirstChild == nil || len(n.FirstChild.Data) > config.MaxInlineJSON || w.nested > 0 {
		return
	}
	for i := range w.matcher.rules {
		if r := &w.matcher.rules[i]; r.json >= 0 && r.sel.Match(n) && len(w.inline) < config.MaxDescFrames {
			w.inline = append(w.inline, inlineScript{n.FirstChild.Data, r.json, c.node})
		}
	}
}

// inlineJSON makes the HTML in such scripts part of the page.
func (w *walker) inlineJSON() {
	for _, s := range w.inline {
		spec := w.matcher.inline[s.json]
		src, ok := stringAt(s.data, spec.Path)
		if !ok || src == "" {
			continue
		}
		tag := "script"
		c := ctx{field: spec.Field, tag: tag, block: s.node, node: s.node, form: -1, label: -1, inBody: true, inMain: true}
		w.nested++
		for _, k := range w.fragment(src) {
			w.visit(k, &c, 1)
		}
		w.closeBlock()
		w.nested--
	}
}

// stringAt is the string at a dotted path ("props.items.0.html") of the first JSON value
// in s; what stands before its brace (an assignment) is skipped.
func stringAt(s, path string) (string, bool) {
	i := strings.IndexAny(s, "{[")
	if i < 0 {
		return "", false
	}
	dec := json.NewDecoder(strings.NewReader(s[i:]))
	var raw json.RawMessage
	if dec.Decode(&raw) != nil {
		return "", false
	}
	for step := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(step); err == nil {
			var list []json.RawMessage
			if json.Unmarshal(raw, &list) == nil {
				if n < 0 || n >= len(list) {
					return "", false
				}
				raw = list[n]
				continue
			}
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return "", false
		}
		next, ok := object[step]
		if !ok {
			return "", false
		}
		raw = next
	}
	var v string
	if json.Unmarshal(raw, &v) != nil {
		return "", false
	}
	return strings.ToValidUTF8(v, "\uFFFD"), true
}
