package reports

import "marketwarden/internal/record"

// texts are all words that reports show to people, each in both languages, in one place.
// Formats take their arguments in the same order in both.
type texts struct {
	// Headings of columns, in files and on the terminal.
	colChange, colOutcome, colStatus, colSeverity, colRule, colTitle, colClause      record.Text
	colProviderID, colProvider, colListingID, colListing, colSubject, colVariant     record.Text
	colURL, colField, colSelector, colSnippet, colExpected, colFound, colReason      record.Text
	colMend, colPlaces, colFirstSeen, colLastSeen, colResolvedAt, colResolvedWhy     record.Text
	colPart, colEvidence, colFingerprint, colReasonCode, colWhy                      record.Text
	colYear, colSold, colCloud, colOther, colUnknown, colShare, colShareMost         record.Text
	colDeployable, colDeployableCloud, colDeployableUnknown                          record.Text
	colDeployableShare, colDeployableShareMost                                       record.Text
	colListedOn, colLastOrder, colMonths, colDelistOn, colExample, colCount, colNew  record.Text
	colViolation, colSuspected, colNotChecked, colPass, colNotApplicable, colChecked record.Text
	colStanding, colDecidedBy, colDecidedAt, colDecidedWhy, colWaivedUntil           record.Text
	colDecisionID, colContent, colWaiver, colUntil, colDaysLeft, colDecision         record.Text
	// Headings of the columns that a reviewer fills in; see ReadReviewed.
	fillDecision, fillWhy, fillUntil, fillOwner record.Text
	// Where records stand with the people who decide.
	stateUndecided, stateConfirmed, stateDismissed, stateWaived, changedSince record.Text
	decided, waiversEnding, waiversLook                                       record.Text
	noCases, noWaivers, moreCases, casePlaces, caseEvidence, caseDecisions    record.Text
	caseUndecided, caseNotices, caseNoNotices, caseUntil, caseRead, caseLeft  record.Text
	answers, replaces                                                         record.Text
	// Lines of the terminal summary.
	sweep, asOf, running, abandoned, took, checked, units, unitsOpen, onlyProvider     record.Text
	open, changes, notJudged, nothingOpen, never                                       record.Text
	secNews, secRules, secNotChecked, secProviders, secDeployment, secOrderless, more  record.Text
	deploymentRest, orderlessRest                                                      record.Text
	diff, secDiffNew, secDiffGone, secDiffUnjudged, secDiffChanged, diffNone, diffUnit record.Text
}

// words returns the texts. It makes them anew, so that nobody can change them for others.
func words() *texts {
	return &texts{
		colChange:              record.Text{ZH: "变化", EN: "change"},
		colOutcome:             record.Text{ZH: "结论", EN: "outcome"},
		colStatus:              record.Text{ZH: "状态", EN: "status"},
		colSeverity:            record.Text{ZH: "严重程度", EN: "severity"},
		colRule:                record.Text{ZH: "规则", EN: "rule"},
		colTitle:               record.Text{ZH: "规则名称", EN: "title"},
		colClause:              record.Text{ZH: "条款", EN: "clause"},
		colProviderID:          record.Text{ZH: "服务商编号", EN: "provider id"},
		colProvider:            record.Text{ZH: "服务商", EN: "provider"},
		colListingID:           record.Text{ZH: "商品编号", EN: "listing id"},
		colListing:             record.Text{ZH: "商品", EN: "listing"},
		colSubject:             record.Text{ZH: "对象", EN: "subject"},
		colVariant:             record.Text{ZH: "细分", EN: "variant"},
		colURL:                 record.Text{ZH: "页面地址", EN: "url"},
		colField:               record.Text{ZH: "字段", EN: "field"},
		colSelector:            record.Text{ZH: "页面位置", EN: "selector"},
		colSnippet:             record.Text{ZH: "原文", EN: "snippet"},
		colExpected:            record.Text{ZH: "应为", EN: "expected"},
		colFound:               record.Text{ZH: "实际", EN: "found"},
		colReason:              record.Text{ZH: "说明", EN: "reason"},
		colMend:                record.Text{ZH: "整改办法", EN: "how to mend"},
		colPlaces:              record.Text{ZH: "出现处数", EN: "places"},
		colFirstSeen:           record.Text{ZH: "首次发现", EN: "first seen"},
		colLastSeen:            record.Text{ZH: "最近发现", EN: "last seen"},
		colResolvedAt:          record.Text{ZH: "消除时间", EN: "resolved at"},
		colResolvedWhy:         record.Text{ZH: "消除原因", EN: "resolved because"},
		colPart:                record.Text{ZH: "依据", EN: "rests on"},
		colEvidence:            record.Text{ZH: "证据（SHA-256）", EN: "evidence (SHA-256)"},
		colFingerprint:         record.Text{ZH: "指纹", EN: "fingerprint"},
		colReasonCode:          record.Text{ZH: "原因代码", EN: "reason code"},
		colWhy:                 record.Text{ZH: "原因", EN: "why"},
		colYear:                record.Text{ZH: "自然年", EN: "year"},
		colSold:                record.Text{ZH: "售出", EN: "sold"},
		colCloud:               record.Text{ZH: "部署在云上", EN: "on cloud"},
		colOther:               record.Text{ZH: "部署在别处", EN: "elsewhere"},
		colUnknown:             record.Text{ZH: "部署不明", EN: "unknown"},
		colShare:               record.Text{ZH: "云上占比 %", EN: "on cloud %"},
		colShareMost:           record.Text{ZH: "云上占比上限 %", EN: "on cloud % at most"},
		colDeployable:          record.Text{ZH: "可部署类售出", EN: "deployable sold"},
		colDeployableCloud:     record.Text{ZH: "可部署类在云上", EN: "deployable on cloud"},
		colDeployableUnknown:   record.Text{ZH: "可部署类部署不明", EN: "deployable unknown"},
		colDeployableShare:     record.Text{ZH: "可部署类云上占比 %", EN: "deployable on cloud %"},
		colDeployableShareMost: record.Text{ZH: "可部署类云上占比上限 %", EN: "deployable on cloud % at most"},
		colListedOn:            record.Text{ZH: "上架日期", EN: "listed on"},
		colLastOrder:           record.Text{ZH: "最近成单", EN: "last order"},
		colMonths:              record.Text{ZH: "无成单月数", EN: "months without"},
		colDelistOn:            record.Text{ZH: "满三个月之日", EN: "delist on"},
		colExample:             record.Text{ZH: "例", EN: "for example"},
		colCount:               record.Text{ZH: "数量", EN: "count"},
		colNew:                 record.Text{ZH: "新增", EN: "new"},
		colViolation:           record.Text{ZH: "违规", EN: "violation"},
		colSuspected:           record.Text{ZH: "疑似", EN: "suspected"},
		colNotChecked:          record.Text{ZH: "未检查", EN: "not checked"},
		colPass:                record.Text{ZH: "通过", EN: "pass"},
		colNotApplicable:       record.Text{ZH: "不适用", EN: "not applicable"},
		colChecked:             record.Text{ZH: "覆盖率", EN: "coverage"},

		colStanding:    record.Text{ZH: "处理状态", EN: "standing"},
		colDecidedBy:   record.Text{ZH: "处理人", EN: "decided by"},
		colDecidedAt:   record.Text{ZH: "处理时间", EN: "decided at"},
		colDecidedWhy:  record.Text{ZH: "处理理由", EN: "decided because"},
		colWaivedUntil: record.Text{ZH: "已豁免至", EN: "waived until"},
		colDecisionID:  record.Text{ZH: "决定编号", EN: "decision number"},
		colContent:     record.Text{ZH: "内容哈希", EN: "content hash"},
		colWaiver:      record.Text{ZH: "豁免", EN: "waiver"},
		colUntil:       record.Text{ZH: "截止日", EN: "until"},
		colDaysLeft:    record.Text{ZH: "剩余天数", EN: "days left"},
		colDecision:    record.Text{ZH: "决定", EN: "decision"},

		fillDecision: record.Text{ZH: "审核决定", EN: "decision"},
		fillWhy:      record.Text{ZH: "审核理由", EN: "why"},
		fillUntil:    record.Text{ZH: "豁免至", EN: "waive until"},
		fillOwner:    record.Text{ZH: "豁免责任人", EN: "owner"},

		stateUndecided: record.Text{ZH: "待审核", EN: "undecided"},
		stateConfirmed: record.Text{ZH: "已确认", EN: "confirmed"},
		stateDismissed: record.Text{ZH: "已驳回", EN: "dismissed"},
		stateWaived:    record.Text{ZH: "已豁免", EN: "waived"},
		changedSince:   record.Text{ZH: "此后内容有变", EN: "changed since"},
		decided:        record.Text{ZH: "待审核 %d · 已确认 %d；不计入：已豁免 %d，已驳回 %d", EN: "%d undecided · %d confirmed; not counted: %d waived, %d dismissed"},
		waiversEnding:  record.Text{ZH: "%d 项豁免将在 %d 天内到期", EN: "waivers ending soon: %d (within %d days)"},
		waiversLook:    record.Text{ZH: "豁免已到期或失效 %d 项，不再需要 %d 项", EN: "waivers that are over or void: %d, no longer needed: %d"},
		noCases:        record.Text{ZH: "没有符合条件的记录", EN: "No record is like that."},
		noWaivers:      record.Text{ZH: "没有需要列出的豁免", EN: "There are no waivers."},
		moreCases:      record.Text{ZH: "另有 %d 项未列出（--limit 0 列出全部）", EN: "and %d more (--limit 0 for all)"},
		casePlaces:     record.Text{ZH: "出现位置（共 %d 处）", EN: "Places (%d in all)"},
		caseEvidence:   record.Text{ZH: "证据（SHA-256）", EN: "Evidence (SHA-256)"},
		caseDecisions:  record.Text{ZH: "决定", EN: "Decisions"},
		caseUndecided:  record.Text{ZH: "待审核", EN: "nobody decided yet"},
		caseNotices:    record.Text{ZH: "通知", EN: "Notices"},
		caseNoNotices:  record.Text{ZH: "未列入任何通知", EN: "it went into none"},
		caseUntil:      record.Text{ZH: "至 %s，责任人 %s", EN: "until %s, owner %s"},
		caseRead:       record.Text{ZH: "读自 %s", EN: "read from %s"},
		answers:        record.Text{ZH: "记录决定 %d 项；此前已作同样决定 %d 项；此前已从此文件读入 %d 项", EN: "%d decisions noted; %d stood already; %d were read from this file before"},
		replaces:       record.Text{ZH: "取代此前的决定“%s”（%s，%s）", EN: "replaces \"%s\" by %s of %s"},
		caseLeft:       record.Text{ZH: "未发送此项：%s", EN: "left out: %s"},

		sweep:        record.Text{ZH: "第 %d 次巡检", EN: "Sweep %d"},
		asOf:         record.Text{ZH: "截至 %s", EN: "as of %s"},
		running:      record.Text{ZH: "尚未结束，以下为目前结果", EN: "still running: this is what is known so far"},
		abandoned:    record.Text{ZH: "已中止，结果不完整", EN: "abandoned: what follows is incomplete"},
		took:         record.Text{ZH: "用时 %s", EN: "took %s"},
		checked:      record.Text{ZH: "应检查项已检查 %s%%", EN: "%s%% of what applies was checked"},
		units:        record.Text{ZH: "任务 %d 个：完成 %d，未检查 %d", EN: "%d units: %d done, %d not checked"},
		unitsOpen:    record.Text{ZH: "，待处理 %d", EN: ", %d open"},
		onlyProvider: record.Text{ZH: "只列服务商 %s；覆盖率、任务数与规则统计为整次巡检的数字", EN: "provider %s only; coverage, units and the figures by rule are of the whole sweep"},
		open:         record.Text{ZH: "未消除 %d 项：违规 %d，疑似 %d", EN: "%d open: violation %d, suspected %d"},
		changes:      record.Text{ZH: "新增 %d · 持续 %d · 复发 %d · 消除 %d", EN: "%d new · %d persisting · %d reopened · %d resolved"},
		notJudged:    record.Text{ZH: " · 本次未能复查 %d", EN: " · %d could not be judged again"},
		nothingOpen:  record.Text{ZH: "没有未消除的记录", EN: "Nothing is open."},
		never:        record.Text{ZH: "无", EN: "none"},

		secNews:        record.Text{ZH: "新增与复发", EN: "New and reopened"},
		secRules:       record.Text{ZH: "按规则", EN: "By rule"},
		secNotChecked:  record.Text{ZH: "未检查的项目及原因", EN: "What was not checked, and why"},
		secProviders:   record.Text{ZH: "问题最多的服务商", EN: "Providers with the most open records"},
		secDeployment:  record.Text{ZH: "云上部署占比", EN: "Deployment on the platform's cloud"},
		secOrderless:   record.Text{ZH: "无成单的商品", EN: "Listings without orders"},
		more:           record.Text{ZH: "另有 %d 项未列出", EN: "and %d more"},
		deploymentRest: record.Text{ZH: "另有 %d 项无售出，不适用", EN: "%d more sold nothing, so it does not apply"},
		orderlessRest:  record.Text{ZH: "其余：不足一个月 %d，未检查 %d，不适用 %d", EN: "the others: %d below one month, %d not checked, %d not applicable"},

		diff:            record.Text{ZH: "第 %d 次巡检与第 %d 次巡检比较", EN: "From sweep %d to sweep %d"},
		secDiffNew:      record.Text{ZH: "新出现", EN: "New"},
		secDiffGone:     record.Text{ZH: "已消除", EN: "Gone"},
		secDiffUnjudged: record.Text{ZH: "后一次未能检查", EN: "Not judged in the later sweep"},
		secDiffChanged:  record.Text{ZH: "内容有变", EN: "Changed"},
		diffNone:        record.Text{ZH: "没有变化", EN: "No difference."},
		diffUnit:        record.Text{ZH: "%s（%d）", EN: "%s (%d)"},
	}
}

func (t *texts) outcome(o record.Outcome) record.Text {
	switch o {
	case record.Pass:
		return t.colPass
	case record.Violation:
		return t.colViolation
	case record.Suspected:
		return t.colSuspected
	case record.NotApplicable:
		return t.colNotApplicable
	case record.NotChecked:
		return t.colNotChecked
	}
	return record.Same(string(o))
}

func (*texts) status(s record.Status) record.Text {
	switch s {
	case record.Open:
		return record.Text{ZH: "未消除", EN: "open"}
	case record.Resolved:
		return record.Text{ZH: "已消除", EN: "resolved"}
	}
	return record.Same(string(s))
}

func (*texts) change(c record.Change) record.Text {
	switch c {
	case record.ChangeNew:
		return record.Text{ZH: "新增", EN: "new"}
	case record.ChangePersisting:
		return record.Text{ZH: "持续", EN: "persisting"}
	case record.ChangeReopened:
		return record.Text{ZH: "复发", EN: "reopened"}
	case record.ChangeResolved:
		return record.Text{ZH: "消除", EN: "resolved"}
	case record.ChangeUnseen:
		return record.Text{ZH: "本次未能复查", EN: "not judged"}
	}
	return record.Same(string(c))
}

func (*texts) severity(s string) record.Text {
	switch s {
	case "low":
		return record.Text{ZH: "轻微", EN: "low"}
	case "medium":
		return record.Text{ZH: "一般", EN: "medium"}
	case "high":
		return record.Text{ZH: "严重", EN: "high"}
	case "critical":
		return record.Text{ZH: "特别严重", EN: "critical"}
	}
	return record.Same(s)
}

func (*texts) subject(k record.SubjectKind) record.Text {
	switch k {
	case record.SubjectListing:
		return record.Text{ZH: "商品", EN: "listing"}
	case record.SubjectProvider:
		return record.Text{ZH: "服务商", EN: "provider"}
	}
	return record.Same(string(k))
}

func (*texts) resolved(why string) record.Text {
	switch why {
	case record.ResolvedMended:
		return record.Text{ZH: "已整改", EN: "mended"}
	case record.ResolvedPartGone:
		return record.Text{ZH: "所依据的页面已不再适用", EN: "the page it rested on is no longer the one to judge"}
	case record.ResolvedSubjectGone:
		return record.Text{ZH: "商品或服务商已离开市场", EN: "the listing or provider left the market"}
	}
	return record.Same(why)
}

// reason is a reason code in words; a code that is not known here stands for itself.
func (*texts) reason(code string) record.Text {
	switch code {
	case record.ReasonUnreachable:
		return record.Text{ZH: "无法访问", EN: "unreachable"}
	case record.ReasonErrorStatus:
		return record.Text{ZH: "页面返回错误状态", EN: "the page answers with an error status"}
	case record.ReasonRobots:
		return record.Text{ZH: "robots.txt 不允许访问", EN: "robots.txt forbids it"}
	case record.ReasonBotWall:
		return record.Text{ZH: "被验证页面拦截", EN: "stopped by a bot wall"}
	case record.ReasonSoft404:
		return record.Text{ZH: "页面实际不存在", EN: "the page says that it does not exist"}
	case record.ReasonLayout:
		return record.Text{ZH: "页面结构与市场配置不符", EN: "the layout is not the one the market profile describes"}
	case record.ReasonShell:
		return record.Text{ZH: "页面内容由脚本生成", EN: "the page is built by scripts"}
	case record.ReasonRefused:
		return record.Text{ZH: "地址不允许访问", EN: "the address must not be visited"}
	case record.ReasonNotHTML:
		return record.Text{ZH: "不是网页", EN: "not an HTML page"}
	case record.ReasonFeedMissing:
		return record.Text{ZH: "缺少数据", EN: "the feed is missing"}
	case record.ReasonFeedCoverage:
		return record.Text{ZH: "数据未覆盖所需期间", EN: "the feed does not cover the period"}
	case record.ReasonOffline:
		return record.Text{ZH: "离线，未访问网络", EN: "offline"}
	case record.ReasonNotDeclared:
		return record.Text{ZH: "未申报", EN: "not declared"}
	case record.ReasonNotOnSale:
		return record.Text{ZH: "不在售", EN: "not on sale"}
	case record.ReasonTooYoung:
		return record.Text{ZH: "上架时间不足", EN: "not on sale for long enough"}
	case record.ReasonNothingSold:
		return record.Text{ZH: "没有售出", EN: "nothing sold"}
	case record.ReasonBroken:
		return record.Text{ZH: "程序出错", EN: "the program failed"}
	case record.ReasonJobFailed:
		return record.Text{ZH: "任务多次失败", EN: "the job failed again and again"}
	case record.ReasonNoInput:
		return record.Text{ZH: "输入中没有所需内容", EN: "the input lacks what it takes"}
	case record.ReasonSeenOnce:
		return record.Text{ZH: "首次失败，待再次访问后判断", EN: "failed once; a second visit decides"}
	case record.ReasonExplained:
		return record.Text{ZH: "已由另一条规则的结论说明", EN: "explained by what another rule found"}
	case record.ReasonBudget:
		return record.Text{ZH: "查找达到上限，未能看完", EN: "the search ended at a bound"}
	case record.ReasonNoAddress:
		return record.Text{ZH: "没有登记可访问的地址", EN: "no address to visit is on file"}
	case "truncated":
		return record.Text{ZH: "页面过大，只读取了一部分", EN: "the page is too big and was read in part"}
	}
	return record.Same(code)
}
