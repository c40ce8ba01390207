package html

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed templates/*.gohtml
var templates embed.FS

//go:embed report.css
var style string

//go:embed report.js
var script string

// Page is one page of the report.
type Page struct {
	Name  string // path in the folder, with slashes
	Write func(io.Writer) error
}

// Pages returns the pages in the order to write them: the summary comes last, so that it
// never leads to a page that is not there yet.
func Pages(r *Report) ([]Page, error) {
	sets, err := parse(r.Lang)
	if err != nil {
		return nil, err
	}
	s := &site{sets: sets, r: r, frame: frame{
		Lang: htmlLang(r.Lang), Style: template.CSS(style), Script: template.JS(script), //nolint:gosec // our own, embedded
		Policy: policy(),
		Run:    &r.Run, Counts: &r.Counts, Missing: len(r.Missing), Notices: r.Notices,
	}}
	var pages []Page
	for i := range r.Providers {
		p := &r.Providers[i]
		pages = append(pages, s.page("p/"+fileName(p.ID), "provider", func() any { return s.provider(p) }))
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		pages = append(pages, s.page("r/"+fileName(rule.ID), "rule", func() any { return s.rule(rule) }))
	}
	return append(pages,
		s.page("findings.html", "findings", s.findings),
		s.page("changes.html", "changes", s.changes),
		s.page("not-checked.html", "not-checked", s.missing),
		s.page("providers.html", "providers", s.providers),
		s.page("deployment.html", "deployment", s.deployment),
		s.page("zero-orders.html", "zero-orders", s.orderless),
		s.page("index.html", "index", s.index),
	), nil
}

// site makes the pages of one report.
type site struct {
	sets  map[string]*template.Template // by the name of the page's template
	r     *Report
	frame frame
}

// frame is what all pages have around their content.
type frame struct {
	Lang    string
	Style   template.CSS
	Script  template.JS
	Policy  string
	Page    string // which page it is: the name of its template
	Root    string // way back to the folder from the page
	Run     *Run
	Counts  *Counts
	Missing int
	Notices []string
	Body    any
}

func (s *site) page(name, tmpl string, body func() any) Page {
	return Page{Name: name, Write: func(w io.Writer) error {
		f := s.frame
		f.Page, f.Body = tmpl, body()
		f.Root = strings.Repeat("../", strings.Count(name, "/"))
		out := bufio.NewWriterSize(w, 1<<16)
		if err := s.sets[tmpl].ExecuteTemplate(out, "frame", f); err != nil {
			return fmt.Errorf("set page %s: %w", name, err)
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("write page %s: %w", name, err)
		}
		return nil
	}}
}

// parse reads the templates: for each page a set of the shared ones and its own, which
// define its title and content.
func parse(lang string) (map[string]*template.Template, error) {
	words := wordsIn(lang)
	shared, err := template.New("").Funcs(template.FuncMap{
		"t": func(key string, args ...any) (string, error) {
			text, ok := words[key]
			switch {
			case !ok:
				return "", fmt.Errorf("no text %q", key)
			case len(args) > 0:
				return fmt.Sprintf(text, args...), nil
			}
			return text, nil
		},
		"file": fileName, "anchor": anchor, "link": link, "n": grouped,
		"row":  func(root string, f *Finding) findingRow { return findingRow{f, root} },
		"part": func(root string, list any) partOf { return partOf{root, list} },
		"bars": bars,
		"more": func(list []RuleCount, shown int) int { return max(0, len(list)-shown) },
		"because": func(list []Missing, code string) []*Missing {
			return where(list, func(m *Missing) bool { return m.Why.Code == code })
		},
	}).ParseFS(templates, "templates/frame.gohtml", "templates/parts.gohtml", "templates/findingparts.gohtml")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	sets := map[string]*template.Template{}
	for _, name := range pageNames() {
		set, err := shared.Clone()
		if err == nil {
			set, err = set.ParseFS(templates, "templates/"+name+".gohtml")
		}
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		sets[name] = set
	}
	return sets, nil
}

// pageNames are the templates that are pages.
func pageNames() []string {
	return []string{"index", "findings", "changes", "not-checked", "providers", "deployment", "zero-orders", "provider", "rule"}
}

// policy is the content policy: nothing is loaded from anywhere, nothing runs but the
// script and nothing is styled but by the style of the page.
func policy() string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) + "; base-uri 'none'; form-action 'none'"
}

func htmlLang(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "zh-CN"
}

// grouped writes a whole number with its thousands apart.
func grouped(n any) string {
	sign, digits := "", fmt.Sprint(n)
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "−", rest
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
