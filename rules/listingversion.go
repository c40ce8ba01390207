package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/record"
)

// versioned is a name with a version, as in "CentOS 7.9" or "V5" (no name), plain.
type versioned struct {
	alone      bool // a number behind Chinese words, which may be anything but in a title
	own        bool // written "V5": of the product itself, if the title has it
	name       string
	version    []string // its numbers
	start, end int
}

// versionsIn reads the names with versions of s: Latin words with a number behind them.
func versionsIn(s string) (out []versioned) {
	for i := 0; i < len(s); {
		if v, ok := unnamedVersion(s, i); ok {
			out = append(out, v)
			i = v.end
			continue
		}
		if !latin(s[i]) || s[i] >= '0' && s[i] <= '9' {
			i++
			continue
		}
		start := i
		for i < len(s) && (latin(s[i]) && (s[i] < '0' || s[i] > '9') || (s[i] == '.' || s[i] == '+' || s[i] == '#') && i+1 < len(s) && latin(s[i+1]) && (s[i+1] < '0' || s[i+1] > '9')) {
			i++
		}
		name := s[start:i]
		if w, ok := strings.CutPrefix(s[i:], " engine"); ok && name == "docker" {
			i = len(s) - len(w)
		}
		if w, ok := strings.CutPrefix(s[i:], " server"); ok && name == "windows" {
			name, i = "windows server", len(s)-len(w)
		}
		k := i
		for k < len(s) && k-i < 2 && (s[k] == ' ' || s[k] == '-') {
			k++
		}
		own := name == "v"
		if k < len(s) && s[k] == 'v' && k+1 < len(s) && s[k+1] >= '0' && s[k+1] <= '9' {
			own = true
			k++
		}
		version, n := dotted(s[k:])
		if n == 0 {
			continue
		}
		if name == "v" {
			name = ""
		} else if len(name) < 2 || slices.Contains(notVersioned(), name) {
			i = k + n
			continue
		}
		if _, used := unitAt(s[k+n:]); used > 0 && name != "" {
			i = k + n
			continue // "ECS 5台"
		}
		i = k + n
		out = append(out, versioned{own: own, name: name, version: version, start: start, end: i})
	}
	return out
}

// unnamedVersion reads a version behind Chinese words at i: "面板 8.0", "2.8版".
func unnamedVersion(s string, i int) (v versioned, ok bool) {
	if s[i] < '0' || s[i] > '9' || i == 0 {
		return v, false
	}
	before := strings.TrimRight(cutTail(s[:i], 24), " ")
	if before == "" || before[len(before)-1] < 0x80 {
		return v, false
	}
	version, n := dotted(s[i:])
	if len(version) < 2 || i+n < len(s) && (s[i+n] == '%' || latin(s[i+n])) {
		return v, false
	}
	rest := strings.TrimLeft(s[i+n:], " ")
	if _, used := unitAt(s[i+n:]); used > 0 || anyIn(cut(rest, 6), []string{"元", "万", "倍", "折", "块", "秒", "米"}) {
		return v, false
	}
	named := strings.HasPrefix(rest, "版") || strings.HasSuffix(before, "版本") || strings.HasSuffix(before, "版本号")
	return versioned{own: true, alone: !named, version: version, start: i, end: i + n}, true
}

// notVersioned are names that a number belongs to.
func notVersioned() []string {
	return []string{"ipv", "iso", "top", "no", "level", "gb", "web", "http", "tls", "ssl", "utf", "sha", "md", "rsa", "aes", "office", "win", "x", "amd", "arm", "sm", "usb", "wifi", "raid", "oauth", "base", "mp", "b2b", "pcm", "ecs", "rds"}
}

// dotted reads the numbers of a version.
func dotted(s string) (out []string, n int) {
	for {
		k := leadingDigits(s[n:])
		if k == 0 || k > 4 || len(out) == 4 {
			return out, n
		}
		out = append(out, s[n:n+k])
		if n += k; n+1 >= len(s) || s[n] != '.' || leadingDigits(s[n+1:]) == 0 {
			return out, n
		}
		n++
	}
}

// agrees compares versions as far as both go: 6.4 is 6.4.3, and 1.8 of Java is 8.
func agrees(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return len(a) == 2 && a[0] == "1" && a[1] == b[0] || len(b) == 2 && b[0] == "1" && b[1] == a[0]
		}
	}
	return true
}

// notInstalled are words that say that a version is not the one that comes with it.
func notInstalled() []string {
	return []string{
		"支持", "兼容", "适配", "适用", "升级", "可选", "迁移", "从", "低于", "高于", "以上", "以下", "对接", "连接", "推荐", "需", "要求", "依赖", "更新", "导入", "不", "或", "另", "修复", "旧", "历史", "原", "请选择", "其他", "相比", "较", "面向", "客户端", "远程桌面", "漏洞", "教程", "如",
		"support", "compatible", "upgrade", "migrat", "from", "require", "later", "or ",
	}
}

// versions compares the versions of what the titles name, and the product's own, with those
// that the description says are there.
func (m *mismatchReader) versions() {
	titled := versionsIn(m.headline())
	if v := strings.ToLower(strings.TrimSpace(m.facts.Listing.Version)); v != "" && len(titled) == 0 {
		if version, n := dotted(strings.TrimLeft(v, "v ")); n > 0 {
			titled = append(titled, versioned{own: true, version: version})
		}
	}
	for i := range titled[:min(len(titled), maxTitled)] {
		m.version(&titled[i])
	}
	m.choices()
}

// version compares one.
func (m *mismatchReader) version(t *versioned) {
	var against *passage
	var other versioned
	for i := range m.text {
		x := &m.text[i]
		for _, v := range m.stated(x, t) {
			if agrees(v.version, t.version) {
				m.compared = true
				return
			}
			from, to := sentenceIn(x.words, v.start, v.end)
			if a := strings.LastIndexAny(x.words[from:v.start], "，,、"); a >= 0 {
				from += a
			}
			if b := strings.IndexAny(x.words[v.end:to], "，,、"); b >= 0 {
				to = v.end + b
			}
			if against == nil && !anyIn(x.words[from:to], notInstalled()) {
				against, other = x, v
			}
		}
	}
	if against == nil {
		return
	}
	m.compared = true
	filed := strings.TrimSpace(t.name + " " + strings.Join(t.version, "."))
	m.add(record.Violation, "version", against.block, other.start, other.end, filed,
		record.Text{ZH: "描述中的版本与标题或登记的版本不一致", EN: "the description states another version than the title or the catalogue"})
}

// stated are the versions of the same name in a passage; of the product itself, what stands
// under "版本" too.
func (m *mismatchReader) stated(x *passage, t *versioned) (out []versioned) {
	for _, v := range versionsIn(x.words) {
		if v.name == t.name && !v.alone || t.own && v.name == "" && !v.alone {
			out = append(out, v)
		}
	}
	if !t.own {
		return out
	}
	for _, label := range []string{"版本号", "当前版本", "产品版本", "软件版本", "版本"} {
		at := strings.Index(x.words, label)
		if at < 0 || at > 0 && label == "版本" && !strings.HasSuffix(x.words[:at], "。") && !strings.HasSuffix(x.words[:at], "，") {
			continue
		}
		rest := x.words[at+len(label):]
		trimmed := strings.TrimLeft(rest, ":：为是 v")
		version, n := dotted(trimmed)
		if n > 0 && len(trimmed) < len(rest) {
			start := at + len(label) + len(rest) - len(trimmed)
			out = append(out, versioned{version: version, start: start, end: start + n})
		}
		break
	}
	return out
}
