package market

import "strings"

// The enumerations of feeds. Each takes our own spelling, its usual variants (letter
// case, - or blank for _) and the Chinese words; docs/feeds.md lists them.

// enumKey folds the variants of one spelling together.
func enumKey(s string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s))
}

func parseProviderKind(s string) (string, bool) {
	switch enumKey(s) {
	case "enterprise", "company", "企业", "公司":
		return ProviderEnterprise, true
	case "individual", "person", "个人", "个体":
		return ProviderIndividual, true
	}
	return "", false
}

func parseProviderStatus(s string) (string, bool) {
	switch enumKey(s) {
	case "active", "正常", "在营", "已入驻":
		return StatusActive, true
	case "left", "已退出", "退出", "已清退":
		return StatusLeft, true
	}
	return "", false
}

func parseDelivery(s string) (string, bool) {
	switch enumKey(s) {
	case "image", "镜像", "镜像类":
		return DeliveryImage, true
	case "software", "软件", "软件部署", "应用":
		return DeliverySoftware, true
	case "saas", "saas类":
		return DeliverySaaS, true
	case "download", "下载", "下载类":
		return DeliveryDownload, true
	case "service", "服务", "人工服务", "服务类":
		return DeliveryService, true
	case "dingtalk", "钉钉":
		return DeliveryDingTalk, true
	case "api", "api类":
		return DeliveryAPI, true
	}
	return "", false
}

func parseListingStatus(s string) (string, bool) {
	switch enumKey(s) {
	case "on_sale", "onsale", "在售", "上架", "已上架":
		return StatusOnSale, true
	case "off_sale", "offsale", "下架", "已下架", "停售":
		return StatusOffSale, true
	}
	return "", false
}

func parseOpenSource(s string) (string, bool) {
	switch enumKey(s) {
	case "yes", "true", "1", "y", "是", "有", "包含", "含":
		return OpenSourceYes, true
	case "no", "false", "0", "n", "否", "无", "不包含", "不含":
		return OpenSourceNo, true
	}
	return "", false
}

func parseComplaintKind(s string) (string, bool) {
	switch enumKey(s) {
	case "rights", "infringement", "ip", "权利", "侵权", "知识产权", "版权", "著作权", "商标", "专利":
		return ComplaintRights, true
	case "service", "服务", "售后":
		return ComplaintService, true
	case "product", "quality", "商品", "质量":
		return ComplaintProduct, true
	case "conduct", "行为", "服务态度", "违规行为":
		return ComplaintConduct, true
	case "other", "其他", "其它":
		return ComplaintOther, true
	}
	return "", false
}

func parseComplaintStatus(s string) (string, bool) {
	switch enumKey(s) {
	case "pending", "open", "待处理", "处理中", "受理中", "调查中":
		return ComplaintPending, true
	case "upheld", "成立", "属实", "已成立":
		return ComplaintUpheld, true
	case "rejected", "不成立", "不属实", "驳回", "已驳回":
		return ComplaintRejected, true
	case "withdrawn", "撤诉", "撤回", "已撤回", "已撤销":
		return ComplaintWithdrawn, true
	case "settled", "和解", "已和解":
		return ComplaintSettled, true
	}
	return "", false
}

func parseOrderStatus(s string) (string, bool) {
	switch s {
	case OrderPending, OrderPaid, OrderCompleted, OrderRefunded, OrderClosed:
		return s, true
	}
	switch enumKey(s) {
	case "pending", "unpaid", "待支付", "待付款", "未支付":
		return OrderPending, true
	case "paid", "已支付", "已付款":
		return OrderPaid, true
	case "completed", "complete", "已完成", "完成", "交易成功":
		return OrderCompleted, true
	case "refunded", "已退款", "全额退款":
		return OrderRefunded, true
	case "closed", "cancelled", "canceled", "已关闭", "关闭", "已取消", "交易关闭":
		return OrderClosed, true
	}
	return "", false
}

func parseDeployedOn(s string) (string, bool) {
	switch s {
	case DeployedCloud, DeployedOther, DeployedUnknown:
		return s, true
	}
	switch enumKey(s) {
	case "cloud", "本云", "云上", "本平台":
		return DeployedCloud, true
	case "other", "其他", "其它", "他云", "线下":
		return DeployedOther, true
	case "unknown", "未知", "不详":
		return DeployedUnknown, true
	}
	return "", false
}
