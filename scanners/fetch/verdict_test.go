package fetch

import (
	"net/http"
	"strings"
	"testing"

	"marketwarden/internal/record"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	page := func(title, body string) string {
		return "<!DOCTYPE html><html><head><title>" + title + "</title></head><body>" + body + "</body></html>"
	}
	article := strings.Repeat("<p>滑动验证是一种常见的人机验证方式，本文介绍它的原理、实现与优缺点，以及网站如何选择。</p>", 12)
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		want   string // reason code, "" = a page
	}{
		{"page", 200, nil, page("云服务商品", "<h1>商品</h1><p>详情</p>"), ""},
		{"created", 201, nil, page("x", "<p>x</p>"), ""},
		{"404", 404, nil, page("Not Found", ""), record.ReasonErrorStatus},
		{"410", 410, nil, "", record.ReasonErrorStatus},
		{"500", 500, nil, "oops", record.ReasonErrorStatus},
		{"304 unasked", 304, nil, "", record.ReasonErrorStatus},
		{"429", 429, nil, "slow down", record.ReasonErrorStatus},
		{"401", 401, nil, "", record.ReasonBotWall},
		{"403 plain", 403, nil, page("403 Forbidden", "nginx"), record.ReasonBotWall},
		{"empty 200", 200, nil, " \n", record.ReasonSoft404},

		{"cloudflare header", 200, http.Header{"Cf-Mitigated": {"challenge"}}, page("x", article), record.ReasonBotWall},
		{"cloudflare challenge", 503, nil, page("Just a moment...", "<script>window._cf_chl_opt={}</script>"), record.ReasonBotWall},
		{"cloudflare title alone", 200, nil, page("Just a moment...", ""), record.ReasonBotWall},
		{"aliyun script", 200, nil, `<html><script>var arg1='3A';function setCookie(){document.cookie="acw_sc__v2="+x}</script></html>`, record.ReasonBotWall},
		{"aliyun renderData", 200, nil, `<html><textarea id="renderData">{"_waf_bd8ce2ce37":"x"}</textarea></html>`, record.ReasonBotWall},
		{"aliyun punish", 200, nil, `<script>location.href="https://h/_____tmd_____/punish?x5secdata=abc"</script>`, record.ReasonBotWall},
		{"aliyun block page", 405, nil, page("405", "<p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p>"), record.ReasonBotWall},
		{"akamai", 403, nil, page("Access Denied", "Reference #18.1 https://errors.edgesuite.net/18.1"), record.ReasonBotWall},
		{"imperva", 200, nil, `<html><body><iframe id="main-iframe" src="/_Incapsula_Resource?x=1"></iframe></body></html>`, record.ReasonBotWall},
		{"datadome", 403, nil, `<script src="https://ct.captcha-delivery.com/c.js"></script>`, record.ReasonBotWall},
		{"jsl", 521, nil, `<script>document.cookie='__jsl_clearance=1'</script>`, record.ReasonBotWall},
		{"words and nothing else", 200, nil, page("提示", "<p>请完成安全验证后继续访问</p>"), record.ReasonBotWall},
		{"slider", 200, nil, page("", "<div>请按住滑块，拖动到最右边</div>"), record.ReasonBotWall},
		{"title of a wall", 200, nil, page("访问验证", "<div id=captcha></div>"), record.ReasonBotWall},
		{"too often", 503, nil, page("", "访问过于频繁，请稍后再试"), record.ReasonBotWall},

		{"article about captchas", 200, nil, page("滑动验证是什么", article), ""},
		{"short product page about captchas", 200, nil, page("滑动验证 SaaS 服务", "<h1>滑动验证</h1><p>一行代码接入。</p>"), ""},
		{"article that quotes a marker", 200, nil, page("acw_sc__v2 arg1", article+"<code>acw_sc__v2 arg1</code>"), ""},
		{"login form with captcha", 200, nil, page("登录", `<form>用户名<input name=u>密码<input type=password name=p> 请完成安全验证</form>`), ""},
		{"shell", 200, nil, page("某某科技", `<div id="app"></div><script src="/app.js"></script>`), ""},
		{"cloudflare in front of a page", 200, http.Header{"Server": {"cloudflare"}}, page("商品", article+"<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"), ""},

		{"soft 404 by title", 200, nil, page("404 Not Found", "<p>nothing here</p>"), record.ReasonSoft404},
		{"soft 404 with site name", 200, nil, page("页面不存在 - 某某科技", "<a href=/>返回首页</a>"), record.ReasonSoft404},
		{"soft 404 by heading", 200, nil, page("某某科技", "<h1>抱歉，您访问的页面不存在</h1><a href=/>返回首页</a>"), record.ReasonSoft404},
		{"soft 404 english heading", 200, nil, page("Acme", "<h1>Page not found</h1>"), record.ReasonSoft404},
		{"soft 404 with nested heading", 200, nil, page("Acme", "<h1><span>404</span></h1><p>The page is gone</p>"), record.ReasonSoft404},
		{"article about 404", 200, nil, page("404 Not Found", "<h1>404</h1>"+article), ""},
		{"product that has 404 in its name", 200, nil, page("404 页面设计服务", "<p>模板</p>"), ""},
		{"off the shelf", 200, nil, page("商品已下架", "<h1>商品已下架</h1>"), ""},
		{"model number", 200, nil, page("型号 404A", "<h1>型号 404A</h1>"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			r := Judge(tt.status, tt.header, []byte(tt.body))
			if r != nil {
				got = r.Code
				if r.Text.ZH == "" || r.Text.EN == "" {
					t.Errorf("a language is missing: %+v", r.Text)
				}
			}
			if got != tt.want {
				t.Errorf("Judge = %q (%+v), want %q", got, r, tt.want)
			}
		})
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(200, []byte("<title>404</title>"))
	f.Add(503, []byte("<h1>访问验证"))
	f.Add(200, []byte("<script><title>x</script></title><input type=password"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := Judge(status, nil, body)
		if r == nil && (status < 200 || status > 299) {
			t.Errorf("status %d is taken for a page", status)
		}
	})
}
