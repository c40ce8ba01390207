// Package corpus is a labelled corpus for the rules that read words: sentences and page
// fragments as copywriters and technical writers of a marketplace would write them, each
// with the verdict of a careful reader. All of it was written for this project.
//
// # Two parts
//
// Folder tune is looked at when rules are written. Folder measured is never looked at, it
// is only counted. A row belongs to the part that its id says (PartOf), so nobody can move
// a row that a rule fails on. The ids were given in the order of writing and the split was
// made before any rule was tried on a row. A row that turns out to be labelled wrongly is
// mended where it is, with a reason in the commit; a new row takes the next number of its
// rule. Numbers from 5000 are of rows that were written to tune on alone: of them those are
// left out that would belong to measured.
//
// # Files
//
// One file a rule and part, named after the rule: UTF-8, tab-separated, a line a row
// after one line of column names (id, rule, label, field, text, note). In the text, \n,
// \t, \\ and \uXXXX stand for the characters that a line cannot hold or nobody could see.
// Field is the part of a listing that the text stands in (title, summary, detail,
// features, cases, guide, support), or "page" or "html" for a fragment of several; see
// Fragment.
//
// # What is not here
//
// Rules that feeds decide (missing-delisting-plan, rights-complaint) and stale-product-info,
// which compares two pages by version, have no rows: a text has nothing of what they rest
// on. Political terms are in no row. A row speaks for its own rule alone; others may have
// something to say about it.
//
// The package reads what is embedded and counts; it knows no rules and judges nothing.
// Its tests do: TestEval ("make eval") prints how the rules do. Its values are immutable
// after Load.
package corpus

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// files holds both parts; embedding is the only way to have them as data of the package.
//
//go:embed tune/*.tsv measured/*.tsv
var files embed.FS

// Label is the verdict of a careful reader.
type Label string

// Labels of rows.
const (
	Violation Label = "violation" // sure from the words alone
	Suspected Label = "suspected" // a person must look, or proof is needed
	Clean     Label = "clean"     // most of them traps: the words of a fault without the fault
)

// Part is one half of the corpus; it is the name of its folder.
type Part string

// Parts of the corpus.
const (
	Tune     Part = "tune"     // to write rules with
	Measured Part = "measured" // to count with, never to look at
)

// Parts returns both parts.
func Parts() []Part { return []Part{Tune, Measured} }

// Row is one labelled text.
type Row struct {
	ID    string // the rule and three digits or more, e.g. other-cloud-017
	Rule  string // the rule that the label speaks of
	Label Label
	Field string // where the text stands, or FieldPage or FieldHTML
	Text  string // as a page would have it, with what the file escapes put back
	Note  string // why it is labelled so, what it is disguised with; may be empty
	Part  Part
}

// columns of a file, in order.
const columns = 6

// maxText bounds the text of a row, in bytes: a fragment, not a page.
const maxText = 2000

// tuneBelow splits the corpus: 112 of 256, so that the measured part is the larger one.
const tuneBelow = 112

// PartOf is the part that a row with this id belongs to: tune when the first byte of the
// id's SHA-256 is below 112, else measured.
func PartOf(id string) Part {
	if sha256.Sum256([]byte(id))[0] < tuneBelow {
		return Tune
	}
	return Measured
}

// Load reads the whole corpus, tune before measured, each in order of file and line. It
// fails on the first row that is not as the package comment says.
func Load() ([]Row, error) {
	var all []Row
	seen := map[string]bool{}
	for _, part := range Parts() {
		names, err := fs.Glob(files, string(part)+"/*.tsv")
		if err != nil {
			return nil, fmt.Errorf("list corpus part %s: %w", part, err)
		}
		for _, name := range names {
			rows, err := loadFile(name, part)
			if err != nil {
				return nil, err
			}
			for i := range rows {
				if seen[rows[i].ID] {
					return nil, fmt.Errorf("corpus %s: two rows %s", name, rows[i].ID)
				}
				seen[rows[i].ID] = true
			}
			all = append(all, rows...)
		}
	}
	return all, nil
}

func loadFile(name string, part Part) ([]Row, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open corpus %s: %w", name, err)
	}
	rows, err := read(f, strings.TrimSuffix(path.Base(name), ".tsv"), part)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("corpus %s: %w", name, err)
	}
	return rows, nil
}

// read reads one file of one rule. Errors say the line.
func read(r io.Reader, rule string, part Part) ([]Row, error) {
	var rows []Row
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			if lines.Text() != "id\trule\tlabel\tfield\ttext\tnote" {
				return nil, errors.New("line 1: not the column names")
			}
			continue
		}
		row, err := parse(lines.Text())
		if err == nil {
			row.Part = part
			err = row.check(rule)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}

func parse(line string) (Row, error) {
	if !utf8.ValidString(line) {
		return Row{}, errors.New("not UTF-8")
	}
	c := strings.Split(line, "\t")
	if len(c) != columns {
		return Row{}, fmt.Errorf("%d columns, not %d", len(c), columns)
	}
	text, err := unescape(c[4])
	if err != nil {
		return Row{}, fmt.Errorf("%s: text: %w", c[0], err)
	}
	return Row{ID: c[0], Rule: c[1], Label: Label(c[2]), Field: c[3], Text: text, Note: c[5]}, nil
}

// check says what is wrong with a row of the file of this rule.
func (r *Row) check(rule string) error {
	number, ok := strings.CutPrefix(r.ID, r.Rule+"-")
	switch _, err := strconv.ParseUint(number, 10, 16); {
	case r.Rule != rule:
		return fmt.Errorf("%s: of rule %q in the file of %s", r.ID, r.Rule, rule)
	case !ok || err != nil || len(number) < 3:
		return fmt.Errorf("%q is not %s- and at least three digits", r.ID, rule)
	case PartOf(r.ID) != r.Part:
		return fmt.Errorf("%s belongs to %s", r.ID, PartOf(r.ID))
	case strings.TrimSpace(r.Text) == "" || len(r.Text) > maxText:
		return fmt.Errorf("%s: a text of %d bytes", r.ID, len(r.Text))
	}
	switch r.Label {
	case Violation, Suspected, Clean:
	default:
		return fmt.Errorf("%s: unknown label %q", r.ID, r.Label)
	}
	if _, err := r.Fragment(); err != nil {
		return fmt.Errorf("%s: %w", r.ID, err)
	}
	return nil
}

// unescape puts back what a file escapes.
func unescape(s string) (string, error) {
	var b strings.Builder
	for s != "" {
		// Quote 0: quotation marks stand for themselves.
		c, _, rest, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			return "", fmt.Errorf("a backslash that escapes nothing: %w", err)
		}
		b.WriteRune(c)
		s = rest
	}
	return b.String(), nil
}
