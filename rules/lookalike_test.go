package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLooksLike(t *testing.T) {
	t.Parallel()
	words := []string{"aliyun", "alibaba", "taobao"}
	for host, want := range map[string]bool{
		"www.aliyun-ecs.com": true, "a1iyun.com": true, "aliyum.cn": true, "aliyun.com.buy-ecs.cn": true, "mytaobao.com": true,
		"ali-yun.net": true, "alyun.com": true, "aliiyun-help.com": true, "taobaoo.cn": true,
		"www.taobao.com": false, "alibaba.cn": false, "www.yunlan.com": false, "aliyah.org": false, "alien.cn": false, "align-run.cn": false, "": false,
	} {
		if got := looksLike(host, words); got != want {
			t.Errorf("looksLike(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestMailAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"写信到 kf@aliyun-help.com，或 A@b.cn。": {"aliyun-help.com", "b.cn"},
		"@某人 a@b @@ c@.":                   nil, // a host has a dot
		"":                                 nil,
	} {
		var got []string
		for _, a := range mailAddresses(text) {
			got = append(got, text[a.start:a.end])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}
