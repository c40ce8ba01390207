package market

// Sold counts items sold by where they are deployed.
type Sold struct {
	Cloud   int64 `json:"cloud"`
	Other   int64 `json:"other"`
	Unknown int64 `json:"unknown"`
}

// Total is the number of items sold.
func (s Sold) Total() int64 { return s.Cloud + s.Other + s.Unknown }

// Add returns the sum of both.
func (s Sold) Add(o Sold) Sold {
	return Sold{s.Cloud + o.Cloud, s.Other + o.Other, s.Unknown + o.Unknown}
}
