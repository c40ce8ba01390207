package market

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxMapFile bounds a map file.
const MaxMapFile = 1 << 20

// FeedMap translates a foreign file into a feed: where each of our columns comes from
// and how its values are written there. Columns it does not name are taken from a column
// of our own name where the file has one.
type FeedMap struct {
	// Kind is the kind of feed it is for; empty = any.
	Kind FeedKind
	// Delimiter of CSV; 0 = comma.
	Delimiter rune
	// HeaderRow is the line that holds the header, from 1 (the default); lines above it
	// are skipped. 0 = the file has none, and Names names its columns.
	HeaderRow int
	Names     []string
	Columns   map[string]FeedColumn
}

// FeedColumn says where one of our columns comes from: exactly one of From, Const and
// Auto is set.
type FeedColumn struct {
	From  []string // columns of the file; several are joined by Sep or hashed
	Sep   string
	Hash  bool
	Const *string
	Auto  bool // line_no: the running number of the row in its order

	Layout string         // of times, a Go layout; empty = our formats
	Zone   *time.Location // of times without zone; nil = Shanghai
	Number numberFormat
	Fen    bool   // the amount is in fen, not yuan
	Times  string // column the amount is to be multiplied by: a price and its quantity
	Values map[string]string
}

// mapFile is the file as written.
type mapFile struct {
	Kind      string             `yaml:"kind"`
	Delimiter string             `yaml:"delimiter"`
	HeaderRow *int               `yaml:"header_row"`
	Names     []string           `yaml:"names"`
	Columns   map[string]mapSpec `yaml:"columns"`
}

type mapSpec struct {
	Column string            `yaml:"column"`
	Const  *string           `yaml:"const"`
	Join   []string          `yaml:"join"`
	Hash   []string          `yaml:"hash"`
	Sep    *string           `yaml:"sep"`
	Auto   bool              `yaml:"auto"`
	Format string            `yaml:"format"`
	Zone   string            `yaml:"tz"`
	Unit   string            `yaml:"unit"`
	Times  string            `yaml:"times"`
	Values map[string]string `yaml:"values"`
}

// UnmarshalYAML takes the short form too: a bare word is the column of the file.
func (m *mapSpec) UnmarshalYAML(unmarshal func(any) error) error {
	var short string
	if unmarshal(&short) == nil {
		if short == "auto" {
			m.Auto = true
		} else {
			m.Column = short
		}
		return nil
	}
	type plain mapSpec
	return unmarshal((*plain)(m))
}

// ReadFeedMap reads a map file. It is strict: unknown keys and columns and values that
// cannot be are errors with line and column. name is for the messages.
func ReadFeedMap(name string, r io.Reader) (m *FeedMap, err error) {
	defer func() {
		// The YAML library is known to panic on some malformed documents.
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("map %s: cannot be read as YAML: %v", name, p)
		}
	}()
	b, err := io.ReadAll(io.LimitReader(r, MaxMapFile+1))
	if err != nil {
		return nil, fmt.Errorf("read map %s: %w", name, err)
	}
	if len(b) > MaxMapFile {
		return nil, fmt.Errorf("map %s: larger than %d bytes", name, MaxMapFile)
	}
	if fancy(string(b)) {
		return nil, fmt.Errorf("map %s: anchors, aliases and tags are not taken", name)
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s:%s", name, yaml.FormatError(err, false, true))
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, fmt.Errorf("map %s: must hold one YAML document", name)
	}
	var raw mapFile
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("map %s: is empty", name)
		}
		return nil, fmt.Errorf("map %s:%s", name, yaml.FormatError(err, false, true))
	}
	m, err = raw.compile()
	if err != nil {
		if at, ok := errors.AsType[*mapError](err); ok {
			if line, col := position(file, at.keys); line > 0 {
				return nil, fmt.Errorf("map %s:[%d:%d] %w", name, line, col, err)
			}
		}
		return nil, fmt.Errorf("map %s: %w", name, err)
	}
	return m, nil
}

// mapError is a mistake at the node that keys lead to.
type mapError struct {
	keys   []string
	reason string
}

func (e *mapError) Error() string { return e.reason }

func mapErr(keys []string, format string, args ...any) error {
	return &mapError{keys, fmt.Sprintf(format, args...)}
}

// compile checks what is written and turns it into a FeedMap.
func (f *mapFile) compile() (*FeedMap, error) {
	m := &FeedMap{HeaderRow: 1, Names: f.Names, Columns: map[string]FeedColumn{}}
	if f.Kind != "" {
		kind, err := ParseFeedKind(f.Kind)
		if err != nil {
			return nil, mapErr([]string{"kind"}, "%s", err)
		}
		m.Kind = kind
	}
	switch f.Delimiter {
	case "", ",":
	case ";", "|":
		m.Delimiter = rune(f.Delimiter[0])
	case "\t", `\t`, "tab":
		m.Delimiter = '\t'
	default:
		return nil, mapErr([]string{"delimiter"}, `delimiter must be ",", ";", "|" or "tab"`)
	}
	if f.HeaderRow != nil {
		m.HeaderRow = *f.HeaderRow
	}
	if m.HeaderRow < 0 || m.HeaderRow > 1000 {
		return nil, mapErr([]string{"header_row"}, "header_row must lie between 0 and 1000")
	}
	if (m.HeaderRow == 0) != (len(m.Names) > 0) {
		return nil, mapErr([]string{"names"}, "names goes with header_row: 0, and only with it")
	}
	if len(m.Names) > MaxFeedColumns {
		return nil, mapErr([]string{"names"}, "more than %d columns", MaxFeedColumns)
	}
	known := map[string]bool{}
	for _, k := range []FeedKind{FeedProviders, FeedListings, FeedOrders} {
		if m.Kind == "" || m.Kind == k {
			for _, c := range k.columns() {
				known[c.name] = true
			}
		}
	}
	for target, spec := range f.Columns {
		keys := []string{"columns", target}
		if !known[target] {
			return nil, mapErr(keys, "no feed column of that name: %q", bound(target))
		}
		c, err := spec.compile(target, keys)
		if err != nil {
			return nil, err
		}
		m.Columns[target] = c
	}
	return m, nil
}

func (m *mapSpec) compile(target string, keys []string) (FeedColumn, error) {
	c := FeedColumn{Sep: "/", Const: m.Const, Auto: m.Auto, Times: m.Times, Values: m.Values}
	at := func(key string) []string { return append(slices.Clip(keys), key) }
	ways := 0
	for _, set := range []bool{m.Column != "", m.Const != nil, len(m.Join) > 0, len(m.Hash) > 0, m.Auto} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		return c, mapErr(keys, "%s needs exactly one of column, const, join, hash and auto", target)
	}
	switch {
	case m.Column != "":
		c.From = []string{m.Column}
	case len(m.Join) > 0:
		c.From = m.Join
	case len(m.Hash) > 0:
		c.From, c.Hash = m.Hash, true
	}
	if len(c.From) > MaxFeedColumns {
		return c, mapErr(keys, "more than %d columns", MaxFeedColumns)
	}
	if m.Sep != nil {
		if len(m.Join) == 0 {
			return c, mapErr(at("sep"), "sep goes with join")
		}
		c.Sep = *m.Sep
	}
	if m.Auto && target != "line_no" {
		return c, mapErr(keys, "auto is for line_no only")
	}
	isTime := isTimeColumn(target)
	switch {
	case m.Format == "":
	case isTime:
		// A layout that does not read what it writes is no layout.
		probe := time.Date(2019, 11, 22, 13, 14, 15, 0, time.UTC)
		got, err := time.Parse(m.Format, probe.Format(m.Format))
		if err != nil || got.Year() != probe.Year() || got.YearDay() != probe.YearDay() {
			return c, mapErr(at("format"), "format must be a layout of Go with year, month and day, such as 2006-01-02 15:04")
		}
		c.Layout = m.Format
	case target == "amount" || target == "quantity" || target == "line_no":
		var ok bool
		if c.Number, ok = parseNumberFormat(m.Format); !ok {
			return c, mapErr(at("format"), "format must be 1234.56, 1,234.56, 1234,56, 1.234,56 or 1 234,56")
		}
	default:
		return c, mapErr(at("format"), "format is for times and numbers, not for %s", target)
	}
	if m.Zone != "" {
		loc, err := time.LoadLocation(m.Zone)
		if err != nil || !isTime {
			return c, mapErr(at("tz"), "tz must be the name of a time zone such as Asia/Shanghai, at a time")
		}
		c.Zone = loc
	}
	switch {
	case m.Unit == "" || (m.Unit == "yuan" && target == "amount"):
	case m.Unit == "fen" && target == "amount":
		c.Fen = true
	default:
		return c, mapErr(at("unit"), "unit is yuan or fen, at amount")
	}
	if m.Times != "" && target != "amount" {
		return c, mapErr(at("times"), "times is for amount only")
	}
	return c, nil
}

func isTimeColumn(target string) bool {
	switch target {
	case "paid_at", "completed_at", "refunded_at", "listed_at", "delisted_at", "joined_on":
		return true
	}
	return false
}

// fancy reports whether the text uses what map files have no need of: anchors and
// aliases, which could multiply, and tags, of which some stop the YAML library.
func fancy(text string) bool {
	for _, t := range lexer.Tokenize(text) {
		switch t.Type { //nolint:exhaustive // the rest is fine
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType, token.DirectiveType:
			return true
		}
	}
	return false
}

// position finds the key that keys lead to.
func position(file *ast.File, keys []string) (line, col int) {
	node := file.Docs[0].Body
	for _, key := range keys {
		var values []*ast.MappingValueNode
		switch n := node.(type) {
		case *ast.MappingNode:
			values = n.Values
		case *ast.MappingValueNode:
			values = []*ast.MappingValueNode{n}
		}
		found := false
		for _, v := range values {
			t := v.Key.GetToken()
			if t == nil || t.Value != key {
				continue
			}
			line, col, node, found = t.Position.Line, t.Position.Column, v.Value, true
			break
		}
		if !found {
			return line, col
		}
	}
	return line, col
}
