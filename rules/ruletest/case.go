// Package ruletest reads the fixtures of rules and runs them. They are run by the tests
// of package rules and by "marketwarden rules test".
//
// A fixture file is a txtar archive named after its rule. Its comment says what the cases
// are about; each section is a case, named "kind:name", where the kind is what the rule
// answers:
//
//	fires      violation or suspected
//	clean      pass
//	skips      not_applicable
//	unchecked  not_checked
//
// A case has up to three parts, divided by lines of "---": the facts as YAML (see Facts),
// the page as HTML, and what is expected, as Render writes it. The page is left out, with
// its divider, by rules that read none.
//
// The package is pure: it reads from the file system it is given and judges; it prints
// nothing.
package ruletest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/tools/txtar"

	"marketwarden/internal/record"
)

// Case is one fixture of one rule.
type Case struct {
	Rule string
	Kind string // fires, clean, skips or unchecked
	Name string
	Doc  string // the comment of the file
	// Facts is the YAML, Page the HTML ("" = none), Want what is expected.
	Facts, Page, Want string
}

// Kinds of cases and the outcomes they stand for.
func kinds() map[string][]record.Outcome {
	return map[string][]record.Outcome{
		"fires": {record.Violation, record.Suspected}, "clean": {record.Pass},
		"skips": {record.NotApplicable}, "unchecked": {record.NotChecked},
	}
}

// Load reads every *.txtar in the root of fsys, in order of rules and then of the files.
func Load(fsys fs.FS) ([]Case, error) {
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, fmt.Errorf("list rule fixtures: %w", err)
	}
	slices.Sort(names)
	var out []Case
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read rule fixture: %w", err)
		}
		cases, err := Parse(strings.TrimSuffix(path.Base(name), ".txtar"), b)
		if err != nil {
			return nil, fmt.Errorf("rule fixture %s: %w", name, err)
		}
		out = append(out, cases...)
	}
	return out, nil
}

// Parse reads one file of fixtures.
func Parse(rule string, b []byte) ([]Case, error) {
	ar := txtar.Parse(b)
	var out []Case
	seen := map[string]bool{}
	for _, f := range ar.Files {
		kind, name, ok := strings.Cut(f.Name, ":")
		if _, known := kinds()[kind]; !ok || !known || name == "" {
			return nil, fmt.Errorf("section %q is not named kind:name with kind fires, clean, skips or unchecked", f.Name)
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("section %q is there twice", f.Name)
		}
		seen[f.Name] = true
		c := Case{Rule: rule, Kind: kind, Name: name, Doc: strings.TrimSpace(string(ar.Comment))}
		switch parts := splitParts(string(f.Data)); len(parts) {
		case 2:
			c.Facts, c.Want = parts[0], parts[1]
		case 3:
			c.Facts, c.Page, c.Want = parts[0], parts[1], parts[2]
		default:
			return nil, fmt.Errorf("section %q has %d parts; it must be facts, perhaps a page, and what is expected", f.Name, len(parts))
		}
		out = append(out, c)
	}
	return out, nil
}

func splitParts(s string) []string {
	parts := []string{""}
	for line := range strings.Lines(s) {
		if strings.TrimRight(line, "\r\n") == "---" {
			parts = append(parts, "")
			continue
		}
		parts[len(parts)-1] += line
	}
	last := &parts[len(parts)-1]
	if trimmed := strings.TrimRight(*last, "\n"); trimmed != *last {
		*last = trimmed + "\n" // blank lines before the next section are for the eye
	}
	return parts
}

// Format is the reverse of Parse, for tests that write what they got.
func Format(cases []Case) []byte {
	ar := &txtar.Archive{}
	for i, c := range cases {
		if i == 0 && c.Doc != "" {
			ar.Comment = []byte(c.Doc + "\n\n")
		}
		data := c.Facts
		if c.Page != "" {
			data += "---\n" + c.Page
		}
		ar.Files = append(ar.Files, txtar.File{Name: c.Kind + ":" + c.Name, Data: []byte(data + "---\n" + c.Want + "\n")})
	}
	return txtar.Format(ar)
}

// Facts is the form of a case's facts. Times without zone are Shanghai's.
type Facts struct {
	Market    string                       `yaml:"market"` // the market profile; aliyun when empty
	AsOf      string                       `yaml:"as_of"`  // a day or a time; 2026-06-15 12:00 when empty
	URL       string                       `yaml:"url"`    // where the page came from
	AsListing bool                         `yaml:"as_listing"`
	WholeBody bool                         `yaml:"whole_body"`
	Problem   string                       `yaml:"problem"` // code of the reason why there is no page
	Params    map[string]map[string]string `yaml:"params"`

	Listing struct {
		ID             string `yaml:"id"`
		Title          string `yaml:"title"`
		DetailURL      string `yaml:"detail_url"`
		ProductPageURL string `yaml:"product_page_url"`
		Status         string `yaml:"status"` // on_sale when empty
		ListedAt       string `yaml:"listed_at"`
		Delivery       string `yaml:"delivery"`
		DeliverableURL string `yaml:"deliverable_url"`
		Price          string `yaml:"price"`
		Version        string `yaml:"version"`
		VersionAt      string `yaml:"version_at"`
		OpenSource     string `yaml:"open_source"`
		Licence        string `yaml:"licence"`
		// DelistingPlan is the day of the plan on file, "none" where there is none; empty =
		// the catalogue keeps no plans.
		DelistingPlan string `yaml:"delisting_plan"`
	} `yaml:"listing"`

	Provider Provider `yaml:"provider"`
	Site     *Site    `yaml:"site"`
	Seen     *Seen    `yaml:"seen"`
	// Probes are addresses that were followed, with where they led.
	Probes map[string]string `yaml:"probes"`

	Orders *struct {
		Covered     bool   `yaml:"covered"`
		CoveredTwo  bool   `yaml:"covered_two"`
		FeedMissing bool   `yaml:"feed_missing"`
		Count       int64  `yaml:"count"`
		CountTwo    int64  `yaml:"count_two"`
		LastPaid    string `yaml:"last_paid"`
	} `yaml:"orders"`

	// Complaints are those about the rights of third parties. Nil: no feed was imported.
	Complaints *struct {
		Imported string      `yaml:"imported"` // never when empty
		Rights   []complaint `yaml:"rights"`
	} `yaml:"complaints"`

	Deployment *struct {
		Year        int             `yaml:"year"`
		Running     bool            `yaml:"running"`
		Covered     bool            `yaml:"covered"`
		FeedMissing bool            `yaml:"feed_missing"`
		ByDelivery  map[string]sold `yaml:"by_delivery"`
		Listings    map[string]sold `yaml:"listings"`
	} `yaml:"deployment"`
}

type complaint struct {
	ID      string `yaml:"id"`
	Status  string `yaml:"status"`
	Filed   string `yaml:"filed"`
	Decided string `yaml:"decided"`
}

type sold struct {
	Cloud   int64 `yaml:"cloud"`
	Other   int64 `yaml:"other"`
	Unknown int64 `yaml:"unknown"`
}

func parseFacts(s string) (Facts, error) {
	var f Facts
	if strings.TrimSpace(s) == "" {
		return f, nil
	}
	if err := yaml.NewDecoder(bytes.NewReader([]byte(s)), yaml.Strict()).Decode(&f); err != nil {
		return f, errors.New(yaml.FormatError(err, false, true))
	}
	return f, nil
}

// parseTime reads a day, or a time without zone, in Shanghai.
func parseTime(s string, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a day such as 2026-01-31 nor a time such as 2026-01-31 08:00:00", s)
}
