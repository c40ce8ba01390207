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
	for text, want := range map[string]said{
		"本产品已上架阿里云云市场。":                           saidStated,
		"已上架至 阿里云 云市场":                            saidStated,
		"我们入驻了阿里云市场，欢迎选购":                         saidStated,
		"阿里云合作伙伴":                                 saidStated,
		"阿里云战略合作伙伴，服务两千家企业":                       saidStated,
		"与阿里云达成战略合作":                              saidStated,
		"携手阿里云，共建生态":                              saidStated,
		"合作伙伴：阿里云、腾讯云":                            saidStated,
		"华为云、阿里云合作伙伴":                             saidStated,
		"前往阿里云云市场购买":                              saidStated,
		"可在云市场开通":                                 saidStated,
		"云市场购买链接":                                 saidStated,
		"我们在云市场开设了店铺，云市场店铺每日上新":                   saidStated,
		"本商品在阿里云云市场上线":                            saidStated,
		"阿里云云市场服务类商品，由工程师交付":                      saidStated,
		"云市场的商品数量":                                saidNothing,
		"阿里云ISV":                                  saidStated,
		"阿里云云市场在售商品":                              saidStated,
		"Available on Alibaba Cloud Marketplace":  saidStated,
		"We are an Alibaba Cloud partner.":        saidStated,
		"Official partner of Aliyun":              saidStated,
		"Buy it on the Alibaba Cloud Marketplace": saidStated,
		"Ａｌｉｂａｂａ Ｃｌｏｕｄ partner":                   saidStated,

		"运行在阿里云上":         saidName,
		"支持阿里云、腾讯云、华为云部署": saidName,
		"阿里云":                                              saidName,
		"购买阿里云服务器":                                         saidName,
		"阿里云云市场上线品牌馆频道":                                    saidName,
		"Runs on Alibaba Cloud.":                           saidName,
		"尚未入驻阿里云云市场":                                       saidDenied,
		"我们不是阿里云合作伙伴":                                      saidDenied,
		"本公司并非阿里云的合作伙伴，与其无关":                               saidDenied,
		"非阿里云合作伙伴":                                         saidDenied,
		"即将上架阿里云云市场":                                       saidDenied,
		"已从阿里云云市场下架，不再在云市场销售":                              saidDenied,
		"与阿里云的合作已于 2023 年终止":                               saidDenied,
		"We are not an Alibaba Cloud partner":              saidDenied,
		"Coming soon: listed on Alibaba Cloud Marketplace": saidDenied,
		"如何成为阿里云合作伙伴？":                                     saidAsked,
		"如何在阿里云云市场购买软件":                                    saidAsked,
		"How to buy on Alibaba Cloud Marketplace":          saidAsked,
		"华为云合作伙伴":                                          saidOther,
		"运行于阿里云，是华为云合作伙伴":                                  saidOther,
		"已上架华为云云市场":                                        saidOther,
		"Tencent Cloud partner":                            saidOther,
		"我们的合作伙伴遍布全国":                                      saidNothing,
		"云市场的购买流程":                                         saidStated,
		"国内外主流的云市场上架":                                      saidNothing,
		"见 https://market.aliyun.com/store 购买":             saidNothing,
		"": saidNothing,
	} {
		if got := c.passage(text); got.said != want {
			t.Errorf("%q: heard %d, want %d (%q)", text, got.said, want, text[got.start:got.end])
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
