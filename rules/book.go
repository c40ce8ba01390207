package rules

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed rulebook.yaml
var rulebook []byte

// Book is the rulebook: every rule with its metadata, in order of their ids. It is
// immutable and safe for concurrent use.
type Book struct {
	rules    []Rule
	defaults *Params
	hash     string
	lexicons lexicons
}

// Load joins the list of rules with the entries of rulebook.yaml. It fails when one has
// no counterpart, an entry is incomplete or a term file does not load.
func Load() (*Book, error) {
	b, err := load(rulebook, list())
	if err != nil {
		return nil, err
	}
	if err := b.addTerms(); err != nil {
		return nil, err
	}
	return b, nil
}

func load(source []byte, checks []check) (*Book, error) {
	var doc struct {
		Rules []Meta `yaml:"rules"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(source), yaml.Strict()).Decode(&doc); err != nil {
		return nil, fmt.Errorf("rulebook.yaml: %s", yaml.FormatError(err, false, true))
	}
	sum := sha256.Sum256(source)
	b := &Book{hash: hex.EncodeToString(sum[:])}
	byID := make(map[string]Meta, len(doc.Rules))
	var errs []error
	for i := range doc.Rules {
		m := doc.Rules[i]
		if err := m.validate(); err != nil {
			errs = append(errs, err)
		}
		if _, twice := byID[m.ID]; twice {
			errs = append(errs, fmt.Errorf("%s: has two entries", m.ID))
		}
		byID[m.ID] = m
	}
	for _, c := range checks {
		m, ok := byID[c.id]
		if !ok {
			errs = append(errs, fmt.Errorf("%s: has no entry, or is listed twice", c.id))
			continue
		}
		delete(byID, c.id)
		b.rules = append(b.rules, Rule{Meta: m, Check: c.check})
	}
	for id := range byID {
		errs = append(errs, fmt.Errorf("%s: has an entry but is not listed in all.go", id))
	}
	if len(errs) > 0 {
		slices.SortFunc(errs, func(x, y error) int { return strings.Compare(x.Error(), y.Error()) })
		return nil, fmt.Errorf("rulebook: %w", errors.Join(errs...))
	}
	slices.SortFunc(b.rules, func(x, y Rule) int { return strings.Compare(x.ID, y.ID) })
	var err error
	b.defaults, err = b.Params(nil)
	return b, err
}

// Rules returns every rule in order of their ids. The caller may keep the slice but must
// not change the texts and parameters it points to.
func (b *Book) Rules() []Rule { return slices.Clone(b.rules) }

// ByID returns the rule with that id.
func (b *Book) ByID(id string) (Rule, bool) {
	i, ok := slices.BinarySearchFunc(b.rules, id, func(r Rule, id string) int { return strings.Compare(r.ID, id) })
	if !ok {
		return Rule{}, false
	}
	return b.rules[i], true
}

// Hash is the SHA-256 (hex) of rulebook.yaml and the term files.
func (b *Book) Hash() string { return b.hash }
