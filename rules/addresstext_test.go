package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// render writes what was found: the words as written, "!" when disguised, "?" when not
// sure, and where a browser goes.
func render(s string) []string {
	var out []string
	for _, a := range findAddresses(s) {
		m := s[a.start:a.end]
		if a.disguised {
			m += " !"
		}
		if !a.sure {
			m += " ?"
		}
		out = append(out, m+" → "+a.url.Canonical())
	}
	return out
}

func TestFindAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		// Written out.
		"访问http://www.abc.com/a?b=1，然后":              {"http://www.abc.com/a?b=1 → https://www.abc.com/a?b=1"},
		"（https://abc.com/x(1).html）":                {"https://abc.com/x(1).html → https://abc.com/x(1).html"},
		"https://abc.com:8443/x.":                    {"https://abc.com:8443/x → https://abc.com:8443/x"},
		"http://user:pw@abc.com/":                    {"http://user:pw@abc.com/ → https://abc.com/"},
		"http://www.aliyun.com@evil.example/x":       {"http://www.aliyun.com@evil.example/x → https://evil.example/x"},
		"请访问www.abc.com.cn。谢谢":                       {"www.abc.com.cn → https://www.abc.com.cn/"},
		"官网：abc.com，电话":                              {"abc.com → https://abc.com/"},
		"官网abc.com.cn/help/index.php看":               {"abc.com.cn/help/index.php → https://abc.com.cn/help/index.php"},
		"WWW.ABC.COM":                                {"WWW.ABC.COM → https://www.abc.com/"},
		"tools.abc.io/download":                      {"tools.abc.io/download → https://tools.abc.io/download"},
		"见 http://例子.中国/页":                           {"http://例子.中国/ → https://xn--fsqu00a.xn--fiqs8s/"},
		"http://47.98.1.2/x":                         {"http://47.98.1.2/x → https://47.98.1.2/x"},
		"47.98.1.2:8080":                             {"47.98.1.2:8080 ? → http://47.98.1.2:8080/"},
		"www.abc.com-官网":                             {"www.abc.com → https://www.abc.com/"},
		"a.com和b.com":                                {"a.com → https://a.com/", "b.com → https://b.com/"},
		"git clone https://github.com/abc/def.git 后": {"https://github.com/abc/def.git → https://github.com/abc/def.git"},
		// Disguised.
		"www。abc。com":                    {"www。abc。com ! → https://www.abc.com/"},
		"abc点com":                        {"abc点com ! → https://abc.com/"},
		"abc點com點cn":                     {"abc點com點cn ! → https://abc.com.cn/"},
		"abc dot com":                    {"abc dot com ! → https://abc.com/"},
		"abc(dot)com 或 abd[点]cn":         {"abc(dot)com ! → https://abc.com/", "abd[点]cn ! → https://abd.cn/"},
		"hxxp://abc.com/a":               {"hxxp://abc.com/a ! → https://abc.com/a"},
		"hxxps://abc[.]com":              {"hxxps://abc[.]com ! → https://abc.com/"},
		"abc[.]com, abc(.)cn, abc【.】com": {"abc[.]com ! → https://abc.com/", "abc(.)cn ! → https://abc.cn/", "abc【.】com ! → https://abc.com/"},
		"ｗｗｗ．ａｂｃ．ｃｏｍ":                    {"ｗｗｗ．ａｂｃ．ｃｏｍ ! → https://www.abc.com/"},
		"http：//abc.com":                 {"http：//abc.com → https://abc.com/"},
		"www.a\u200bbc.com":              {"www.a\u200bbc.com ! → https://www.abc.com/"},
		"ⓦⓦⓦ.abc.com":                    {"ⓦⓦⓦ.abc.com ! → https://www.abc.com/"},
		"www . abc . com":                {"www . abc . com ! → https://www.abc.com/"},
		"www.аliyun.com":                 {"www.аliyun.com ! → https://www.xn--liyun-3ve.com/"},
		"abc·com":                        {"abc·com ! → https://abc.com/"},
		"V2。abc dot com":                 {"abc dot com ! → https://abc.com/"},
		// Not addresses.
		"号-1。using dot net": nil,
		"解压README.md，执行setup.sh，打开index.php、a.py和Node.js": nil,
		"ASP.NET与VB.NET，Vue.js，Socket.IO":                 nil,
		"com.mysql.cj.jdbc.Driver java.io.File org.net":   nil,
		"版本1.2.3，8.8.8.8，10.0.0.0/8，0.0.0.0/0":            nil,
		"http://127.0.0.1:8080 http://localhost:80/a":     nil,
		"http://192.168.0.1/ http://服务器IP:8080":           nil,
		"http://<公网IP>:8080 http://${host}/":              nil,
		"http://你的域名.com/":                                nil,
		"www.example.com your-domain.com http://xxx.com/": nil,
		"user@qq.com, first.last@abc.com.cn":              nil,
		"mailto:user@abc.com":                             nil,
		"支持Linux。Windows也行。Mac。":                          nil,
		"第一点com组件，共3.5万。GB/T 22239-2019":                  nil,
		"using dot net and log.info(x), user.name, a.top": nil,
		"We ship it. Com is old. See e.g. the docs.":      nil,
		"*.abc.com ${x}.abc.com":                          nil,
		"/etc/nginx/abc.com":                              nil,
		"spring.datasource.url=jdbc:mysql://db:3306/x":    nil,
		"k8s.svc.cluster.local http://mysql.svc:3306":     nil,
		"com.cn 与 .com 域名，net 和 org":                      nil,
	} {
		if diff := cmp.Diff(want, render(text)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

// TestHostileTextEnds: texts made to be read again and again end in the time that the
// test has, which a quadratic reading would not.
func TestHostileTextEnds(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a.b/", "a.com/", "http://", "http://a.b", "a@", "www.", "a。b点", "a (", "http:\\\\@", "1.1.1.1:1", "a.io/", "ａ.b/"} {
		findAddresses(strings.Repeat(unit, 1<<20/len(unit)))
	}
}

// FuzzFindAddresses: whatever the text, places are in order, inside it, and do not
// overlap.
func FuzzFindAddresses(f *testing.F) {
	for _, s := range []string{"www。abc。com", "http://a@b@c.com:99999/((", "x点com hxxp:\\\\a.b", "a(.)b[.]c{.}com", "ｗｗｗ．ａ．ｃｏｍ\u200b", strings.Repeat("a.", 300), "http://[::1]/", "www.中.com", "..@.@", "www.-", "http://a.-/", "-.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, a := range findAddresses(s) {
			if a.start < last || a.end <= a.start || a.end > len(s) || a.url == nil {
				t.Fatalf("%q: [%d, %d) after %d", s, a.start, a.end, last)
			}
			last = a.end
		}
	})
}
