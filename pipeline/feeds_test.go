package pipeline_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// TestListingFeeds: complaints and delisting plans reach the rules that rest on them, and
// what is decided later changes the same record.
func TestListingFeeds(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 4, nil)
	load := func(kind market.FeedKind, text string) {
		t.Helper()
		if _, err := b.store.Import(t.Context(), kind, bytes.NewReader([]byte(text)), store.ImportOptions{Name: "feed", Now: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	const listing = ",gp00000,云台,software,image,http://market.demo.example/detail/x.html,2024-03-01 10:00:00,on_sale,"
	load(market.FeedListings, "listing_id,provider_id,title,market,delivery,detail_url,listed_at,status,delisting_plan_at\n"+
		"dm100000"+listing+"2024-02-20\ndm100001"+listing+"\ndm100002"+listing+"2024-03-02\n")
	const head = "complaint_id,listing_id,kind,status,filed_at,decided_at\n"
	load(market.FeedListings, "listing_id,provider_id,title,market,delivery,detail_url,listed_at,status\ndm100003"+strings.TrimSuffix(listing, ",")+"\n")
	load(market.FeedComplaints, head+"c1,dm100000,rights,upheld,2026-01-05,2026-02-01\nc2,dm100001,rights,pending,2026-02-20,\nc3,dm100002,service,upheld,2026-01-05,2026-02-01\n")
	type key struct{ rule, listing string }
	answers := func(asOf time.Time) map[key]record.Outcome {
		t.Helper()
		sw := b.sweep(pipeline.Order{AsOf: asOf, Scope: store.Scope{Only: pipeline.OnlyAccounts}})
		out := map[key]record.Outcome{}
		for _, r := range b.results(sw.ID) {
			if r.Rule == "missing-delisting-plan" || r.Rule == "rights-complaint" {
				out[key{r.Rule, r.Subject.ID}] = r.Outcome
			}
		}
		return out
	}
	want := map[key]record.Outcome{
		{"missing-delisting-plan", "dm100001"}: record.Violation,
		{"missing-delisting-plan", "dm100002"}: record.Violation,
		{"missing-delisting-plan", "dm100003"}: record.NotChecked,
		{"rights-complaint", "dm100000"}:       record.Violation,
		{"rights-complaint", "dm100001"}:       record.Suspected,
	}
	if diff := cmp.Diff(want, answers(asOf)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	load(market.FeedComplaints, head+"c1,dm100000,rights,settled,2026-01-05,2026-03-10\nc2,dm100001,rights,upheld,2026-02-20,2026-03-10\n")
	delete(want, key{"rights-complaint", "dm100000"})
	want[key{"rights-complaint", "dm100001"}] = record.Violation
	if diff := cmp.Diff(want, answers(asOf.AddDate(0, 0, 1))); diff != "" {
		t.Errorf("answers of the next night (-want +got):\n%s", diff)
	}
}
