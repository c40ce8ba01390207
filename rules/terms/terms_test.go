package terms

import "testing"

func TestShipped(t *testing.T) {
	t.Parallel()
	if _, err := Shipped("claims"); err != nil {
		t.Fatal(err)
	}
}
