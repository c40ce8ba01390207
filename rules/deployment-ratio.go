package rules

import (
	"fmt"
	"slices"
	"strconv"

	"marketwarden/internal/record"
)

// deploymentRatio is clause 24(5): a provider whose items sold in a natural year are
// deployed on the platform's cloud to less than 80 % leaves the marketplace.
//
// The clause can be read in three ways, and only what holds in all of them is a
// violation: by items of the kinds that are deployed at all (parameter deployable; a
// download or a service runs nowhere), by all items literally, and by distinct listings
// of the deployable kinds. Where the readings disagree, or items of unknown deployment
// decide, a person must look. A provider that sold nothing deployable is judged by the
// literal reading, and so never worse than suspected.
//
// Comparisons are of integers: exactly 80 % passes. The running year is never worse than
// suspected (at risk). Each year is a part of its own, so that a later year does not
// close the record of an earlier one.
func deploymentRatio(f *Facts) record.Result {
	res := judgeYear(f)
	if f.Deployment != nil {
		res.Variant = strconv.Itoa(f.Deployment.Year)
	}
	return res
}

func judgeYear(f *Facts) record.Result {
	if f.PageProblem != nil { // the unit could not be worked on at all
		return unchecked(*f.PageProblem)
	}
	d := f.Deployment
	if d == nil || d.FeedMissing {
		return notChecked(record.ReasonFeedMissing, "未导入订单数据", "no order feed was imported")
	}
	year := strconv.Itoa(d.Year)
	part := record.PartFeed("orders/" + year)
	if !d.Covered {
		return notChecked(record.ReasonFeedCoverage, "订单数据未覆盖 "+year+" 年", "the order feed does not cover "+year)
	}
	deployable := f.Params.List("deployment-ratio", "deployable")
	items, all, listings := sum(d.ByDelivery, deployable), sum(d.ByDelivery, nil), sum(d.Listings, deployable)
	if all.Total() == 0 {
		return notApplicable(record.ReasonNothingSold, year+" 年没有售出商品", "nothing was sold in "+year, part)
	}
	percent := int64(f.Params.Int("deployment-ratio", "percent"))
	outcome, why := judgeShares(share(items, percent), share(all, percent), share(listings, percent), percent)
	if outcome == record.Pass {
		return pass(part)
	}
	// The figures of the running year change with every order, which is nothing to decide
	// about anew; those of a year that is over change by corrections alone.
	material := fmt.Sprintf("deployable %+v, all %+v", items, all)
	if d.Running {
		outcome, material = record.Suspected, ""
		why.ZH, why.EN = "年度尚未结束，存在风险："+why.ZH, "at risk, the year is not over: "+why.EN
	}
	return accuse(part, record.Finding{
		Outcome: outcome, Discriminator: year, Part: part, Material: material,
		Expected: record.Text{
			ZH: fmt.Sprintf("%s 年售出商品中部署在平台云资源上的不低于 %d%%", year, percent),
			EN: fmt.Sprintf("of the items sold in %s at least %d %% are deployed on the platform's cloud", year, percent),
		},
		Found: record.Text{
			ZH: fmt.Sprintf("可部署类商品 %s；全部商品 %s；可部署类商品（按商品去重）%s", soldZH(items), soldZH(all), soldZH(listings)),
			EN: fmt.Sprintf("deployable kinds %s; all kinds %s; distinct deployable listings %s", soldEN(items), soldEN(all), soldEN(listings)),
		},
		Reason: why,
	})
}

// verdict is what a share of items says under one reading.
type verdict int

const (
	none  verdict = iota // no items of these kinds
	meets                // enough even if every unknown item is elsewhere
	open                 // unknown items decide
	below                // too few even if every unknown item is on the cloud
)

func share(s Sold, percent int64) verdict {
	switch need := percent * s.Total(); {
	case s.Total() == 0:
		return none
	case s.Cloud*100 >= need:
		return meets
	case (s.Cloud+s.Unknown)*100 >= need:
		return open
	}
	return below
}

// judgeShares weighs the three readings of the clause.
func judgeShares(items, all, listings verdict, percent int64) (record.Outcome, record.Text) {
	say := func(zh, en string) record.Text {
		return record.Text{ZH: fmt.Sprintf(zh, percent), EN: fmt.Sprintf(en, percent)}
	}
	switch {
	case items == below && all == below && (listings == below || listings == none):
		return record.Violation, say("可部署类商品在云上的占比低于 %d%%，各种算法结论一致", "the deployable kinds are below %d %%, whichever way they are counted")
	case items == below && all != below:
		return record.Suspected, say("只按可部署类商品计算低于 %d%%，按全部商品计算则不能确定", "only the deployable kinds are surely below %d %%, the count over all kinds is not")
	case items == below:
		return record.Suspected, say("按件数低于 %d%%，按商品去重计算则不能确定", "by items below %d %%, by distinct listings not surely")
	case items == open || items == none && all == open:
		return record.Suspected, say("部署位置未知的商品决定是否低于 %d%%", "items of unknown deployment decide whether it is below %d %%")
	case all == below:
		return record.Suspected, say("可部署类商品未低于 %[1]d%%，仅按全部商品计算低于 %[1]d%%", "only the literal count over all kinds is below %d %%")
	case listings == below:
		return record.Suspected, say("按件数达到 %[1]d%%，按商品去重计算低于 %[1]d%%", "by items it is met, by distinct listings it is below %d %%")
	}
	return record.Pass, record.Text{}
}

// sum adds up the kinds; no kinds = all of them.
func sum(by map[string]Sold, kinds []string) Sold {
	var out Sold
	for k, s := range by {
		if kinds == nil || slices.Contains(kinds, k) {
			out.Cloud, out.Other, out.Unknown = out.Cloud+s.Cloud, out.Other+s.Other, out.Unknown+s.Unknown
		}
	}
	return out
}

func soldZH(s Sold) string {
	return fmt.Sprintf("云上 %d / 共 %d（%s，未知 %d）", s.Cloud, s.Total(), soldPercent(s), s.Unknown)
}

func soldEN(s Sold) string {
	return fmt.Sprintf("%d on cloud of %d (%s, %d unknown)", s.Cloud, s.Total(), soldPercent(s), s.Unknown)
}

// soldPercent is the share on the cloud, cut and not rounded, so that 79.99 % never reads
// as 80 %.
func soldPercent(s Sold) string {
	if s.Total() == 0 {
		return "–"
	}
	hundredths := s.Cloud * 10_000 / s.Total()
	return fmt.Sprintf("%d.%02d%%", hundredths/100, hundredths%100)
}
