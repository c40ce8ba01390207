package ruletest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const file = "About.\n\n-- fires:a --\nurl: x\n---\n<p>\n---\nviolation\n\n-- clean:b --\n---\npass\n\n"

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := Parse("r", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{
		{Rule: "r", Kind: "fires", Name: "a", Doc: "About.", Facts: "url: x\n", Page: "<p>\n", Want: "violation\n"},
		{Rule: "r", Kind: "clean", Name: "b", Doc: "About.", Want: "pass\n"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(file, string(Format(got))); diff != "" {
		t.Errorf("Format is not its reverse (-want +got)\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, want string }{
		"an unknown kind":     {"-- burns:a --\n---\npass\n", "kind fires, clean, skips or unchecked"},
		"a case without name": {"-- fires: --\n---\npass\n", "kind:name"},
		"a name twice":        {"-- fires:a --\n---\nx\n-- fires:a --\n---\nx\n", "twice"},
		"too few parts":       {"-- fires:a --\nurl: x\n", "1 parts"},
		"too many parts":      {"-- fires:a --\n---\n---\n---\n", "4 parts"},
	} {
		if _, err := Parse("r", []byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v does not say %q", name, err, tt.want)
		}
	}
	if _, err := parseFacts("colour: red\n"); err == nil {
		t.Error("unknown facts were taken")
	}
}
