package terms

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// place is where something stands in a term file, counted from 1.
type place struct{ line, column int }

func (p place) String() string { return fmt.Sprintf("[%d:%d]", p.line, p.column) }

func placeOf(n ast.Node) place {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return place{t.Position.Line, t.Position.Column}
	}
	return place{}
}

// words is a text of a term file that knows where it stands.
type words struct {
	text string
	at   place
}

// UnmarshalYAML reads a scalar.
func (w *words) UnmarshalYAML(n ast.Node) error {
	w.at = placeOf(n)
	if _, ok := n.(ast.ScalarNode); !ok {
		return fmt.Errorf("%s a text is wanted here, not a %s", w.at, n.Type())
	}
	if err := yaml.NodeToValue(n, &w.text); err != nil {
		return fmt.Errorf("%s %w", w.at, errors.New(yaml.FormatError(err, false, false)))
	}
	return nil
}

// condition is a not or evidence pattern: the expression alone, or {re, exempt}.
type condition struct {
	words
	exempt words // id of the exemption; none when empty
}

// UnmarshalYAML reads either form.
func (c *condition) UnmarshalYAML(n ast.Node) error {
	return c.either(n, map[string]*words{"re": &c.words, "exempt": &c.exempt}, "re")
}

// example is a text that must not match: the text alone, or {text, exempt}, where the
// words must be found and exempted by that id.
type example struct {
	words
	exempt words
}

// UnmarshalYAML reads either form.
func (e *example) UnmarshalYAML(n ast.Node) error {
	return e.either(n, map[string]*words{"text": &e.words, "exempt": &e.exempt}, "text")
}

// either reads a scalar into w, or a mapping with the keys; the one named must be there.
func (w *words) either(n ast.Node, keys map[string]*words, must string) error {
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		return w.UnmarshalYAML(n)
	}
	for _, p := range pairs {
		key := p.Key.String()
		to, ok := keys[key]
		if !ok {
			return fmt.Errorf("%s unknown field %q", placeOf(p.Key), key)
		}
		if err := to.UnmarshalYAML(p.Value); err != nil {
			return err
		}
	}
	if keys[must].text == "" {
		return fmt.Errorf("%s has no %s", placeOf(n), must)
	}
	return nil
}
