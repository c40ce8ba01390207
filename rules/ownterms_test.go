package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// documentedTerms are the term files that docs/terms.md shows.
func documentedTerms(t *testing.T) (out []TermFile) {
	t.Helper()
	names, err := filepath.Glob("../docs/terms/*.yaml")
	if err != nil || len(names) != 2 {
		t.Fatalf("term files %v: %v", names, err)
	}
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, TermFile{filepath.Base(name), source})
	}
	return out
}

// listingWords are the facts of a listing page with a title and one paragraph a line.
func listingWords(t *testing.T, title string, lines ...string) *Facts {
	t.Helper()
	profile, err := market.LoadProfile("demo")
	if err != nil {
		t.Fatal(err)
	}
	p := &page.Page{}
	for i, l := range append([]string{title}, lines...) {
		field := "detail"
		if i == 0 {
			field = "title"
		}
		start := len(p.Text)
		p.Text += l + "\n"
		p.Blocks = append(p.Blocks, page.Block{Start: start, End: len(p.Text) - 1, Field: field, Tag: "p"})
	}
	return &Facts{
		AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, market.Shanghai), Profile: profile, Page: p, WholeBody: true,
		Listing: market.Listing{ID: "l1", DetailURL: "https://market.example/1", Status: market.StatusOnSale},
	}
}

// TestOwnTerms: what an operator's files find is a finding of the rule that they extend.
func TestOwnTerms(t *testing.T) {
	t.Parallel()
	shipped, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	book, err := shipped.WithTerms(documentedTerms(t))
	if err != nil {
		t.Fatal(err)
	}
	if book.Hash() == shipped.Hash() {
		t.Error("the files are no part of the hash")
	}
	for _, tt := range []struct {
		name string
		f    *Facts
		want string
	}{
		{"clean", listingWords(t, "表单工具", "支持导出表格"), "exaggerated-claim pass; off-platform-contact pass"},
		{
			"a finding where the rule has none", listingWords(t, "表单工具 骨折价", "仅限今天半价", "骨 折价"),
			"exaggerated-claim violation: own/price-cry@title violation 骨折价, own/price-hurry@detail suspected 仅限今天, own/price-cry@detail violation 骨 折价; off-platform-contact pass",
		},
		{
			"beside the rule's own", listingWords(t, "表单工具", "业界最好的平台，骨折价"),
			"exaggerated-claim violation: superlative@detail violation 最好, own/price-cry@detail violation 骨折价; off-platform-contact pass",
		},
		{"exempted", listingWords(t, "表单工具", "活动编号 HD-2026-0012：骨折价"), "exaggerated-claim pass; off-platform-contact pass"},
		{"the other file", listingWords(t, "表单工具", "购买后加入知识星球"), "exaggerated-claim pass; off-platform-contact suspected: own/community@detail suspected 知识星球"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range book.Judge(ScopeListingPage, tt.f) {
				if r.Rule != "exaggerated-claim" && r.Rule != "off-platform-contact" {
					continue
				}
				var found []string
				for i := range r.Findings {
					fi := &r.Findings[i]
					o := fi.First()
					found = append(found, fmt.Sprintf("%s %s %s", fi.Discriminator, fi.Outcome, tt.f.Page.Text[o.Span[0]:o.Span[1]]))
				}
				s := fmt.Sprintf("%s %s", r.Rule, r.Outcome)
				if len(found) > 0 {
					s += ": " + strings.Join(found, ", ")
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestOwnTermsUnread: a page that the rule could not look at is not judged by its words.
func TestOwnTermsUnread(t *testing.T) {
	t.Parallel()
	book := bookWithOwn(t)
	f := listingWords(t, "表单工具 骨折价")
	f.Page.Shell.Is = true
	for _, r := range book.Judge(ScopeListingPage, f) {
		if r.Rule == "exaggerated-claim" && (r.Outcome != record.NotChecked || len(r.Findings) > 0) {
			t.Errorf("a script shell gives %s with %d findings", r.Outcome, len(r.Findings))
		}
	}
	f = listingWords(t, "表单工具 骨折价")
	f.Page.Truncated = "nodes"
	for _, r := range book.Judge(ScopeListingPage, f) {
		if r.Rule == "exaggerated-claim" && (r.Outcome != record.Violation || r.Parts != nil) {
			t.Errorf("a page cut short gives %s and closes records of %v", r.Outcome, r.Parts)
		}
	}
}

func bookWithOwn(t *testing.T) *Book {
	t.Helper()
	book, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if book, err = book.WithTerms(documentedTerms(t)); err != nil {
		t.Fatal(err)
	}
	return book
}

// TestOwnTermsRefused: a file that cannot do what it is there for does not load.
func TestOwnTermsRefused(t *testing.T) {
	t.Parallel()
	book, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	good := documentedTerms(t)[1]
	for _, tt := range []struct{ name, old, now, want string }{
		{"no rule", "rule: off-platform-contact\n", "", "does not say which rule"},
		{"a rule that is none", "rule: off-platform-contact", "rule: nonsense", `no rule "nonsense"`},
		{"a rule that reads no words", "rule: off-platform-contact", "rule: zero-orders", "reads no listing pages"},
		{"an example that fails", "⟦知识星球⟧", "知识⟦星球⟧", "[25:13]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := TermFile{good.Name, []byte(strings.Replace(string(good.Source), tt.old, tt.now, 1))}
			if _, err := book.WithTerms([]TermFile{f}); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), good.Name) {
				t.Errorf("error %v does not say %q of %s", err, tt.want, good.Name)
			}
		})
	}
}

// TestExempted: what looks like a fault and is none is listed with its place and reason.
func TestExempted(t *testing.T) {
	t.Parallel()
	f := listingWords(t, "表单工具", "立志成为行业最专业的服务商", "业界最好的平台", "活动编号 HD-2026-0012：骨折价")
	f.Page.Blocks = append(f.Page.Blocks, page.Block{Start: len(f.Page.Text), End: len(f.Page.Text) + len("我们不承诺全网最低价"), Tag: "p"})
	f.Page.Text += "我们不承诺全网最低价" // in the platform's frame
	var got []string
	for _, e := range bookWithOwn(t).Exempted(f) {
		o := e.Occurrence
		got = append(got, fmt.Sprintf("%s %s %s %s %s", e.Rule, e.Term, e.By.ID, o.Field, f.Page.Text[o.Span[0]:o.Span[1]]))
		if e.By.Basis.IsZero() {
			t.Errorf("%s rests on nothing", e.By.ID)
		}
	}
	want := []string{
		"exaggerated-claim superlative.plain GOAL detail 最专业",
		"exaggerated-claim price-cry HOUSE_CAMPAIGN detail 骨折价",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
