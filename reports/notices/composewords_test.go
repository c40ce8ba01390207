package notices

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
)

// TestNoAskOfReviewers: what a person was asked to look at is not told to who is told that
// a person has looked.
func TestNoAskOfReviewers(t *testing.T) {
	t.Parallel()
	f := listing("external-link", "cmjj000001", "x")
	f.Outcome, f.Found = record.Suspected, record.Same("https://cdn.example/a.png")
	f.Reason = record.Text{ZH: "从站外加载图片", EN: "a picture is loaded from another site"}
	f.Ask = record.Text{ZH: "请人工核实", EN: "a person must look"}
	for lang, words := range map[string][2]string{"zh": {f.Reason.ZH, f.Ask.ZH}, "en": {f.Reason.EN, f.Ask.EN}} {
		d := digest(f)
		d.Lang = lang
		m := compose(t, d, options(t))
		for name, body := range map[string]string{"text": m.Text, "HTML": m.HTML} {
			if !strings.Contains(body, words[0]) || strings.Contains(body, words[1]) {
				t.Errorf("%s of the notice in %s has to say %q and not %q", name, lang, words[0], words[1])
			}
		}
	}
}

// TestMendOfTheFinding: what a finding says of mending and of what follows goes before the
// rulebook's words, however long the letter is.
func TestMendOfTheFinding(t *testing.T) {
	t.Parallel()
	full, risk := listing("zero-orders", "cmjj000001", "zero-orders"), listing("zero-orders", "cmjj000002", "zero-orders")
	full.Mend = record.Text{ZH: "请自行下架", EN: "Take it down now"}
	risk.Mend = record.Text{ZH: "请在 2026-12-06 之前促成订单", EN: "Win an order before 2026-12-06"}
	risk.AtRisk, risk.Action = true, record.Text{ZH: "预警", EN: "A warning"}
	d := digest(full, risk)
	d.Lang = "en"
	o := options(t)
	c := composer{d: d, o: &o, t: words(), lang: "en", now: d.Date}
	if err := c.take(); err != nil {
		t.Fatal(err)
	}
	rule, _ := o.Book.ByID("zero-orders")
	for i, how := range details() {
		l := c.letter(how)
		var said []string
		for _, g := range l.Groups {
			said = append(said, g.Title)
			for _, r := range g.Rows {
				said = append(said, r.Value)
			}
			for _, e := range g.Items {
				said = append(said, e.Heading)
				for _, r := range e.Rows {
					said = append(said, r.Value)
				}
			}
		}
		for _, s := range l.Sections {
			said = append(said, s.Lines...)
		}
		all := strings.Join(said, "\n")
		for _, want := range []string{full.Mend.EN, risk.Mend.EN} {
			if strings.Count(all, want) != 1 {
				t.Errorf("detail %d: %q is not said once", i, want)
			}
		}
		if !strings.Contains(all, "Warning, no breach yet: "+rule.Title.EN) || !strings.Contains("\n"+all, "\n"+rule.Title.EN) {
			t.Errorf("detail %d: the risk and the breach are not told apart:\n%s", i, all)
		}
		if strings.Contains(all, rule.Mend.EN) {
			t.Errorf("detail %d: the rulebook's words are said", i)
		}
		if how.places > 0 && (!strings.Contains(all, "“A warning”") || !strings.Contains(all, "“"+rule.Action.EN+"”")) {
			t.Errorf("detail %d: what follows is not told of each", i)
		}
	}
}

// TestSubjectOfSeveralDeadlines: the subject does not shorten the time that items have.
func TestSubjectOfSeveralDeadlines(t *testing.T) {
	t.Parallel()
	link, claim, page := listing("external-link", "cmjj000001", "x"), listing("exaggerated-claim", "cmjj000001", "y"), listing("no-product-page", "cmjj000001", "z")
	for _, test := range []struct {
		lang     string
		findings []record.Finding
		want     string
	}{
		{"zh", []record.Finding{link, claim}, "[MW-2026-000123] 示例云市场：请于 2026-09-30（含）前整改，共 2 项"},
		{"en", []record.Finding{link, claim}, "[MW-2026-000123] Demo Marketplace: please mend by the end of 2026-09-30, items: 2"},
		{"zh", []record.Finding{link, page}, "[MW-2026-000123] 示例云市场：请按各项期限整改，最早 2026-09-30（含），共 2 项"},
		{"en", []record.Finding{link, page}, "[MW-2026-000123] Demo Marketplace: please mend by the deadline of each item, the earliest 2026-09-30, items: 2"},
	} {
		d := digest(test.findings...)
		d.Lang = test.lang
		if diff := cmp.Diff(test.want, compose(t, d, options(t)).Subject); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// TestPlacesOnTheProvidersPages: a place on the provider's website is not called a field of
// the listing, which is where the provider would look.
func TestPlacesOnTheProvidersPages(t *testing.T) {
	t.Parallel()
	const url = "https://www.qingsong-demo.example/backup"
	for rule, want := range map[string]string{
		"no-purchase-entry":       "at: your website, " + url,
		"site-unavailable":        "at: home page of your website, " + url,
		"deliverable-unavailable": "at: address to log in or download at, " + url,
		"external-link":           "at: description, " + url,
	} {
		f := listing(rule, "cmjj000001", "x")
		f.Occurrences = []record.Occurrence{{URL: url, Field: "detail", Snippet: "buy", Mark: [2]int{0, 3}}}
		d := digest(f)
		d.Lang = "en"
		if m := compose(t, d, options(t)); !strings.Contains(m.Text, want) {
			t.Errorf("%s: the notice does not say %q:\n%s", rule, want, m.Text)
		}
	}
}
