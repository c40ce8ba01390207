package rules

import "testing"

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"1.10", "1.9", 1},
		{"V3.2", "3.2.0", 0},
		{"3.2.1", "v3.2", 1},
		{"2.0-beta", "2.0", 0},
		{"1.9.9", "2", -1},
		{"version 4", "V4.0", 0},
	} {
		if got := parseVersion(tt.a).compare(parseVersion(tt.b)); got != tt.want {
			t.Errorf("%s against %s: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	for _, none := range []string{"", "v", "latest", "1234567.1", "-1"} {
		if v := parseVersion(none); v != nil {
			t.Errorf("%q is read as %v", none, v)
		}
	}
	if v := parseVersion("1.2.3.4.5.6.7"); len(v) != maxVersionParts {
		t.Errorf("a long version has %d parts", len(v))
	}
}
