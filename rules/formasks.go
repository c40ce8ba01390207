package rules

import (
	"strings"

	"marketwarden/internal/textfold"
	"marketwarden/scanners/page"
)

// dataKind is what a control of a form, or a sentence, asks people for. It enters
// discriminators.
type dataKind string

const (
	dataNone     dataKind = ""
	dataIDCard   dataKind = "id-card"
	dataBank     dataKind = "bank"    // card and account numbers, security codes of cards
	dataPayment  dataKind = "payment" // accounts of payment services, passwords to pay with
	dataCode     dataKind = "code"    // codes that a telephone receives
	dataMobile   dataKind = "mobile"
	dataMail     dataKind = "mail"
	dataPassword dataKind = "password"
	dataPerson   dataKind = "person" // names, companies, addresses: nothing by themselves
	// dataContact is what mobile numbers and mailboxes are reported as.
	dataContact dataKind = "contact"
)

// controlAsk is what one control asks for.
type controlAsk struct {
	kind  dataKind
	words string // what a visitor reads there: label, placeholder or, failing both, its name
	named bool   // only its name says so, which no visitor sees
	bare  bool   // words is its name, as it shows none
}

// askedBy reads a control: by its words, then by autocomplete and type, then by its name.
func askedBy(in *page.Input) controlAsk {
	switch in.Type {
	case "hidden", "search", "submit", "button", "reset", "image", "checkbox", "radio", "range", "color", "date", "time", "number":
		if in.Type != "number" {
			return controlAsk{}
		}
	}
	if searches(in) {
		return controlAsk{}
	}
	for _, words := range []string{in.Label, in.Placeholder} {
		if k := wordsAsk(squeezed(words)); k != dataNone {
			return controlAsk{kind: k, words: words}
		}
	}
	shown := in.Label
	if shown == "" {
		shown = in.Placeholder
	}
	if k := browserAsk(in); k != dataNone {
		if shown == "" {
			return controlAsk{kind: k, words: in.Name, bare: true}
		}
		return controlAsk{kind: k, words: shown}
	}
	if k := nameAsks(in.Name); k != dataNone {
		return controlAsk{kind: k, words: in.Name, named: true, bare: true}
	}
	return controlAsk{}
}

// searches reports whether a control takes words to search for: a hint of what there is to
// find ("银行卡识别") asks nobody for it.
func searches(in *page.Input) bool {
	switch strings.ToLower(in.Name) {
	case "q", "kw", "wd", "keyword", "keywords", "query", "search":
		return true
	}
	words := squeezed(in.Label + " " + in.Placeholder)
	return containsAny(words, "搜索", "关键词", "关键字", "search ")
}

// squeezed is what a text says, without spaces between Chinese characters and disguise.
func squeezed(s string) string {
	t := textfold.Fold(s).Text
	if strings.IndexByte(t, ' ') < 0 || isASCII(t) {
		return t
	}
	return strings.ReplaceAll(t, " ", "")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// wordsAsk is what words on a control ask for.
func wordsAsk(t string) dataKind {
	switch {
	case t == "", containsAny(t, "请勿", "不要填", "不要输入", "切勿", "勿填", "do not", "don't"): // a warning
		return dataNone
	case containsAny(t, "身份证", "身份證", "证件号", "證件號", "证件照", "护照号", "id card", "identity card", "passport number", "passport no", "social security"):
		return dataIDCard
	case containsAny(t, "支付密码", "交易密码", "网银密码", "取款密码", "支付宝", "支付寶", "微信支付账号", "邮箱密码", "邮箱授权码", "alipay", "paypal", "payment password"):
		return dataPayment
	case containsAny(t, "银行卡", "銀行卡", "银行账", "银行帐", "信用卡", "储蓄卡", "开户行", "开户账", "收款账", "对公账", "cvv", "cvc", "bank card", "bank account", "credit card", "debit card", "card number", "iban"),
		strings.Contains(t, "卡号") && !containsAny(t, "会员", "礼品", "充值", "学生", "门禁", "就诊", "购物", "储值", "流量", "物联", "sim", "社保", "医保", "校园", "工卡", "油卡", "显卡"):
		return dataBank
	case containsAny(t, "图形验证", "图片验证", "captcha", "算式"):
		return dataNone
	case containsAny(t, "验证码", "校验码", "动态码", "驗證碼", "verification code", "sms code", "one-time code"):
		if containsAny(t, "图", "字符", "右侧", "下图") {
			return dataNone
		}
		return dataCode
	case containsAny(t, "手机型号", "手机品牌", "手机系统", "手机版", "手机端", "电话机", "手机网站", "手机主题", "微信小程序"):
		return dataNone
	case containsAny(t, "手机", "手機", "电话", "電話", "联系方式", "mobile", "phone", "telephone", "cell number"):
		return dataMobile
	case containsAny(t, "邮箱", "郵箱", "电子邮件", "邮件地址", "e-mail", "email"):
		return dataMail
	case containsAny(t, "密码", "口令", "password"):
		return dataPassword
	case containsAny(t, "姓名", "称呼", "联系人", "公司", "企业名称", "单位名称", "住址", "收货地址", "微信号", "your name", "full name", "first name", "last name", "company"):
		return dataPerson
	}
	return dataNone
}

// browserAsk is what the attributes for browsers say that a control is for.
func browserAsk(in *page.Input) dataKind {
	for token := range strings.FieldsSeq(strings.ToLower(in.Autocomplete)) {
		switch {
		case token == "one-time-code":
			return dataCode
		case strings.HasPrefix(token, "cc-"):
			return dataBank
		case token == "tel" || strings.HasPrefix(token, "tel-"):
			return dataMobile
		case token == "email":
			return dataMail
		case token == "new-password" || token == "current-password":
			return dataPassword
		case token == "name" || token == "organization" || token == "street-address":
			return dataPerson
		}
	}
	switch in.Type {
	case "tel":
		return dataMobile
	case "email":
		return dataMail
	case "password":
		return dataPassword
	}
	return dataNone
}

// nameAsks is what the name of a control says, which is written for programs.
func nameAsks(name string) dataKind {
	var b strings.Builder
	for _, c := range []byte(cut(name, maxNameBytes)) {
		switch {
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c | 0x20)
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			b.WriteByte(c)
		}
	}
	switch n := b.String(); {
	case strings.Contains(n, "captcha"), strings.Contains(n, "valid"):
		return dataNone
	case containsAny(n, "idcard", "sfz", "shenfenzheng", "identityno", "identitycard", "idnumber", "certno", "passportno"):
		return dataIDCard
	case containsAny(n, "paypassword", "paypwd", "alipay", "zhifubao"):
		return dataPayment
	case containsAny(n, "bankcard", "bankno", "bankaccount", "banknum", "creditcard", "cardcvv", "yinhangka") || n == "cvv" || n == "cvc":
		return dataBank
	case containsAny(n, "smscode", "phonecode", "mobilecode", "verifycode", "vcode") || n == "otp":
		return dataCode
	case containsAny(n, "mobile", "shouji") || n == "phone" || n == "tel" || n == "phonenumber" || n == "telephone" || n == "userphone" || n == "contactphone":
		return dataMobile
	case n == "email" || n == "mail" || n == "useremail" || n == "youxiang":
		return dataMail
	case containsAny(n, "password", "passwd"):
		return dataPassword
	}
	return dataNone
}

// maxNameBytes bounds how much of a control's name is read.
const maxNameBytes = 60

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// text names the kind for people.
func (k dataKind) text() (zh, en string) {
	switch k {
	case dataIDCard:
		return "身份证件", "identity card"
	case dataBank:
		return "银行卡或银行账户", "bank card or account"
	case dataPayment:
		return "支付账户或密码", "payment account or password"
	case dataCode:
		return "短信验证码", "verification code"
	case dataContact, dataMobile, dataMail:
		return "手机号或邮箱", "mobile number or mailbox"
	case dataPassword, dataPerson, dataNone:
	}
	return "个人", "personal"
}
