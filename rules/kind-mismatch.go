package rules

import (
	"slices"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// kindMismatch is clause product kinds, 6: what a listing delivers is what its kind says.
// An image delivers an image, SaaS an address to log in at, a download a package, an API
// calls; a service delivers work and no software.
//
// It holds what the provider's words say of the delivery, and the address on file where
// buyers get it, against the kind in the catalogue (kindSays). terms/kind-mismatch.yaml
// says which words state or deny a delivery. It is a violation where the page denies what
// the kind consists of, or says that the listing is, or comes as, what the kind excludes,
// under the label of the delivery too; and where the log-in address of a SaaS is a package.
// What buyers are told to expect after they paid, what follows from how the listing is
// used, and software from a service, is suspected, unless the page also states the delivery
// that fits. Several deliveries in one statement pass when one of them fits.
//
// It passes where words or the address state the delivery that fits, and is not checked
// where neither says anything.
//
// The concept is what is delivered.
func kindMismatch(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	if f.Listing.Delivery == "" {
		return notChecked(record.ReasonNoInput, "商品数据缺少交付方式", "the catalogue lacks the way of delivery")
	}
	says, ok := kindSays(f.Listing.Delivery)
	if !ok {
		return notApplicable(ReasonManyWays, "该类商品有多种交付方式", "listings of this kind are delivered in several ways", part)
	}
	k := kindReader{facts: f, part: part, says: says}
	k.address()
	complete := k.words()
	switch findings := k.findings(); {
	case len(findings) > 0 && (p.Truncated != "" || !complete):
		res := accuse(part, findings...)
		res.Parts = nil
		return res
	case len(findings) > 0:
		return accuse(part, findings...)
	case p.Truncated != "" || !complete:
		return overfull(p)
	case !k.fits && !k.filed && !k.mentioned():
		return notChecked(record.ReasonNoInput, "页面没有写明交付内容，也没有登记可以核对的地址",
			"the page does not say what is delivered, and there is no address on file that tells")
	}
	return pass(part)
}

// kindSay is what the rule knows of one kind of listings.
type kindSay struct {
	fits     []string // concepts that state what the kind delivers
	excludes []string // concepts that state what it does not
	soft     []string // … that are suspected only, however sure the words are
	lacks    []string // concepts that deny what the kind consists of
	mentions []string // words that go with the kind, for want of a statement
}

// kindSays is what is known of a kind; ok is false for kinds that are delivered in any way.
func kindSays(delivery string) (kindSay, bool) {
	switch delivery {
	case market.DeliveryImage:
		return kindSay{
			fits: []string{market.DeliveryImage}, excludes: []string{"package", "online", "work", "api", "device", "app"},
			lacks: []string{"no-image"}, mentions: []string{"镜像", "image", "实例", "ecs", "云服务器"},
		}, true
	case market.DeliverySaaS:
		return kindSay{
			fits: []string{"online"}, excludes: []string{"package", "image", "work", "api", "device"}, soft: []string{"api"},
			lacks: []string{"no-online", "no-software"}, mentions: []string{"登录", "在线", "浏览器", "网页", "账号", "云端", "saas", "browser", "log in", "sign in", "online"},
		}, true
	case market.DeliveryDownload:
		return kindSay{
			fits: []string{"package"}, excludes: []string{"image", "online", "work"},
			lacks: []string{"no-package", "no-software"}, mentions: []string{"下载", "安装", "解压", "压缩包", "文件", "插件", "download", "install"},
		}, true
	case market.DeliveryService:
		return kindSay{
			fits: []string{"work", "no-software"}, excludes: []string{"package", "image", "online", "device", "app", "software", "api"},
			soft:  []string{"package", "image", "online", "device", "app", "software", "api"},
			lacks: []string{"no-work"}, mentions: []string{"工程师", "服务", "人工", "远程", "上门", "设计", "实施", "service", "engineer"},
		}, true
	case market.DeliveryAPI:
		return kindSay{
			fits: []string{market.DeliveryAPI}, excludes: []string{"package", "image", "work", "device", "app"},
			lacks: []string{"no-api"}, mentions: []string{"api", "接口", "调用", "appcode", "sdk", "json"},
		}, true
	case market.DeliverySoftware:
		return kindSay{
			fits: []string{market.DeliveryImage, "package"}, excludes: []string{"online", "work", "device", "app"}, soft: []string{"online", "device", "app"},
			lacks: []string{"no-software"}, mentions: []string{"部署", "安装", "软件", "install", "deploy"},
		}, true
	case market.DeliveryDingTalk:
		return kindSay{
			fits: nil, excludes: []string{"package", "image", "work", "device"},
			lacks: []string{"no-dingtalk", "no-software"}, mentions: []string{"钉钉", "dingtalk"},
		}, true
	}
	return kindSay{}, false
}

// outcome is what a statement of a concept means for the kind: Pass when nothing.
func (k *kindSay) outcome(concept string, sure record.Outcome) record.Outcome {
	switch {
	case slices.Contains(k.lacks, concept):
		return sure
	case slices.Contains(k.soft, concept):
		return record.Suspected
	case slices.Contains(k.excludes, concept):
		return sure
	}
	return record.Pass
}
