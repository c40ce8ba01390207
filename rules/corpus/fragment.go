package corpus

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fields of rows that are more than one text.
const (
	FieldPage = "page" // lines "field: text", each a block of its own
	FieldHTML = "html" // HTML as a listing page has it
)

// Names of facts that a fragment may state about its listing in the catalogue.
const (
	FactTitle    = "title"
	FactPrice    = "price"    // as a catalogue states it, unparsed
	FactDelivery = "delivery" // one of the delivery methods of package market
)

// Block is a text and the field that it stands in.
type Block struct{ Field, Text string }

// Fragment is what a row shows to a rule.
//
// Rows of FieldPage and FieldHTML may begin with lines "@name: value", facts of the
// listing in the catalogue. Of FieldPage, the other lines are blocks, "field: text"; of
// FieldHTML, they are the HTML. Every other row is one block.
type Fragment struct {
	Facts  map[string]string // by the Fact… names
	Blocks []Block           // empty when there is HTML
	HTML   string
}

// fields are those of a listing that texts may stand in.
func fields() []string {
	return []string{"title", "summary", "detail", "features", "cases", "guide", "support", "agreement"}
}

// Fragment takes the text apart. It fails on a field or fact that is not known and on a
// line of a page without a field.
func (r *Row) Fragment() (Fragment, error) {
	if r.Field != FieldPage && r.Field != FieldHTML {
		if !slices.Contains(fields(), r.Field) {
			return Fragment{}, fmt.Errorf("unknown field %q", r.Field)
		}
		return Fragment{Blocks: []Block{{r.Field, r.Text}}}, nil
	}
	facts, rest, err := takeFacts(r.Text)
	if err != nil {
		return Fragment{}, err
	}
	out := Fragment{Facts: facts}
	if r.Field == FieldHTML {
		if !strings.Contains(rest, "<") {
			return Fragment{}, errors.New("html without a tag")
		}
		out.HTML = rest
		return out, nil
	}
	for line := range strings.SplitSeq(rest, "\n") {
		field, text, ok := strings.Cut(line, ": ")
		if !ok || text == "" || !slices.Contains(fields(), field) {
			return Fragment{}, fmt.Errorf("%q is not a field and its text", line)
		}
		out.Blocks = append(out.Blocks, Block{field, text})
	}
	return out, nil
}

// takeFacts reads the lines of facts that a text begins with and returns what follows.
func takeFacts(text string) (facts map[string]string, rest string, err error) {
	for rest = text; strings.HasPrefix(rest, "@"); {
		line, after, _ := strings.Cut(rest, "\n")
		name, value, ok := strings.Cut(line[1:], ": ")
		if !ok || value == "" {
			return nil, "", fmt.Errorf("%q is not a fact and its value", line)
		}
		switch name {
		case FactTitle, FactPrice, FactDelivery:
		default:
			return nil, "", fmt.Errorf("unknown fact %q", name)
		}
		if facts == nil {
			facts = map[string]string{}
		}
		if _, twice := facts[name]; twice {
			return nil, "", fmt.Errorf("fact %s twice", name)
		}
		facts[name] = value
		rest = after
	}
	return facts, rest, nil
}
