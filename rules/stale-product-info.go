package rules

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// staleProductInfo is clause 18(13): what changes in a product is brought to the
// marketplace, too.
//
// It holds the page on the provider's website that presents the listing against the
// catalogue: its version, else the one in its title, and its price. Versions are compared
// as numbers (1.10 is newer than 1.9). What the page says of other software, of the past,
// of what is to come and of what is asked for is no version of the product.
//
//   - A newer version on the page, with a day that lies more than grace_days back, is a
//     violation, whatever newer ones are within the grace. A number that may be something
//     else's is suspected. Without a day it is suspected, as nobody knows since when, unless no
//     grace is given; within the grace it passes. A version of another kind (much higher
//     numbers), a version more exact than the catalogue's, and one held against the title
//     alone are suspected.
//   - Prices of which none is the catalogue's are suspected: editions and campaigns differ.
//   - A page that is older than the listing is nothing.
//
// A version on the page that cannot be compared, because the catalogue and the title state
// none, is not_checked; a page without a version shows none that is newer.
//
// The concept is what differs: the version, the price.
func staleProductInfo(f *Facts) record.Result {
	if res := noPage(f); res != nil {
		return *res
	}
	p, part := f.Page, productPart(f)
	s := NewSeek(f.Profile, f.Listing)
	host := ""
	if p.URL != nil {
		host = p.URL.Host()
	}
	shown := shownVersions(p, func(text string) bool { return s.names(plain(text), host) != fitNone })
	var findings []record.Finding
	listed, fromTitle := listedVersion(f)
	if listed != nil {
		if fi := newerVersion(f, listed, fromTitle, shown, part); fi != nil {
			findings = append(findings, *fi)
		}
	}
	if fi := otherPrice(f, part); fi != nil {
		findings = append(findings, *fi)
	}
	switch {
	case len(findings) > 0:
		return accuse(part, findings...)
	case p.Truncated != "":
		return truncated(p)
	case listed == nil && len(shown) > 0:
		return notChecked(record.ReasonNoInput, "商品数据缺少版本，无法与官网比较", "the catalogue lacks the version to compare the website's with")
	}
	return pass(part)
}

// listedVersion is the version of the listing by the catalogue, else by its title.
func listedVersion(f *Facts) (v version, fromTitle bool) {
	if v := parseVersion(f.Listing.Version); v != nil {
		return v, false
	}
	title := strings.ToLower(f.Listing.Title)
	if m := titleVersion.FindStringSubmatch(title); m != nil {
		return parseVersion(m[1]), true
	}
	return nil, false
}

// titleVersion matches a version in a title. Numbers without a V are those of anything.
var titleVersion = regexp.MustCompile(`(?:^|[^a-z0-9])v ?(\d{1,4}(?:\.\d{1,5}){0,4})(?:[^a-z0-9.]|$)`)

// otherKind is by how much a first number may rise before it is taken for another way of
// counting, or for another thing.
const otherKind = 5

// newerVersion accuses of a version that the page states and the listing has not got, nil
// when there is none: of the newest that is certain, else of the newest. Versions within the
// grace are left alone and hide none that is older: who releases every fortnight would never
// have to bring anything to the marketplace.
func newerVersion(f *Facts, listed version, fromTitle bool, shown []shownVersion, part string) *record.Finding {
	var worst *record.Finding
	var of version
	grace := f.Params.Int("stale-product-info", "grace_days")
	newest := newestOf(shown)
	for i := range shown {
		s := &shown[i]
		if s.version.compare(listed) <= 0 || fromTitle && listed.begins(s.version) {
			continue
		}
		if s.at.IsZero() && (newest != nil && s.version.compare(newest.version) < 0 || hasDay(shown, s.version)) {
			continue // its day is told elsewhere, or nobody knows that it stayed long
		}
		if !s.at.IsZero() && !dayOf(f.AsOf).After(s.at.AddDate(0, 0, grace)) {
			continue
		}
		fi := versionFinding(f, listed, fromTitle, s, part)
		graver := worst != nil && fi.Outcome == record.Violation && worst.Outcome != record.Violation
		lighter := worst != nil && fi.Outcome != record.Violation && worst.Outcome == record.Violation
		if worst == nil || graver || !lighter && s.version.compare(of) > 0 {
			worst, of = fi, s.version
		}
	}
	return worst
}

// newestOf is the newest of the versions that are certain, nil of none.
func newestOf(shown []shownVersion) *shownVersion {
	var newest *shownVersion
	for i := range shown {
		if !shown[i].unsure && (newest == nil || shown[i].version.compare(newest.version) > 0) {
			newest = &shown[i]
		}
	}
	return newest
}

// hasDay reports whether the page says of a version since when it is there.
func hasDay(shown []shownVersion, v version) bool {
	return slices.ContainsFunc(shown, func(s shownVersion) bool {
		return !s.at.IsZero() && s.version.compare(v) == 0
	})
}

// versionFinding accuses of a newer version.
func versionFinding(f *Facts, listed version, fromTitle bool, newest *shownVersion, part string) *record.Finding {
	grace := f.Params.Int("stale-product-info", "grace_days")
	p := f.Page
	fi := &record.Finding{
		Outcome: record.Suspected, Discriminator: "version", Part: part,
		Expected: record.Text{ZH: "云市场商品与官网的产品同步更新", EN: "the listing is updated together with the product"},
		Found: record.Text{
			ZH: fmt.Sprintf("官网为 %s，云市场为 %s", newest.version, listed),
			EN: fmt.Sprintf("%s on the website, %s on the marketplace", newest.version, listed),
		},
		Reason:      record.Text{ZH: "官网展示的版本比云市场商品新", EN: "the website shows a newer version than the listing"},
		Occurrences: []record.Occurrence{blockOccurrence(p, newest.block)},
	}
	if !newest.at.IsZero() {
		day := newest.at.Format(time.DateOnly)
		fi.Found = also(fi.Found, record.Text{ZH: "官网标注的日期为 " + day, EN: "the website dates it " + day})
	}
	switch {
	case newest.unsure:
		fi.Ask = record.Text{ZH: "请人工核实该数字是否为本商品的版本", EN: "a person must see whether the number is a version of this product"}
	case newest.version[0]-listed[0] >= otherKind:
		fi.Ask = record.Text{ZH: "请人工核实二者的版本号是否为同一编号方式", EN: "a person must see whether both count versions in the same way"}
	case fromTitle:
		fi.Ask = record.Text{ZH: "商品数据没有版本，请人工核实标题中的版本", EN: "the catalogue has no version; a person must look at the one in the title"}
	case listed.begins(newest.version):
		fi.Ask = record.Text{ZH: "商品数据的版本较粗略，请人工核实", EN: "the catalogue's version is less exact; a person must look"}
	case newest.at.IsZero() && grace > 0:
		fi.Ask = record.Text{ZH: "官网没有写明日期，请人工核实自何时更新", EN: "the website names no day; a person must see since when"}
	default:
		fi.Outcome = record.Violation
	}
	return fi
}

// maxPagePrices is the number of prices above which a page is a price list of many things.
const maxPagePrices = 12

// notPrices are words before an amount that is no price of the product.
func notPrices() []string {
	return []string{"省", "减", "满", "返", "抵", "券", "补贴", "奖", "资本", "融资", "营收", "赔", "罚", "原价", "市场价", "划线", "优惠", "节约", "成本", "损失", "押金", "保证金", "save", "off", "was ", "worth"}
}

// otherPrice accuses of prices on the page of which none is the catalogue's.
func otherPrice(f *Facts, part string) *record.Finding {
	p := f.Page
	want := page.Parse([]byte("<p>"+html.EscapeString(cut(f.Listing.Price, snippetMost))+"</p>"), page.Options{}).Prices()
	if len(want) != 1 || want[0].Fen == 0 {
		return nil
	}
	var first *page.Block
	var shown []string
	at := 0
	box := relatedBox{}
	prices := p.Prices()
	for i := range p.Blocks {
		b := &p.Blocks[i]
		related := box.in(b, p.Text[b.Start:b.End])
		for ; at < len(prices) && prices[at].Start < b.End; at++ {
			price := &prices[at]
			before := strings.ToLower(p.Text[max(b.Start, price.Start-24):max(b.Start, price.Start)])
			if price.Start < b.Start || related || !versionPlace(b) || b.Tag == "del" || b.Tag == "s" || anyOf(before, notPrices()) || !likePrice(price, &want[0]) {
				continue
			}
			if samePrice(*price, want[0]) || fromPrice(p.Text[price.End:b.End]) && price.Fen < want[0].Fen {
				return nil
			}
			if first == nil {
				first = b
			}
			shown = append(shown, oneLine(p.Text[price.Start:price.End]))
		}
	}
	if first == nil || len(shown) > maxPagePrices {
		return nil
	}
	return &record.Finding{
		Outcome: record.Suspected, Discriminator: "price", Part: part,
		Expected:    record.Same(cut(oneLine(f.Listing.Price), snippetMost)),
		Found:       record.Same(cut(strings.Join(shown, "、"), snippetMost)),
		Reason:      record.Text{ZH: "官网的价格与云市场商品不一致", EN: "the price on the website is not that of the listing"},
		Ask:         record.Text{ZH: "请人工核实是否为同一商品、同一规格", EN: "a person must see whether both are of one product and one edition"},
		Occurrences: []record.Occurrence{blockOccurrence(p, first)},
	}
}

// likePrice reports whether two prices are for the same kind of thing: periods, or the
// same piece.
func likePrice(a, b *page.Price) bool {
	unitA, monthsA := period(a.Unit)
	unitB, monthsB := period(b.Unit)
	return a.Currency == b.Currency && a.Fen > 0 && (monthsA > 0 && monthsB > 0 || unitA == unitB)
}

// fromPrice reports whether a price is the lowest of several ("起").
func fromPrice(after string) bool {
	return strings.HasPrefix(strings.TrimLeft(after, " "), "起")
}
