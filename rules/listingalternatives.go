package rules

import (
	"strings"

	"marketwarden/internal/record"
)

// alternatives is a set of things of which a listing has one, by other words for each.
type alternatives struct {
	what    string
	of      [][]string
	framed  []string // words that say which it is
	outcome record.Outcome
	why     record.Text
}

// allAlternatives are those of what titles name besides versions.
func allAlternatives() []alternatives {
	return []alternatives{
		{
			what: "system", outcome: record.Violation,
			of: [][]string{
				{"centos"},
				{"ubuntu"},
				{"debian"},
				{"windows"},
				{"rocky"},
				{"almalinux"},
				{"anolis", "龙蜥"},
				{"alibaba cloud linux", "alinux"},
				{"opensuse"},
				{"fedora"},
				{"freebsd"},
				{"openeuler", "欧拉"},
				{"麒麟"},
				{"统信"},
				{"linux"},
			},
			framed: []string{"操作系统", "系统为", "系统是", "系统:", "系统：", "系统版本", "os:", "os：", "基于", "底层", "based on", "operating system", "仅支持", "只支持", "仅限", "仅适用", "只能在", "仅提供"},
			why:    record.Text{ZH: "描述中的操作系统与标题不一致", EN: "the description states another operating system than the title"},
		},
		{
			what: "database", outcome: record.Suspected,
			of:     [][]string{{"mysql", "mariadb"}, {"postgresql", "postgres"}, {"sql server", "sqlserver"}, {"oracle"}, {"mongodb"}, {"达梦"}, {"人大金仓"}},
			framed: []string{"数据库为", "数据库是", "数据库:", "数据库：", "数据库采用", "数据库使用", "数据库类型", "预装", "内置", "安装的是", "database is"},
			why:    record.Text{ZH: "描述中的数据库与标题不一致", EN: "the description states another database than the title"},
		},
		{
			what: "language", outcome: record.Suspected,
			of:     [][]string{{"java"}, {"php", "thinkphp"}, {"python", "django"}, {"node.js", "nodejs"}, {"asp.net", ".net", "c#"}, {"golang", "go语言"}},
			framed: []string{"使用", "采用", "开发语言", "语言为", "语言:", "语言：", "用", "基于", "written in"},
			why:    record.Text{ZH: "描述中的开发语言与标题不一致", EN: "the description states another programming language than the title"},
		},
		{
			what: "platform", outcome: record.Violation,
			of:     [][]string{{"ios", "iphone", "苹果"}, {"安卓", "android"}, {"鸿蒙"}},
			framed: []string{"仅支持", "只支持", "仅限", "仅适用", "只能在", "仅提供", "只有", "only"},
			why:    record.Text{ZH: "描述中的平台与标题不一致", EN: "the description states another platform than the title"},
		},
		{
			what: "certificate", outcome: record.Violation,
			of:     [][]string{{"通配符", "泛域名"}, {"单域名"}, {"多域名"}},
			framed: []string{"本证书", "本商品", "证书为", "证书是", "类型为", "类型：", "仅支持", "为", "是"},
			why:    record.Text{ZH: "描述中的证书类型与标题不一致", EN: "the description states another kind of certificate than the title"},
		},
		{
			what: "certificate-level", outcome: record.Violation,
			of:     [][]string{{"dv"}, {"ov"}, {"ev"}},
			framed: []string{"本证书", "本商品", "证书为", "证书是", "类型为", "类型：", "级别", "为", "是"},
			why:    record.Text{ZH: "描述中的证书级别与标题不一致", EN: "the description states another grade of certificate than the title"},
		},
		{
			what: "interface-language", outcome: record.Suspected,
			of:     [][]string{{"中文"}, {"英文", "英语"}, {"日文", "日语"}},
			framed: []string{"仅", "只有", "只支持", "界面为", "语言为", "界面语言", "语言："},
			why:    record.Text{ZH: "描述中的语言与标题不一致", EN: "the description states another language than the title"},
		},
	}
}

// named are the numbers of what s names.
func (c *alternatives) named(s string) (out []int) {
	for i, words := range c.of {
		if c.of[i][0] == "linux" && len(out) > 0 {
			break // the family of those before
		}
		for _, w := range words {
			if at := strings.Index(s, w); at >= 0 && (at == 0 || !latin(s[at-1])) && (at+len(w) == len(s) || !latin(s[at+len(w)]) || s[at+len(w)] <= '9') {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// choices compares what the title names with what the description says it is.
func (m *mismatchReader) choices() {
	for _, c := range allAlternatives() {
		titled := c.named(m.headline())
		if len(titled) != 1 {
			continue
		}
		m.choice(&c, titled[0])
	}
}

func (m *mismatchReader) choice(c *alternatives, titled int) {
	for i := range m.text {
		if anyIn(m.text[i].words, c.of[titled]) {
			m.compared = true
			return
		}
	}
	for i := range m.text {
		x := &m.text[i]
		found := c.named(x.words)
		if len(found) != 1 || c.of[titled][0] == "linux" && found[0] != titled && c.of[found[0]][0] != "windows" || c.of[found[0]][0] == "linux" && c.of[titled][0] != "windows" {
			continue
		}
		for _, w := range c.of[found[0]] {
			at := strings.Index(x.words, w)
			if at < 0 {
				continue
			}
			from, _ := sentenceIn(x.words, at, at)
			before := cutTail(x.words[from:at], 36)
			if a := strings.LastIndexAny(before, "，,"); a >= 0 {
				before = before[a:]
			}
			if anyIn(before, c.framed) && !anyIn(strings.NewReplacer("仅支持", "", "只支持", "").Replace(before), notInstalled()) {
				m.compared = true
				m.add(c.outcome, c.what, x.block, at, at+len(w), c.of[titled][0], c.why)
				return
			}
		}
	}
}
