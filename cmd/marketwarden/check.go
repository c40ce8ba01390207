package main

import (
	"errors"
	"fmt"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/rules"
)

// checkCmd judges pages or texts by themselves: no database, no record, and no network
// unless a URL is given or --online says so.
type checkCmd struct {
	Inputs     []string `arg:"" name:"input" help:"Files, folders, URLs, or - for stdin."`
	As         string   `enum:"auto,listing,site,text,jsonl" default:"auto" help:"What the input is: a listing page, a page of the provider's website, a text, or one request a line (auto: text by the file's name, site when --product or --listing-url is given, else listing)."`
	URL        string   `name:"url" help:"Address that the page came from." placeholder:"URL"`
	Product    string   `help:"Name of the product that the page of the provider's website presents." placeholder:"NAME"`
	ListingURL string   `name:"listing-url" help:"Detail page of that product on the marketplace." placeholder:"URL"`
	Format     string   `enum:"text,jsonl" default:"text" help:"For people, or one line of JSON for each input."`
	Online     bool     `help:"Fetch what the page needs to be judged whole: the description frames of listing pages."`
}

// Run checks every input and ends with 1 when one of them violates a rule.
func (c *checkCmd) Run(a *app) error {
	j, err := newJudge(a, c)
	if err != nil {
		return err
	}
	defer j.close()
	t := &tally{}
	if c.As == "jsonl" {
		err = c.lines(a, j, t)
	} else {
		err = c.pages(a, j, t)
	}
	if err != nil {
		return err
	}
	return t.end()
}

// pages checks inputs that are each a page or a text.
func (c *checkCmd) pages(a *app, j *judge, t *tally) error {
	var out printer = &textPrinter{w: a.stdout, lang: a.cfg.Lang, book: j.book}
	if c.Format == "jsonl" {
		out = newLinePrinter(a.stdout, a.cfg.Lang)
	}
	for _, name := range c.Inputs {
		for in := range c.inputs(a, j, name) {
			if a.ctx.Err() != nil {
				return a.ctx.Err()
			}
			if in.err != nil {
				t.failed++
				if _, err := fmt.Fprintf(a.stderr, "marketwarden: %v\n", in.err); err != nil {
					return err
				}
				continue
			}
			v := j.judge(&in)
			t.count(v.results)
			if err := out.print(&v); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
		}
	}
	if t.inputs == 0 {
		return nil
	}
	return out.close(t)
}

// tally counts what was answered.
type tally struct {
	inputs, failed                    int
	violations, suspected, notChecked int // findings, findings, results
	judged                            int // results that say something
}

func (t *tally) count(results []record.Result) {
	t.inputs++
	for i := range results {
		switch r := &results[i]; r.Outcome {
		case record.NotChecked:
			t.notChecked++
			continue
		case record.Violation, record.Suspected:
			for k := range r.Findings {
				if r.Findings[k].Outcome == record.Violation {
					t.violations++
				} else {
					t.suspected++
				}
			}
		case record.Pass, record.NotApplicable:
		}
		t.judged++
	}
}

// end is how the command ends. What could not be read outweighs what was found; an input
// of which nothing could be judged must not read as clean.
func (t *tally) end() error {
	switch {
	case t.failed > 0:
		return &exitError{code: exitUsage}
	case t.inputs == 0:
		return &exitError{exitNothing, errors.New("there is nothing to check")}
	case t.judged == 0 && t.notChecked > 0:
		return &exitError{exitPartial, errors.New("nothing could be checked")}
	case t.violations > 0:
		return &exitError{code: exitViolations}
	}
	return nil
}

// kindOf is what an input is taken for.
func (c *checkCmd) kindOf(name string) string {
	lower := strings.ToLower(name)
	switch {
	case c.As != "auto":
		return c.As
	case strings.HasSuffix(lower, ".txt") || strings.HasSuffix(lower, ".md"):
		return asText
	case c.Product != "" || c.ListingURL != "":
		return asSite
	}
	return asListing
}

// What an input is.
const (
	asListing = "listing"
	asSite    = "site"
	asText    = "text"
)

// scopeOf says which rules answer for an input.
func scopeOf(as string) rules.Scope {
	if as == asSite {
		return rules.ScopeProductPage
	}
	return rules.ScopeListingPage
}

// listingOf is the listing that a page of a provider's website is asked about.
func listingOf(p *market.Profile, product, listingURL, pageURL string) market.Listing {
	l := market.Listing{Title: product, DetailURL: listingURL, ProductPageURL: pageURL, Status: market.StatusOnSale}
	if u, err := parseURL(listingURL); err == nil {
		l.ID = p.Classify(u).Code
	}
	return l
}
