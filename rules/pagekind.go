package rules

import (
	"strings"
	"unicode/utf8"

	"marketwarden/internal/weburl"
)

// pageKind is what sort of page of a company's website an address or a heading speaks of.
type pageKind int

const (
	kindPlain   pageKind = iota
	kindHome             // the home page
	kindProduct          // where products stand
	kindArticle          // news, a customer story, a post, a company page
	kindList             // results of a search, a tag
	kindGuide            // documentation, help
	kindNever            // not for readers: log-in, cart, legal texts, files
)

// kindOfAddress judges by the words of the path, and of the host for documentation. The
// last segment of the path may be a product's name (/product/news-system.html), so of it
// only "news", "news-540" and "news_list" speak.
func kindOfAddress(u *weburl.URL) pageKind {
	path := strings.ToLower(u.DecodedPath())
	if kindOfFile(path) == kindNever {
		return kindNever
	}
	kind, ofCompany := kindPlain, false
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	for i, s := range segments {
		word := s
		if i == len(segments)-1 {
			word = lastWord(s)
		}
		k := kindOfWord(word)
		if i == len(segments)-1 && kind == kindProduct && (k != kindNever && k != kindList || nameable(word)) {
			break // a product's name
		}
		if k == kindArticle && ofTheCompany(word) {
			ofCompany = true // /company/products/ is where products stand all the same
			continue
		}
		switch k {
		case kindPlain:
		case kindProduct:
			if kind == kindPlain {
				kind = k
			}
		default:
			return k
		}
	}
	if len(segments) == 0 || len(segments) == 1 && homeName(segments[0]) || len(segments) == 2 && homeName(segments[0]) && homeName(segments[1]) {
		return kindHome
	}
	if kind == kindPlain && ofCompany {
		return kindArticle
	}
	if kind != kindPlain {
		return kind
	}
	switch label, _, _ := strings.Cut(u.Host(), "."); label {
	case "docs", "doc", "help", "wiki", "support", "manual", "kb":
		return kindGuide
	case "blog", "news", "bbs", "forum", "community", "ask":
		return kindArticle
	}
	return kind
}

// ofTheCompany: folders of pages about the company, which may hold those of its products.
func ofTheCompany(word string) bool {
	switch word {
	case "about", "about-us", "aboutus", "company", "关于我们":
		return true
	}
	return false
}

// nameable: words of pages for use that are as often what a product is for, and then end
// the address of its page (/product/member/).
func nameable(word string) bool {
	switch word {
	case "member", "user", "account", "admin", "share", "print", "sso", "passport", "captcha", "search", "tag", "tags", "agreement", "legal":
		return true
	}
	return false
}

// homeName: names of the home page's file, and folders of languages.
func homeName(s string) bool {
	name, _, _ := strings.Cut(s, ".")
	switch name {
	case "index", "default", "home", "main", "zh", "cn", "en", "zh-cn", "zh_cn", "en-us", "en_us", "zh-hans":
		return true
	}
	return false
}

// lastWord is the word of a file's name: without extension, and without what numbers it.
func lastWord(s string) string {
	if i := strings.LastIndexByte(s, '.'); i > 0 {
		s = s[:i]
	}
	word := strings.TrimRight(s, "0123456789-_")
	if w, ok := strings.CutSuffix(word, "list"); ok && w != "" {
		word = strings.TrimRight(w, "-_")
	}
	for _, end := range []string{"-detail", "_detail", "_show", "-show", "_view", "-view", "_info", "-info"} {
		word = strings.TrimSuffix(word, end)
	}
	if i := strings.IndexAny(word, "-_"); i > 0 && strings.Trim(word[i:], "0123456789-_") == "" {
		word = word[:i]
	}
	return word
}

func kindOfWord(w string) pageKind {
	switch w {
	case "news", "blog", "blogs", "article", "articles", "case", "cases", "customer", "customers", "story", "stories",
		"press", "event", "events", "activity", "activities", "media", "post", "posts", "notice", "notices", "xinwen", "anli",
		"forum", "bbs", "community", "ask", "about", "about-us", "aboutus", "company", "contact", "contact-us", "contactus",
		"lxwm", "gywm", "join", "jobs", "job", "career", "careers", "honor", "partner", "partners",
		"新闻", "新闻中心", "新闻动态", "案例", "客户案例", "成功案例", "博客", "关于我们", "联系我们":
		return kindArticle
	case "search", "tag", "tags", "keyword", "keywords":
		return kindList
	case "docs", "doc", "document", "documents", "documentation", "help", "manual", "manuals", "wiki", "guide", "guides",
		"tutorial", "tutorials", "faq", "faqs", "support", "knowledge", "kb", "changelog", "release-notes", "releases", "文档", "帮助":
		return kindGuide
	case "product", "products", "prod", "pro", "chanpin", "cp", "solution", "solutions", "app", "apps", "service", "services",
		"fuwu", "software", "goods", "item", "items", "shop", "store", "market", "download", "downloads", "image", "images",
		"feature", "features", "plugin", "plugins", "产品", "产品中心", "解决方案", "服务":
		return kindProduct
	case "login", "logout", "signin", "sign-in", "signup", "sign-up", "register", "passport", "sso", "oauth", "cart",
		"checkout", "account", "user", "member", "admin", "wp-admin", "wp-login", "wp-json", "feed", "rss", "atom", "xmlrpc",
		"privacy", "privacy-policy", "terms", "legal", "agreement", "disclaimer", "cookie", "cookies", "copyright",
		"cdn-cgi", "print", "share", "trackback", "captcha":
		return kindNever
	}
	return kindPlain
}

// kindOfFile: files that are no pages.
func kindOfFile(path string) pageKind {
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.Contains(path[i:], "/") {
		return kindPlain
	}
	switch path[i+1:] {
	case "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt", "zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar",
		"exe", "msi", "dmg", "pkg", "deb", "rpm", "apk", "ipa", "iso", "jar", "bin", "img", "ova", "qcow2", "jpg", "jpeg", "png",
		"gif", "webp", "svg", "ico", "bmp", "mp3", "mp4", "avi", "mov", "flv", "swf", "wmv", "webm", "css", "js", "json", "xml",
		"woff", "woff2", "ttf", "rss", "atom":
		return kindNever
	}
	return kindPlain
}

// kindOfWords judges by what a heading or the text of a link says beside the product's
// name, plain.
func kindOfWords(rest string) pageKind {
	for _, w := range []string{
		"发布", "上线", "携手", "签约", "荣获", "荣膺", "获奖", "入选", "亮相", "中标", "喜报", "祝贺", "公告", "通知", "峰会", "大会",
		"案例", "故事", "新闻", "资讯", "动态", "招聘", "直播回放", "关于我们", "联系我们", "customer story", "case study", "success story",
		"announces", "announcing", "released", "launches", "press release", "news",
	} {
		if containsWord(rest, w) {
			return kindArticle
		}
	}
	for _, w := range []string{
		"如何", "怎么", "怎样", "教程", "指南", "手册", "文档", "入门", "安装部署", "安装说明", "部署说明", "升级说明", "使用说明", "操作说明", "常见问题", "更新日志", "版本说明", "帮助",
		"faq", "how to", "tutorial", "guide", "manual", "documentation", "docs", "changelog", "release notes", "installation", "quick start", "getting started",
	} {
		if containsWord(rest, w) {
			return kindGuide
		}
	}
	return kindPlain
}

// sectionText reports whether the text of a link names a section where products stand,
// or says only that there is more; plain.
func sectionText(text string) bool {
	if text == "" || utf8.RuneCountInString(text) > 24 {
		return false
	}
	switch text {
	case "产品", "所有产品", "全部产品", "产品列表", "产品大全", "产品分类", "产品系列", "更多产品", "我们的产品", "产品中心", "产品展示", "产品服务",
		"产品与服务", "产品和服务", "产品及服务", "产品介绍", "软件产品", "核心产品", "产品体系", "产品矩阵", "解决方案", "行业解决方案", "方案", "所有方案", "服务", "服务项目", "服务范围", "所有服务", "业务",
		"业务范围", "主营业务", "应用", "应用中心", "所有应用", "软件", "软件中心", "下载", "下载中心", "软件下载", "商城", "在线商城", "云市场", "更多", "查看更多", "了解更多", "了解详情",
		"查看详情", "详情", "查看全部", "全部", "点击查看", "立即查看", "进入", "products", "product", "our products", "all products",
		"solutions", "solution", "services", "service", "apps", "applications", "software", "downloads", "download", "store",
		"more", "learn more", "read more", "view more", "see more", "view all", "see all", "details", "view details", "explore":
		return true
	}
	return false
}

// turnsPages reports whether the text of a link turns the pages of a list; plain.
func turnsPages(text string) bool {
	switch text {
	case "下一页", "上一页", "尾页", "末页", "首页尾页", "下页", "next", "next page", "prev", "previous", "last":
		return true
	}
	return text != "" && len(text) <= 3 && strings.Trim(text, "0123456789") == ""
}
