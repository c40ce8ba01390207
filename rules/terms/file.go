package terms

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"

	"marketwarden/internal/record"
)

//go:embed *.yaml
var shipped embed.FS

// Shipped reads the term file of that name ("claims" for claims.yaml) that comes with the
// program. Its examples are not run: nobody can change it once the program is built, and
// the tests of this package load every one of them with Load. Running thousands of
// examples would be most of what a start of the program costs.
func Shipped(name string) (*Set, error) {
	data, err := Source(name)
	if err != nil {
		return nil, err
	}
	s, _, err := read(name+".yaml", data)
	return s, err
}

// Source is the text of the term file of that name that comes with the program.
func Source(name string) ([]byte, error) {
	data, err := shipped.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("term file %s: %w", name, err)
	}
	return data, nil
}

// file is the form of a term file.
type file struct {
	// Rule is the id of the rule that the file is for, Title what the file is about. Both
	// are for files of operators; the program knows what its own are for.
	Rule string `yaml:"rule"`
	// Define names parts of patterns: {name} in a pattern stands for (?:value).
	Define map[string]string `yaml:"define"`
	// Exemptions are the file's own, by id, besides those of every file.
	Exemptions map[string]both `yaml:"exemptions"`
	// Unfinished are characters that end no word: a space after one of them is a disguise.
	Unfinished string `yaml:"unfinished"`
	// Not and Evidence hold for every term of the file.
	Not      []condition `yaml:"not"`
	Evidence []condition `yaml:"evidence"`
	Suspect  []words     `yaml:"suspect"`  // examples for Evidence
	NoMatch  []example   `yaml:"no_match"` // examples for Not, and texts without any claim
	Terms    []entry     `yaml:"terms"`
}

// entry is the form of a term.
type entry struct {
	ID      words          `yaml:"id"`
	Concept string         `yaml:"concept"` // the id when empty
	Outcome record.Outcome `yaml:"outcome"`
	Title   both           `yaml:"title"`
	// Ask is what a reviewer has to look at, for terms that are suspected.
	Ask both `yaml:"ask"`
	// Advice is how to mend it.
	Advice both `yaml:"advice"`
	// Fields are the fields of a listing in which the term counts, ExceptFields those in
	// which it does not; no Fields: all.
	Fields       []string    `yaml:"fields"`
	ExceptFields []string    `yaml:"except_fields"`
	Anchors      []words     `yaml:"anchors"`
	Claim        []condition `yaml:"claim"`
	Not          []condition `yaml:"not"`
	Evidence     []condition `yaml:"evidence"`
	Match        []words     `yaml:"match"`    // must fire, with the span in ⟦ ⟧
	Suspect      []words     `yaml:"suspect"`  // must fire as suspected by evidence
	NoMatch      []example   `yaml:"no_match"` // must not fire, by no term of the file
	// Known gaps: what should fire and does not, and what fires and should not. One that
	// comes out by now is an error: it belongs to the examples.
	TodoMatch   []words `yaml:"todo_match"`
	TodoNoMatch []words `yaml:"todo_no_match"`
}

// both is a text in both languages.
type both struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

func (b both) text() record.Text { return record.Text{ZH: b.ZH, EN: b.EN} }

// half reports whether one language is missing.
func (b both) half() bool { return (b.ZH == "") != (b.EN == "") }

// Bounds of a term file.
const (
	maxFile    = 1 << 20
	maxTerms   = 2500
	maxAnchors = 10_000
	maxText    = 4 << 10 // of a pattern or an example

	minMatch   = 2 // examples of a term that match
	minNoMatch = 3 // … and that do not, those of the whole file included
)

// idForm is the form of ids and concepts: they are parts of fingerprints.
var idForm = regexp.MustCompile(`^[a-z0-9]+(?:[.-][a-z0-9]+)*$`)

// Load reads a term file and runs its examples. name is what errors call it. The error
// of a file that does not parse names line and column; all examples that do not come out
// are reported together.
func Load(name string, data []byte) (*Set, error) {
	s, f, err := read(name, data)
	if err != nil {
		return nil, err
	}
	if err := f.runExamples(s); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// read is Load without the examples.
func read(name string, data []byte) (*Set, *file, error) {
	if len(data) > maxFile {
		return nil, nil, fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	f, err := decode(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	s, err := f.compile()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, &f, nil
}

// decode reads the YAML.
func decode(data []byte) (f file, err error) {
	defer func() { // the decoder does so on some files that are no YAML, such as "not: !"
		if p := recover(); p != nil {
			err = fmt.Errorf("is no YAML that can be read: %v", p)
		}
	}()
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil {
		return f, errors.New(yaml.FormatError(err, false, true))
	}
	return f, nil
}

// compile turns the file into a Set whose examples have not been run.
func (f *file) compile() (*Set, error) {
	if len(f.Terms) == 0 || len(f.Terms) > maxTerms {
		return nil, fmt.Errorf("%d terms; there must be 1 to %d", len(f.Terms), maxTerms)
	}
	known, err := f.exemptions()
	if err != nil {
		return nil, err
	}
	c := compiler{file: f, known: known}
	s := &Set{rule: f.Rule, unfinished: map[rune]bool{}, pairs: map[[2]rune]bool{}}
	for _, r := range f.Unfinished {
		s.unfinished[r] = true
	}
	not, evidence := c.patterns("not", notMeant, f.Not), c.patterns("evidence", needsEvidence, f.Evidence)
	ids := map[string]bool{}
	for i := range f.Terms {
		e := &f.Terms[i]
		if err := e.validate(len(f.NoMatch)); err != nil {
			c.errs = append(c.errs, fmt.Errorf("%s %w", e.ID.at, err))
		}
		id := e.ID.text
		if ids[id] {
			c.fail(e.ID.at, "%s: is there twice", id)
		}
		ids[id] = true
		t := &Term{
			ID: id, Concept: e.Concept, Outcome: e.Outcome, Title: e.Title.text(), Ask: e.Ask.text(), Advice: e.Advice.text(),
			fields: e.Fields, exceptFields: e.ExceptFields,
			claim:    c.patterns(id+": claim", "", e.Claim),
			not:      slices.Concat(c.patterns(id+": not", notMeant, e.Not), not),
			evidence: slices.Concat(c.patterns(id+": evidence", needsEvidence, e.Evidence), evidence),
		}
		if t.Concept == "" {
			t.Concept = t.ID
		}
		s.terms = append(s.terms, t)
		for _, a := range e.Anchors {
			if err := s.addAnchor(t, a); err != nil {
				c.fail(a.at, "%s: %w", id, err)
			}
		}
	}
	if len(s.anchors) == 0 || len(s.anchors) > maxAnchors {
		c.errs = append(c.errs, fmt.Errorf("%d anchors; there must be 1 to %d", len(s.anchors), maxAnchors))
	}
	if err := errors.Join(c.errs...); err != nil {
		return nil, err
	}
	return s, s.build()
}

// compiler is one run of file.compile.
type compiler struct {
	file  *file
	known map[string]record.Text // exemptions
	errs  []error
}

func (c *compiler) fail(at place, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s %w", at, fmt.Errorf(format, args...)))
}

// patterns compiles conditions; those that name no exemption get the one given, "" is
// none: claims exempt nothing.
func (c *compiler) patterns(where, exempt string, conditions []condition) (out []*pattern) {
	for _, n := range conditions {
		p, err := compilePattern(n.text, c.file.Define)
		if err != nil {
			c.fail(n.at, "%s: %w", where, err)
			continue
		}
		p.at = n.at
		id := exempt
		switch {
		case n.exempt.text == "":
		case exempt == "":
			c.fail(n.exempt.at, "%s: %q exempts nothing", where, n.text)
		case c.known[n.exempt.text].IsZero():
			c.fail(n.exempt.at, "%s: there is no exemption %q", where, n.exempt.text)
		default:
			id = n.exempt.text
		}
		if id != "" {
			p.exempt = &Exemption{ID: id, Basis: c.known[id]}
		}
		out = append(out, p)
	}
	return out
}

// validate checks an entry of a file that has so many non-matching examples for all terms.
func (e *entry) validate(ofFile int) error {
	id := e.ID.text
	switch {
	case !idForm.MatchString(id):
		return fmt.Errorf("id %q is not made of small letters, digits, hyphens and dots", id)
	case e.Concept != "" && !idForm.MatchString(e.Concept):
		return fmt.Errorf("%s: concept %q is not made of small letters, digits, hyphens and dots", id, e.Concept)
	case e.Outcome != record.Violation && e.Outcome != record.Suspected:
		return fmt.Errorf("%s: outcome %q is neither violation nor suspected", id, e.Outcome)
	case e.Title.ZH == "" || e.Title.EN == "":
		return fmt.Errorf("%s: has no title in both languages", id)
	case e.Ask.half():
		return fmt.Errorf("%s: asks in one language only", id)
	case e.Ask.ZH != "" && e.Outcome != record.Suspected:
		return fmt.Errorf("%s: asks a reviewer though it is a violation", id)
	case e.Advice.half():
		return fmt.Errorf("%s: advises in one language only", id)
	case len(e.Fields) > 0 && len(e.ExceptFields) > 0:
		return fmt.Errorf("%s: names both the fields it is for and fields it is not for", id)
	case len(e.Anchors) == 0:
		return fmt.Errorf("%s: has no anchors", id)
	case len(e.Match) < minMatch || len(e.NoMatch) == 0 || len(e.NoMatch)+ofFile < minNoMatch:
		return fmt.Errorf("%s: needs at least %d texts that match and %d that do not, one of them of its own", id, minMatch, minNoMatch)
	}
	return nil
}
