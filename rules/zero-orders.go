package rules

import (
	"fmt"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// zeroOrders is clause 18(14): a listing on sale without a single order in three
// consecutive months is taken down by the marketplace.
//
// What counts as an order is settled where orders are counted: a paid one, free ones
// included, that was neither refunded in full nor closed. The window is OrderWindow.
//
//   - Not on sale during all of the window: not_applicable. ListedAt starts the current
//     spell, so a relisting restarts the clock.
//   - On sale for two months and no order in them: suspected (at risk), with the day on
//     which the three months are full. It is the same record as the later violation.
//   - A known order in the window acquits even where the feed does not cover all of it;
//     its absence accuses only where the feed does. Where the feed covers two months
//     only and they are empty, the listing is at risk at least: suspected, saying that
//     the third month is not covered.
func zeroOrders(f *Facts) record.Result {
	part := record.PartFeed("orders")
	if f.Listing.Status == market.StatusOffSale || !f.Listing.DelistedAt.IsZero() {
		return notApplicable(record.ReasonNotOnSale, "商品不在售", "the listing is not on sale", part)
	}
	if f.PageProblem != nil { // the unit could not be worked on at all
		return unchecked(*f.PageProblem)
	}
	o := f.Orders
	if o == nil || o.FeedMissing {
		return notChecked(record.ReasonFeedMissing, "未导入订单数据", "no order feed was imported")
	}
	if f.Listing.ListedAt.IsZero() {
		if o.CountTwo > 0 {
			return pass(part)
		}
		return notChecked(record.ReasonNoInput, "商品数据缺少上架时间", "the catalogue lacks the time of listing")
	}
	from, _ := OrderWindow(f.AsOf, ordersMonths)
	fromTwo, _ := OrderWindow(f.AsOf, ordersAtRiskMonths)
	empty := o.Covered && o.Count == 0
	atRisk := f.Params.Bool("zero-orders", "at_risk") && (o.Covered || o.CoveredTwo) && o.CountTwo == 0
	switch {
	case f.Listing.ListedAt.After(fromTwo), f.Listing.ListedAt.After(from) && !atRisk:
		return notApplicable(record.ReasonTooYoung, "上架未满三个月", "on sale for less than three months", part)
	case empty && !f.Listing.ListedAt.After(from):
		return accuse(part, zeroOrdersFinding(f, part, record.Violation))
	case atRisk:
		return accuse(part, zeroOrdersFinding(f, part, record.Suspected))
	case o.CountTwo > 0, o.Covered: // an order in the window is known
		return pass(part)
	}
	return notChecked(record.ReasonFeedCoverage,
		"订单数据未覆盖 "+from.Format(time.DateOnly)+" 至 "+dayOf(f.AsOf).Format(time.DateOnly),
		"the order feed does not cover "+from.Format(time.DateOnly)+" to "+dayOf(f.AsOf).Format(time.DateOnly))
}

// The months of the clause, and after how many a listing is at risk.
const (
	ordersMonths       = 3
	ordersAtRiskMonths = 2
)

func zeroOrdersFinding(f *Facts, part string, outcome record.Outcome) record.Finding {
	o := f.Orders
	last, paid := record.Text{ZH: "没有已知的有效订单", EN: "no order that counts is known"}, "unknown"
	if !o.LastPaid.IsZero() {
		paid = o.LastPaid.In(market.Shanghai).Format(time.DateOnly)
		last = record.Text{ZH: "最后一笔有效订单付款于 " + paid, EN: "the last order that counts was paid on " + paid}
	}
	listed := f.Listing.ListedAt.In(market.Shanghai).Format(time.DateOnly)
	fi := record.Finding{
		Outcome: outcome, AtRisk: outcome != record.Violation, Discriminator: "zero-orders", Part: part, Material: "on sale since " + listed + ", last order " + paid,
		Expected: record.Text{ZH: "在售商品连续三个月内至少有一笔有效订单", EN: "a listing on sale has at least one order in three consecutive months"},
		Found:    record.Text{ZH: last.ZH + "；本次上架于 " + listed, EN: last.EN + "; on sale since " + listed},
	}
	from, _ := OrderWindow(f.AsOf, ordersMonths)
	full := FullOn(f.Listing.ListedAt, o.LastPaid, ordersMonths).Format(time.DateOnly)
	switch {
	case outcome == record.Violation:
		first, last := from.Format(time.DateOnly), dayOf(f.AsOf).Format(time.DateOnly)
		fi.Reason = record.Text{
			ZH: first + " 至 " + last + " 没有有效订单，三个月已满",
			EN: "no order that counts from " + first + " to " + last + ": the three months are full",
		}
		fi.Mend = record.Text{
			ZH: "三个月已满：请在期限前自行下架该商品；如期间有有效订单未计入，请提交订单号核对；有异议的，请申诉。",
			EN: "The three months are full: take the listing down by the deadline; where an order that counts in them is missing, hand in its number; where you disagree, appeal.",
		}
	case !o.Covered && f.Listing.ListedAt.Before(from) && o.Count == 0:
		fi.Reason = record.Text{
			ZH: "近两个月没有有效订单",
			EN: "no order that counts in the last two months",
		}
		fi.Ask = record.Text{
			ZH: "更早一个月的订单数据未覆盖，无法判断三个月是否已满",
			EN: "the feed does not cover the month before, so whether the three months are full is not known",
		}
		fi.Action = zeroOrdersWarning()
	default:
		fi.Reason = record.Text{
			ZH: fmt.Sprintf("已两个月没有有效订单；如一直没有，将于 %s 满三个月并应强制下架", full),
			EN: fmt.Sprintf("no order that counts for two months; without one the three months are full on %s and the listing is to be taken down", full),
		}
		fi.Mend = record.Text{
			ZH: "在 " + full + " 之前促成有效订单，或自行下架该商品；如订单数据有误，请提交订单号核对。",
			EN: "Win an order that counts before " + full + ", or take the listing down; where the order data is wrong, hand in the order numbers.",
		}
		fi.Action = zeroOrdersWarning()
	}
	return fi
}

// zeroOrdersWarning is what is recommended before three months are known to be full.
func zeroOrdersWarning() record.Text {
	return record.Text{ZH: "预警；满三个月仍没有有效订单的，强制下架", EN: "A warning; forced delisting when three months without an order are full"}
}
