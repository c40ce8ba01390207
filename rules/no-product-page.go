package rules

import (
	"strconv"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// noProductPage is a part of clause 10(6): every listing on sale, services included, has
// a page of its own on the provider's website. What counts as one is said at Seek and its
// grades; which page it is, ChooseProductPage decides before any rule is asked.
//
// It accuses by absence, so it does only when the whole site was searched and read as far
// as anything promised. A page that seems to be the one (Likely), a title without any
// distinctive word and individuals without website are for a person to look at. Without
// website on file an enterprise has no page to show.
//
// Where only one page was looked at (check), it passes when that page tells of the
// product at all; whether the site has a better one is then not known.
func noProductPage(f *Facts) record.Result {
	if res := offSale(f); res != nil {
		return *res
	}
	if f.Site == nil {
		return onlyPage(f)
	}
	part := sitePart(f)
	switch {
	case f.Product == nil:
		return notChecked(record.ReasonNoInput, "没有查找该商品的产品页", "the product's page was not looked for")
	case f.Product.Page != nil:
		return pass(part)
	}
	if res := siteDown(f); res != nil {
		return *res
	}
	if f.PageProblem != nil {
		return unchecked(*f.PageProblem)
	}
	if f.Listing.Title == "" {
		return notChecked(record.ReasonNoInput, "商品没有名称", "the listing has no title")
	}
	return accuse(part, absent(f, part))
}

// absent is the finding for a website without the page.
func absent(f *Facts, part string) record.Finding {
	fi := record.Finding{
		Outcome: record.Violation, Discriminator: "product-page", Part: part,
		Expected: record.Text{
			ZH: "企业官网上有专门介绍“" + f.Listing.Title + "”的页面",
			EN: "the provider's website has a page of its own for “" + f.Listing.Title + "”",
		},
	}
	if f.Site.Home == "" {
		fi.Found = record.Text{ZH: "没有登记企业官网", EN: "no website is on file"}
		fi.Reason = record.Text{ZH: "没有官网，也就没有产品页", EN: "without a website there is no product page"}
		if f.Provider.Kind == market.ProviderIndividual {
			fi.Outcome = record.Suspected
			fi.Ask = record.Text{ZH: "服务商是个人，是否另有网站须人工核实", EN: "the provider is an individual; a person must look whether there is a website"}
		}
		return fi
	}
	n := strconv.Itoa(len(f.Site.Pages))
	fi.Reason = record.Text{ZH: "共查看 " + n + " 个页面，都不是该产品自己的页面", EN: "none of the pages that were looked at is the product's own (" + n + " in all)"}
	name := newProductName(f.Listing.Title)
	if name.vague {
		fi.Outcome = record.Suspected
		fi.Ask = record.Text{ZH: "商品名称没有特征词，官网可能另有叫法，请人工核实", EN: "the listing's title has no distinctive word, so the site may call it otherwise; a person must look"}
	}
	var zh, en []string
	for _, c := range f.Product.Considered {
		zh = append(zh, c.URL+"："+c.Why.ZH)
		en = append(en, c.URL+": "+c.Why.EN)
		if c.Grade >= GradeLikely {
			fi.Outcome = record.Suspected
			fi.Ask = record.Text{ZH: "有页面可能是该产品的页面，请人工核实", EN: "a page may be the product's; a person must look"}
		}
		fi.Occurrences = append(fi.Occurrences, record.Occurrence{URL: c.URL, Snippet: c.URL, Mark: [2]int{0, len(c.URL)}})
	}
	if len(zh) == 0 {
		zh, en = []string{"没有一个页面提到该产品"}, []string{"no page names the product"}
	}
	fi.Found = record.Text{ZH: strings.Join(zh, "；"), EN: strings.Join(en, "; ")}
	return fi
}

// onlyPage judges the one page that was looked at.
func onlyPage(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	seek := NewSeek(f.Profile, f.Listing)
	if f.Listing.Title == "" && !seek.listing.known() {
		return notChecked(record.ReasonNoInput, "不知道产品的名称，也不知道其详情页", "neither the product's name nor its detail page is known")
	}
	part := productPart(f)
	a := seek.assess(&SitePage{URL: f.Page.URL, Page: f.Page, How: SiteDeclared}, "", nil)
	if a.grade > GradeNone {
		return pass(part)
	}
	if f.Page.Truncated != "" {
		return truncated(f.Page)
	}
	fi := record.Finding{
		Outcome: record.Suspected, Discriminator: "product-page", Part: part,
		Expected: record.Text{ZH: "企业官网上有专门介绍该产品的页面", EN: "the provider's website has a page of its own for the product"},
		Found:    record.Text{ZH: "该页面没有提到该产品，也没有链接到其详情页", EN: "the page neither names the product nor links to its detail page"},
		Reason:   record.Text{ZH: "该页面不是该产品的页面", EN: "the page is not the product's"},
		Ask:      record.Text{ZH: "只查看了这一个页面，网站上是否另有产品页须人工核实", EN: "only this page was looked at; a person must look whether the site has another"},
	}
	if f.Listing.Title == "" {
		fi.Found = record.Text{ZH: "该页面没有链接到该商品的详情页", EN: "the page does not link to the listing's detail page"}
	}
	return accuse(part, fi)
}
