package rules

import (
	"sync"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
)

// personalDataTerms are the terms of terms/personal-data.yaml. Loaded once, never changed.
var personalDataTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("personal-data") }) //nolint:gochecknoglobals // immutable once it is there

// personalDataForm is clause 10(8)3: a listing holds nothing that may draw identity cards,
// mailboxes, mobile numbers, bank or payment accounts out of people.
//
// It looks at forms in the provider's words (Field is set), by what their controls ask
// for and where they are sent, and at words that ask for the same.
//
//   - A form that asks for an identity card, a bank card or account, a payment account or
//     password is a violation, wherever it goes. Suspected: one that tries out a function
//     of the product ("归属地查询"), one that goes to the platform's own sites, and one of
//     which only the control's name, which no visitor sees, says so.
//   - A form that sends a mobile number off the platform is a violation. Suspected: where
//     a script decides where it goes, where it signs people in or collects them on the
//     platform's own sites ("预约演示"), and a mailbox together with a name, a password or
//     the like. A mailbox alone (a newsletter), a search box, a code that is read off a
//     picture and a control that warns of such data are nothing.
//   - Words that offer a reward for such data or threaten, or want codes or passwords handed
//     over, are a violation; words that merely ask for cards and accounts are suspected, as the
//     service may need them.
//   - What a product does with such data ("身份证 OCR 接口", "银行卡四要素核验"), what
//     somebody's customers fill in, what an authority wants for a filing, warnings, and
//     code are nothing.
//
// A form that a script writes into the page is not seen; nor are those of the product
// itself, as the deliverable's page is not read.
//
// The concept is the kind of data, whether form or words ask for it and how often.
func personalDataForm(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	a := requests{page: f.Page, expected: record.Text{
		ZH: "不向买家索取身份证件、邮箱、手机号、银行和支付账户信息",
		EN: "buyers are not asked for identity cards, mailboxes, mobile numbers, bank or payment accounts",
	}}
	told := map[dataKind]int{}
	for _, r := range readForms(f) {
		a.dataForm(&r, told)
	}
	complete := a.texts(f, mustTerms(personalDataTerms()), nil)
	return a.result(pagePart(f, f.Listing.DetailURL), complete)
}

// dataForm adds what a form asks for. told counts what was added, by kind.
func (a *requests) dataForm(r *formRead, told map[dataKind]int) {
	for i := range r.asks {
		c := &r.asks[i]
		outcome := r.judge(c)
		if outcome == record.Pass {
			continue
		}
		key := c.kind
		if key == dataMobile || key == dataMail {
			key = dataContact
		}
		n := request{key: string(key), outcome: outcome, found: cut(oneLine(c.words), snippetMost)}
		if told[key]++; told[key] <= record.MaxOccurrences { // to look for the place costs a walk over the page
			n.occ = r.occurrence(a.page, i)
		}
		if r.to != "" {
			n.found += " → " + r.to
		}
		n.reason = r.reason(key)
		if outcome == record.Suspected {
			n.ask = record.Text{ZH: "请人工核实该表单的用途和提交去向", EN: "a person must see what the form is for and where it goes"}
		}
		a.found = append(a.found, n)
	}
}

// judge is what asking for c in this form is; Pass for nothing.
func (r *formRead) judge(c *controlAsk) record.Outcome {
	tries := containsAny(r.words, "查询", "识别", "检测", "核验", "校验", "演示", "试一试", "测一测", "试用接口", "解析", "demo", "try it")
	mild := c.named || tries || r.where == inside
	signsIn := r.count(dataPassword) > 0 || containsAny(r.words, "登录", "登陆", "sign in", "log in", "login")
	switch c.kind {
	case dataIDCard, dataBank, dataPayment:
		if mild {
			return record.Suspected
		}
		return record.Violation
	case dataMobile:
		switch {
		case r.where == inside && !containsAny(r.words, "预约", "试用", "咨询", "报价", "演示", "获取", "领取", "demo", "quote", "trial"): // an order
			return record.Pass
		case mild || signsIn || r.where != outside:
			return record.Suspected
		}
		return record.Violation
	case dataMail:
		if r.where != inside && r.count(dataMobile, dataPassword, dataPerson, dataCode, dataIDCard, dataBank, dataPayment) > 0 {
			return record.Suspected
		}
	case dataCode:
		if r.where != inside && r.count(dataMobile, dataMail) == 0 {
			return record.Suspected
		}
	case dataContact, dataPassword, dataPerson, dataNone:
	}
	return record.Pass
}

func (r *formRead) reason(k dataKind) record.Text {
	zh, en := k.text()
	t := record.Text{ZH: "表单要求填写" + zh + "信息", EN: "a form asks for data of this kind: " + en}
	switch r.where {
	case outside:
		t.ZH += "，提交到平台自有网站之外"
		t.EN += "; it is sent off the platform's own sites"
	case storage, unknown:
		t.ZH += "，提交去向不明"
		t.EN += "; it does not say where it is sent"
	case inside:
	}
	return t
}
