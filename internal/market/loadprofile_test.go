package market

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShippedProfilesLoad(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"aliyun", "demo"}, ShippedProfiles()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for _, name := range ShippedProfiles() {
		p := load(t, name)
		if p.ID != name || len(p.Source) == 0 {
			t.Errorf("profile %s: ID %q, %d bytes of source", name, p.ID, len(p.Source))
		}
	}
}

func TestLoadProfileFromFile(t *testing.T) {
	t.Parallel()
	src, err := shipped.ReadFile("profiles/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(file, src, 0o600); err != nil {
		t.Fatal(err)
	}
	if p := load(t, file); p.ID != "demo" {
		t.Errorf("ID = %q", p.ID)
	}
}

// TestProfileErrors: who writes a profile is told what is wrong and where.
func TestProfileErrors(t *testing.T) {
	t.Parallel()
	src, err := shipped.ReadFile("profiles/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	demo := string(src)
	line := func(part string) string { // the line a part of the profile stands in
		i := strings.Index(demo, part)
		return "[" + strconv.Itoa(1+strings.Count(demo[:i], "\n")) + ":"
	}
	tests := []struct {
		name, old, replacement string
		want                   []string
	}{
		{"unknown key", "pace: 0", "speed: 0", []string{"speed", line("pace: 0")}},
		{"bad regexp", `'^/search/?$'`, `'^/search('`, []string{"searches[0].path", line(`'^/search/?$'`)}},
		{"no code", `(?P<code>dm\d{6})(?:\.html)?/?$'`, `dm$'`, []string{"details[0]", "product code"}},
		{"market host not own", "market: [market.demo.example]", "market: [market.other.example]", []string{"hosts.market[0]", "own", line("market: [")}},
		{"host with scheme", `own: [demo.example,`, `own: ["https://demo.example",`, []string{"hosts.own[0]"}},
		{"upper case host", `own: [demo.example,`, `own: [Demo.example,`, []string{"hosts.own[0]"}},
		{"negative pace", "pace: 0", "pace: -1", []string{"pace"}},
		{"area without field", "{field: title, selector: h1.listing-title}", "{selector: h1}", []string{"page.areas[0]"}},
		{"no id", "id: demo", "id: ''", []string{"id"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseProfile([]byte(strings.Replace(demo, tt.old, tt.replacement, 1)))
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error lacks %q: %v", part, err)
				}
			}
		})
	}
	if _, err := ParseProfile(nil); err == nil {
		t.Error("an empty profile is accepted")
	}
	if _, err := LoadProfile("nosuch"); err == nil || !strings.Contains(err.Error(), "aliyun, demo") {
		t.Errorf("unknown name: %v", err)
	}
	if _, err := LoadProfile("./nosuch.yaml"); err == nil {
		t.Error("missing file is accepted")
	}
}

func FuzzParseProfile(f *testing.F) {
	for _, name := range ShippedProfiles() {
		src, err := shipped.ReadFile("profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := ParseProfile(src)
		if err == nil && (p.ID == "" || len(p.Details) == 0) {
			t.Errorf("accepted a profile without id or details")
		}
	})
}
