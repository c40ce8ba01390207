package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// countedWords is a quantity as tests compare it.
type countedWords struct {
	Words, Class string
	Milli        int64
	Per          string
}

func TestQuantities(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, words string
		want        []countedWords
	}{
		{"digits", "含3个坐席", []countedWords{{"3个坐席", "seat", 3000, ""}}},
		{"numerals", "可创建三十个用户账号，共两百条短信", []countedWords{{"三十个用户账号", "user", 30_000, ""}, {"两百条短信", "message", 200_000, ""}}},
		{"ten thousands", "短信1.5万条", []countedWords{{"1.5万条", "message", 15_000_000, ""}}},
		{"groups of thousands", "10,000条", []countedWords{{"10,000条", "message", 10_000_000, ""}}},
		{"a period", "巡检4次/年", []countedWords{{"4次/年", "time-of-work", 4000, "年"}}},
		{"a period before", "每季度一次", []countedWords{{"一次", "time-of-work", 1000, "季度"}}},
		{"storage in small units", "1tb", []countedWords{{"1tb", "storage", 1_000_000_000, ""}}},
		{"users at once", "500人并发", []countedWords{{"500人", "concurrency", 500_000, ""}}},
		{"half a year", "半年", []countedWords{{"半年", "time", 180_000, ""}}},
		{"dates, versions, networks and names are none", "2024年，5g，php8.1，v3个", nil},
		{"no unit", "5倍", nil},
		{"not UTF-8", "\xff3\xe4个\xe5", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []countedWords
			for _, q := range quantities(tt.words) {
				got = append(got, countedWords{tt.words[q.start:q.end], q.class, q.milli, q.per})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestQuantitySame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b        string
		same, alike bool
	}{
		{"1tb", "1024gb", true, true},
		{"1tb", "500gb", false, true},
		{"一年", "12个月", true, true},
		{"一年", "六个月", false, true},
		{"4次/年", "每季度一次", true, true},
		{"4次/年", "每半年一次", false, true},
		{"10个坐席", "十坐席", true, true},
		{"10个坐席", "每台10个坐席", false, false},
		{"10个坐席", "10条", false, false},
	} {
		a, b := quantities(tt.a), quantities(tt.b)
		if len(a) != 1 || len(b) != 1 {
			t.Errorf("%s, %s: %v, %v", tt.a, tt.b, a, b)
			continue
		}
		if same, alike := a[0].same(&b[0]); same != tt.same || alike != tt.alike {
			t.Errorf("%s, %s: same %v, alike %v", tt.a, tt.b, same, alike)
		}
	}
}

// FuzzQuantities reads what pages may hold: places are those of the words, in order.
func FuzzQuantities(f *testing.F) {
	for _, s := range []string{"含3个坐席", "每3个月一次", "壹佰伍拾条", "1,0条", "十万亿万万用户", "每\xff5g/年"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, q := range quantities(s) {
			if q.start < end || q.end <= q.start || q.end > len(s) {
				t.Fatalf("%q: a quantity at [%d, %d) after %d", s, q.start, q.end, end)
			}
			end = q.end
		}
		versionsIn(s)
		spokenPrices(s, 0)
		labelled(s, "")
	})
}
