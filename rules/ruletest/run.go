package ruletest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

// Runner runs cases. It is safe for concurrent use.
type Runner struct {
	book    *rules.Book
	markets map[string]*marketReader
}

// marketReader reads pages as those of one market.
type marketReader struct {
	profile *market.Profile
	matcher *page.Matcher
}

// New makes a runner by the rules of a book, for cases in any of the shipped markets.
func New(book *rules.Book) (*Runner, error) {
	r := &Runner{book: book, markets: map[string]*marketReader{}}
	for _, name := range market.ShippedProfiles() {
		p, err := market.LoadProfile(name)
		if err != nil {
			return nil, err
		}
		m, err := page.NewMatcher(p)
		if err != nil {
			return nil, fmt.Errorf("market profile %s: %w", name, err)
		}
		r.markets[name] = &marketReader{p, m}
	}
	return r, nil
}

// Run judges the case by its rule alone and answers what Render writes of the result. The
// error says that the case cannot be run; whether got is what the case wants is for the
// caller to compare, see Check.
func (r *Runner) Run(c *Case) (got string, err error) {
	res, err := r.Judge(c)
	if err != nil {
		return "", err
	}
	return Render(res), nil
}

// Judge judges the case by its rule alone. The error says that the case cannot be run.
func (r *Runner) Judge(c *Case) (*record.Result, error) {
	rule, ok := r.book.ByID(c.Rule)
	if !ok {
		return nil, fmt.Errorf("%s: there is no such rule", c.Rule)
	}
	f, err := r.facts(c)
	if err != nil {
		return nil, fmt.Errorf("%s %s:%s: %w", c.Rule, c.Kind, c.Name, err)
	}
	for _, res := range r.book.Judge(rule.Scope, f) {
		if res.Rule == c.Rule {
			return &res, nil
		}
	}
	return nil, fmt.Errorf("%s: the rule was not asked", c.Rule)
}

// Check runs the case and says what is wrong, nil when it answers as expected.
func (r *Runner) Check(c *Case) error {
	got, err := r.Run(c)
	if err != nil {
		return err
	}
	outcome, _, _ := strings.Cut(got, "\n")
	outcome, _, _ = strings.Cut(outcome, " ")
	if !slices.Contains(kinds()[c.Kind], record.Outcome(outcome)) {
		return fmt.Errorf("%s %s:%s: answered\n%s", c.Rule, c.Kind, c.Name, got)
	}
	if got != c.Want {
		return fmt.Errorf("%s %s:%s: wanted\n%sgot\n%s", c.Rule, c.Kind, c.Name, c.Want, got)
	}
	return nil
}

// Render writes a result for people to compare: the outcome with its reason, then each
// finding with its discriminator, texts (in English) and places.
func Render(r *record.Result) string {
	var b strings.Builder
	b.WriteString(string(r.Outcome))
	if r.Variant != "" {
		b.WriteString(" " + r.Variant)
	}
	if r.Reason.Code != "" {
		b.WriteString(" " + r.Reason.Code)
	}
	b.WriteString("\n")
	for i := range r.Findings {
		f := &r.Findings[i]
		fmt.Fprintf(&b, "%s %s\n  found: %s\n  reason: %s\n", f.Outcome, f.Discriminator, f.Found.EN, f.Explained().EN)
		for _, o := range f.Occurrences {
			field := o.Field
			if field == "" {
				field = "-"
			}
			fmt.Fprintf(&b, "  at %s: %s⟦%s⟧%s\n", field, o.Snippet[:o.Mark[0]], o.Snippet[o.Mark[0]:o.Mark[1]], o.Snippet[o.Mark[1]:])
		}
	}
	return b.String()
}

// facts turns the case into what a rule is given.
func (r *Runner) facts(c *Case) (*rules.Facts, error) {
	in, err := parseFacts(c.Facts)
	if err != nil {
		return nil, err
	}
	if in.Market == "" {
		in.Market = "aliyun"
	}
	m, ok := r.markets[in.Market]
	if !ok {
		return nil, fmt.Errorf("market %q is not shipped", in.Market)
	}
	f := &rules.Facts{Profile: m.profile, WholeBody: in.WholeBody, Provider: in.Provider.facts()}
	if f.Params, err = r.book.Params(in.Params); err != nil {
		return nil, err
	}
	if in.AsOf == "" {
		in.AsOf = "2026-06-15 12:00:00"
	}
	times := timeReader{}
	f.AsOf = times.read(in.AsOf)
	f.Listing = market.Listing{
		ID: in.Listing.ID, ProviderID: "P1", Title: in.Listing.Title, DetailURL: in.Listing.DetailURL,
		ProductPageURL: in.Listing.ProductPageURL, Status: in.Listing.Status, ListedAt: times.read(in.Listing.ListedAt),
		Delivery: in.Listing.Delivery, DeliverableURL: in.Listing.DeliverableURL, Price: in.Listing.Price,
		Version: in.Listing.Version, VersionAt: times.read(in.Listing.VersionAt),
		OpenSource: in.Listing.OpenSource, Licence: in.Listing.Licence, DelistingPlanKnown: in.Listing.DelistingPlan != "",
	}
	if plan := in.Listing.DelistingPlan; plan != "none" {
		f.Listing.DelistingPlanOn = times.read(plan)
	}
	if f.Listing.Status == "" {
		f.Listing.Status = market.StatusOnSale
	}
	if o := in.Orders; o != nil {
		f.Orders = &rules.OrderFacts{
			Covered: o.Covered, CoveredTwo: o.CoveredTwo, FeedMissing: o.FeedMissing,
			Count: o.Count, CountTwo: o.CountTwo, LastPaid: times.read(o.LastPaid),
		}
	}
	if c := in.Complaints; c != nil {
		f.Complaints = &rules.ComplaintFacts{Imported: times.read(c.Imported)}
		for _, one := range c.Rights {
			f.Complaints.Rights = append(f.Complaints.Rights, market.Complaint{
				ID: one.ID, ListingID: in.Listing.ID, Kind: market.ComplaintRights, Status: one.Status,
				FiledAt: times.read(one.Filed), DecidedAt: times.read(one.Decided),
			})
		}
	}
	if d := in.Deployment; d != nil {
		f.Deployment = &rules.DeploymentFacts{
			Year: d.Year, Running: d.Running, Covered: d.Covered, FeedMissing: d.FeedMissing,
			ByDelivery: soldBy(d.ByDelivery), Listings: soldBy(d.Listings),
		}
	}
	f.PageProblem = problem(in.Problem)
	f.Seen = in.Seen.facts(&times)
	if f.Probes, err = probes(in.Probes); err != nil {
		return nil, err
	}
	if err := times.err; err != nil {
		return nil, err
	}
	if in.Site == nil {
		return f, m.page(c, f, &in)
	}
	if c.Page != "" {
		return nil, errors.New("the pages of a site are in the facts: there is no page beside them")
	}
	if f.Site, err = in.Site.facts(&f.Provider); err != nil {
		return nil, err
	}
	rules.ChooseProductPage(f)
	return f, nil
}

func (m *marketReader) page(c *Case, f *rules.Facts, in *Facts) error {
	if c.Page == "" {
		return nil
	}
	o := page.Options{AsListing: in.AsListing}
	if in.AsListing {
		o.Profile, o.Matcher = m.profile, m.matcher
	}
	if in.URL != "" {
		u, err := weburl.Parse(in.URL)
		if err != nil {
			return err
		}
		o.URL = u
	}
	f.Page = page.Parse([]byte(c.Page), o)
	return nil
}

func soldBy(in map[string]sold) map[string]rules.Sold {
	out := make(map[string]rules.Sold, len(in))
	for k, s := range in {
		out[k] = rules.Sold(s)
	}
	return out
}

// timeReader reads times and keeps what was wrong.
type timeReader struct{ err error }

func (r *timeReader) read(s string) time.Time {
	t, err := parseTime(s, market.Shanghai)
	r.err = errors.Join(r.err, err)
	return t
}
