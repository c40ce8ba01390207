package notices

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// bySeverity has one item of a rule of that severity.
func bySeverity(severity string) *Digest {
	rule := map[string]string{"critical": "deployment-ratio", "high": "external-link", "medium": "no-product-page", "low": "no-partnership-statement"}[severity]
	return digest(listing(rule, "cmjj000001", "x"))
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, severity, date string
		want                 string // last day
		unknown              string // years of which the holidays are not known
	}{
		{"an ordinary week", "critical", "2026-09-14 09:00:00", "2026-09-17", ""},
		{"a weekend between", "high", "2026-09-14 09:00:00", "2026-09-21", ""},
		{"a make-up Sunday counts", "critical", "2026-09-24 09:00:00", "2026-09-28", ""},
		{"over National Day to the make-up Saturday", "critical", "2026-09-29 09:00:00", "2026-10-10", ""},
		{"over National Day", "high", "2026-09-29 09:00:00", "2026-10-13", ""},
		{"ten days", "medium", "2026-09-24 09:00:00", "2026-10-14", ""},
		{"ten days, low", "low", "2026-09-24 09:00:00", "2026-10-14", ""},
		{"the last second of a day", "critical", "2026-09-14 23:59:59", "2026-09-17", ""},
		{"the first second of the next", "critical", "2026-09-15 00:00:00", "2026-09-18", ""},
		{"into a year that is not known", "critical", "2026-12-30 09:00:00", "2027-01-04", "2027"},
		{"a notice that ends with the year, but not its appeal", "critical", "2026-12-28 09:00:00", "2026-12-31", "2027"},
		{"a year that is not known", "critical", "2028-03-01 09:00:00", "2028-03-06", "2028"},
	} {
		d := bySeverity(test.severity)
		d.Date = at(test.date).UTC() // the zone of the value must not matter
		d.Lang = "en"
		m := compose(t, d, options(t))
		type deadline struct{ Last, Unknown string }
		got := deadline{Last: m.Deadline.Add(-time.Second).In(market.Shanghai).Format(time.DateOnly)}
		if _, rest, ok := strings.Cut(m.Text, "Not all public holidays of "); ok {
			got.Unknown, _, _ = strings.Cut(rest, " ")
		}
		if diff := cmp.Diff(deadline{test.want, test.unknown}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
		for name, body := range map[string]string{"text": m.Text, "HTML": m.HTML, "subject": m.Subject + ", 24:00 (Shanghai time, UTC&#43;8; "} {
			if !strings.Contains(body, test.want) {
				t.Errorf("%s: the %s does not name %s", test.name, name, test.want)
			}
		}
	}
}

// TestMendDays: what is configured counts, and where nothing is there is time enough.
func TestMendDays(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]string{1: "2026-09-15", 7: "2026-09-23", 0: "2026-09-27"} {
		d := bySeverity("high")
		d.Date = at("2026-09-14 09:00:00")
		o := options(t)
		o.Config.MendDays = map[string]int{"low": 1, "high": days}
		if got := lastDay(compose(t, d, o).Deadline); got != want {
			t.Errorf("with %d days to mend the last one is %s, want %s", days, got, want)
		}
	}
}

// TestRefusals: what must not be told is not told, whoever asks.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Digest){
		"nothing to tell":     func(d *Digest) { d.Items = nil },
		"not confirmed":       func(d *Digest) { d.Items[0].Decision.Kind = "" },
		"dismissed":           func(d *Digest) { d.Items[0].Decision.Kind = record.Dismiss },
		"waived":              func(d *Digest) { d.Items[0].Decision.Kind = record.Waive },
		"mended":              func(d *Digest) { d.Items[0].View.Status = record.Resolved },
		"another provider's":  func(d *Digest) { d.Items[0].View.Finding.Subject.ProviderID = "P002" },
		"the marketplace's":   func(d *Digest) { d.Items[0].View.Finding.Rule = "listing-unavailable" },
		"of a rule that left": func(d *Digest) { d.Items[0].View.Finding.Rule = "no-such-rule" },
	} {
		d := words1()
		spoil(d)
		if m, err := Compose(d, options(t)); err == nil {
			t.Errorf("%s: composed %q", name, m.Subject)
		}
	}
	o := options(t)
	o.Config.From = "nobody"
	if _, err := Compose(words1(), o); err == nil {
		t.Error("composed with a sender that is no address")
	}
}

func TestNoNamesOfStaff(t *testing.T) {
	t.Parallel()
	m := compose(t, words1(), options(t))
	for _, body := range []string{m.Subject, m.Text, m.HTML} {
		if strings.Contains(body, "li.lei") {
			t.Error("the notice names who decided")
		}
	}
}

func TestPoints(t *testing.T) {
	t.Parallel()
	for points, want := range map[int]string{0: "that is 24 points away", 23: "that is 1 points away", 24: "that number is reached", 30: "that number is reached"} {
		d := account()
		d.Points, d.Lang = &points, "en"
		if m := compose(t, d, options(t)); !strings.Contains(m.Text, want) || !strings.Contains(m.Text, fmt.Sprintf("natural year 2026: %d.", points)) {
			t.Errorf("with %d points it is not said that %s", points, want)
		}
	}
	d := account()
	d.Points, d.Lang = nil, "en"
	if m := compose(t, d, options(t)); strings.Contains(m.Text, "24 points") {
		t.Error("points are told though nobody knows them")
	}
}

// TestManyItems: whatever there is, the bodies stay bounded and every listing is named.
func TestManyItems(t *testing.T) {
	t.Parallel()
	o := options(t)
	for _, test := range []struct {
		items, places int
		telling       bool // every item with what to do
	}{
		{30, 20, true},
		{100, 20, true},
		{250, 20, true},
		{1000, 20, false},
		{3000, 1, false},
		{20_000, 1, false},
	} {
		m, err := Compose(many(test.items, test.places), o)
		if err != nil {
			t.Fatalf("%d items: %v", test.items, err)
		}
		for name, body := range map[string]string{"text": m.Text, "HTML": m.HTML} {
			if len(body) > MaxBody {
				t.Errorf("%d items: %s has %d bytes", test.items, name, len(body))
			}
			named := map[string]bool{}
			for _, id := range regexp.MustCompile(`cmjj[0-9]{6}`).FindAllString(body, -1) {
				named[id] = true
			}
			delete(named, "cmjj000001") // of the page that the places lie on
			if _, ok := named[id(test.items-1)]; !ok || len(named) != test.items-1 {
				t.Errorf("%d items: %s names %d listings", test.items, name, len(named)+1)
			}
			if n := strings.Count(body, "删除该网址"); (n == test.items) != test.telling || n == 0 {
				t.Errorf("%d items: %s tells %d times how to mend", test.items, name, n)
			}
		}
		if len(m.Items) != test.items {
			t.Errorf("%d items: the message has %d", test.items, len(m.Items))
		}
	}
	if _, err := Compose(many(140_000, 1), o); !errors.Is(err, ErrTooLarge) {
		t.Errorf("140000 items: %v, want ErrTooLarge", err)
	}
}

func id(i int) string { return fmt.Sprintf("cmjj%06d", i) }

// many has one link on each listing, at several places.
func many(items, places int) *Digest {
	base := listing("external-link", "", "x")
	base.Found = record.Same("http://www.elsewhere-demo.example/")
	for range places {
		base.Occurrences = append(base.Occurrences, record.Occurrence{URL: listingPage, Field: "detail", Snippet: strings.Repeat("words around ", 40), Mark: [2]int{100, 140}})
	}
	d := digest()
	for i := range items {
		f := base
		f.Subject = record.Subject{Kind: record.SubjectListing, ID: id(i), ListingID: id(i), ProviderID: "P001"}
		d.Items = append(d.Items, Item{
			View:     record.View{Record: record.Record{Fingerprint: id(i), Finding: f, Status: record.Open}, ListingTitle: "青松数据备份"},
			Decision: record.Decision{Kind: record.Confirm},
		})
	}
	return d
}

// TestRulesInOneSentence: what a notice takes from the rulebook is whole.
func TestRulesInOneSentence(t *testing.T) {
	t.Parallel()
	for _, r := range options(t).Book.Rules() {
		for _, s := range []string{firstSentence(sentence(r.What.ZH)), firstSentence(sentence(r.What.EN))} {
			if !strings.HasSuffix(s, "。") && !strings.HasSuffix(s, ".") || len(s) < 40 || len(s) > 900 ||
				strings.Count(s, "（") != strings.Count(s, "）") || strings.Count(s, "“") != strings.Count(s, "”") ||
				strings.Count(s, "(") != strings.Count(s, ")") || strings.Count(s, `"`)%2 != 0 {
				t.Errorf("%s: %q is no whole sentence", r.ID, s)
			}
			if strings.Contains(s, "人工") || strings.Contains(s, "person") {
				t.Errorf("%s: %q speaks to reviewers", r.ID, s)
			}
		}
	}
	if diff := cmp.Diff("中文换行 and English words.", sentence("中文 换行 and English words.")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMarketName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		profile market.Profile
		want    record.Text
	}{
		{market.Profile{NamesZH: []string{"示例云", "示例云市场"}, NamesEN: []string{"Demo Cloud", "Demo Cloud Marketplace"}}, record.Text{ZH: "示例云市场", EN: "Demo Cloud Marketplace"}},
		{market.Profile{NamesZH: []string{"示例云"}, ID: "demo"}, record.Text{ZH: "示例云", EN: "示例云"}},
		{market.Profile{ID: "demo"}, record.Text{ZH: "demo", EN: "demo"}},
	} {
		if diff := cmp.Diff(test.want, MarketName(&test.profile)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}
