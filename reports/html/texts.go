package html

import "marketwarden/internal/record"

// wordsIn returns the words of the pages in a language, "en" or else Chinese, by their
// keys. The words for outcomes, changes and reasons come with the report.
func wordsIn(lang string) map[string]string {
	out := map[string]string{}
	for key, text := range words() {
		out[key] = text.In(lang)
	}
	return out
}

// words are all words of the pages, each in both languages, in one place. Those with
// verbs take the same arguments in the same order in both. {from}, {to}, {of} and {all}
// are filled in by the script.
func words() map[string]record.Text {
	return map[string]record.Text{
		// Around every page.
		"pages":   {ZH: "页面", EN: "Pages"},
		"skip":    {ZH: "跳到正文", EN: "Skip to the content"},
		"dark":    {ZH: "深色", EN: "Dark"},
		"light":   {ZH: "浅色", EN: "Light"},
		"engine":  {ZH: "引擎版本 %s", EN: "engine %s"},
		"bundle":  {ZH: "规则与参数", EN: "rulebook and parameters"},
		"sweep":   {ZH: "第 %d 次巡检", EN: "Sweep %d"},
		"sweepOf": {ZH: "第 %d 次巡检 · %s", EN: "Sweep %d · %s"},
		"noAccusation": {
			ZH: "“违规”表示程序确认了事实，“疑似”须人工查看。只有经人工确认的结论才会用于扣分或通知服务商。",
			EN: "“Violation” says that the program is sure of the fact, “suspected” that a person must look. Only what a person has confirmed reaches points or notices.",
		},

		// Names of pages and sections.
		"summary":      {ZH: "概览", EN: "Summary"},
		"findings":     {ZH: "问题", EN: "Findings"},
		"changes":      {ZH: "变化", EN: "Changes"},
		"notChecked":   {ZH: "未检查", EN: "Not checked"},
		"providers":    {ZH: "服务商", EN: "Providers"},
		"deployment":   {ZH: "云上部署", EN: "Deployment"},
		"zeroOrders":   {ZH: "零成单", EN: "Zero orders"},
		"figures":      {ZH: "数字", EN: "Figures"},
		"byRule":       {ZH: "按规则", EN: "By rule"},
		"answers":      {ZH: "检查结果", EN: "Answers"},
		"mostOpen":     {ZH: "未消除问题最多的服务商", EN: "Providers with the most open findings"},
		"allProviders": {ZH: "全部 %d 家服务商", EN: "All %d providers"},
		"table":        {ZH: "明细", EN: "Table"},
		"trend":        {ZH: "未消除问题的走势", EN: "Open findings, sweep by sweep"},
		"trendAlt":     {ZH: "每次巡检结束时未消除的违规与疑似数量：", EN: "Open violations and suspected findings at the end of each sweep:"},

		// The summary.
		"asOf":          {ZH: "截至 %s", EN: "as of %s"},
		"market":        {ZH: "市场 %s", EN: "market %s"},
		"scope":         {ZH: "范围 %s", EN: "scope %s"},
		"scopeAll":      {ZH: "范围 全部", EN: "everything"},
		"took":          {ZH: "用时 %s", EN: "took %s"},
		"units":         {ZH: "任务 %d 个：完成 %d，未检查 %d", EN: "%d units: %d done, %d not checked"},
		"unitsOpen":     {ZH: "，待处理 %d", EN: ", %d open"},
		"openFindings":  {ZH: "未消除的问题", EN: "Open findings"},
		"nothingOpen":   {ZH: "没有未消除的问题。", EN: "Nothing is open."},
		"coverage":      {ZH: "覆盖率", EN: "Coverage"},
		"coverageAlt":   {ZH: "违规 %d，疑似 %d，未检查 %d，通过 %d，不适用 %d", EN: "violation %d, suspected %d, not checked %d, pass %d, not applicable %d"},
		"byRuleNote":    {ZH: "覆盖率是在适用的对象中得出了结论的比例。未检查的既不算通过，也不会消除任何问题。", EN: "Coverage is the share of what applies that could be judged. What was not checked never counts as passed and resolves nothing."},
		"whyNotChecked": {ZH: "未检查的项目及原因", EN: "What was not checked, and why"},
		"allChecked":    {ZH: "适用的项目全部检查完毕。", EN: "Everything that applies was checked."},

		// Outcomes and changes as headings.
		"violation":     {ZH: "违规", EN: "Violation"},
		"suspected":     {ZH: "疑似", EN: "Suspected"},
		"pass":          {ZH: "通过", EN: "Pass"},
		"notApplicable": {ZH: "不适用", EN: "Not applicable"},
		"new":           {ZH: "新增", EN: "New"},
		"newOrReopened": {ZH: "新增与复发", EN: "New or reopened"},
		"reopened":      {ZH: "复发", EN: "Reopened"},
		"persisting":    {ZH: "持续", EN: "Persisting"},
		"notJudged":     {ZH: "未能复查", EN: "Not judged again"},
		"resolved":      {ZH: "消除", EN: "Resolved"},
		"resolvedLong":  {ZH: "本次消除的问题", EN: "Resolved in this sweep"},
		"changesLong":   {ZH: "与上一次巡检相比", EN: "Since the sweep before"},
		"notJudgedNote": {ZH: "仍未消除，但所依据的页面或数据本次未能检查。", EN: "Still open, but what they rest on could not be judged this time."},
		"resolvedNote":  {ZH: "再次检查后已不存在，或其对象已不再适用。", EN: "Judged again and clean, or no longer there to be judged."},

		// What people decided.
		"standing":    {ZH: "处理状态", EN: "Standing"},
		"undecided":   {ZH: "待审核", EN: "Undecided"},
		"confirmed":   {ZH: "已确认", EN: "Confirmed"},
		"waived":      {ZH: "已豁免", EN: "Waived"},
		"dismissed":   {ZH: "已驳回", EN: "Dismissed"},
		"toDo":        {ZH: "待处理（未豁免、未驳回）", EN: "to do (neither waived nor dismissed)"},
		"decision":    {ZH: "决定", EN: "Decision"},
		"decidedBy":   {ZH: "%s，%s，%s", EN: "%s, %s, %s"},
		"waivedUntil": {ZH: "豁免至 %s，责任人 %s", EN: "waived until %s, owner %s"},
		"notCounted":  {ZH: "已豁免 %d 项、已驳回 %d 项不计入未消除的问题。", EN: "%d waived and %d dismissed are not counted as open."},
		"waiversLong": {ZH: "需要关注的豁免", EN: "Waivers to look at"},
		"waiversNote": {ZH: "到期或失效的豁免，其问题已重新待审核；不再需要的豁免，其问题在本次巡检中已消除。", EN: "What a waiver that is over or void was for is undecided again; one that is not needed is for what this sweep resolved."},
		"waiver":      {ZH: "豁免", EN: "Waiver"},
		"until":       {ZH: "截止日", EN: "Until"},
		"owner":       {ZH: "责任人", EN: "Owner"},

		// Headings of columns and facts.
		"outcome":       {ZH: "结论", EN: "Outcome"},
		"severity":      {ZH: "严重程度", EN: "Severity"},
		"change":        {ZH: "变化", EN: "Change"},
		"rule":          {ZH: "规则", EN: "Rule"},
		"rules":         {ZH: "规则", EN: "Rules"},
		"clause":        {ZH: "条款", EN: "Clause"},
		"clauseOf":      {ZH: "条款 %s", EN: "clause %s"},
		"provider":      {ZH: "服务商", EN: "Provider"},
		"listing":       {ZH: "商品", EN: "Listing"},
		"subject":       {ZH: "对象", EN: "Subject"},
		"wholeProvider": {ZH: "服务商整体", EN: "the provider as a whole"},
		"firstSeen":     {ZH: "首次发现", EN: "First seen"},
		"lastSeen":      {ZH: "最近发现", EN: "Last seen"},
		"resolvedAt":    {ZH: "消除", EN: "Resolved"},
		"found":         {ZH: "实际", EN: "Found"},
		"expected":      {ZH: "应为", EN: "Expected"},
		"explanation":   {ZH: "说明", EN: "Reason"},
		"mend":          {ZH: "整改办法", EN: "How to mend"},
		"action":        {ZH: "人工确认后的处置建议", EN: "Recommended once a person confirmed it"},
		"what":          {ZH: "规则内容", EN: "What it says"},
		"params":        {ZH: "参数", EN: "Parameters"},
		"name":          {ZH: "名称", EN: "Name"},
		"value":         {ZH: "值", EN: "Value"},
		"meaning":       {ZH: "含义", EN: "Meaning"},
		"restsOn":       {ZH: "依据", EN: "Rests on"},
		"evidence":      {ZH: "证据 SHA-256", EN: "Evidence SHA-256"},
		"fingerprint":   {ZH: "指纹", EN: "Fingerprint"},
		"permalink":     {ZH: "此问题的链接", EN: "link to this finding"},
		"placesKept":    {ZH: "共出现 %d 处，保留 %d 处", EN: "seen in %d places, of which %d are kept"},
		"details":       {ZH: "详情", EN: "details"},
		"detail":        {ZH: "具体情况", EN: "Detail"},
		"reason":        {ZH: "原因", EN: "Reason"},
		"why":           {ZH: "说明", EN: "Why"},
		"count":         {ZH: "数量", EN: "Count"},
		"id":            {ZH: "编号", EN: "Id"},
		"none":          {ZH: "无", EN: "None."},
		"comma":         {ZH: "，", EN: ", "},
		"andMore":       {ZH: "，另 %d 条规则", EN: " and %d more"},
		"platformSide":  {ZH: "平台自身待办", EN: "marketplace’s own to-do"},
		"platformSideLong": {
			ZH: "此规则反映平台自身应处理的事项，不扣服务商的分，也不通知服务商。",
			EN: "This rule shows what the marketplace itself has to do. It gives the provider no points and sends no notice.",
		},

		// Finding one's way in findings.
		"findingsNote":  {ZH: "点开一行可看到全部依据。筛选条件保存在地址中，可收藏或转发。", EN: "Open a row for all that is known of it. The filter is kept in the address, to be bookmarked or passed on."},
		"filter":        {ZH: "筛选", EN: "Filter"},
		"search":        {ZH: "查找", EN: "Search"},
		"searchHint":    {ZH: "名称、编号、原文、地址…", EN: "names, ids, words, addresses…"},
		"any":           {ZH: "全部", EN: "any"},
		"clear":         {ZH: "清除", EN: "Clear"},
		"shownSome":     {ZH: "第 {from}–{to} 项，符合条件 {of} 项，共 {all} 项", EN: "{from}–{to} of {of} that match, {all} in all"},
		"shownNone":     {ZH: "没有符合条件的问题，共 {all} 项", EN: "none match, {all} in all"},
		"previous":      {ZH: "上一页", EN: "Previous"},
		"next":          {ZH: "下一页", EN: "Next"},
		"unfold":        {ZH: "全部展开", EN: "Open all"},
		"fold":          {ZH: "全部收起", EN: "Close all"},
		"providersNote": {ZH: "有未消除或本次消除的问题、未检查项目、售出或无成单商品的服务商。", EN: "Those with findings, answers that are missing, sales of the year or listings without orders."},
		"notCheckedNote": {
			ZH: "这些项目本次没有结论：不算通过，也不会消除已有的问题。",
			EN: "There is no answer on these this time: they do not count as passed and resolve nothing.",
		},

		// Deployment.
		"deploymentLong":  {ZH: "云上部署占比", EN: "Deployment on the platform’s cloud"},
		"deploymentNote":  {ZH: "一个自然年内售出商品中部署在平台云上的比例，按条款 24(5) 不得低于 80%。百分比向下取整到一位小数；有部署不明的商品时为可能的范围。", EN: "The share of the items sold in a natural year that run on the platform’s cloud; clause 24(5) asks for 80 %. Percentages are rounded down to one decimal, and are a range where deployment is unknown."},
		"deploymentChart": {ZH: "占比与 80% 的要求", EN: "Shares, and the 80 % that are asked for"},
		"deploymentAlt":   {ZH: "各服务商按年的云上、不明与别处部署占比；数字见下表", EN: "Shares on cloud, unknown and elsewhere by provider and year; the table below has the figures"},
		"noDeployment":    {ZH: "没有可显示的部署数据。", EN: "There are no figures of deployment."},
		"nothingSold":     {ZH: "另有 %d 项无售出，不适用。", EN: "%d more sold nothing, so it does not apply."},
		"year":            {ZH: "自然年", EN: "Year"},
		"sold":            {ZH: "售出", EN: "Sold"},
		"onCloud":         {ZH: "在云上", EN: "On cloud"},
		"elsewhere":       {ZH: "在别处", EN: "Elsewhere"},
		"unknown":         {ZH: "不明", EN: "Unknown"},
		"share":           {ZH: "云上占比", EN: "On cloud"},
		"deployableShare": {ZH: "其中可部署类", EN: "Deployable kinds"},
		"chartRest":       {ZH: "图中为前 %d 项，共 %d 项，全部见下表。", EN: "The chart shows the first %d of %d; the table has them all."},

		// Listings without orders.
		"zeroOrdersLong":  {ZH: "无成单的商品", EN: "Listings without orders"},
		"zeroOrdersNote":  {ZH: "按条款 18(14)，连续三个自然月无成单的商品可被下架。剩余天数为到满三个月之日的天数，负数表示已满。", EN: "By clause 18(14) a listing without an order in three consecutive months may be taken down. Days left count to the day on which the three months are full; negative, they are."},
		"zeroOrdersChart": {ZH: "距满三个月的天数", EN: "Days until three months are full"},
		"zeroOrdersAlt":   {ZH: "各商品距满三个月的天数，负数表示已满；数字见下表", EN: "Days until three months are full by listing, negative where they are; the table below has the figures"},
		"noOrderless":     {ZH: "没有满一个月无成单的商品。", EN: "No listing has been without an order for a month."},
		"orderlessRest":   {ZH: "其余商品：不足一个月 %d，未检查 %d，不适用 %d。", EN: "The others: %d below one month, %d not checked, %d not applicable."},
		"lastOrder":       {ZH: "最近成单", EN: "Last order"},
		"monthsWithout":   {ZH: "无成单月数", EN: "Months without"},
		"delistOn":        {ZH: "满三个月之日", EN: "Three months full on"},
		"daysLeft":        {ZH: "剩余天数", EN: "Days left"},
		"overdue":         {ZH: "已满三个月", EN: "three months are full"},
		"never":           {ZH: "无", EN: "none"},
	}
}
