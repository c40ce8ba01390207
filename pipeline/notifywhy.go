package pipeline

import (
	"marketwarden/internal/record"
	"marketwarden/internal/store"
)

// Why is a code for what keeps a record from being told, or for which it was left out of a
// notice. Codes are stored with notices: do not rename.
type Why string

// What keeps a record from being told.
const (
	WhyDue          Why = ""              // nothing: it is told
	WhyUndecided    Why = "undecided"     // nobody decided about it
	WhyDismissed    Why = "dismissed"     // people decided that it is not so
	WhyWaived       Why = "waived"        // people let it be for a time
	WhyExpired      Why = "waiver_over"   // … which is over, and nobody decided since
	WhyChanged      Why = "changed"       // it was waived, and says something else now
	WhyCameBack     Why = "came_back"     // it was mended and is back, and nobody confirmed it anew
	WhyWorse        Why = "worse"         // a suspicion was decided about, and it is a violation now
	WhyWeaker       Why = "weaker"        // confirmed as a violation, and only suspected now
	WhyResolved     Why = "resolved"      // it is there no more
	WhyPlatformSide Why = "platform"      // the marketplace's own business
	WhyNoRule       Why = "no_rule"       // its rule is in this rulebook no more
	WhyProviderLeft Why = "left"          // its provider left the market
	WhyNoContact    Why = "no_contact"    // no address that mail can be sent to is on file
	WhyTold         Why = "told"          // the provider knows
	WhyQueued       Why = "queued"        // its notice waits to be sent
	WhyFailed       Why = "failed"        // its notice could not be sent
	WhyUnknown      Why = "unknown"       // nobody knows whether its notice was sent
	WhyNextDigest   Why = "next_digest"   // the provider's digest of this sweep was there before
	WhyHeld         Why = DropNotLookedAt // left out of it: it could not be looked at again
)

// DropNotLookedAt is why an item is left out of a notice when what it rests on could not
// be judged again. Other items are left out because they were resolved (record.Resolved…)
// or by the Why that keeps them from being told by then.
const DropNotLookedAt = "not_looked_at"

// Text says why in a sentence, and what a person has to do where it is up to one.
func (w Why) Text() record.Text {
	if t, ok := whyTexts()[w]; ok {
		return t
	}
	return record.Same(string(w))
}

func whyTexts() map[Why]record.Text {
	return map[Why]record.Text{
		WhyDue:          {ZH: "将通知", EN: "will be told"},
		WhyUndecided:    {ZH: "未通知：待审核", EN: "not told: nobody decided about it"},
		WhyDismissed:    {ZH: "不通知：已被驳回", EN: "not told: people dismissed it"},
		WhyWaived:       {ZH: "不通知：豁免中", EN: "not told: it is waived"},
		WhyExpired:      {ZH: "未通知：豁免已到期，尚未重新认定", EN: "not told: the waiver is over and nobody decided anew"},
		WhyChanged:      {ZH: "未通知：豁免后内容已变化，尚未重新认定", EN: "not told: it was waived and says something else now; nobody decided anew"},
		WhyCameBack:     {ZH: "未通知：整改后再次出现，尚未重新认定", EN: "not told: it was mended and came back; nobody confirmed it anew"},
		WhyWorse:        {ZH: "未通知：审核时为疑似，现已成为违规，尚未重新认定", EN: "not told: it was a suspicion and is a violation now; nobody decided anew"},
		WhyWeaker:       {ZH: "未通知：认定时为违规，现内容有变且仅为疑似，需重新认定", EN: "not told: confirmed as a violation, it says something else now and is only suspected; it has to be confirmed anew"},
		WhyResolved:     {ZH: "不通知：已不存在", EN: "not told: it is there no more"},
		WhyPlatformSide: {ZH: "不通知：属平台自身事项", EN: "not told: it is the marketplace's own business"},
		WhyNoRule:       {ZH: "不通知：当前规则库已无此规则", EN: "not told: the rulebook has no such rule any more"},
		WhyProviderLeft: {ZH: "不通知：服务商已离场", EN: "not told: the provider left the market"},
		WhyNoContact:    {ZH: "无法通知：没有可用的联系邮箱，请更新服务商资料", EN: "cannot be told: no usable contact e-mail is on file; correct the provider's data"},
		WhyTold:         {ZH: "已通知", EN: "told"},
		WhyQueued:       {ZH: "通知待发送", EN: "its notice waits to be sent"},
		WhyFailed:       {ZH: "通知发送失败：查明原因后重发（notices retry）", EN: "its notice failed: mend the cause, then send it anew (notices retry)"},
		WhyUnknown:      {ZH: "通知是否送达不明：请核实后结案（notices settle）", EN: "nobody knows whether its notice was sent: find out and settle it (notices settle)"},
		WhyNextDigest:   {ZH: "将随下次巡检的通知发送：本次巡检的通知在认定之前已生成", EN: "will be told with the next sweep's digest: that of this sweep was made before"},
		WhyHeld:         {ZH: "暂缓：发送前未能复查，随下次巡检的通知再试", EN: "held: it could not be looked at again before sending; tried with the next sweep's digest"},

		record.ResolvedMended:      {ZH: "复查时已整改", EN: "mended when looked at again"},
		record.ResolvedPartGone:    {ZH: "复查时原页面已不再适用", EN: "the page it rested on is no longer the one to judge"},
		record.ResolvedSubjectGone: {ZH: "商品或服务商已离场", EN: "its subject left the market"},
		store.DropDecided:          {ZH: "之后已重新处理", EN: "people decided about it anew since"},
		store.DropSuperseded:       {ZH: "已转入重发的通知", EN: "went over to the notice that was made anew"},
	}
}
