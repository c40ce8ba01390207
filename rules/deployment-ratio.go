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
	outcome, why, ask := judgeShares(share(items, percent), share(all, percent), share(listings, percent), percent)
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
	mend, action := deploymentMend(d.Running, outcome)
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
		Reason: why, Ask: ask, Mend: mend, Action: action, AtRisk: d.Running,
	})
}

// deploymentMend is what a provider can still do about the year, and what is recommended:
// nothing that is delivered now changes the share of a year that is over, and nobody is
// expelled for one that runs.
func deploymentMend(running bool, outcome record.Outcome) (mend, action record.Text) {
	if running {
		mend = record.Text{
			ZH: "年度结束前，将商品部署到平台云资源上交付；如有订单的部署位置登记有误或缺失，请提交更正材料。",
			EN: "Until the year is over deliver items on the platform's cloud; where an order's place of deployment is missing or wrong on file, hand in the correction.",
		}
		action = record.Text{
			ZH: "预警；年度结束时仍低于要求的，清退（须经人工核定）",
			EN: "A warning; expulsion, after a person's decision, where the share is still too low when the year is over",
		}
		return mend, action
	}
	mend = record.Text{
		ZH: "该年度已结束，其比例不再变化：请核对该年度的订单；部署位置登记有误或缺失的，请在期限内提交更正材料；对结论有异议的，请申诉。",
		EN: "The year is over and new deliveries do not change its share: check the orders of that year; where a place of deployment is missing or wrong on file, hand in the correction by the deadline; where you disagree with the conclusion, appeal.",
	}
	if outcome == record.Suspected { // confirmed by a person, and yet not by all readings of the clause
		action = record.Text{ZH: "核定是否清退", EN: "A review of whether to expel"}
	}
	return mend, action
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

// judgeShares weighs the three readings of the clause: what holds, and what is open and so
// for a reviewer.
func judgeShares(items, all, listings verdict, percent int64) (outcome record.Outcome, why, ask record.Text) {
	say := func(zh, en string) record.Text {
		return record.Text{ZH: fmt.Sprintf(zh, percent), EN: fmt.Sprintf(en, percent)}
	}
	switch {
	case items == below && all == below && (listings == below || listings == none):
		return record.Violation, say("可部署类商品在云上的占比低于 %d%%，各种算法结论一致", "the deployable kinds are below %d %%, whichever way they are counted"), record.Text{}
	case items == below && all != below:
		return record.Suspected, say("可部署类商品按件数计算低于 %d%%", "the deployable kinds are below %d %% by items"),
			record.Text{ZH: "按全部商品计算则不能确定", EN: "the count over all kinds is not surely so"}
	case items == below:
		return record.Suspected, say("可部署类商品按件数计算低于 %d%%", "the deployable kinds are below %d %% by items"),
			record.Text{ZH: "按商品去重计算则不能确定", EN: "by distinct listings not surely"}
	case items == open || items == none && all == open:
		return record.Suspected, say("不计部署位置未知的商品，云上占比低于 %d%%", "without the items of unknown deployment the share on the cloud is below %d %%"),
			record.Text{ZH: "部署位置未知的商品决定结论", EN: "the items of unknown deployment decide"}
	case all == below:
		return record.Suspected, say("按全部商品计算低于 %d%%", "the count over all kinds is below %d %%"),
			record.Text{ZH: "这只是按字面计算的结果，可部署类商品并不低于该比例", EN: "only by this literal count, the deployable kinds are not below it"}
	case listings == below:
		return record.Suspected, say("可部署类商品按商品去重计算低于 %d%%", "by distinct listings the deployable kinds are below %d %%"),
			record.Text{ZH: "按件数计算则达到", EN: "by items it is met"}
	}
	return record.Pass, record.Text{}, record.Text{}
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
