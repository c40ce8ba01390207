package html

// Sizes of the trend in the units of its view.
const (
	trendWidth  = 600
	trendHeight = 90
	trendSlots  = 30
)

// trendChart shows what was open at the end of the last sweeps.
type trendChart struct {
	Width, Height int
	Most          int // what the highest bar stands for
	First, Last   string
	Bars          []trendBar
}

type trendBar struct {
	Point

	X, W          num
	SuspectedY    num // violations stand at the bottom, what is suspected above
	SuspectedH    num
	ViolationY    num
	ViolationH    num
	Total         int
	LabelX, TextY num
	ShowsTotal    bool
}

// newTrend is nil when there are too few sweeps for a trend.
func newTrend(points []Point) *trendChart {
	if len(points) < 3 {
		return nil
	}
	points = points[max(0, len(points)-trendSlots):]
	c := &trendChart{Width: trendWidth, Height: trendHeight, First: points[0].Day, Last: points[len(points)-1].Day}
	for _, p := range points {
		c.Most = max(c.Most, p.Violations+p.Suspected)
	}
	const top = 14
	slot := num(trendWidth) / num(max(len(points), 10))
	for i, p := range points {
		b := trendBar{Point: p, X: num(i) * slot, W: slot * 0.72, Total: p.Violations + p.Suspected}
		if c.Most > 0 {
			scale := num(trendHeight-top) / num(c.Most)
			b.ViolationH, b.SuspectedH = num(p.Violations)*scale, num(p.Suspected)*scale
		}
		b.ViolationY = trendHeight - b.ViolationH
		b.SuspectedY = b.ViolationY - b.SuspectedH
		b.ShowsTotal = i == 0 || i == len(points)-1
		b.LabelX, b.TextY = b.X+b.W/2, b.SuspectedY-3
		c.Bars = append(c.Bars, b)
	}
	return c
}
