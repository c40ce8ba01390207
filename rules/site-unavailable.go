package rules

import (
	"marketwarden/internal/record"
)

// nightsForbidden is from which night on a site that robots.txt closes to us is reported.
const nightsForbidden = 3

// siteUnavailable is a part of clause 10(6): the provider's website, on which each
// listing has its product page, can be reached. It fails on two observations of its home
// page, twelve hours or more apart; the rules about product pages then have nothing to
// add. A robots.txt that forbids us is not_checked, and from the third night suspected:
// a site that nobody can audit is for a person to look at.
//
// Providers without a website on file are for no-product-page.
func siteUnavailable(f *Facts) record.Result {
	home := f.Provider.SiteURL
	if home == "" {
		return notApplicable(record.ReasonNoAddress, "没有登记官网", "no website is on file")
	}
	part := answersPart(f, home)
	if s := f.Seen; s != nil && s.State == SeenForbidden && s.Nights >= nightsForbidden {
		return accuse(part, record.Finding{
			Outcome: record.Suspected, Discriminator: "robots", Part: part,
			Expected:    record.Text{ZH: "官网允许检查其产品页", EN: "the website lets its product pages be checked"},
			Found:       s.Reason.Text,
			Reason:      record.Text{ZH: "官网无法核查：" + s.row().ZH, EN: "the site cannot be audited: " + s.row().EN},
			Occurrences: []record.Occurrence{{URL: home, Snippet: home, Mark: [2]int{0, len(home)}}},
		})
	}
	return unavailable(f, part, "home", home, record.Text{
		ZH: "登记的企业官网可以打开", EN: "the website on file can be opened",
	})
}
