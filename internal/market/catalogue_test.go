package market

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func day(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, Shanghai) }

func TestOptionalColumnsOfListings(t *testing.T) {
	t.Parallel()
	const head = "listing_id,provider_id,title,delivery,detail_url,listed_at,status,version,version_at,open_source,licence,delisting_plan_at\n"
	base := Listing{ID: "l1", ProviderID: "p1", Title: "博客镜像", Delivery: DeliveryImage, DetailURL: "u", ListedAt: day(1, 5), Status: StatusOnSale}
	full := base
	full.Version, full.VersionAt, full.OpenSource, full.Licence = "6.4", day(1, 2), OpenSourceYes, "GPL-2.0"
	full.DelistingPlanKnown, full.DelistingPlanOn = true, day(1, 4)
	none := base
	none.OpenSource, none.DelistingPlanKnown = OpenSourceNo, true
	planless := base
	planless.DelistingPlanKnown = true
	for name, tt := range map[string]struct {
		text string
		want Listing
	}{
		"all of them": {head + "l1,p1,博客镜像,image,u,2026-01-05,在售,6.4,2026-01-02,是,GPL-2.0,2026-01-04 18:30\n", full},
		"empty ones":  {head + "l1,p1,博客镜像,image,u,2026-01-05,在售,,,No,,\n", none},
		"no columns":  {"listing_id,provider_id,title,delivery,detail_url,listed_at,status\nl1,p1,博客镜像,image,u,2026-01-05,在售\n", base},
		"JSONL without the keys": {
			`{"listing_id":"l1","provider_id":"p1","title":"博客镜像","delivery":"image","detail_url":"u","listed_at":"2026-01-05","status":"在售"}`, base,
		},
		"JSONL with null": {
			`{"listing_id":"l1","provider_id":"p1","title":"博客镜像","delivery":"image","detail_url":"u","listed_at":"2026-01-05","status":"在售","delisting_plan_at":null}`, planless,
		},
	} {
		rows, bad, _, err := readFeed(FeedListings, tt.text, nil)
		if err != nil || len(bad) > 0 || len(rows) != 1 {
			t.Errorf("%s: %d rows, %v, %v", name, len(rows), bad, err)
			continue
		}
		if diff := cmp.Diff(tt.want, rows[0].Listing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadComplaints(t *testing.T) {
	t.Parallel()
	const text = "complaint_id,listing_id,provider_id,kind,status,filed_at,decided_at\n" +
		"c1,l1,p1,版权,成立,2026-03-01 10:00,2026-03-09\n" +
		"c2,,p1,service,处理中,2026-03-02,\n" +
		"c3,,,rights,pending,2026-03-02,\n" +
		"c4,l1,,rights,pending,2026-03-02,2026-03-03\n" +
		"c5,l1,,rights,upheld,2026-03-02,2026-03-01\n" +
		"c6,l1,,rights,upheld,,\n" +
		"c7,l1,,weather,won,2026-03-02,\n"
	rows, bad, _, err := readFeed(FeedComplaints, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []FeedRow{
		{Line: 2, Complaint: Complaint{
			ID: "c1", ListingID: "l1", ProviderID: "p1", Kind: ComplaintRights, Status: ComplaintUpheld,
			FiledAt: day(3, 1).Add(10 * time.Hour), DecidedAt: day(3, 9),
		}},
		{Line: 3, Complaint: Complaint{ID: "c2", ProviderID: "p1", Kind: ComplaintService, Status: ComplaintPending, FiledAt: day(3, 2)}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	wantBad := []string{
		`4:listing_id: names neither a listing nor, in provider_id, a provider: ""`,
		`5:decided_at: the complaint is pending, yet it was decided: "2026-03-03"`,
		`6:decided_at: lies before filed_at: "2026-03-01"`,
		`7:filed_at: must not be empty: ""`,
		`8:kind: must be rights, service, product, conduct or other: "weather"`,
		`8:status: must be pending, upheld, rejected, withdrawn or settled: "won"`,
	}
	if diff := cmp.Diff(wantBad, bad); diff != "" {
		t.Errorf("bad (-want +got):\n%s", diff)
	}
}
