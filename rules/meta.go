package rules

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// Severity says how bad a violation of a rule is. It belongs to the rule, never to a
// single finding.
type Severity string

// Severities, mildest first.
const (
	SeverityLow      Severity = "low"
	SeverityMedium   Severity = "medium"
	SeverityHigh     Severity = "high"
	SeverityCritical Severity = "critical"
)

// Meta is what rulebook.yaml says of a rule.
type Meta struct {
	ID       string             `yaml:"id"`
	Clause   string             `yaml:"clause"` // of the provider norms: "10(5)" is article 10, item 5
	Scope    Scope              `yaml:"scope"`
	Subject  record.SubjectKind `yaml:"subject"`
	Severity Severity           `yaml:"severity"`
	// Version enters the fingerprint: raising it makes new records of old faults, so it
	// changes only when the discriminator means something else.
	Version int `yaml:"fingerprint_version"`
	// PlatformSide rules show what the marketplace itself has to do: no points, and no
	// notice to the provider.
	PlatformSide bool `yaml:"platform_side"`
	// ValidFrom and ValidTo bound the days (Shanghai, both included) on which conduct is
	// judged by this rule; zero = unbounded.
	ValidFrom Date `yaml:"valid_from"`
	ValidTo   Date `yaml:"valid_to"`

	Title  record.Text `yaml:"title"`
	What   record.Text `yaml:"what"`   // what is a violation, and what is not
	Mend   record.Text `yaml:"mend"`   // what the provider does about it
	Action record.Text `yaml:"action"` // what is recommended once a person confirmed it
	Params []ParamSpec `yaml:"params"`
}

// InForce reports whether conduct at t is judged by the rule.
func (m *Meta) InForce(t time.Time) bool {
	return !t.Before(m.ValidFrom.Time) && (m.ValidTo.IsZero() || t.Before(m.ValidTo.AddDate(0, 0, 1)))
}

// Date is a day in Shanghai, written 2006-01-02; its time is the day's beginning.
type Date struct{ time.Time }

// UnmarshalYAML reads the day.
func (d *Date) UnmarshalYAML(b []byte) error {
	var s string
	if err := yaml.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read date: %w", err)
	}
	t, err := time.ParseInLocation(time.DateOnly, s, market.Shanghai)
	if err != nil {
		return fmt.Errorf("%q is no day such as 2024-01-31", s)
	}
	d.Time = t
	return nil
}

var idShape = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// validate says all that is wrong with the entry.
func (m *Meta) validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{m.ID}, args...)...))
	}
	if !idShape.MatchString(m.ID) {
		bad("id must be kebab-case")
	}
	if m.Clause == "" {
		bad("clause is missing")
	}
	switch m.Scope {
	case ScopeListingPage, ScopeProductPage, ScopeOrders, ScopeDeployment, ScopeFeeds, ScopeSite, ScopeDeliverable:
	default:
		bad("unknown scope %q", m.Scope)
	}
	switch m.Subject {
	case record.SubjectListing, record.SubjectProvider:
	default:
		bad("unknown subject %q", m.Subject)
	}
	switch m.Severity {
	case SeverityLow, SeverityMedium, SeverityHigh, SeverityCritical:
	default:
		bad("unknown severity %q", m.Severity)
	}
	if m.Version < 1 {
		bad("fingerprint_version must be at least 1")
	}
	if !m.ValidTo.IsZero() && m.ValidTo.Before(m.ValidFrom.Time) {
		bad("valid_to lies before valid_from")
	}
	for _, t := range []struct {
		name string
		text record.Text
	}{{"title", m.Title}, {"what", m.What}, {"mend", m.Mend}, {"action", m.Action}} {
		if t.text.ZH == "" || t.text.EN == "" {
			bad("%s must be given in zh and en", t.name)
		}
	}
	seen := map[string]bool{}
	for i := range m.Params {
		p := &m.Params[i]
		if seen[p.Name] {
			bad("parameter %s is given twice", p.Name)
		}
		seen[p.Name] = true
		if err := p.validate(); err != nil {
			bad("parameter %w", err)
		}
	}
	return errors.Join(errs...)
}
