// Package importtest holds the table of who may import whom, as a test. It has no code
// of its own.
package importtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "marketwarden"

// leaf stands for the internal leaves in the rows below.
const leaf = "LEAF"

// leaves may import the standard library, modules and each other.
var leaves = []string{
	"internal/config", "internal/evidence", "internal/market", "internal/netguard",
	"internal/record", "internal/safetext", "internal/schedule", "internal/textfold", "internal/weburl",
}

// rows is the table: what each package may import of this module. A row holds for the
// packages below it, too, unless they have one of their own. Tests are free.
var rows = map[string][]string{
	"cmd/marketwarden": {"*"},
	"pipeline":         {leaf, "scanners/fetch", "scanners/browser", "scanners/page", "scanners/site", "rules", "internal/cases", "internal/store", "reports/notices"},

	"scanners/page":    {leaf},
	"scanners/fetch":   {leaf},
	"scanners/browser": {leaf, "scanners/fetch"},
	"scanners/site":    {leaf, "scanners/browser", "scanners/fetch", "scanners/page"},

	"rules":           {leaf, "scanners/page", "rules/terms"},
	"rules/terms":     {leaf},
	"rules/corpus":    {leaf},
	"reports":         {leaf, "rules", "internal/cases", "reports/html"},
	"reports/html":    {leaf},
	"reports/notices": {leaf, "rules", "internal/cases", "internal/store"},
	"fixtures":        {leaf},

	"internal/store":           {leaf, "internal/store/cluster"},
	"internal/store/cluster":   {},
	"internal/store/storetest": {"internal/store", "internal/store/cluster"},
	"internal/cases":           {leaf, "rules"},
	"internal/desk":            {leaf, "internal/cases", "internal/store", "reports"},
	"internal/importtest":      {},
}

// nobody imports these outside tests.
var nobody = []string{"cmd/marketwarden", "internal/store/storetest", "internal/importtest", "rules/corpus"}

// pure are the packages that turn values into values. They reach no network, no files,
// no database and no clock, so that the same input always has the same result.
var pure = []string{"rules", "scanners/page"}

// impure are the imports that pure packages do without, with what is below them.
var impure = []string{
	"net", "os", "syscall", "database", "plugin", "unsafe", "log", "math/rand",
	"github.com/go-rod", "github.com/jackc", "github.com/riverqueue", "golang.org/x/sys",
}

// harmless are imports below an impure name that only know text.
var harmless = []string{"net/netip", "net/url"}

type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string // of the package itself, not of its tests
}

func TestImports(t *testing.T) {
	t.Parallel()
	packages := list(t)
	if len(packages) == 0 {
		t.Fatal("no packages found")
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if key(name) == "" {
			t.Errorf("%s is in no row of the table: give it one, and one in ARCHITECTURE.md", name)
			continue
		}
		for _, imp := range p.Imports {
			switch own, isOwn := strings.CutPrefix(imp, module+"/"); {
			case isOwn && slices.Contains(nobody, own):
				t.Errorf("%s imports %s, which nobody may", name, own)
			case isOwn && !allows(name, own):
				t.Errorf("%s imports %s, but may import only %q of this module", name, own, allowed(key(name)))
			case !isOwn && isPure(name) && isImpure(imp):
				t.Errorf("%s is pure, but imports %s", name, imp)
			}
		}
		if isPure(name) {
			for _, file := range p.GoFiles {
				noClock(t, filepath.Join(p.Dir, file))
			}
		}
	}
}

// list asks the go command for the packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-buildvcs=false", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var packages []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// key returns the name of the row that holds for a package: its own or that of the
// nearest package above it. It is empty when there is none.
func key(name string) string {
	for ; name != "."; name = filepath.Dir(name) {
		if _, ok := rows[name]; ok || slices.Contains(leaves, name) {
			return name
		}
	}
	return ""
}

// allowed returns the row with this key.
func allowed(key string) []string {
	if slices.Contains(leaves, key) {
		return []string{leaf}
	}
	return rows[key]
}

// allows reports whether a package may import another of this module. Packages under
// one row may import each other.
func allows(importer, imported string) bool {
	from, to := key(importer), key(imported)
	return from == to || slices.ContainsFunc(allowed(from), func(r string) bool {
		return r == "*" || r == to || r == leaf && slices.Contains(leaves, to)
	})
}

func isPure(name string) bool {
	return slices.ContainsFunc(pure, func(p string) bool { return within(name, p) })
}

func isImpure(imp string) bool {
	return !slices.Contains(harmless, imp) &&
		slices.ContainsFunc(impure, func(p string) bool { return within(imp, p) })
}

// within reports whether a path is another or below it.
func within(path, above string) bool { return path == above || strings.HasPrefix(path, above+"/") }

// noClock finds uses of time's functions that read the clock or wait for it.
func noClock(t *testing.T, name string) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == "time" && spec.Name != nil {
			t.Errorf("%s: import time by its own name, so that its uses can be checked", fset.Position(spec.Pos()))
		}
	}
	forbidden := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains(forbidden, sel.Sel.Name) {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
				t.Errorf("%s: time.%s in a pure package", fset.Position(sel.Pos()), sel.Sel.Name)
			}
		}
		return true
	})
}

func TestTheTableItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		importer, imported string
		want               bool
	}{
		{"cmd/marketwarden", "pipeline", true},
		{"rules", "scanners/page", true},
		{"rules/terms", "internal/textfold", true},
		{"rules", "scanners/fetch", false},
		{"rules", "internal/store", false},
		{"scanners/page", "scanners/fetch", false},
		{"scanners/site", "scanners/fetch", true},
		{"scanners/site", "rules", false},
		{"reports", "internal/store", false},
		{"reports/notices", "internal/store", true},
		{"internal/market", "internal/weburl", true},
		{"internal/market", "internal/store", false},
		{"internal/store/cluster", "internal/config", false},
		{"fixtures", "rules", false},
		{"pipeline", "reports", false},
		{"fixtures/site", "fixtures/truth", true},
		{"reports", "reports/notices", false},
	} {
		if got := allows(test.importer, test.imported); got != test.want {
			t.Errorf("%s may import %s: %v, want %v", test.importer, test.imported, got, test.want)
		}
	}
	if got := key("internal/utils"); got != "" {
		t.Errorf("a package without a row has that of %s", got)
	}
	for imp, want := range map[string]bool{
		"net": true, "net/http": true, "net/netip": false, "net/url": false, "os/exec": true,
		"golang.org/x/net/html": false, "strings": false,
	} {
		if got := isImpure(imp); got != want {
			t.Errorf("impure %s: %v, want %v", imp, got, want)
		}
	}
}
