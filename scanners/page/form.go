package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxForms    = 500
	maxControls = 5000
	maxLabel    = 200  // bytes of a label
	maxFormText = 2000 // bytes of what a form says of itself
	maxTargets  = 20   // buttons of a form that send it elsewhere
)

// formState gathers forms until the text is complete.
type formState struct {
	labels   []label
	controls []control
	words    []formWord
	last     int // where the text stood at the last control
}

type label struct {
	forID      string
	start, end int
	attrs      int
}

type control struct {
	input  Input
	id     string
	form   int32
	label  int32
	field  string
	before string // the words just before it
	owner  string // form attribute: the id of its form
}

// formWord is a stretch of text that says what a form is: legend, heading or button.
type formWord struct {
	form       int32
	start, end int
}

func (w *walker) openForm(n *html.Node, c *ctx) {
	if len(w.page.Forms) >= maxForms {
		return
	}
	f := Form{Node: c.node, Method: "get", Field: c.field}
	if strings.EqualFold(attrOf(n, "method"), "post") {
		f.Method = "post"
	}
	action, has := attr(n, "action")
	if isJavaScript(action) {
		w.code(javaScriptOf(action), LinkHandler, "action", true, c)
	} else if l := w.pointAt(LinkForm, "action", action, has, c); l != nil {
		f.Action = l.URL
	} else {
		f.Action = w.page.URL // sent to the page itself
	}
	w.page.Forms = append(w.page.Forms, f)
	c.form = int32(len(w.page.Forms) - 1) //nolint:gosec // bounded by maxForms
}

func (w *walker) openLabel(n *html.Node, c *ctx) {
	if len(w.form.labels) >= maxControls {
		return
	}
	w.form.labels = append(w.form.labels, label{forID: attrOf(n, "for"), start: w.pos(), end: -1, attrs: w.attrs})
	c.label = int32(len(w.form.labels) - 1) //nolint:gosec // bounded by maxControls
}

// input reads <input>: a field, or a button.
func (w *walker) input(n *html.Node, a *attrs, c *ctx, s *span) {
	w.flow.space = true // a box stands between the words around it
	typ := strings.ToLower(strings.TrimSpace(a.typ))
	switch typ {
	case "submit", "button", "reset", "image":
		w.button(s, n, c, true)
		words := attrOf(n, "value")
		if typ == "image" {
			words = attrOf(n, "alt")
			w.pointAt(LoadImage, "src", a.src, a.hasSrc, c)
			if words != "" {
				w.attrText("alt", words, c.node, "input", c)
			}
		} else if words != "" {
			w.attrText("value", words, c.node, "input", c)
		}
		if s.button >= 0 && words != "" {
			w.page.Buttons[s.button].Text = foldSpace(words)
			w.formButton(foldSpace(words), c)
		}
		return
	case "hidden":
	default:
		if v := attrOf(n, "value"); v != "" && typ != "password" && typ != "checkbox" && typ != "radio" {
			w.attrText("value", v, c.node, "input", c)
		}
	}
	if typ == "" {
		typ = "text"
	}
	w.control(n, typ, c)
}

// formButton adds words that stand in an attribute to what the form says.
func (w *walker) formButton(words string, c *ctx) {
	if c.form >= 0 {
		f := &w.page.Forms[c.form]
		f.Text = join(f.Text, words)
	}
}

// join puts words together, up to a bound.
func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || len(a)+len(b) > maxFormText:
		return a
	}
	return a + " " + b
}

// control notes one control of a form.
func (w *walker) control(n *html.Node, typ string, c *ctx) {
	if len(w.form.controls) >= maxControls {
		return
	}
	k := control{
		id: attrOf(n, "id"), form: c.form, field: c.field, label: c.label, owner: attrOf(n, "form"),
		input: Input{
			Name: attrOf(n, "name"), Type: typ, Autocomplete: attrOf(n, "autocomplete"), Node: c.node,
			Placeholder: foldSpace(attrOf(n, "placeholder")),
		},
	}
	if k.input.Placeholder != "" && c.inBody {
		w.attrText("placeholder", k.input.Placeholder, c.node, n.Data, c)
	}
	k.input.Label = foldSpace(attrOf(n, "aria-label"))
	if k.input.Label == "" {
		k.input.Label = foldSpace(attrOf(n, "title"))
	}
	k.before = w.wordsBefore()
	w.form.controls = append(w.form.controls, k)
	if !w.aside {
		w.form.last = len(w.flow.text)
	}
}

// wordsBefore are the words between the last control and here, if they are few enough
// to be what this one asks for: the open block's, else the last block's.
func (w *walker) wordsBefore() string {
	f := &w.flow
	start, end := f.start, len(f.text)
	if start < 0 {
		for i := len(f.done) - 1; i >= 0 && i >= len(f.done)-4; i-- {
			if f.done[i].Attr == "" {
				start, end = f.done[i].Start, f.done[i].End
				break
			}
		}
	}
	if start < 0 || start < w.form.last && end <= w.form.last {
		return ""
	}
	start = max(start, w.form.last)
	if start >= end || end-start > maxLabel {
		return ""
	}
	return foldSpace(string(f.text[start:end]))
}

// button adds something to click.
func (w *walker) button(s *span, n *html.Node, c *ctx, canDisable bool) {
	if len(w.page.Buttons) >= maxControls {
		return
	}
	b := Button{Field: c.field, Zone: c.zone, Node: c.node, Hidden: c.hidden}
	if canDisable {
		_, b.Disabled = attr(n, "disabled")
	}
	w.page.Buttons = append(w.page.Buttons, b)
	s.button = int32(len(w.page.Buttons) - 1) //nolint:gosec // bounded by maxControls
}

// formWords notes what a form says of itself when a heading, legend, label or button in
// it ends.
func (w *walker) formWords(n *html.Node, c *ctx, start int) {
	if c.form < 0 || w.aside {
		return
	}
	switch n.DataAtom {
	case atom.Legend, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Button:
		if len(w.flow.text) > start && len(w.form.words) < maxControls {
			w.form.words = append(w.form.words, formWord{c.form, start, len(w.flow.text)})
		}
	}
}

// finishForms gives controls their labels and forms their controls and words.
func (w *walker) finishForms() {
	p, s := w.page, &w.form
	for _, x := range s.words {
		p.Forms[x.form].Text = join(p.Forms[x.form].Text, w.words(x.start, x.end, true, false))
	}
	if len(s.controls) == 0 {
		return
	}
	byFor := make(map[string]int, len(s.labels))
	for i := range s.labels {
		if id := s.labels[i].forID; id != "" {
			if _, ok := byFor[id]; !ok {
				byFor[id] = i
			}
		}
	}
	labelText := func(i int) string {
		l := &s.labels[i]
		return cut(w.words(l.start, max(l.end, l.start), true, false), maxLabel)
	}
	forms := map[string]int32{}
	for i := range p.Forms {
		if id := find(p.tree.ids, p.Forms[i].Node); id != "" {
			forms[id] = int32(i)
		}
	}
	var stray []Form // one a field: the platform's search box and the provider's controls are two things
	for i := range s.controls {
		k := &s.controls[i]
		text := ""
		if j, ok := byFor[k.id]; ok && k.id != "" {
			text = labelText(j)
		}
		if text == "" && k.label >= 0 {
			text = labelText(int(k.label))
		}
		if text == "" && k.input.Label == "" {
			text = k.before
		}
		if text != "" {
			k.input.Label = text
		}
		if f, ok := forms[k.owner]; ok && k.owner != "" {
			k.form = f
		}
		if k.form >= 0 {
			p.Forms[k.form].Inputs = append(p.Forms[k.form].Inputs, k.input)
		} else {
			j := slices.IndexFunc(stray, func(f Form) bool { return f.Field == k.field })
			if j < 0 {
				j = len(stray)
				stray = append(stray, Form{Field: k.field})
			}
			stray[j].Inputs = append(stray[j].Inputs, k.input)
		}
	}
	p.Forms = append(p.Forms, stray...)
}
