package pipeline

// MisfitPause and ClosePause are what the tests hold the queue's growth to.
const MisfitPause = misfitPause

var ClosePause = closePause
