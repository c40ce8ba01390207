package rules

import (
	"testing"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// sentencePage is a page of one block of the description.
func sentencePage(text string) *page.Page {
	return &page.Page{Text: text, Blocks: []page.Block{{End: len(text), Field: "detail", Tag: "p"}}}
}

func steerFacts(tb testing.TB, p *page.Page) *Facts {
	tb.Helper()
	profile, err := market.LoadProfile("aliyun")
	if err != nil {
		tb.Fatal(err)
	}
	b, err := Load()
	if err != nil {
		tb.Fatal(err)
	}
	return &Facts{Profile: profile, Params: b.defaults, Page: p}
}

// TestSteering holds sentences as listings have them against both rules.
func TestSteering(t *testing.T) {
	t.Parallel()
	facts := steerFacts(t, nil)
	for _, tt := range []struct {
		text          string
		sale, contact record.Outcome
	}{
		{"本软件授权可到我司官网下单，价格更低。", record.Violation, record.Pass},
		{"续费请登录官网 www.softvendor.com 用户中心操作。", record.Violation, record.Pass},
		{"到期后请登录我司用户中心官网自助续费。", record.Violation, record.Pass},
		{"如需充值短信，请访问 https://sms.softvendor.com/pay 充值。", record.Violation, record.Pass},
		{"可以去淘宝搜索“云表单”购买更便宜。", record.Violation, record.Pass},
		{"微信扫码付款后联系客服发货。", record.Violation, record.Pass},
		{"请将款项转账至我公司账户。", record.Violation, record.Pass},
		{"支付宝转账到 pay@softvendor.com。", record.Violation, record.Violation},
		{"直接对公转账，不用在线下单。", record.Violation, record.Pass},
		{"我们的淘宝店：云表单。", record.Violation, record.Pass},
		{"关注公众号“云表单”在公众号内购买会员。", record.Violation, record.Pass},
		{"请在公众号内充值。", record.Violation, record.Pass},
		{"购买高级版请前往官网：softvendor.com", record.Violation, record.Pass},
		{"官网下单立享8折", record.Violation, record.Pass},
		{"更多套餐请到官网选购。", record.Violation, record.Pass},
		{"建议您通过官网续费，可享折扣。", record.Violation, record.Pass},
		{"商品续费需在本公司网站完成付款。", record.Violation, record.Pass},
		{"请至我司官方商城购买授权码。", record.Violation, record.Pass},
		{"拼多多同款更便宜，搜索云表单旗舰店。", record.Violation, record.Pass},
		{"到期续费直接打款到公司账户即可。", record.Violation, record.Pass},
		{"官网展示更多案例。", record.Pass, record.Pass},
		{"支持客户在官网自助下单、在线支付。", record.Pass, record.Pass},
		{"可对接淘宝、天猫、京东店铺，自动同步订单并支持买家付款提醒。", record.Pass, record.Pass},
		{"学员在小程序购买课程后即可学习。", record.Pass, record.Pass},
		{"商家可在后台设置充值赠送活动。", record.Pass, record.Pass},
		{"本商品支持续费与升级，续费价格与新购一致。", record.Pass, record.Pass},
		{"购买方式：点击页面右侧“立即购买”按钮，支付成功后在控制台查看。", record.Pass, record.Pass},
		{"请先购买阿里云ECS实例，再选购本镜像。", record.Pass, record.Pass},
		{"请到阿里云市场购买本商品。", record.Pass, record.Pass},
		{"在云市场下单后，请登录官网控制台激活。", record.Pass, record.Pass},
		{"使用前请到微信公众平台申请服务号并完成认证。", record.Pass, record.Pass},
		{"收银台支持微信、支付宝扫码支付，支持会员储值。", record.Pass, record.Pass},
		{"系统自动识别对公转账流水并核销订单。", record.Pass, record.Pass},
		{"提供电商小程序开发，用户可通过小程序商城下单购买。", record.Pass, record.Pass},
		{"如因质量问题退款，将在3个工作日内转账至您的付款账户。", record.Pass, record.Pass},
		{"企业可在官网放置本表单，访客填写后自动下单。", record.Pass, record.Pass},
		{"采购订单、销售订单、付款单一体化管理。", record.Pass, record.Pass},
		{"短信接口按条计费，余额不足时请在云市场充值。", record.Pass, record.Pass},
		{"请勿通过非云市场渠道付款，谨防受骗。", record.Pass, record.Pass},
		{"支持淘宝搜索、京东搜索接口。", record.Pass, record.Pass},
		{"购买前请登录官网查看演示。", record.Pass, record.Pass},
		{"停车场收费系统：车主扫码支付后自动抬杆。", record.Pass, record.Pass},
		{"请扫描设备上的二维码完成绑定。", record.Pass, record.Pass},
		{"用户扫码下单、扫码支付。", record.Pass, record.Pass},
		{"一键生成收款码，支持聚合支付。", record.Pass, record.Pass},
		{"本系统含官网、小程序、公众号三端，支持在线购买、预约。", record.Pass, record.Pass},
		{"为企业搭建官网商城，实现在线销售。", record.Pass, record.Pass},
		{"域名、空间需用户自行购买。", record.Pass, record.Pass},
		{"支持微信小程序下单、支付宝小程序下单。", record.Pass, record.Pass},
		{"多店铺管理：淘宝店铺、拼多多店铺统一发货。", record.Pass, record.Pass},
		{"详情请加V信abc12345，价格优惠", record.Pass, record.Violation},
		{"微信号kefu8899，加我享折扣", record.Pass, record.Violation},
		{"联系客服微信13512349876拿底价", record.Pass, record.Violation},
		{"拨打0571-88157808签约可打九折", record.Pass, record.Violation},
		{"不要在平台下单，加QQ1234509876直接转账", record.Pass, record.Violation},
		{"如需发票及优惠价请联系销售经理13512349876", record.Pass, record.Violation},
		{"续费优惠请联系微信：kefu_8899", record.Pass, record.Violation},
		{"购买咨询热线：400-820-8820", record.Pass, record.Violation},
		{"请不要在云市场付款，私下联系我们更便宜", record.Pass, record.Violation},
		{"避开平台交易，省下服务费", record.Pass, record.Violation},
		{"走线下合同可再优惠10%", record.Pass, record.Violation},
		{"加QQ群123450987领取优惠券", record.Pass, record.Violation},
		{"添加企业微信获取专属折扣", record.Pass, record.Violation},
		{"先加微信再下单，价格从优", record.Pass, record.Violation},
		{"联系我们私下签合同", record.Pass, record.Violation},
		{"扫码添加客服享受内部价", record.Pass, record.Violation},
		{"加我V：kefu8899，不走平台可便宜", record.Pass, record.Violation},
		{"采购请联系张经理 13512349876", record.Pass, record.Violation},
		{"报价请发邮件至 sales@softvendor.com", record.Pass, record.Violation},
		{"电话：１３５ １２３４ ９８７６，可议价", record.Pass, record.Violation},
		{"绕过平台直接合作", record.Pass, record.Violation},
		{"拍下前请加微信，给您改低价", record.Pass, record.Violation},
		{"联系人 李工 13512349876", record.Pass, record.Suspected},
		{"技术支持邮箱：help@softvendor.com", record.Pass, record.Suspected},
		{"公司电话 0571-88157808", record.Pass, record.Suspected},
		{"QQ交流群：123450987", record.Pass, record.Suspected},
		{"使用问题请加微信号 kefu_8899", record.Pass, record.Suspected},
		{"售后服务热线 400-820-8820", record.Pass, record.Suspected},
		{"支持手机号、邮箱、微信三种登录方式。", record.Pass, record.Pass},
		{"订单编号：13512349876。", record.Pass, record.Pass},
		{"支持企业微信、钉钉、QQ消息通知，下单后自动推送。", record.Pass, record.Pass},
		{"活动价 8 折，限时优惠，请在云市场下单。", record.Pass, record.Pass},
		{"购买后请通过旺旺或工单联系我们。", record.Pass, record.Pass},
		{"微信公众号下单、微信支付、优惠券核销。", record.Pass, record.Pass},
		{"客户添加导购企业微信即可领取优惠券，沉淀私域流量。", record.Pass, record.Pass},
		{"防止飞单：禁止员工私下交易，私下收款自动预警。", record.Pass, record.Pass},
		{"房产经纪：线上带看，线下签约，全程留痕。", record.Pass, record.Pass},
		{"系统支持线下付款登记、银行转账凭证上传。", record.Pass, record.Pass},
		{"版本 V8.2.1 加V标识，加vip会员享折扣。", record.Pass, record.Pass},
		{"示例：{\"mobile\":\"13512349876\",\"email\":\"a@softvendor.com\"}", record.Pass, record.Pass},
		{"手机号码归属地查询，返回如 13800138000 浙江。", record.Pass, record.Pass},
		{"软著登记号 2019SR0123456，证书编号 13512349876。", record.Pass, record.Pass},
		{"端口 8080，网段 192.168.1.0/24，版本号 1.3.5.12.34。", record.Pass, record.Pass},
		{"请勿相信要求加微信付款的信息，谨防诈骗。", record.Pass, record.Pass},
		{"会员可享折扣，储值返现，微信推送账单。", record.Pass, record.Pass},
		{"商品价格优惠，部署简单，7×24小时技术支持。", record.Pass, record.Pass},
		{"发票请在控制台申请，退款请提交工单。", record.Pass, record.Pass},
		{"销售报价单在线审批，客户电话一键拨打。", record.Pass, record.Pass},
		{"外呼系统：致电客户推送优惠，自动加微信。", record.Pass, record.Pass},
		{"支持微信群、QQ群机器人，群号自动识别。", record.Pass, record.Pass},
		{"拍卖系统支持议价、砍价、拼团优惠。", record.Pass, record.Pass},
		{"交易数据线下备份，平台不经过第三方服务器。", record.Pass, record.Pass},
		{"管理员账号 13800138000，密码 123456。", record.Pass, record.Pass},
		{"企业版授权费用请支付到我司对公账户。", record.Violation, record.Pass},
		{"需要更多短信额度，可登录我们网站后台充值。", record.Violation, record.Pass},
		{"续费优惠请到官方网站领取后付款。", record.Violation, record.Pass},
		{"本镜像仅提供基础版，专业版请在我们官网下单。", record.Violation, record.Pass},
		{"想要更便宜？京东旗舰店搜“云表单”。", record.Violation, record.Pass},
		{"授权到期后，请自行前往厂商官网购买新授权。", record.Violation, record.Pass},
		{"请用支付宝扫码支付尾款。", record.Violation, record.Pass},
		{"公司账户：开户行：某某银行科技支行，账号 6222020200012345678。", record.Violation, record.Pass},
		{"用户到期后可在我司公众号内续费。", record.Violation, record.Pass},
		{"系统提供会员充值、余额支付、退款等完整交易功能。", record.Pass, record.Pass},
		{"客户扫描桌上二维码即可点餐支付。", record.Pass, record.Pass},
		{"支持接入有赞、微店商城，订单统一管理。", record.Pass, record.Pass},
		{"本商品按年订阅，续费与购买均在阿里云完成。", record.Pass, record.Pass},
		{"官网提供完整的使用文档与视频教程。", record.Pass, record.Pass},
		{"内置支付模块，可将官网变成在线商城，访客直接下单。", record.Pass, record.Pass},
		{"购买本服务前请准备好域名和服务器。", record.Pass, record.Pass},
		{"淘宝客返利系统源码，支持淘宝、京东、拼多多商品搜索。", record.Pass, record.Pass},
		{"运营商话费充值接口，支持快充与慢充。", record.Pass, record.Pass},
		{"为商户生成专属收款码，扫码即付。", record.Pass, record.Pass},
		{"私聊客服改价，走微信转账。", record.Pass, record.Violation},
		{"更低价格请加企业微信：softvendor_01", record.Pass, record.Violation},
		{"我们可以不通过平台直接合作，价格便宜两成。", record.Pass, record.Violation},
		{"如需优惠请电联13512349876", record.Pass, record.Violation},
		{"联系微信softvendor88报价更低", record.Pass, record.Violation},
		{"公司直签合同价格更低，联系电话010-82345678", record.Pass, record.Violation},
		{"请加钉钉群 35123498 获取折扣码", record.Pass, record.Violation},
		{"不走云市场，可以再便宜", record.Pass, record.Violation},
		{"Contact sales@softvendor.com for a discount.", record.Pass, record.Violation},
		{"邮箱：kefu@softvendor.cn", record.Pass, record.Suspected},
		{"技术顾问微信：softvendor_01", record.Pass, record.Suspected},
		{"如有疑问请拨打027-87004040咨询。", record.Pass, record.Suspected},
		{"支持通过手机号或邮箱注册，短信验证码登录。", record.Pass, record.Pass},
		{"企业微信侧边栏可查看客户优惠券与订单。", record.Pass, record.Pass},
		{"支持私有化部署，数据不经过平台，不上传第三方。", record.Pass, record.Pass},
		{"呼叫中心：来电弹屏，支持 400 号码接入。", record.Pass, record.Pass},
		{"添加好友自动回复、群发优惠活动。", record.Pass, record.Pass},
		{"报价系统：一键生成报价单并通过微信、邮件发送给客户。", record.Pass, record.Pass},
		{"示例请求：POST /sms?mobile=13512349876&amp;content=hello", record.Pass, record.Pass},
		{"客户来源包括线下门店、微信、电话等，统一管理成交记录。", record.Pass, record.Pass},
		{"系统默认管理员 admin，端口 3306，日志保留 180 天。", record.Pass, record.Pass},
		{"收款银行卡号：6222021234567890128", record.Suspected, record.Pass},
		{"私信客服领取内部价。", record.Pass, record.Suspected},
		{"支持公对公打款，款到开通。", record.Violation, record.Pass},
		{"短信用完后可在系统后台自行充值。", record.Violation, record.Pass},
		{"可在会员中心购买流量包。", record.Violation, record.Pass},
		{"激活码请向我司购买。", record.Violation, record.Pass},
		{"到期请联系我们续费。", record.Suspected, record.Pass},
		{"部分高级功能需另行购买。", record.Suspected, record.Pass},
		{"旗舰版没有上架云市场，付款方式见软件内提示。", record.Violation, record.Pass},
		{"Extra seats are billed by us; pay on our website.", record.Violation, record.Pass},
		{"更多坐席可在云市场追加购买。", record.Pass, record.Pass},
		{"短信需用户自行在阿里云购买并配置密钥。", record.Pass, record.Pass},
		{"顾客可在小程序商城下单，店员后台接单。", record.Pass, record.Pass},
		{"软件内不设充值入口，所有费用均通过云市场收取。", record.Pass, record.Pass},
	} {
		f := *facts
		f.Page = sentencePage(tt.text)
		for _, r := range []struct {
			name string
			res  record.Result
			want record.Outcome
		}{{"sale", offPlatformSale(&f), tt.sale}, {"contact", offPlatformContact(&f), tt.contact}} {
			got := record.Pass
			for i := range r.res.Findings {
				if o := r.res.Findings[i].Outcome; got != record.Violation {
					got = o
				}
			}
			if got != r.want {
				t.Errorf("%s: %s: want %s, got %s: %+v", tt.text, r.name, r.want, got, r.res.Findings)
			}
		}
	}
}

func FuzzSteering(f *testing.F) {
	f.Add("加微信 kefu_8866 享八折，到期请在我司官网 www.softvendor.com 续费。")
	f.Add("＋Ｖ：ｋｅｆｕ８８６６\n电话 1 3 5 1 2 3 4 9 8 7 6 底价\n购买地址：softvendor点com")
	facts := steerFacts(f, nil)
	f.Fuzz(func(t *testing.T, s string) {
		f := *facts
		f.Page = sentencePage(s)
		for _, res := range []record.Result{offPlatformSale(&f), offPlatformContact(&f)} {
			seen := map[string]bool{}
			for _, fi := range res.Findings {
				if seen[fi.Discriminator] || fi.Found.IsZero() || fi.Reason.IsZero() || fi.Expected.IsZero() || len(fi.Occurrences) == 0 {
					t.Fatalf("%+v of %q", fi, s)
				}
				seen[fi.Discriminator] = true
				for _, o := range fi.Occurrences {
					if o.Span[0] > o.Span[1] || o.Span[1] > len(s) || o.Mark[0] > o.Mark[1] || o.Mark[1] > len(o.Snippet) {
						t.Fatalf("%+v in %q", o, s)
					}
				}
			}
		}
	})
}
