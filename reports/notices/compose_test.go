package notices

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, digest := range map[string]func() *Digest{
		"words":      words1,
		"website":    website,
		"account":    account,
		"supersedes": superseding,
	} {
		for _, lang := range []string{"zh", "en"} {
			t.Run(name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				d := digest()
				d.Lang = lang
				m, err := Compose(d, options(t))
				if err != nil {
					t.Fatal(err)
				}
				golden(t, name+"."+lang+".txt", "Subject: "+m.Subject+"\nTo: "+m.To+"\n\n"+m.Text)
				golden(t, name+"."+lang+".html", m.HTML)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

func options(tb testing.TB) Options {
	tb.Helper()
	book, err := rules.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return Options{
		Book: book,
		Config: config.Notices{
			From: "compliance@market-demo.example", ReplyTo: "appeals@market-demo.example", Sender: "合规团队",
			Appeal: "服务商后台“违规申诉”", AppealDays: 5,
			MendDays: map[string]int{"critical": 3, "high": 5, "medium": 10, "low": 10},
		},
		Calendar: calendar(),
		Market:   record.Text{ZH: "示例云市场", EN: "Demo Marketplace"},
	}
}

// calendar knows 2026, with a National Day week as some years have it: eight days off, with
// working weekends before and after.
func calendar() market.WorkCalendar {
	days := func(list ...string) map[string]bool {
		out := map[string]bool{}
		for _, d := range list {
			out[d] = true
		}
		return out
	}
	return market.WorkCalendar{
		Holidays: days("2026-01-01", "2026-02-17", "2026-04-06", "2026-05-01", "2026-06-19", "2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08"),
		WorkDays: days("2026-09-27", "2026-10-10"),
	}
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, market.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// digest is one with these findings, confirmed.
func digest(findings ...record.Finding) *Digest {
	d := &Digest{
		Reference: "MW-2026-000123", Key: "P001/42", Lang: "zh", Date: at("2026-09-24 09:00:00"), AsOf: at("2026-09-24 02:30:00"), Sweep: 42,
		Provider: Recipient{ID: "P001", Name: "青松数据有限公司", Email: "ops@qingsong-demo.example"},
	}
	for i, f := range findings {
		f.Version = 1
		f.Subject.ProviderID = "P001"
		v := record.View{
			Record: record.Record{
				Fingerprint: f.Fingerprint(), ContentHash: f.ContentHash(), Finding: f, Status: record.Open,
				FirstSeen: at("2026-09-18 02:11:00"), LastSeen: at("2026-09-24 02:30:00"),
			},
			ProviderName: "青松数据有限公司",
		}
		if f.Subject.ListingID != "" {
			v.ListingTitle = "青松数据备份 企业版"
		}
		d.Items = append(d.Items, Item{View: v, Decision: record.Decision{ID: int64(i + 1), Kind: record.Confirm, Who: "li.lei", Why: "seen", At: at("2026-09-22 10:00:00")}})
	}
	return d
}

const listingPage = "https://market.demo.example/products/cmjj000001.html"

func listing(rule, id, discriminator string) record.Finding {
	return record.Finding{
		Rule: rule, Outcome: record.Violation, Discriminator: discriminator, Part: record.PartHTML(listingPage),
		Subject: record.Subject{Kind: record.SubjectListing, ID: id, ListingID: id},
	}
}

// words1: two rules on a listing page, with several places and evidence.
func words1() *Digest {
	claim := listing("exaggerated-claim", "cmjj000001", "first/detail")
	claim.Found, claim.Reason = record.Same("全国第一、最好"), record.Text{ZH: "自称第一", EN: "calls itself the first"}
	claim.Expected = record.Text{ZH: "不作绝对化宣称", EN: "no superlatives"}
	claim.Count, claim.Evidence = 5, []string{strings.Repeat("ab", 32), strings.Repeat("cd", 32)}
	claim.Occurrences = []record.Occurrence{
		{URL: listingPage, Field: "detail", Selector: "#detail > p:nth-of-type(2)", Snippet: "我们是全国第一的备份厂商。", Mark: [2]int{9, 21}},
		{URL: listingPage, Field: "summary", Snippet: "最\u200b好的备份", Mark: [2]int{0, 9}},
	}
	link := listing("external-link", "cmjj000001", "http://www.elsewhere-demo.example/")
	link.Found, link.Expected = record.Same("http://www.elsewhere-demo.example/buy"), record.Text{ZH: "只使用平台自有网站的网址", EN: "addresses of the platform's own sites only"}
	link.Count = 1
	link.Occurrences = []record.Occurrence{{URL: listingPage, Field: "cases", Snippet: "详见 http://www.elsewhere-demo.example/buy", Mark: [2]int{7, 44}}}
	other := listing("exaggerated-claim", "cmjj000002", "best/title")
	other.Found = record.Same("顶级")
	other.Occurrences = []record.Occurrence{{Field: "title", Snippet: "顶级备份", Mark: [2]int{0, 6}}}
	other.Part = record.PartHTML("https://market.demo.example/products/cmjj000002.html")
	return digest(other, link, claim, link)
}

// website: the provider's own site and a product page, one of them about the provider as
// a whole.
func website() *Digest {
	page := listing("no-purchase-entry", "cmjj000001", "purchase-entry")
	page.Part = record.PartHTML("https://www.qingsong-demo.example/backup")
	page.Found, page.Expected = record.Text{ZH: "没有购买入口", EN: "no purchase entry"}, record.Text{ZH: "有可见的购买入口", EN: "a visible purchase entry"}
	page.Occurrences = []record.Occurrence{{URL: "https://www.qingsong-demo.example/backup"}}
	site := record.Finding{
		Rule: "site-unavailable", Outcome: record.Violation, Discriminator: "down", Part: record.PartAddress("https://www.qingsong-demo.example/"),
		Subject: record.Subject{Kind: record.SubjectProvider, ID: "P001"}, Found: record.Text{ZH: "域名无法解析", EN: "the name does not resolve"},
		Occurrences: []record.Occurrence{{URL: "https://www.qingsong-demo.example/", Snippet: "https://www.qingsong-demo.example/", Mark: [2]int{0, 34}}},
	}
	d := digest(page, site)
	d.Items[0].ListingURL = listingPage
	return d
}

// account: a finding from a feed, with points.
func account() *Digest {
	d := digest(record.Finding{
		Rule: "deployment-ratio", Outcome: record.Violation, Discriminator: "2025", Part: record.PartFeed("orders/2025"),
		Subject: record.Subject{Kind: record.SubjectProvider, ID: "P001"}, Found: record.Text{ZH: "云上 70 / 共 100", EN: "70 on cloud of 100"},
		Expected: record.Text{ZH: "不低于 80%", EN: "at least 80 %"},
	})
	points := 6
	d.Points = &points
	return d
}

// superseding takes the place of a notice that failed, runs into a year whose holidays
// are not known, and has nobody to write to.
func superseding() *Digest {
	f := listing("off-platform-sale", "cmjj000001", "text:pay")
	f.Found = record.Same("扫码付款")
	d := digest(f)
	d.Supersedes, d.Date, d.Provider.Email, d.AsOf = "MW-2026-000100", at("2026-12-29 23:59:59"), "", time.Time{}
	return d
}
