package page

import (
	"slices"
	"strconv"

	"golang.org/x/net/html/atom"
)

// tree is the shape of the document, small enough to keep: for every element, in
// document order, its parent and its name. Index 0 is no element.
type tree struct {
	nodes []treeNode
	names []nodeString // names of elements that have no atom (custom elements), by node
	ids   []nodeString // id attributes, by node
}

type treeNode struct {
	parent Node
	tag    atom.Atom
}

type nodeString struct {
	node Node
	s    string
}

// add appends an element and returns its Node.
func (t *tree) add(parent Node, tag atom.Atom, name string) Node {
	n := Node(len(t.nodes)) //nolint:gosec // bounded by config.MaxNodes
	t.nodes = append(t.nodes, treeNode{parent, tag})
	if tag == 0 {
		t.names = append(t.names, nodeString{n, name})
	}
	return n
}

func find(list []nodeString, n Node) string {
	i, ok := slices.BinarySearchFunc(list, n, func(e nodeString, n Node) int { return int(e.node - n) })
	if !ok {
		return ""
	}
	return list[i].s
}

func (t *tree) name(n Node) string {
	if tag := t.nodes[n].tag; tag != 0 {
		return tag.String()
	}
	return find(t.names, n)
}

// Selector is a CSS path to the element: "#id" where the id is unique and plain, else
// steps with :nth-of-type from the nearest ancestor that has such an id. It costs one
// pass over the elements before n. Elements of a description frame or of inline JSON
// stand under the iframe or script that brought them.
func (p *Page) Selector(n Node) string {
	t := &p.tree
	if n <= 0 || int(n) >= len(t.nodes) {
		return ""
	}
	var steps []string // innermost first
	cur, nth := n, 1
	if id := t.plainID(cur); id != "" {
		return "#" + id
	}
	name := t.name(cur)
	for i := cur - 1; ; i-- {
		parent := t.nodes[cur].parent
		if i == parent {
			step := name
			if name != "html" && name != "body" && name != "head" {
				step += ":nth-of-type(" + strconv.Itoa(nth) + ")"
			}
			steps = append(steps, step)
			if parent == 0 {
				break
			}
			cur, nth = parent, 1
			if id := t.plainID(cur); id != "" {
				steps = append(steps, "#"+id)
				break
			}
			name = t.name(cur)
			continue
		}
		if e := &t.nodes[i]; e.parent == parent && e.tag == t.nodes[cur].tag && (e.tag != 0 || t.name(i) == name) {
			nth++
		}
	}
	slices.Reverse(steps)
	return joinSteps(steps)
}

func joinSteps(steps []string) string {
	n := 0
	for _, s := range steps {
		n += len(s) + 3
	}
	b := make([]byte, 0, n)
	for i, s := range steps {
		if i > 0 {
			b = append(b, " > "...)
		}
		b = append(b, s...)
	}
	return string(b)
}

// plainID is n's id if it needs no escaping in CSS, is short, does not look generated
// and stands on no other element; else "".
func (t *tree) plainID(n Node) string {
	id := find(t.ids, n)
	if id == "" || !plainIdent(id) {
		return ""
	}
	for _, e := range t.ids {
		if e.s == id && e.node != n {
			return ""
		}
	}
	return id
}

// plainIdent reports whether s is an ASCII identifier of sane length. Long runs of
// digits are taken for generated ids, which change with every visit.
func plainIdent(s string) bool {
	if len(s) > 64 {
		return false
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
			digits = 0
		case c == '-' && i > 0:
			digits = 0
		case '0' <= c && c <= '9' && i > 0:
			if digits++; digits > 5 {
				return false
			}
		default:
			return false
		}
	}
	return true
}
