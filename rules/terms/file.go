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

// Shipped loads the term file of that name ("claims" for claims.yaml) that comes with
// the program.
func Shipped(name string) (*Set, error) {
	data, err := Source(name)
	if err != nil {
		return nil, err
	}
	return Load(name+".yaml", data)
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
	// Define names parts of patterns: {name} in a pattern stands for (?:value).
	Define map[string]string `yaml:"define"`
	// Unfinished are characters that end no word: a space after one of them is a disguise.
	Unfinished string `yaml:"unfinished"`
	// Not and Evidence hold for every term of the file.
	Not      []string `yaml:"not"`
	Evidence []string `yaml:"evidence"`
	Suspect  []string `yaml:"suspect"`  // examples for Evidence
	NoMatch  []string `yaml:"no_match"` // examples for Not, and texts without any claim
	Terms    []entry  `yaml:"terms"`
}

// entry is the form of a term.
type entry struct {
	ID      string         `yaml:"id"`
	Concept string         `yaml:"concept"` // the id when empty
	Outcome record.Outcome `yaml:"outcome"`
	Title   struct {
		ZH string `yaml:"zh"`
		EN string `yaml:"en"`
	} `yaml:"title"`
	// Ask is what a reviewer has to look at, for terms that are suspected.
	Ask struct {
		ZH string `yaml:"zh"`
		EN string `yaml:"en"`
	} `yaml:"ask"`
	Anchors  []string `yaml:"anchors"`
	Claim    []string `yaml:"claim"`
	Not      []string `yaml:"not"`
	Evidence []string `yaml:"evidence"`
	Match    []string `yaml:"match"`    // must fire, with the span in ⟦ ⟧
	Suspect  []string `yaml:"suspect"`  // must fire as suspected by evidence
	NoMatch  []string `yaml:"no_match"` // must not fire, by no term of the file
}

// Bounds of a term file.
const (
	maxFile    = 1 << 20
	maxTerms   = 500
	maxAnchors = 5000
	maxText    = 4 << 10 // of a pattern or an example
)

// idForm is the form of ids and concepts: they are parts of fingerprints.
var idForm = regexp.MustCompile(`^[a-z0-9]+(?:[.-][a-z0-9]+)*$`)

// Load reads a term file and runs its examples. name is what errors call it. The error
// of a file that does not parse names line and column; all examples that do not come out
// are reported together.
func Load(name string, data []byte) (*Set, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	f, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s, err := f.compile()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := f.runExamples(s); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
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
	s := &Set{unfinished: map[rune]bool{}, pairs: map[[2]rune]bool{}}
	for _, r := range f.Unfinished {
		s.unfinished[r] = true
	}
	var errs []error
	patterns := func(where string, sources []string) (out []*pattern) {
		for _, src := range sources {
			p, err := compilePattern(src, f.Define)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", where, err))
				continue
			}
			out = append(out, p)
		}
		return out
	}
	not, evidence := patterns("not", f.Not), patterns("evidence", f.Evidence)
	ids := map[string]bool{}
	for i := range f.Terms {
		e := &f.Terms[i]
		if err := e.validate(); err != nil {
			errs = append(errs, err)
		}
		if ids[e.ID] {
			errs = append(errs, fmt.Errorf("%s: is there twice", e.ID))
		}
		ids[e.ID] = true
		t := &Term{
			ID: e.ID, Concept: e.Concept, Outcome: e.Outcome, Title: record.Text{ZH: e.Title.ZH, EN: e.Title.EN}, Ask: record.Text{ZH: e.Ask.ZH, EN: e.Ask.EN},
			claim:    patterns(e.ID+": claim", e.Claim),
			not:      slices.Concat(patterns(e.ID+": not", e.Not), not),
			evidence: slices.Concat(patterns(e.ID+": evidence", e.Evidence), evidence),
		}
		if t.Concept == "" {
			t.Concept = t.ID
		}
		s.terms = append(s.terms, t)
		for _, a := range e.Anchors {
			if err := s.addAnchor(t, a); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", e.ID, err))
			}
		}
	}
	if len(s.anchors) == 0 || len(s.anchors) > maxAnchors {
		errs = append(errs, fmt.Errorf("%d anchors; there must be 1 to %d", len(s.anchors), maxAnchors))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, s.build()
}

func (e *entry) validate() error {
	switch {
	case !idForm.MatchString(e.ID):
		return fmt.Errorf("id %q is not made of small letters, digits, hyphens and dots", e.ID)
	case e.Concept != "" && !idForm.MatchString(e.Concept):
		return fmt.Errorf("%s: concept %q is not made of small letters, digits, hyphens and dots", e.ID, e.Concept)
	case e.Outcome != record.Violation && e.Outcome != record.Suspected:
		return fmt.Errorf("%s: outcome %q is neither violation nor suspected", e.ID, e.Outcome)
	case e.Title.ZH == "" || e.Title.EN == "":
		return fmt.Errorf("%s: has no title in both languages", e.ID)
	case (e.Ask.ZH == "") != (e.Ask.EN == ""):
		return fmt.Errorf("%s: asks in one language only", e.ID)
	case e.Ask.ZH != "" && e.Outcome != record.Suspected:
		return fmt.Errorf("%s: asks a reviewer though it is a violation", e.ID)
	case len(e.Anchors) == 0:
		return fmt.Errorf("%s: has no anchors", e.ID)
	case len(e.Match) < 2 || len(e.NoMatch) == 0:
		return fmt.Errorf("%s: needs at least two texts that match and one that does not", e.ID)
	}
	return nil
}
