package rules

import (
	"testing"

	"marketwarden/internal/market"
)

// TestCooperation reads sentences as they stand on product pages.
func TestCooperation(t *testing.T) {
	t.Parallel()
	p, err := market.LoadProfile("aliyun")
	if err != nil {
		t.Fatal(err)
	}
	c := newCooperation(p)
	c.short = true
	for want, texts := range map[said][]string{
		saidStated: {
			"本产品已上架阿里云云市场。",
			"已上架至 阿里云 云市场",
			"我们入驻了阿里云市场，欢迎选购",
			"阿里云合作伙伴",
			"阿里云战略合作伙伴，服务两千家企业",
			"与阿里云达成战略合作",
			"携手阿里云，共建生态",
			"合作伙伴：阿里云、腾讯云",
			"华为云、阿里云合作伙伴",
			"前往阿里云云市场购买",
			"可在云市场开通",
			"云市场购买链接",
			"我们在云市场开设了店铺，云市场店铺每日上新",
			"本商品在阿里云云市场上线",
			"阿里云云市场服务类商品，由工程师交付",
			"阿里云ISV",
			"阿里云云市场在售商品",
			"Available on Alibaba Cloud Marketplace",
			"We are an Alibaba Cloud partner.",
			"Official partner of Aliyun",
			"Buy it on the Alibaba Cloud Marketplace",
			"Ａｌｉｂａｂａ Ｃｌｏｕｄ partner",
			"云市场的购买流程",
		},
		saidName: {
			"运行在阿里云上",
			"支持阿里云、腾讯云、华为云部署",
			"阿里云",
			"购买阿里云服务器",
			"阿里云云市场上线品牌馆频道",
			"Runs on Alibaba Cloud.",
		},
		saidDenied: {
			"尚未入驻阿里云云市场",
			"我们不是阿里云合作伙伴",
			"本公司并非阿里云的合作伙伴，与其无关",
			"非阿里云合作伙伴",
			"即将上架阿里云云市场",
			"已从阿里云云市场下架，不再在云市场销售",
			"与阿里云的合作已于 2023 年终止",
			"We are not an Alibaba Cloud partner",
			"Coming soon: listed on Alibaba Cloud Marketplace",
		},
		saidAsked: {
			"如何成为阿里云合作伙伴？",
			"如何在阿里云云市场购买软件",
			"How to buy on Alibaba Cloud Marketplace",
		},
		saidOther: {
			"华为云合作伙伴",
			"运行于阿里云，是华为云合作伙伴",
			"已上架华为云云市场",
			"Tencent Cloud partner",
		},
		saidNothing: {
			"云市场的商品数量",
			"我们的合作伙伴遍布全国",
			"国内外主流的云市场上架",
			"见 https://market.aliyun.com/store 购买",
			"",
		},
	} {
		for _, text := range texts {
			if got := c.passage(text); got.said != want {
				t.Errorf("%q: heard %d, want %d (%q)", text, got.said, want, text[got.start:got.end])
			}
		}
	}
}

// FuzzCooperation: places lie inside the text, whatever it is.
func FuzzCooperation(f *testing.F) {
	p, err := market.LoadProfile("aliyun")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"阿里云合作伙伴", "ａｌｉｙｕｎ, aws partner? ", "\xff阿里云、\xe9伙伴", "云市场|购买,,,;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := newCooperation(p)
		c.short = true
		if h := c.passage(s); h.start < 0 || h.end < h.start || h.end > len(s) {
			t.Fatalf("%q: [%d, %d)", s, h.start, h.end)
		}
	})
}
