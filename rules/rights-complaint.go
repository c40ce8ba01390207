package rules

import (
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// rightsComplaint is clause 10(8)1, 18(17): a listing that infringes the rights of a third
// party is taken down.
//
// The feed of complaints decides, as it stood at the moment judged. A complaint about
// rights that was upheld while the listing is on sale is a violation, unless days of grace
// are configured that are not over. It is suspected while it is pending, and where the
// listing went on sale again after the decision: what was wrong may have been taken out.
// Where the decision bears no day, nobody knows that it did, and being on sale decides.
// Complaints that were rejected, withdrawn or settled are nothing.
//
// A feed that was never imported, or not for longer than max_age_days, is not_checked: a
// complaint that is not in store may simply not have been imported, and what was pending
// may have been decided.
//
// The concept is the complaint.
func rightsComplaint(f *Facts) record.Result {
	part := record.PartFeed(string(market.FeedComplaints))
	if res := offSale(f); res != nil {
		res.Parts = []string{part}
		return *res
	}
	if f.PageProblem != nil { // the unit could not be worked on at all
		return unchecked(*f.PageProblem)
	}
	c := f.Complaints
	if c == nil || c.Imported.IsZero() {
		return notChecked(record.ReasonFeedMissing, "未导入投诉数据", "no feed of complaints was imported")
	}
	if oldest := dayOf(f.AsOf).AddDate(0, 0, -f.Params.Int("rights-complaint", "max_age_days")); c.Imported.Before(oldest) {
		last := c.Imported.In(market.Shanghai).Format(time.DateOnly)
		return notChecked(record.ReasonFeedStale, "投诉数据最后导入于 "+last+"，已过期", "complaints were last imported on "+last)
	}
	var findings []record.Finding
	seen := map[string]bool{}
	for i := range c.Rights {
		if len(findings) == maxTargets {
			break
		}
		if fi := complaintFinding(f, &c.Rights[i], part); fi != nil && !seen[fi.Discriminator] {
			seen[fi.Discriminator] = true
			findings = append(findings, *fi)
		}
	}
	if len(findings) == 0 {
		return pass(part)
	}
	return accuse(part, findings...)
}

// complaintFinding is what a complaint accuses the listing of, nil when it is nothing.
func complaintFinding(f *Facts, c *market.Complaint, part string) *record.Finding {
	if c.ID == "" || c.FiledAt.After(f.AsOf) {
		return nil
	}
	filed := c.FiledAt.In(market.Shanghai).Format(time.DateOnly)
	fi := record.Finding{
		Outcome: record.Suspected, Discriminator: c.ID, Part: part, Material: c.Status,
		Expected: record.Text{ZH: "侵犯他人权利的商品已下架，并停止侵权", EN: "a listing that infringes the rights of others is taken down"},
		Found: record.Text{
			ZH: "权利投诉 " + c.ID + "（" + filed + " 提交）尚在处理，商品在售",
			EN: "the complaint " + c.ID + " about rights, filed on " + filed + ", is pending, and the listing is on sale",
		},
		Reason: record.Text{ZH: "有未决的权利投诉", EN: "a complaint about rights is pending"},
		Ask:    record.Text{ZH: "请跟进投诉的处理结果", EN: "follow what is decided about it"},
		Mend: record.Text{
			ZH: "配合投诉的处理，在期限内提交权利证明或授权材料；确有侵权的，请自行下架该商品。",
			EN: "Take part in the proceedings and hand in proof of your rights or the licence in time; where the listing infringes, take it down.",
		},
		Action: record.Text{ZH: "跟进投诉处理", EN: "Follow the complaint"},
	}
	if c.Status == market.ComplaintPending || c.DecidedAt.After(f.AsOf) {
		return &fi
	}
	if c.Status != market.ComplaintUpheld {
		return nil
	}
	fi.Mend, fi.Action = record.Text{}, record.Text{}
	decided, on := "", record.Text{ZH: "已成立", EN: "was upheld"}
	if !c.DecidedAt.IsZero() {
		decided = c.DecidedAt.In(market.Shanghai).Format(time.DateOnly)
		on = record.Text{ZH: "于 " + decided + " 成立", EN: "was upheld on " + decided}
	}
	fi.Material += " " + decided
	fi.Found = record.Text{
		ZH: "权利投诉 " + c.ID + " " + on.ZH + "，商品仍在售",
		EN: "the complaint " + c.ID + " about rights " + on.EN + ", and the listing is on sale",
	}
	grace := f.Params.Int("rights-complaint", "grace_days")
	switch until := dayOf(c.DecidedAt).AddDate(0, 0, grace); {
	case listedAgain(f.Listing.ListedAt, c.DecidedAt):
		listed := f.Listing.ListedAt.In(market.Shanghai).Format(time.DateOnly)
		fi.Found = also(fi.Found, record.Text{ZH: "本次上架于 " + listed, EN: "on sale since " + listed})
		fi.Reason = record.Text{ZH: "商品在投诉成立之后重新上架", EN: "the listing went on sale again after the complaint was upheld"}
		fi.Ask = record.Text{ZH: "请核实侵权内容是否已去除", EN: "see whether what infringed was taken out"}
		fi.Mend = record.Text{
			ZH: "请提交侵权内容已去除或已取得授权的证明；否则下架该商品。",
			EN: "Show that what infringed was taken out or is licensed now; otherwise take the listing down.",
		}
	case grace > 0 && !c.DecidedAt.IsZero() && !dayOf(f.AsOf).After(until):
		last := until.Format(time.DateOnly)
		fi.AtRisk, fi.Ask = true, record.Text{}
		fi.Reason = record.Text{ZH: "权利投诉已成立，商品应在 " + last + " 当日或之前下架", EN: "the complaint was upheld; the listing is to be taken down by " + last}
	default:
		fi.Outcome, fi.Ask = record.Violation, record.Text{}
		fi.Reason = record.Text{ZH: "权利投诉已成立，商品仍在售", EN: "the complaint was upheld, yet the listing is on sale"}
	}
	return &fi
}

// listedAgain reports whether a listing went on sale after the decision. Nobody knows it
// without the day of the decision; and where only the day is known, which the feed tells as
// its midnight, what went on sale that day may have done so before.
func listedAgain(listed, decided time.Time) bool {
	switch {
	case decided.IsZero():
		return false
	case decided.Equal(dayOf(decided)):
		return dayOf(listed).After(decided)
	}
	return listed.After(decided)
}
