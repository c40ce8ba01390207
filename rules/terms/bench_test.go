package terms

import (
	"fmt"
	"strings"
	"testing"
)

func claimSet(tb testing.TB) *Set {
	tb.Helper()
	s, err := Shipped("claims")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// plainText is about 20 KB of a listing's ordinary words, with what looks like claims
// here and there.
func plainText() string {
	var b strings.Builder
	for i := 0; b.Len() < 20<<10; i++ {
		fmt.Fprintf(&b, "第 %d 节：本产品基于 Node.js 与 MySQL 8.0 构建，支持单机与集群两种部署方式，按向导填写配置即可。\n", i)
		fmt.Fprintf(&b, "数据每日备份到对象存储，保留 %d 天；权限按部门、岗位、项目三级分配，操作全部留痕，可以导出。\n", i)
		if i%8 == 0 {
			fmt.Fprintf(&b, "单实例最大连接数 %d，首次登录请修改密码，最好先在测试环境完成第一次升级，升级到最新版本。\n", i)
		}
	}
	return b.String()
}

func BenchmarkFind(b *testing.B) {
	s := claimSet(b)
	for name, text := range map[string]string{
		"plain":  plainText(),
		"odd":    strings.ReplaceAll(plainText(), "：", "①"),
		"claims": strings.Repeat("业界领先的平台，最专业的团队，客户的首选。\n", 300),
		"nasty":  strings.Repeat("最好的第一唯一", 3000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s.Find(text)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		claimSet(b)
	}
}
