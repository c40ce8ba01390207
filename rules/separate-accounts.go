package rules

import (
	"strings"
	"sync"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// accountTerms are the terms of terms/separate-accounts.yaml. Loaded once, never changed.
var accountTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("separate-accounts") }) //nolint:gochecknoglobals // immutable once it is there

// separateAccounts is clause 10(8)7: a listing has no user system of its own that makes
// users register once more or enter their data again.
//
// Whether it does is seen where buyers enter the product, a page that is not read today:
// only whether it answers is (deliverable-unavailable). So the listing page is judged, and
// all it gives is suspected; a person must open the product.
//
//   - Words that buyers have to register with the product ("需另行注册账号", "请先到我们的
//     官网注册"), or to enter their data again.
//   - A form in the provider's words that registers: two passwords, a password that is
//     chosen or stands with a person's or firm's data, or words that say so; and a link
//     that leads off the platform and says "注册", or whose address does. Both are nothing
//     where the page tells of the platform's sign-on ("免登", "用云市场账号登录"), as the
//     buyers of the marketplace then have another way in.
//   - Accounts of other platforms that a product works with, administrators of one's own
//     installation, customers and staff who register in the product, and what else is
//     registered (domains, trade marks, devices) are nothing.
//
// The concept is what has to be done: to register, or to enter data.
func separateAccounts(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	a := requests{page: f.Page, expected: record.Text{
		ZH: "买家以平台账号直接使用商品，不必重新注册或录入用户信息",
		EN: "buyers use the product with their platform account and neither register nor enter their data again",
	}}
	complete := a.texts(f, mustTerms(accountTerms()), nil)
	if !signsOn(f) {
		for _, r := range readForms(f) {
			a.registerForm(&r)
		}
		a.registerLinks(f)
	}
	return a.result(pagePart(f, f.Listing.DetailURL), complete)
}

const keyRegister = "register" // of the terms as well

// signOnWord is a word of each of those that signsOn looks for.
var signOnWord = gate(`免登|登录进入|注册|账号`, false, "免登", "登录进入", "注册", "账号") //nolint:gochecknoglobals // immutable

// signsOn reports whether the provider's words tell of signing on by the platform.
func signsOn(f *Facts) bool {
	words := []string{"免登", "免注册", "无需注册", "无须注册", "不用注册", "不需要注册", "无需另行注册", "自动开通账号", "自动创建账号", "单点登录进入", "平台账号登录", "云市场账号", "阿里云账号登录"}
	for _, name := range f.Profile.NamesZH {
		words = append(words, name+"账号登录", name+"账号直接登录")
	}
	p, word := f.Page, f.onPage(signOnWord)
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Field != "" && word.matches(b.Start, b.End) && containsAny(p.Text[b.Start:b.End], words...) {
			return true
		}
	}
	return false
}

// registers reports whether words on a form or a link say that one registers there.
func registers(words string) bool {
	words = squeezed(words)
	if containsAny(words, "注册表", "注册公司", "公司注册", "商标", "域名", "注册中心", "注册码", "注册资本", "注册机", "工商", "注册设备") {
		return false
	}
	return containsAny(words, "注册", "创建账号", "创建账户", "开通账号", "sign up", "register", "create account", "create an account")
}

// registerForm adds a form that registers people.
func (a *requests) registerForm(r *formRead) {
	if r.where == inside {
		return
	}
	for i := range r.asks {
		if !r.makesAccount(&r.asks[i]) {
			continue
		}
		a.register(strings.TrimSpace(r.form.Text+" "+r.asks[i].words), record.Text{ZH: "页面中有注册账号的表单", EN: "the page has a form that registers accounts"}, r.occurrence(a.page, i))
		return
	}
}

// makesAccount reports whether a control is one by which the form makes an account.
func (r *formRead) makesAccount(c *controlAsk) bool {
	switch c.kind {
	case dataPassword:
		return registers(r.form.Text) || containsAny(squeezed(c.words), "设置密码", "设置登录密码", "创建密码", "确认密码", "再次输入", "choose a password", "create a password", "create password", "set a password", "set password", "new password", "confirm password", "repeat password") ||
			r.count(dataPassword) > 1 || r.count(dataPerson) > 0
	case dataMobile, dataMail, dataPerson:
		return r.count(dataPassword) == 0 && registers(r.form.Text)
	case dataNone, dataIDCard, dataBank, dataPayment, dataCode, dataContact:
	}
	return false
}

// registerLinks adds links off the platform that say "register".
func (a *requests) registerLinks(f *Facts) {
	o := outward{facts: f, allowed: f.Params.List("external-link", "allowed_hosts")}
	for i := range a.page.Links {
		l := &a.page.Links[i]
		if l.Field == "" || l.Kind == page.LinkForm || !isEntry(l) || l.URL == nil || !isWeb(l.URL.Scheme()) || len(l.Text) > maxRegisterWords || !registers(l.Text) && !registerAddress(l.URL) {
			continue
		}
		if where, _ := o.whereTo(l.URL); where != outside {
			continue
		}
		a.register(l.Text+" → "+f.Profile.Canonical(l.URL), record.Text{ZH: "注册账号的入口指向平台之外", EN: "an entry for registering leads off the platform"}, linkOccurrence(a.page, l))
	}
}

// registerAddress reports whether an address is that of a page to register, by the last
// part of its path.
func registerAddress(u *weburl.URL) bool {
	path := strings.TrimSuffix(strings.ToLower(u.Path()), "/")
	name, _, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ".")
	switch name {
	case "register", "registration", "signup", "sign-up", "sign_up", "regist", "reg", "zhuce", "create-account":
		return true
	}
	return false
}

// maxRegisterWords bounds the words of a link that is an entry, in bytes.
const maxRegisterWords = 60

func (a *requests) register(found string, why record.Text, occ record.Occurrence) {
	a.found = append(a.found, request{
		key: keyRegister, outcome: record.Suspected, found: cut(oneLine(found), snippetMost), reason: why, occ: occ,
		ask: record.Text{
			ZH: "请人工打开产品登录入口，核实是否可用平台账号免登",
			EN: "a person must open the product and see whether the platform's sign-on works",
		},
	})
}
