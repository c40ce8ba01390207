package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"marketwarden/internal/record"
)

// ParamType is what the text of a parameter must be.
type ParamType string

// Types of parameters.
const (
	ParamInt  ParamType = "int"  // a whole number between Min and Max
	ParamBool ParamType = "bool" // true or false
	ParamList ParamType = "list" // words separated by commas, of Allowed where that is given
)

// ParamSpec is what rulebook.yaml says of a rule's parameter.
type ParamSpec struct {
	Name    string      `yaml:"name"`
	Type    ParamType   `yaml:"type"`
	Default string      `yaml:"default"`
	Min     int         `yaml:"min"`
	Max     int         `yaml:"max"`
	Allowed []string    `yaml:"allowed"`
	Doc     record.Text `yaml:"doc"`
}

func (p *ParamSpec) validate() error {
	if p.Name == "" || p.Doc.ZH == "" || p.Doc.EN == "" {
		return fmt.Errorf("%s: name and doc (zh, en) must be given", p.Name)
	}
	if err := p.accepts(p.Default); err != nil {
		return fmt.Errorf("%s: default: %w", p.Name, err)
	}
	return nil
}

func (p *ParamSpec) accepts(value string) error {
	switch p.Type {
	case ParamInt:
		n, err := strconv.Atoi(value)
		if err != nil || n < p.Min || n > p.Max {
			return fmt.Errorf("%q is no whole number between %d and %d", value, p.Min, p.Max)
		}
	case ParamBool:
		if value != "true" && value != "false" {
			return fmt.Errorf("%q is neither true nor false", value)
		}
	case ParamList:
		for _, w := range splitList(value) {
			if len(p.Allowed) > 0 && !slices.Contains(p.Allowed, w) {
				return fmt.Errorf("%q is none of %s", w, strings.Join(p.Allowed, ", "))
			}
		}
	default:
		return fmt.Errorf("unknown type %q", p.Type)
	}
	return nil
}

// Params are the parameters of all rules: the rulebook's defaults with overrides laid
// over them. They are immutable and safe for concurrent use.
type Params struct {
	values map[string]map[string]string // rule id → name → value, validated
}

// Params lays overrides (rule id → name → value) over the defaults. The error says all
// that is wrong: unknown rules, unknown names, values that do not fit.
func (b *Book) Params(overrides map[string]map[string]string) (*Params, error) {
	p := &Params{values: make(map[string]map[string]string, len(b.rules))}
	for i := range b.rules {
		r := &b.rules[i]
		if len(r.Params) == 0 {
			continue
		}
		values := make(map[string]string, len(r.Params))
		for _, spec := range r.Params {
			values[spec.Name] = spec.Default
		}
		p.values[r.ID] = values
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(overrides)) {
		r, ok := b.ByID(id)
		if !ok {
			errs = append(errs, fmt.Errorf("%s: no such rule", id))
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(overrides[id])) {
			value := overrides[id][name]
			i := slices.IndexFunc(r.Params, func(s ParamSpec) bool { return s.Name == name })
			if i < 0 {
				errs = append(errs, fmt.Errorf("%s: no parameter %q", id, name))
				continue
			}
			if err := r.Params[i].accepts(value); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", id, name, err))
				continue
			}
			p.values[id][name] = value
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// Text is the value of a parameter as written. It panics on one that the rulebook does not
// have: that is a mistake in a rule, which the engine turns into not_checked and a test
// catches. So do Int, Bool and List.
func (p *Params) Text(rule, name string) string {
	v, ok := p.values[rule][name]
	if !ok {
		panic(fmt.Sprintf("rule %s has no parameter %s", rule, name))
	}
	return v
}

// Int is the value of a parameter of type int.
func (p *Params) Int(rule, name string) int {
	n, err := strconv.Atoi(p.Text(rule, name))
	if err != nil {
		panic(err) // the value was validated: the parameter is of another type
	}
	return n
}

// Bool is the value of a parameter of type bool.
func (p *Params) Bool(rule, name string) bool { return p.Text(rule, name) == "true" }

// List is the value of a parameter of type list.
func (p *Params) List(rule, name string) []string { return splitList(p.Text(rule, name)) }

func splitList(s string) []string {
	var out []string
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}
