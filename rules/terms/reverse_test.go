package terms

import (
	"strings"
	"testing"
)

// TestBackwards holds that all patterns of the shipped files read what stands before an
// anchor backwards as forwards, around every anchor of two examples of each term.
func TestBackwards(t *testing.T) {
	t.Parallel()
	entries, err := shipped.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			set, err := Shipped(strings.TrimSuffix(e.Name(), ".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			data, err := shipped.ReadFile(e.Name())
			if err != nil {
				t.Fatal(err)
			}
			file, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			forwards := forwards(set)
			for i := range file.Terms {
				text, _, _ := unmark(file.Terms[i].Match[0].text)
				cuesAgree(t, set, forwards, text)
				cuesAgree(t, set, forwards, file.Terms[i].NoMatch[0].text)
			}
		})
	}
}
