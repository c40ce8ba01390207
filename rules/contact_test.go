package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindContacts(t *testing.T) {
	t.Parallel()
	type found struct {
		kind         contactKind
		value, words string
		cued, sample bool
	}
	for _, tt := range []struct {
		text, before string
		code         bool
		want         []found
	}{
		{text: "联系电话13512349876，微信同号", want: []found{{contactMobile, "13512349876", "13512349876", true, false}}},
		{text: "拨打138-0013-8000享线下价", want: []found{{contactMobile, "13800138000", "138-0013-8000", true, false}}},
		{text: "手机：１３５１２３４９８７６", want: []found{{contactMobile, "13512349876", "１３５１２３４９８７６", true, false}}},
		{text: "电话 1 3 5 1 2 3 4 9 8 7 6 找我", want: []found{{contactMobile, "13512349876", "1 3 5 1 2 3 4 9 8 7 6", true, false}}},
		{text: "电话一三五一二三四九八七六", want: []found{{contactMobile, "13512349876", "一三五一二三四九八七六", true, false}}},
		{text: "V①③⑤①②③④⑨⑧⑦⑥", want: []found{{contactMobile, "13512349876", "①③⑤①②③④⑨⑧⑦⑥", false, false}}},
		{text: "（+86）135 1234 9876", want: []found{{contactMobile, "13512349876", "86）135 1234 9876", false, false}}},
		{text: "王工 135.1234.9876", want: []found{{contactMobile, "13512349876", "135.1234.9876", false, false}}},
		{text: "0571-88157808转801", want: []found{{contactPhone, "057188157808", "0571-88157808", false, false}}},
		{text: "(010) 8234 5678", want: []found{{contactPhone, "01082345678", "010) 8234 5678", false, false}}},
		{text: "热线400-820-8820", want: []found{{contactPhone, "4008208820", "400-820-8820", true, false}}},
		{text: "客服电话4008208820", want: []found{{contactPhone, "4008208820", "4008208820", true, false}}},
		{text: "sales@softvendor.com 或 kefu@softvendor.cn", want: []found{
			{contactMail, "sales@softvendor.com", "sales@softvendor.com", false, false},
			{contactMail, "kefu@softvendor.cn", "kefu@softvendor.cn", false, false},
		}},
		{text: "邮箱：Sales＠softvendor．com", want: []found{{contactMail, "sales@softvendor.com", "Sales＠softvendor．com", true, false}}},
		{text: "请联系13800138000", want: []found{{contactMobile, "13800138000", "13800138000", true, false}}},
		{text: "1234509878", before: "扣扣", want: []found{{contactQQ, "1234509878", "1234509878", true, false}}},
		{text: "1234509878", before: "订单号"},
		{text: "13800138000", before: "联系电话", want: []found{{contactMobile, "13800138000", "13800138000", true, false}}},
		// Digits in other coats.
		{text: "电话1️⃣3️⃣5️⃣1️⃣2️⃣3️⃣4️⃣9️⃣8️⃣7️⃣6️⃣", want: []found{{contactMobile, "13512349876", "1️⃣3️⃣5️⃣1️⃣2️⃣3️⃣4️⃣9️⃣8️⃣7️⃣6", true, false}}},
		{text: "手机⑴⑶⑸⑴⑵⑶⑷⑼⑻⑺⑹", want: []found{{contactMobile, "13512349876", "⑴⑶⑸⑴⑵⑶⑷⑼⑻⑺⑹", true, false}}},
		{text: "手机 l35l2349876", want: []found{{contactMobile, "13512349876", "l35l2349876", true, false}}},
		{text: "手机I35O2349O76，找王工", want: []found{{contactMobile, "13502349076", "I35O2349O76", true, false}}},
		{text: "微信同号 135🌟1234🌟9876", want: []found{{contactMobile, "13512349876", "135🌟1234🌟9876", true, false}}},
		{text: "电话：135杠1234杠9876", want: []found{{contactMobile, "13512349876", "135杠1234杠9876", true, false}}},
		{text: "手机 135、1234、9876", want: []found{{contactMobile, "13512349876", "135、1234、9876", true, false}}},
		{text: "手机135——1234——9876", want: []found{{contactMobile, "13512349876", "135——1234——9876", true, false}}},
		{text: "支持手机 135，1234，98765 条记录"},
		{text: "手机型号 Mate135 共1234台，9876人"},
		{text: "拨打1小时内35个1234分9876秒"},
		{text: "编号135杠1234杠9876"},
		// Accounts in other coats.
		{text: "Q Q：1234509878", want: []found{{contactQQ, "1234509878", "Q Q：1234509878", true, false}}},
		{text: "加Q1234509878", want: []found{{contactQQ, "1234509878", "加Q1234509878", true, false}}},
		{text: "QQ:壹贰叁肆伍陆柒捌", want: []found{{contactQQ, "12345678", "QQ:壹贰叁肆伍陆柒捌", true, false}}},
		{text: "抠抠 1234 5098", want: []found{{contactQQ, "12345098", "抠抠 1234 5098", true, false}}},
		{text: "加微：soft_kefu", want: []found{{contactWeChat, "soft_kefu", "加微：soft_kefu", true, false}}},
		{text: "微 信 ：soft_kefu", want: []found{{contactWeChat, "soft_kefu", "微 信 ：soft_kefu", true, false}}},
		{text: "徽信soft_kefu，薇♥soft_guwen", want: []found{
			{contactWeChat, "soft_kefu", "徽信soft_kefu", true, false},
			{contactWeChat, "soft_guwen", "薇♥soft_guwen", true, false},
		}},
		{text: "绿泡泡 softkefu01", want: []found{{contactWeChat, "softkefu01", "绿泡泡 softkefu01", true, false}}},
		{text: "加卫星 softkefu01", want: []found{{contactWeChat, "softkefu01", "加卫星 softkefu01", true, false}}},
		{text: "全球20000家客户，秋季12345场，微服务springcloud，卫星：landsat8"},
		{text: "QQ 2024 版本，q1:20000元，FAQ：100001"},
		// Long numbers.
		{text: "企微号 YW-Lin", want: []found{{contactWeChat, "yw-lin", "企微号 YW-Lin", true, false}}},
		{text: "飞书搜 lihuaops，钉钉登录 webhook", want: []found{{contactOther, "lihuaops", "飞书搜 lihuaops", true, false}}},
		{text: "Q群 七七三二零一五五", want: []found{{contactGroup, "77320155", "Q群 七七三二零一五五", true, false}}},
		{text: "电话0571-00001234，编号0571-00001235", want: []found{{contactPhone, "057100001234", "0571-00001234", true, false}}},
		{text: "收款账号：6222021234567890128", want: []found{{contactBank, "6222021234567890128", "6222021234567890128", true, false}}},
		{text: "银行卡号 6222 0212 3456 7890 128", want: []found{{contactBank, "6222021234567890128", "6222 0212 3456 7890 128", true, false}}},
		{text: "４１１１ １１１１ １１１１ １１１１", before: "对公账户", want: []found{{contactBank, "4111111111111111", "４１１１ １１１１ １１１１ １１１１", true, false}}},
		{text: "身份证 11010519491231002X", want: []found{{contactIdentity, "11010519491231002x", "11010519491231002X", false, false}}},
		{text: "110105 19491231 002x", want: []found{{contactIdentity, "11010519491231002x", "110105 19491231 002x", false, false}}},
		{text: "开户行：某某银行城南支行，账号571900000010101", want: []found{{contactBank, "571900000010101", "571900000010101", true, false}}},
		{text: "客户账号571900000010101，银行卡号：6222021234567890127"},
		{text: "威-信：soft_7788", want: []found{{contactWeChat, "soft_7788", "威-信：soft_7788", true, false}}},
		{text: "加V咨询：saas_sales_01", want: []found{{contactWeChat, "saas_sales_01", "加V咨询：saas_sales_01", true, false}}},
		{text: "微信softkefu8866咨询", want: []found{{contactWeChat, "softkefu8866", "微信softkefu8866", true, false}}},
		{text: "❤信号 bbk20240", want: []found{{contactWeChat, "bbk20240", "❤信号 bbk20240", true, false}}},
		{text: "需要发票的，加①③⑨⓪⓪⓪⓪①②③④联系", want: []found{{contactMobile, "13900001234", "①③⑨⓪⓪⓪⓪①②③④", true, false}}},
		{text: "订单流水 6222021234567890128"},
		{text: "开户行打款后的订单编号6222021234567890128"},
		{text: "物联网卡号 6222021234567890128"},
		{text: "6222021234567890128"},
		{text: "证书编号110105194912310021，版本20240101.6222021234567890128"},
		{text: "金额 4111111111111111.00 元，余额4111 1111 1111 1111"},
		// Samples.
		{text: "13800138000", want: []found{{contactMobile, "13800138000", "13800138000", false, true}}},
		{text: `{"phone":"13512349876"}`, want: []found{{contactMobile, "13512349876", "13512349876", true, true}}},
		{text: "?mobile=13512349876&code=1", want: []found{{contactMobile, "13512349876", "13512349876", true, true}}},
		{text: "手机号，例如13812345678", want: []found{{contactMobile, "13812345678", "13812345678", true, true}}},
		{text: "curl -u admin@softvendor.com", code: true, want: []found{{contactMail, "admin@softvendor.com", "admin@softvendor.com", false, true}}},
		{text: "user@domain.com", want: []found{{contactMail, "user@domain.com", "user@domain.com", false, true}}},
		// Nothing.
		{text: "订单号13512349876"},
		{text: "京ICP备13512349876号"},
		{text: "软著登字第13512349876号"},
		{text: "20231108135123498761234"},
		{text: "身份证110101199003071234"},
		{text: "139.196.12.34:8080"},
		{text: "版本 1.3.5.1.2.3.4.9.8.7.6"},
		{text: "卡号 6222 0213 5123 4987 601"},
		{text: "GB/T 22239-2019，ISO 27001:2013"},
		{text: "2023-01-01 12:00:00 至 2024-12-31 23:59:59"},
		{text: "内存17179869184字节，阈值1700000000000"},
		{text: "4001234567"},
		{text: "git clone git@gitlab.softvendor.com:team/app.git"},
		{text: "https://user:pass@softvendor.com/x"},
		{text: "npm i vue@3.2.1 @types/node@18.1.0 logo@2x.png"},
		{text: "app_13512349876 v-13512349876 a13512349876 13512349876px"},
		{text: "一二三四五六七八九十，三七分成，一九八五年"},
	} {
		var got []found
		for _, c := range findContacts(tt.text, tt.before, tt.code) {
			got = append(got, found{c.kind, c.value, tt.text[c.start:c.end], c.cued, c.sample})
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(found{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.text, diff)
		}
	}
}

func TestContactMasked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind        contactKind
		value, want string
	}{
		{contactMobile, "13512349876", "135****9876"},
		{contactPhone, "057188157808", "0571-****7808"},
		{contactPhone, "01082345678", "010-****5678"},
		{contactPhone, "4008208820", "400****820"},
		{contactMail, "sales@softvendor.com", "s****@softvendor.com"},
		{contactMail, "a@softvendor.com", "a****@softvendor.com"},
		{contactWeChat, "kefu888", "ke****88"},
		{contactQQ, "12345", "12****45"},
		{contactQQ, "123", "1****"},
		{contactBank, "6222021234567890128", "6222****0128"},
		{contactIdentity, "11010519491231002x", "110****x"},
	} {
		c := contact{kind: tt.kind, value: tt.value}
		if got := c.masked(); got != tt.want {
			t.Errorf("%s %s masked: want %s, got %s", tt.kind, tt.value, tt.want, got)
		}
	}
}

func FuzzFindContacts(f *testing.F) {
	f.Add("电话 1 3 5 1 2 3 4 9 8 7 6，sales＠softvendor．com")
	f.Add("０１０-８２３４５６７８ ①③⑤一二三 @@a@b.c")
	f.Add("收款账号６２２２ 0212 3456 7890 128，11010519491231002X，微信同号135🌟1234杠9876 QQ壹贰叁肆伍")
	f.Add("+86 0086 86 86 86 0")
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, c := range findContacts(s, s, false) {
			if c.start < last || c.end <= c.start || c.end > len(s) || c.value == "" || c.masked() == "" {
				t.Fatalf("%+v in %q", c, s)
			}
			last = c.end
		}
	})
}
