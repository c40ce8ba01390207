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
		"www。abc。com":                         {"www。abc。com ! → https://www.abc.com/"},
		"abc点com":                             {"abc点com ! → https://abc.com/"},
		"abc點com點cn":                          {"abc點com點cn ! → https://abc.com.cn/"},
		"abc dot com":                         {"abc dot com ! → https://abc.com/"},
		"abc(dot)com 或 abd[点]cn":              {"abc(dot)com ! → https://abc.com/", "abd[点]cn ! → https://abd.cn/"},
		"hxxp://abc.com/a":                    {"hxxp://abc.com/a ! → https://abc.com/a"},
		"hxxps://abc[.]com":                   {"hxxps://abc[.]com ! → https://abc.com/"},
		"abc[.]com, abc(.)cn, abc【.】com":      {"abc[.]com ! → https://abc.com/", "abc(.)cn ! → https://abc.cn/", "abc【.】com ! → https://abc.com/"},
		"ｗｗｗ．ａｂｃ．ｃｏｍ":                         {"ｗｗｗ．ａｂｃ．ｃｏｍ ! → https://www.abc.com/"},
		"http：//abc.com":                      {"http：//abc.com → https://abc.com/"},
		"www.a\u200bbc.com":                   {"www.a\u200bbc.com ! → https://www.abc.com/"},
		"ⓦⓦⓦ.abc.com":                         {"ⓦⓦⓦ.abc.com ! → https://www.abc.com/"},
		"www . abc . com":                     {"www . abc . com ! → https://www.abc.com/"},
		"www.аliyun.com":                      {"www.аliyun.com ! → https://www.xn--liyun-3ve.com/"},
		"abc·com":                             {"abc·com ! → https://abc.com/"},
		"V2。abc dot com":                      {"abc dot com ! → https://abc.com/"},
		"abc．com":                             {"abc．com ! → https://abc.com/"},
		"www．abc．com":                         {"www．abc．com ! → https://www.abc.com/"},
		"WWW．ABC．COM":                         {"WWW．ABC．COM ! → https://www.abc.com/"},
		"ＥＶＩＬ．ＣＯＭ":                            {"ＥＶＩＬ．ＣＯＭ ! → https://evil.com/"},
		"abc｡com":                             {"abc｡com ! → https://abc.com/"},
		"abc（点）com":                           {"abc（点）com ! → https://abc.com/"},
		"abc（.）com":                           {"abc（.）com ! → https://abc.com/"},
		"abc [.] com":                         {"abc [.] com ! → https://abc.com/"},
		"abc (dot) com":                       {"abc (dot) com ! → https://abc.com/"},
		"abc (.) com":                         {"abc (.) com ! → https://abc.com/"},
		"abc 点 com":                           {"abc 点 com ! → https://abc.com/"},
		"163点com":                             {"163点com ! → https://163.com/"},
		"abc\u00a0点\u2002com":                 {"abc\u00a0点\u2002com ! → https://abc.com/"},
		"www\u3000.\u3000abc\u3000.\u3000com": {"www\u3000.\u3000abc\u3000.\u3000com ! → https://www.abc.com/"},
		"www\u2002.\u2002abc\u2002.\u2002com": {"www\u2002.\u2002abc\u2002.\u2002com ! → https://www.abc.com/"},
		// Hosts that only a browser's reading shows.
		"见https://evil%2ecom/。":                {"https://evil%2ecom/ ! → https://evil.com/"},
		"https://evil%2ecom/":                  {"https://evil%2ecom/ ! → https://evil.com/"},
		"https://%65vil.com/a，":                {"https://%65vil.com/a ! → https://evil.com/a"},
		"https://help.aliyun.com%2eevil.com/":  {"https://help.aliyun.com%2eevil.com/ ! → https://help.aliyun.com.evil.com/"},
		"https://help%2ealiyun.com/x":          {"https://help%2ealiyun.com/x ! → https://help.aliyun.com/x"},
		"http://134744072/ http://0x08080808/": {"http://134744072/ ! → https://8.8.8.8/", "http://0x08080808/ ! → https://8.8.8.8/"},
		"https://[2606:4700::1111]/x":          {"https://[2606:4700::1111]/x → https://[2606:4700::1111]/x"},
		"http://[::1]:80/ http://[fd00::1]/ http://2130706433/ http://8080 http://[a]": nil,
		"https://abc.com% https://abd.com%20x":                                         {"https://abc.com → https://abc.com/", "https://abd.com → https://abd.com/"},
		"java.net/projects":                                                            {"java.net/projects → https://java.net/projects"},
		// Names of namespaces and document types; an address beside them is one.
		`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">`:  nil,
		`xsi:schemaLocation="http://www.abc.org/schema http://www.abc.org/schema.xsd"`:         nil,
		`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/TR/xhtml1.dtd">`: nil,
		`<a xmlns="" href="http://www.abc.org/">`:                                              {"http://www.abc.org/ → https://www.abc.org/"},
		`<!DOCTYPE html>http://www.abc.org/`:                                                   {"http://www.abc.org/ → https://www.abc.org/"},
		// Ends of sentences before a short word.
		"支持CSV。com组件":    {"CSV。com ! ? → https://csv.com/"},
		"softvendor。vip": {"softvendor。vip ! ? → https://softvendor.vip/"},
		"支持CRM。vip客户管理，Docker。top命令，WMS。shop店铺": nil,
		// No placeholders, no packages.
		"www.yourdream.cn http://yourdoctor.com/buy": {"www.yourdream.cn → https://www.yourdream.cn/", "http://yourdoctor.com/buy → https://yourdoctor.com/buy"},
		"http://云主机.com/":                            {"http://云主机.com/ → https://xn--tiqyhn51e.com/"},
		"www.云服务器之家.com":                             {"www.云服务器之家.com → https://www.xn--9iq8f03js0eb7htls.com/"},
		"http://域名.abc.com/":                         {"http://域名.abc.com/ → https://xn--eqrt2g.abc.com/"},
		"net.evil.com/buy com.evil.cn":               {"net.evil.com/buy → https://net.evil.com/buy", "com.evil.cn → https://com.evil.cn/"},
		"java.com android.com/x":                     {"java.com → https://java.com/", "android.com/x → https://android.com/x"},
		"client.abc.net abc.vip(官网)":                 {"client.abc.net → https://client.abc.net/", "abc.vip → https://abc.vip/"},
		"abc.com/v1 abc.io/v1/buy":                   {"abc.com/v1 → https://abc.com/v1", "abc.io/v1/buy → https://abc.io/v1/buy"},
		// Not addresses.
		"apiVersion: apps.kubernetes.io/v1，networking.k8s.io/v1 的 Ingress 资源":         nil,
		"cert-manager.io/v1 projectcalico.org/v3 argoproj.io/v1alpha1":                nil,
		"nginx.ingress.kubernetes.io/rewrite-target: / app.kubernetes.io/name: x":     nil,
		"http://www.您的域名.com/ http://服务器公网IP.com www.yourdomain.com":                  nil,
		"org.springframework.boot java.net.URL java.net com.alibaba.cloud/x":          nil,
		"self.net = Net() self.net(x) this.net model.net(x) a.net = 1":                nil,
		"user.vip 字段 item.top node.top cpu.top req.body.shop server.net 与 client.net": nil,
		"每天9点vip专场，下午 3 点 com，满100点vip":                                               nil,
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
	for _, unit := range []string{"a.b/", "a.com/", "http://", "http://a.b", "a@", "www.", "a。b点", "a (", "http:\\\\@", "1.1.1.1:1", "a.io/", "ａ.b/", "http://a%2", "http://[1:", "http://a.com ", "<http://a.com ", "http://1"} {
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
