package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/store/storetest"
)

func TestComplaints(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	const head = "complaint_id,listing_id,provider_id,kind,status,filed_at,decided_at\n"
	if at, err := s.FeedImported(t.Context(), market.FeedComplaints); err != nil || !at.IsZero() {
		t.Fatalf("imported %v, %v before any was", at, err)
	}
	res := load(t, s, market.FeedComplaints, head+
		"c2,l1,p1,rights,pending,2026-03-04,\n"+
		"c1,l1,p1,rights,pending,2026-03-01 10:00,\n"+
		"c3,l1,p1,service,upheld,2026-03-01,2026-03-02\n"+
		"c4,,p1,rights,upheld,2026-03-01,2026-03-02\n")
	accounted(t, res)
	if res.New != 4 || res.UnknownRows != 3 {
		t.Errorf("new %d, of listings not in store %d", res.New, res.UnknownRows)
	}
	// A later file says what became of one.
	res = load(t, s, market.FeedComplaints, head+"c1,l1,p1,rights,成立,2026-03-01 10:00,2026-03-09 18:00\n")
	if res.Changed != 1 {
		t.Errorf("changed %d", res.Changed)
	}
	at := func(d, h int) time.Time { return time.Date(2026, 3, d, h, 0, 0, 0, market.Shanghai) }
	want := map[string][]market.Complaint{"l1": {
		{ID: "c1", ListingID: "l1", ProviderID: "p1", Kind: market.ComplaintRights, Status: market.ComplaintUpheld, FiledAt: at(1, 10), DecidedAt: at(9, 18)},
		{ID: "c2", ListingID: "l1", ProviderID: "p1", Kind: market.ComplaintRights, Status: market.ComplaintPending, FiledAt: at(4, 0)},
	}}
	got, err := s.Complaints(t.Context(), []string{"l1", "l2", ""}, market.ComplaintRights)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("complaints (-want +got):\n%s", diff)
	}
	if imported, err := s.FeedImported(t.Context(), market.FeedComplaints); err != nil || !imported.Equal(importNow()) {
		t.Errorf("imported %v, %v", imported, err)
	}
}

func TestOptionalColumnsOfListings(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	load(t, s, market.FeedListings, "listing_id,provider_id,title,delivery,detail_url,listed_at,status,version,version_at,open_source,licence,delisting_plan_at\n"+
		"l1,p1,博客镜像,image,u,2026-01-05,on_sale,6.4,2026-01-02 08:00,yes,GPL-2.0,2026-01-04\n"+
		"l2,p1,博客镜像,image,u,2026-01-05,on_sale,,,,,\n")
	load(t, s, market.FeedListings, listingsHead+"l3,p1,备份,,image,u,,,2026-01-05,,on_sale\n")
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, market.Shanghai) }
	base := market.Listing{ProviderID: "p1", Title: "博客镜像", Delivery: market.DeliveryImage, DetailURL: "u", ListedAt: day(5), Status: market.StatusOnSale}
	l1, l2, l3 := base, base, base
	l1.ID, l1.Version, l1.VersionAt, l1.OpenSource, l1.Licence = "l1", "6.4", day(2).Add(8*time.Hour), market.OpenSourceYes, "GPL-2.0"
	l1.DelistingPlanKnown, l1.DelistingPlanOn = true, day(4)
	l2.ID, l2.DelistingPlanKnown = "l2", true
	l3.ID, l3.Title = "l3", "备份"
	for _, want := range []market.Listing{l1, l2, l3} {
		got, err := s.Listing(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("listing (-want +got):\n%s", diff)
		}
	}
}
