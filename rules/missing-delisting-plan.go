package rules

import (
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// missingDelistingPlan is clause 10(7): before a listing goes on sale its provider hands in
// how it would be taken down: how buyers go on using it, and who then owns what.
//
// The catalogue decides. A plan dated on or before the day on which the current spell on
// sale began passes; none on file, or only a later one, is a violation. A catalogue that
// keeps no such plans (no column delisting_plan_at) says nothing: not_checked. What a plan
// must contain is for people to read.
//
// There is one concept: the plan.
func missingDelistingPlan(f *Facts) record.Result {
	part := record.PartFeed(string(market.FeedListings))
	l := &f.Listing
	if res := offSale(f); res != nil {
		res.Parts = []string{part}
		return *res
	}
	if f.PageProblem != nil { // the unit could not be worked on at all
		return unchecked(*f.PageProblem)
	}
	listed := l.ListedAt
	switch {
	case !l.DelistingPlanKnown:
		return notChecked(record.ReasonFeedMissing, "商品数据没有下架策略一栏", "the catalogue keeps no delisting plans")
	case l.DelistingPlanOn.IsZero():
	case listed.IsZero():
		return notChecked(record.ReasonNoInput, "商品数据缺少上架时间", "the catalogue lacks the time of listing")
	case !l.DelistingPlanOn.After(dayOf(listed)):
		return pass(part)
	}
	return accuse(part, delistingPlanFinding(l, part))
}

func delistingPlanFinding(l *market.Listing, part string) record.Finding {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(market.Shanghai).Format(time.DateOnly)
	}
	listed, planned := day(l.ListedAt), day(l.DelistingPlanOn)
	fi := record.Finding{
		Outcome: record.Violation, Discriminator: "delisting-plan", Part: part, Material: "on sale since " + listed + ", plan " + planned,
		Expected: record.Text{ZH: "上架前已提供商品下架策略", EN: "a delisting plan handed in before the listing goes on sale"},
		Found:    record.Text{ZH: "没有登记下架策略", EN: "no delisting plan is on file"},
		Reason:   record.Text{ZH: "上架前没有提供下架策略", EN: "no delisting plan was handed in before the listing went on sale"},
	}
	if listed != "" {
		fi.Found = also(fi.Found, record.Text{ZH: "本次上架于 " + listed, EN: "on sale since " + listed})
	}
	if planned != "" {
		fi.Found = record.Text{
			ZH: "下架策略的日期为 " + planned + "，本次上架于 " + listed,
			EN: "the delisting plan is of " + planned + "; on sale since " + listed,
		}
		fi.Reason = record.Text{ZH: "下架策略在上架之后才提供", EN: "the delisting plan was handed in after the listing went on sale"}
		fi.Mend = record.Text{
			ZH: "如在上架前已提供过下架策略，请提交当时的材料；今后请在上架前提供。",
			EN: "Where a plan was handed in before, show it; from now on hand it in before a listing goes on sale.",
		}
	}
	return fi
}
