package rules

import (
	"testing"

	"marketwarden/internal/weburl"
)

func TestKindOfAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]pageKind{
		"https://a-demo.com/":                       kindHome,
		"https://a-demo.com/zh/index.html":          kindHome,
		"https://a-demo.com/product/yunfan.html":    kindProduct,
		"https://a-demo.com/product/member/":        kindProduct, // what the product is for
		"https://a-demo.com/product/news-system":    kindProduct,
		"https://a-demo.com/product/login":          kindNever,
		"https://a-demo.com/member/":                kindNever,
		"https://a-demo.com/company/products/x":     kindProduct, // the company's folder, its products
		"https://a-demo.com/company/history":        kindArticle,
		"https://a-demo.com/about":                  kindArticle,
		"https://a-demo.com/case/product/x":         kindArticle,
		"https://a-demo.com/news_list-2.html":       kindArticle,
		"https://a-demo.com/search?q=x":             kindList,
		"https://docs.a-demo.com/install":           kindGuide,
		"https://a-demo.com/files/yunfan-guide.pdf": kindNever,
	} {
		u, err := weburl.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := kindOfAddress(u); got != want {
			t.Errorf("%s is of kind %d, want %d", address, got, want)
		}
	}
}
